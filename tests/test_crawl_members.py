"""Members' pages: asked for anonymously first, and marked wherever they needed the login."""

from contextlib import suppress
from pathlib import Path

from aiohttp import web
from crawling import decided, living, settled, visit
from website import Handler, Website, answer, html, redirect

from ingest.archive import Archive
from ingest.errors import Unreachable
from ingest.frontier import Frontier
from ingest.plan import CrawlPlan, Credentials
from ingest.records import Audience
from ingest.visits import State


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
    asked = [(request.path, "Cookie" in request.headers) for request in site.asked]
    with_cookie = [path for path, shown in asked if shown]
    assert sorted(with_cookie) == ["/", "/members/a", "/members/b", "/members/c", "/members/d", "/open"]
    assert all(asked.index((path, False)) < asked.index((path, True)) for path in with_cookie)
    settled(site, home)
    assert (await visit(site, home, plan=as_member(site))).fetched == 0
    assert settled(site, home) == (set(), set())
    assert decided(site, home, "/open#members") == (State.ALIAS, "duplicate")


TEASER, WHOLE = html("Open", text="<p>More for members."), html("Open", text="<p>All of it.")


@living(MEMBERS | {"/open": locked(WHOLE, TEASER)})
async def test_what_members_are_shown_beside_the_publics_teaser_stands_beside_it(site: Website, home: Path) -> None:
    await visit(site, home, plan=as_member(site))
    found = audiences(site, home)
    assert (found["/open"], found["/open#members"]) == (Audience.PUBLIC, Audience.MEMBERS)
    settled(site, home)
    assert (await visit(site, home, plan=as_member(site))).fetched == 0
    assert settled(site, home) == (set(), set())
    # Where the public's text changes, what members are shown is compared with it again.
    site.add({"/open": locked(WHOLE, html("Open", text="<p>Less."))})
    await visit(site, home, plan=as_member(site))
    assert settled(site, home) == ({"/open", "/open#members"}, set())
    site.add({"/open": answer("Gone", 410)})
    await visit(site, home, plan=as_member(site))
    assert settled(site, home) == (set(), {"/open", "/open#members"})


@living(MEMBERS | {"/open": locked(WHOLE, TEASER)})
async def test_without_credentials_the_members_part_of_a_page_leaves(site: Website, home: Path) -> None:
    await visit(site, home, plan=as_member(site))
    settled(site, home)
    await visit(site, home)
    assert settled(site, home)[1] == {"/members/a", "/members/b", "/members/d", "/open#members"}


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
