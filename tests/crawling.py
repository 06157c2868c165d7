"""One crawl of a small site on loopback, what it leaves to the next stage, and tests of sites that change."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

from website import Handler, Website, html, redirect, run, versioned

from ingest.archive import Archive
from ingest.crawl import crawl
from ingest.fetch import Fetcher
from ingest.frontier import Frontier
from ingest.plan import CrawlPlan, CrawlReport
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


SITE = {
    "/": html("Home", "/a", "/b", "/c.pdf", "/dead", "/old"),
    "/a": html("A", "/deep"),
    "/b": html("B", "/a"),
    "/deep": html("Deep"),
    "/c.pdf": PDF,
    "/old": redirect("/b"),
}
