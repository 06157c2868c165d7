"""A crawl of a whole site: what it finds, and what it leaves alone."""

import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from crawling import PDF, crawled, decided, visit
from website import Handler, Website, answer, html, redirect, run

from ingest.plan import CrawlPlan, CrawlReport
from ingest.visits import State

# What is found.


def test_links_lead_to_pages_and_attachments_and_nowhere_else(tmp_path: Path) -> None:
    pages = {
        "/": html(
            "Home", "/a", "b/", "/paper.pdf", "/x.jpg", "/login", "https://example.com/", "mailto:a@b.c", "/a#part"
        ),
        "/a": html("A", "/?utm_source=x", "/deep/c"),
        "/b/": html("B", "../deep/c"),
        "/deep/c": html("C"),
        "/paper.pdf": PDF,
        "/x.jpg": answer("x", kind="image/jpeg"),
        "/login": html("Login"),
        "/orphan": html("Orphan"),
    }
    site, found = crawled(pages, tmp_path)
    assert found == {"/", "/a", "/b/", "/deep/c", "/paper.pdf"}
    assert Counter(site.paths()) == Counter(found)
    assert decided(site, tmp_path, "/x.jpg") == (State.SKIPPED, "media")
    assert decided(site, tmp_path, "/login") == (State.SKIPPED, "login")


def sitemap(site_paths: list[str], kind: str = "urlset") -> Callable[[web.Request], Any]:
    async def handle(request: web.Request) -> web.Response:
        entry = "sitemap" if kind == "sitemapindex" else "url"
        base = f"http://{request.host}"
        rows = "".join(f"<{entry}><loc>{base}{path}</loc></{entry}>" for path in site_paths)
        text = f'<?xml version="1.0"?><{kind} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</{kind}>'
        body = gzip.compress(text.encode()) if request.path.endswith(".gz") else text.encode()
        return web.Response(body=body, content_type="application/xml")

    return handle


@pytest.mark.parametrize("robots", ["", "Sitemap: /maps/index.xml"])
def test_sitemaps_are_read_through_their_index_and_unpacked(tmp_path: Path, robots: str) -> None:
    pages = {
        "/": html("Home"),
        "/robots.txt": answer(robots, kind="text/plain"),
        "/maps/index.xml" if robots else "/sitemap.xml": sitemap(
            ["/maps/one.xml.gz", "/maps/two.xml", "/gone.xml"], "sitemapindex"
        ),
        "/maps/one.xml.gz": sitemap(["/a"]),
        "/maps/two.xml": sitemap(["/b", "/calendar/2026/11/"]),
        "/a": html("A"),
        "/b": html("B"),
    }
    _, found = crawled(pages, tmp_path)
    assert found == {"/", "/a", "/b"}


def test_a_feed_is_found_on_the_front_page(tmp_path: Path) -> None:
    link = '<link rel="alternate" type="application/rss+xml" href="/news.rss">'
    rss = '<rss version="2.0"><channel><link>/</link><item><link>/news/1</link></item></channel></rss>'
    pages = {
        "/": html("Home", head=link),
        "/news.rss": answer(rss, kind="application/rss+xml"),
        "/news/1": html("News"),
    }
    assert crawled(pages, tmp_path)[1] == {"/", "/news/1"}


def test_pages_of_one_site_count_once_whatever_they_are_called(tmp_path: Path) -> None:
    pages = {
        "/": html("Home", "/old", "/news", "/twin", "/print?id=1", "/index.html", "/a//"),
        "/old": redirect("/older", 302),
        "/older": redirect("/new"),
        "/new": html("New"),
        "/news": redirect("/news/"),
        "/news/": html("News"),
        "/twin": html("Twin", head='<link rel="canonical" href="/news/">'),
        "/print?id=1": html("Print", "/only-here", head='<link rel="canonical" href="/new">'),
        "/only-here": html("Only"),
        "/a//": html("Double"),
    }
    pages["/index.html"] = pages["/"]
    site, found = crawled(pages, tmp_path)
    assert found == {"/", "/new", "/news/", "/only-here", "/a//"}
    assert decided(site, tmp_path, "/older") == (State.ALIAS, "redirect")
    assert decided(site, tmp_path, "/twin") == (State.ALIAS, "canonical")
    assert decided(site, tmp_path, "/index.html") == (State.ALIAS, "duplicate")


def test_a_chain_of_redirects_is_given_up(tmp_path: Path) -> None:
    pages: dict[str, Handler] = {"/": html("Home", "/0", "/round", "/self")}
    pages |= {f"/{number}": redirect(f"/{number + 1}", 302) for number in range(10_000)}
    pages |= {"/round": redirect("/about"), "/about": redirect("/round"), "/self": redirect("/self")}
    site, found = crawled(pages, tmp_path)
    assert found == {"/"}
    assert len(site.paths()) <= 16
    assert decided(site, tmp_path, "/self") == (State.FAILED, "redirects")


CANON = '<link rel="canonical" href="{}">'


@pytest.mark.parametrize(
    "stated", ["/", "/missing", "/b", "https://example.com/a", "/calendar/2026/11/", "::::", "/noindex"]
)
def test_a_canonical_link_that_leads_nowhere_loses_no_page(tmp_path: Path, stated: str) -> None:
    pages = {
        "/": html("Home", "/a"),
        "/a": html("A", head=CANON.format(stated)),
        "/b": redirect("/a"),
        "/noindex": html("No", head='<meta name="robots" content="noindex">'),
    }
    assert "/a" in crawled(pages, tmp_path)[1]


@pytest.mark.parametrize("hops", [1, 2, 3])
def test_a_canonical_link_that_redirects_come_back_from_loses_no_page(tmp_path: Path, hops: int) -> None:
    pages = {"/": html("Home", "/a/"), "/a/": html("A", head=CANON.format("/1"))}
    pages |= {f"/{hop}": redirect(f"/{hop + 1}" if hop < hops else "/a/") for hop in range(1, hops + 1)}
    assert crawled(pages, tmp_path)[1] == {"/", "/a/"}


def test_a_site_that_answers_whatever_is_asked_with_its_front_page_is_read(tmp_path: Path) -> None:
    class Always(dict[str, Handler]):
        def get(self, path: str, default: Handler | None = None) -> Handler | None:  # type: ignore[override]
            known = "robots" in path or "sitemap" in path
            return super().get(path) or (default if known else self["/"])

    pages = Always({"/": html("Home", "/a", "/nowhere"), "/a": html("A", text="<p>The board met.</p>")})
    assert crawled(pages, tmp_path)[1] == {"/", "/a"}


# What is left alone.


def test_robots_txt_and_its_like_are_obeyed(tmp_path: Path) -> None:
    pages = {
        "/robots.txt": answer("User-agent: *\nDisallow: /private/", kind="text/plain"),
        "/": html("Home", "/private/board", "/noindex", "/nofollow", "/header", "/moved"),
        "/private/board": html("Board"),
        "/moved": redirect("/private/board"),
        "/noindex": html("A", "/from-noindex", head='<meta name="ROBOTS" content="NoIndex">'),
        "/nofollow": html("B", "/from-nofollow", head='<meta name="robots" content="nofollow">'),
        "/header": answer("<p>C</p>", headers={"X-Robots-Tag": "noindex, nofollow"}),
        "/from-noindex": html("D"),
        "/from-nofollow": html("E"),
    }
    site, found = crawled(pages, tmp_path)
    assert found == {"/", "/nofollow", "/from-noindex"}
    assert not {"/private/board", "/from-nofollow"} & set(site.paths())
    assert decided(site, tmp_path, "/private/board") == (State.REFUSED, "robots")
    assert decided(site, tmp_path, "/header") == (State.REFUSED, "noindex")


def test_patterns_choose_pages_but_seeds_are_always_read(tmp_path: Path) -> None:
    pages = {
        path: html(path, "/news/1", "/news/drafts/2", "/about") for path in ("/", "/news/1", "/news/drafts/2", "/about")
    }
    plan = CrawlPlan((), include=("/news/*",), exclude=("*/drafts/*",))
    site, found = crawled(pages, tmp_path, plan=plan)
    assert found == {"/", "/news/1"}
    assert decided(site, tmp_path, "/news/drafts/2") == (State.SKIPPED, "excluded")
    assert decided(site, tmp_path, "/about") == (State.SKIPPED, "not-included")


@pytest.mark.parametrize("next_page", ["/calendar/{}/1/", "/list?page={}", "/more/{}", "/x/y{}"])
def test_pages_without_end_come_to_an_end(tmp_path: Path, next_page: str) -> None:
    async def go() -> tuple[CrawlReport, int]:
        site = Website({"/": html("Home", next_page.format(2000))})

        async def endless(request: web.BaseRequest) -> web.StreamResponse:
            site.asked.append(request)
            if handler := site.pages.get(request.path_qs):
                return await handler(request)
            number = int("".join(filter(str.isdigit, request.path_qs))[:4] or 0)
            return web.Response(
                text=f'{number} <a href="{next_page.format(number + 1)}">more</a>', content_type="text/html"
            )

        site._serve = endless  # type: ignore[method-assign]
        async with site:
            return await visit(site, tmp_path, plan=CrawlPlan((), max_depth=20, max_pages=200)), len(site.asked)

    report, asked = run(go())
    assert asked <= 40
    assert report.stopped == ""


def test_parameters_without_end_come_to_an_end_near_by_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.discovery._MAX_VARIANTS", 10)
    pages = {"/": html("Home", *(f"/list?page={number}" for number in range(30)), "/list", "/other?page=1")}
    pages |= {f"/list?page={number}": html(f"List {number}") for number in range(30)}
    pages |= {"/list": html("List"), "/other?page=1": html("Other")}
    site, found = crawled(pages, tmp_path)
    assert len(found) == 13
    assert decided(site, tmp_path, "/list?page=29") == (State.SKIPPED, "parameters")


@pytest.mark.parametrize(
    ("limit", "stopped"),
    [({"max_pages": 5}, "pages"), ({"max_bytes": 500}, "bytes"), ({"max_seconds": 0.0}, "seconds")],
)
def test_a_limit_ends_a_run_and_the_next_goes_on_from_there(
    tmp_path: Path, limit: dict[str, Any], stopped: str
) -> None:
    pages = {"/": html("Home", *(f"/{number}" for number in range(40)))} | {
        f"/{number}": html(str(number)) for number in range(40)
    }

    async def go() -> tuple[CrawlReport, Counter[str]]:
        async with Website(pages) as site:
            first = (
                await visit(site, tmp_path, plan=CrawlPlan((), concurrency=2, **limit))
                if limit != {"max_seconds": 0.0}
                else None
            )
            if first:
                assert first.stopped == stopped
                assert first.waiting > 20
            await visit(site, tmp_path)
            return first or CrawlReport(stopped=stopped), Counter(site.paths())

    _, asked = run(go())
    assert asked == Counter(list(pages))
