"""A crawl of a whole site: what it finds, what it leaves alone, what it remembers, and what a kill costs."""

import asyncio
import gzip
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from website import Handler, Website, answer, html, redirect, run, versioned

from ingest.archive import Archive
from ingest.crawl import crawl
from ingest.errors import Unreachable
from ingest.fetch import Credentials, Fetcher
from ingest.frontier import Frontier
from ingest.lock import Busy, holding
from ingest.plan import CrawlPlan, CrawlReport
from ingest.records import Audience
from ingest.visits import State

PDF = versioned(b"%PDF-1.7 minutes", "application/pdf")


async def visit(site: Website, home: Path, *seeds: str, plan: CrawlPlan | None = None) -> CrawlReport:
    """Crawl a site into a home."""
    plan = replace(plan or CrawlPlan(()), seeds=tuple(map(site.url, seeds or ("/",))))
    with Frontier(home / "frontier.sqlite") as frontier, Archive(home / "archive") as archive:
        async with Fetcher(plan.allowed, allow_loopback=True, timeout_seconds=5) as fetcher:
            return await crawl(plan, frontier, fetcher, archive)


def settled(site: Website, home: Path) -> tuple[set[str], set[str]]:
    """What the next stage is handed and what it must withdraw, by path; it is done at once."""
    base = site.url("")
    with Frontier(home / "frontier.sqlite") as frontier, Archive(home / "archive") as archive:
        pending, departed = dict(frontier.pending()), set(frontier.departed())
        assert all(archive.read(ref).url == url for url, ref in pending.items())
        for url in pending:
            frontier.settle(url, State.KEPT, "document", "Read.")
        for url in departed:
            frontier.settle_departed(url)
    return {url.removeprefix(base) for url in pending}, {url.removeprefix(base) for url in departed}


def decided(site: Website, home: Path, path: str) -> tuple[State, str]:
    with Frontier(home / "frontier.sqlite") as frontier:
        entry = frontier.find(site.url(path))
        assert entry is not None
        assert frontier.why(site.url(path))[-1].rule == entry.rule
        return entry.state, entry.rule


def crawled(
    pages: dict[str, Handler], home: Path, *seeds: str, plan: CrawlPlan | None = None
) -> tuple[Website, set[str]]:
    """A site after one crawl, and what was handed on."""

    async def go() -> Website:
        async with Website(pages) as site:
            await visit(site, home, *seeds, plan=plan)
            return site

    site = run(go())
    return site, settled(site, home)[0]


Act = Callable[[Website, Path], Coroutine[Any, Any, None]]


def living(pages: dict[str, Handler]) -> Callable[[Act], Callable[[Path], None]]:
    """A test of a site that changes between crawls."""

    def wrap(act: Act) -> Callable[[Path], None]:
        def test(tmp_path: Path) -> None:
            async def go() -> None:
                async with Website(dict(pages)) as site:
                    await act(site, tmp_path)

            run(go())

        return test

    return wrap


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


# What changes.

SITE = {
    "/": html("Home", "/a", "/b", "/c.pdf", "/dead", "/old"),
    "/a": html("A", "/deep"),
    "/b": html("B", "/a"),
    "/deep": html("Deep"),
    "/c.pdf": PDF,
    "/old": redirect("/b"),
}


@living(SITE)
async def test_what_has_not_changed_costs_a_304_each_and_hands_nothing_on(site: Website, home: Path) -> None:
    first = await visit(site, home)
    assert (first.fetched, first.changed, first.gone) == (5, 5, 1)
    assert settled(site, home) == ({"/", "/a", "/b", "/deep", "/c.pdf"}, set())
    site.asked.clear()
    second = await visit(site, home)
    assert (second.fetched, second.changed, second.unchanged) == (0, 0, 5)
    assert sorted(site.paths()) == ["/", "/a", "/b", "/c.pdf", "/deep"]
    assert settled(site, home) == (set(), set())


@living(SITE)
async def test_a_crawl_killed_at_its_very_end_is_only_ended(site: Website, home: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Frontier, "finish", lambda *_: None)
        await visit(site, home)
    site.asked.clear()
    assert (await visit(site, home)).fetched == 0
    assert site.paths() == []
    await visit(site, home)
    assert len(site.paths()) == 5


@living(SITE)
async def test_what_has_changed_is_handed_on_and_what_is_gone_departs_at_once(site: Website, home: Path) -> None:
    await visit(site, home)
    settled(site, home)
    site.add({"/a": html("A, revised", "/deep", "/new"), "/new": html("New"), "/b": answer("Withdrawn", 410)})
    del site.pages["/c.pdf"]
    report = await visit(site, home)
    assert (report.changed, report.gone) == (2, 2)
    assert settled(site, home) == ({"/a", "/new"}, {"/b", "/c.pdf"})
    assert decided(site, home, "/b") == (State.GONE, "gone")


@living(SITE)
async def test_what_a_page_asked_for_later_counts_from_then_on(site: Website, home: Path) -> None:
    await visit(site, home)
    settled(site, home)
    site.add({"/a": html("A", "/deep", head='<meta name="robots" content="noindex">'), "/b": redirect("/deep")})
    site.add({"/robots.txt": answer("User-agent: *\nDisallow: /c.pdf", kind="text/plain")})
    await visit(site, home)
    assert settled(site, home) == (set(), {"/a", "/b", "/c.pdf"})
    site.add({"/a": SITE["/a"], "/b": SITE["/b"], "/robots.txt": answer("")})
    await visit(site, home)
    assert settled(site, home) == ({"/a", "/c.pdf"}, set())


@living(SITE)
async def test_a_page_that_comes_back_is_handed_on_again(site: Website, home: Path) -> None:
    await visit(site, home)
    settled(site, home)
    site.add({"/deep": answer("No", 404)})
    await visit(site, home)
    assert settled(site, home) == (set(), {"/deep"})
    site.add({"/deep": SITE["/deep"], "/a": html("A again", "/deep")})
    await visit(site, home)
    assert settled(site, home) == ({"/a", "/deep"}, set())


@living(SITE)
async def test_a_server_error_is_forgiven_once(site: Website, home: Path) -> None:
    await visit(site, home)
    settled(site, home)
    site.add({"/deep": answer("Oops", 500)})
    report = await visit(site, home)
    assert report.failed == 1
    assert [(each.url, each.rule) for each in report.failures] == [(site.url("/deep"), "server-error")]
    assert settled(site, home) == (set(), set())
    await visit(site, home)
    assert settled(site, home) == (set(), {"/deep"})
    site.add({"/deep": SITE["/deep"]})
    await visit(site, home)
    assert settled(site, home) == ({"/deep"}, set())


@living(SITE)
async def test_between_two_errors_a_good_answer_wipes_the_slate(site: Website, home: Path) -> None:
    for handler in (SITE["/deep"], answer("Oops", 500), SITE["/deep"], answer("Oops", 502)):
        site.add({"/deep": handler})
        await visit(site, home)
    assert decided(site, home, "/deep") == (State.FAILED, "server-error")
    assert settled(site, home) == ({"/", "/a", "/b", "/deep", "/c.pdf"}, set())


@living({"/": html("Home", *(f"/{n}" for n in range(80)))} | {f"/{n}": html(str(n)) for n in range(80)})
async def test_a_site_that_breaks_down_loses_nothing(site: Website, home: Path) -> None:
    await visit(site, home)
    settled(site, home)
    for _ in range(3):
        site.add({f"/{number}": answer("Maintenance", 503, {"Retry-After": "0"}) for number in range(80)})
        with suppress(Unreachable):
            assert (await visit(site, home)).stopped == "not-answering"
        assert settled(site, home) == (set(), set())


@living(SITE)
async def test_a_new_plan_applies_to_what_is_known(site: Website, home: Path) -> None:
    await visit(site, home)
    settled(site, home)
    await visit(site, home, plan=CrawlPlan((), exclude=("/b", "*.pdf")))
    assert settled(site, home) == (set(), {"/b", "/c.pdf"})
    await visit(site, home)
    assert settled(site, home) == ({"/b", "/c.pdf"}, set())


@living({"/": html("Home", "/real"), "/real": html("Real", text="<p>The committee met.</p>")})
async def test_error_pages_with_status_200_are_no_pages(site: Website, home: Path) -> None:
    async def apologise(request: web.Request) -> web.Response:
        return web.Response(
            text=f"<title>Home</title>Sorry, {request.path} is not here. 12:{id(request) % 60}",
            content_type="text/html",
        )

    site.add({"/": html("Home", "/real", "/one", "/two/three", "/titled"), "/titled": html("Page not found")})
    whole = site._serve

    async def soft(request: web.BaseRequest) -> web.StreamResponse:
        found = await whole(request)
        return await apologise(request) if found.status == 404 and "robots" not in request.path else found  # type: ignore[arg-type]

    site._runner.server.request_handler = soft  # type: ignore[union-attr, attr-defined]
    await visit(site, home)
    assert settled(site, home)[0] == {"/", "/real"}
    assert decided(site, home, "/one") == (State.GONE, "soft-404")
    assert decided(site, home, "/titled") == (State.GONE, "soft-404")


# Members.


def locked(open_page: Handler, refusal: Handler) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await (open_page if request.headers.get("Cookie") == "session=secret" else refusal)(request)

    return handle


MEMBERS = {
    "/": html("Home", "/members/a", "/members/b", "/members/c", "/open"),
    "/members/a": locked(html("Members A", "/members/d"), answer("Sign in", 403)),
    "/members/b": locked(html("Members B"), redirect("/login?next=/members/b", 302)),
    "/members/c": answer("Never", 401),
    "/members/d": locked(html("Members D"), answer("Sign in", 401)),
    "/open": html("Open"),
    "/login": html("Sign in"),
}


def as_member(site: Website) -> CrawlPlan:
    return CrawlPlan((), credentials=Credentials("Cookie", "session=secret", frozenset({site.url("")})))


def audiences(site: Website, home: Path) -> dict[str, Audience]:
    with Frontier(home / "frontier.sqlite") as frontier, Archive(home / "archive") as archive:
        return {url.removeprefix(site.url("")): archive.read(ref).audience for url, ref in frontier.pending()}


@living(MEMBERS)
async def test_members_pages_are_marked_and_only_they_are_asked_for_with_credentials(site: Website, home: Path) -> None:
    await visit(site, home, plan=as_member(site))
    members = dict.fromkeys(["/members/a", "/members/b", "/members/d"], Audience.MEMBERS)
    assert audiences(site, home) == {"/": Audience.PUBLIC, "/open": Audience.PUBLIC} | members
    shown = {request.path for request in site.asked if "Cookie" in request.headers}
    assert shown == {"/members/a", "/members/b", "/members/c", "/members/d"}
    settled(site, home)
    assert (await visit(site, home, plan=as_member(site))).fetched == 0
    assert settled(site, home) == (set(), set())


@living({"/": html("Home", *(f"/members/{n}" for n in range(60)), "/zz")} | {"/zz": html("Open")})
async def test_a_large_members_area_does_not_stop_a_public_crawl(site: Website, home: Path) -> None:
    site.add({f"/members/{number}": answer("Sign in", 403) for number in range(60)})
    assert (await visit(site, home)).stopped == ""
    assert settled(site, home)[0] == {"/", "/zz"}


@living({"/": html("Home", *(f"/{n}" for n in range(60)))} | {f"/{n}": html(str(n)) for n in range(60)})
async def test_a_site_that_shuts_us_out_loses_nothing(site: Website, home: Path) -> None:
    await visit(site, home)
    settled(site, home)
    site.add({f"/{number}": answer("Blocked", 403) for number in range(60)})
    with suppress(Unreachable):
        assert (await visit(site, home)).stopped == "not-answering"
    assert settled(site, home) == (set(), set())


@living(MEMBERS)
async def test_without_credentials_members_pages_are_left_alone(site: Website, home: Path) -> None:
    await visit(site, home)
    assert settled(site, home)[0] == {"/", "/open"}
    assert decided(site, home, "/members/a") == (State.REFUSED, "login")


@living(MEMBERS)
async def test_a_page_that_is_closed_or_opened_changes_its_audience(site: Website, home: Path) -> None:
    await visit(site, home, plan=as_member(site))
    settled(site, home)
    site.add({"/open": locked(MEMBERS["/open"], answer("Sign in", 403)), "/members/b": html("Members B")})
    await visit(site, home, plan=as_member(site))
    assert audiences(site, home) == {"/open": Audience.MEMBERS, "/members/b": Audience.PUBLIC}
    settled(site, home)
    await visit(site, home)
    assert "/open" in settled(site, home)[1]


# Bad weather.


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ({"/robots.txt": answer("User-agent: *\nDisallow: /")}, "forbids"),
        ({"/robots.txt": answer(status=503, headers={"Retry-After": "0"})}, "status 503"),
        ({}, "404"),
        ({"/": answer("No", 500)}, "500"),
        ({"/": redirect("https://moved.example/")}, "moved.example"),
        ({"/": answer("x", kind="application/zip")}, "application/zip"),
    ],
)
def test_a_site_that_cannot_be_crawled_is_named_with_the_remedy(
    tmp_path: Path, pages: dict[str, Handler], found: str
) -> None:
    with pytest.raises(Unreachable, match=found) as caught:
        crawled(pages, tmp_path)
    assert caught.value.remedy


def test_a_site_that_is_not_there_is_named(tmp_path: Path) -> None:
    async def go() -> None:
        async with Website({}) as site:
            pass
        await visit(site, tmp_path)

    with pytest.raises(Unreachable, match="robots"):
        run(go())


def test_two_crawls_of_one_home_do_not_mix(tmp_path: Path) -> None:
    code = "import sys, time; from pathlib import Path; from ingest.lock import holding\n"
    code += "with holding(Path(sys.argv[1]), 'crawl'): print('held', flush=True); time.sleep(60)"
    lock = tmp_path / "frontier.lock"
    with subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy, match=f"process {holder.pid} since 20"):
            crawled({"/": html("Home")}, tmp_path)
        holder.kill()
        holder.wait()
    with holding(lock, "crawl"):
        pass


def test_a_full_disk_stops_the_crawl_with_its_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: Archive) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Archive, "sync", full)
    with pytest.raises(OSError, match="No space"):
        crawled(SITE, tmp_path)


# kill -9.

RUN = """
import asyncio, sys
from pathlib import Path
from ingest.archive import Archive
from ingest.crawl import crawl
from ingest.fetch import Fetcher
from ingest.frontier import Frontier
from ingest.plan import CrawlPlan
async def main(home, seed):
    plan = CrawlPlan((seed,), concurrency=8)
    with Frontier(home / "frontier.sqlite") as frontier, Archive(home / "archive") as archive:
        async with Fetcher(plan.allowed, allow_loopback=True) as fetcher:
            await crawl(plan, frontier, fetcher, archive)
asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.mark.slow
def test_kill_9_costs_no_more_than_what_was_in_flight(tmp_path: Path) -> None:
    names = [f"/{number}" for number in range(150)]
    links = {name: [f"/{(number * step + 1) % 150}" for step in (1, 2, 7)] for number, name in enumerate(names)}
    pages = {"/": html("Home", "/0")} | {name: html(name, *links[name]) for name in names}

    async def go() -> tuple[Website, int]:
        async with Website(pages) as site:
            kills, chance = 0, random.Random(5)
            while True:
                before, stop = len(site.asked), chance.randrange(10, 60)
                crawler = await asyncio.create_subprocess_exec(sys.executable, "-c", RUN, str(tmp_path), site.url())
                while crawler.returncode is None and len(site.asked) - before < stop:
                    await asyncio.sleep(0.002)
                if crawler.returncode is None and kills < 3:
                    os.kill(crawler.pid, signal.SIGKILL)
                    kills += 1
                    await crawler.wait()
                else:
                    assert await crawler.wait() == 0
                    return site, kills

    site, kills = run(go())
    asked = Counter(site.paths())
    assert settled(site, tmp_path)[0] == set(pages)
    assert set(asked) == set(pages)
    assert kills == 3
    assert asked.total() - len(pages) <= kills * 8
