"""`muniment crawl` of a real site, killed without warning again and again. Minutes; run by `make soak`."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

from carpentries import MARKS, Served, serving
from program import PROGRAM, ROOT

from index.catalog import Catalog
from ingest.archive import pages
from ingest.plan import CrawlPlan
from ingest.records import Audience

KILLS = int(os.environ.get("KILLS", "50"))
POSTS = 1_000
IN_FLIGHT = CrawlPlan(()).concurrency
pytestmark = MARKS
NO_PAGES = ("/robots.txt", "/sitemap.xml", "/feed.xml")

# A crawler that keeps nothing until its end, and so loses everything.
FORGETFUL = """
import asyncio, sys
from pathlib import Path
from ingest.archive import Archive
from ingest.crawl import crawl
from ingest.fetch import Fetcher
from ingest.frontier import Frontier
from ingest.plan import CrawlPlan
async def main(home, seed):
    plan = CrawlPlan((seed,))
    with Frontier(home / "frontier.sqlite") as frontier, Archive(home / "archive") as archive:
        async with Fetcher(plan.allowed, allow_loopback=True) as fetcher:
            with frontier.batch():
                await crawl(plan, frontier, fetcher, archive)
asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


def ours(home: Path, site: Served) -> list[str]:
    return [*PROGRAM, "crawl", f"{site.url}/", "--loopback", "--no-publish", "--home", str(home)]


def forgetful(home: Path, site: Served) -> list[str]:
    return [sys.executable, "-c", FORGETFUL, str(home), f"{site.url}/"]


def brought(site: Served, since: int) -> Counter[str]:
    """The pages whose bodies were sent since that answer, and how often."""
    return Counter(path for path, status in site.answers[since:] if status == 200 and path not in NO_PAGES)


def killed(command: list[str], site: Served, chance: Random) -> set[int]:
    """Run a crawl and kill it: after so many answers, or after so long a time without one, while it reads.

    Gives the processes that it had started itself; none where it came to its end unharmed.
    """
    before, most = len(site.answers), chance.randrange(1, 150)
    silence = chance.uniform(0.3, 6)
    reading = chance.random() < 0.3
    crawler = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen, heard = before, time.monotonic()
    while crawler.poll() is None:
        if len(site.answers) > seen:
            seen, heard = len(site.answers), time.monotonic()
        silent = seen > before and time.monotonic() - heard > silence
        if silent or (not reading and seen - before >= most):
            left = Path(f"/proc/{crawler.pid}/task/{crawler.pid}/children").read_text().split()
            crawler.send_signal(signal.SIGKILL)
            crawler.wait()
            return {crawler.pid, *map(int, left)}
        time.sleep(0.002)
    return set()


def alive(processes: set[int]) -> set[int]:
    return {pid for pid in processes if Path(f"/proc/{pid}").exists()}


def documents(home: Path) -> dict[str, tuple[str, str]]:
    with closing(Catalog(home / "catalog.sqlite")) as catalog:
        return {one.current.url: (one.current.version, one.current.text) for one in catalog.editions(Audience.PUBLIC)}


def test_killed_at_random_points_a_crawl_ends_as_unbroken(models: Path, tmp_path: Path) -> None:
    homes = tmp_path / "whole", tmp_path / "broken"
    for home in homes:
        home.mkdir()
        (home / "models").symlink_to(models)
    with serving(POSTS) as site:
        subprocess.run(ours(homes[0], site), cwd=ROOT, check=True, capture_output=True)
        once, asked = brought(site, 0), len(site.answers)

        chance, again, orphans = Random(5), list[int](), set[int]()
        held, reading = Counter[str](), 0
        while len(again) < KILLS:
            start = len(site.answers)
            processes = killed(ours(homes[1], site), site, chance)
            its = brought(site, start)
            if processes:
                again.append(sum((its & held).values()) + sum((its - Counter(set(its))).values()))
                reading += len(processes) > 1
                orphans |= processes
            held |= its
        start = len(site.answers)
        subprocess.run(ours(homes[1], site), cwd=ROOT, check=True, capture_output=True)
        again.append(sum((brought(site, start) & held).values()))
        held |= brought(site, start)
    twice = Counter(page.url for page in pages(homes[1] / "archive"))
    whole, broken = map(documents, homes)
    print(f"\n{KILLS} kills, {reading} of them while reading; unbroken: {asked} answers, {once.total()} pages")
    print(f"fetched again: {sum(again)} pages in all, at most {max(again)} after one kill")
    print(f"archived again: {twice.total() - len(twice)}; {len(broken)} documents, of the unbroken crawl {len(whole)}")
    time.sleep(5)
    assert set(held) == set(once)
    assert max(again) <= IN_FLIGHT
    assert broken == whole and len(whole) >= POSTS
    assert alive(orphans) == set()


def test_a_crawl_that_keeps_nothing_until_its_end_is_found_out(tmp_path: Path) -> None:
    with serving(200) as site:
        command, before = forgetful(tmp_path, site), 0
        for _ in range(2):
            before = len(site.answers)
            crawler = subprocess.Popen(command, cwd=ROOT)
            while len(site.answers) - before < 100:
                assert crawler.poll() is None
                time.sleep(0.002)
            crawler.kill()
            crawler.wait()
        again = brought(site, before) & brought(site, 0)
    print(f"\nfetched again by a crawler that keeps nothing: {again.total()}")
    assert again.total() > IN_FLIGHT
