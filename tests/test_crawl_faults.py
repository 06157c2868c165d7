"""A crawl in bad weather: sites that are not there, a full disk, a second crawl, and kill -9."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from crawling import SITE, crawled, settled, visit
from website import Handler, Website, answer, html, redirect, run

from ingest.archive import Archive
from ingest.errors import Unreachable
from ingest.lock import Busy, holding


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
