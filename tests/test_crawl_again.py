"""A site crawled again and again: what has changed, what is gone, and what a crawl forgives."""

from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web
from crawling import SITE, decided, living, settled, visit
from website import Website, answer, html, redirect

from ingest.errors import Unreachable
from ingest.frontier import Frontier
from ingest.plan import CrawlPlan
from ingest.visits import State


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
async def test_what_is_refused_for_now_alone_is_kept(site: Website, home: Path) -> None:
    await visit(site, home)
    settled(site, home)
    for status, gone in ((408, set[str]()), (451, {"/deep"})):
        site.add({"/deep": answer("No", status)})
        await visit(site, home)
        assert settled(site, home) == (set(), gone)


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
