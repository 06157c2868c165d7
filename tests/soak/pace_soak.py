"""Fetching and reading two thousand pages, beside what one would put together from libraries. Minutes; by `make soak`.

The peer is Scrapy (the extra `peers`) with trafilatura: alone, as its tutorial has it, and with trafilatura in a
process for each core. Both follow the links of the same site, served from memory by a process of its own.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import pytest
from carpentries import MARKS
from program import PROGRAM, ROOT

from index.catalog import Catalog
from ingest.records import Audience

pytest.importorskip("scrapy", reason='the peer is not installed: pip install ".[peers]"')
pytestmark = MARKS
POSTS, ROUNDS = 2_000, 3

# Each page is made once, before anybody asks; no PDF, which the peer does not read.
SERVER = """
import asyncio, sys
from urllib.parse import unquote
from aiohttp import web
sys.path.insert(0, "tests")
from carpentries import carpentries
site, made = carpentries().Site("semantic", int(sys.argv[1])), {}
site.pdfs = {}
def answer(path):
    if path not in made:
        status, kind, body, _ = site.answer(path)
        made[path] = status, kind, body.encode()
    return made[path]
async def serve(request):
    status, kind, body = answer(request.path)
    return web.Response(status=status, content_type=kind, charset="utf-8", body=body)
async def main():
    runner = web.ServerRunner(web.Server(serve), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    for path in [*site.articles, "/", "/blog/", "/reports/"]:
        answer(path)
    print(site.base, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""

SPIDER = """
import json, sys
from concurrent.futures import ProcessPoolExecutor
import trafilatura
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule

def read(body, url):
    return trafilatura.extract(body, url=url, output_format="json", with_metadata=True)

class Pages(CrawlSpider):
    name = "pages"
    start_urls, allowed_domains = [sys.argv[1]], ["127.0.0.1"]
    rules = [Rule(LinkExtractor(deny=("/calendar/", "/private/")), callback="page", follow=True)]
    def page(self, response):
        if workers:
            waiting.append((response.url, pool.submit(read, response.body, response.url)))
        else:
            print(json.dumps([response.url, read(response.body, response.url)]), file=out)

if __name__ == "__main__":
    workers, waiting = int(sys.argv[3]), []
    out = open(sys.argv[2], "w")
    pool = ProcessPoolExecutor(workers) if workers else None
    at_once = {"CONCURRENT_REQUESTS": 16, "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "DOWNLOAD_DELAY": 0}
    process = CrawlerProcess({**at_once, "ROBOTSTXT_OBEY": True, "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False})
    process.crawl(Pages)
    process.start()
    for url, found in waiting:
        print(json.dumps([url, found.result()]), file=out)
    out.close()
"""


@contextmanager
def served() -> Iterator[str]:
    with subprocess.Popen([sys.executable, "-c", SERVER, str(POSTS)], cwd=ROOT, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().decode().strip()
        finally:
            server.kill()


Cost = tuple[float, float]


def timed(command: list[str]) -> Cost:
    """Seconds on the wall, and of the processors."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    took, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ours(site: str, home: Path, models: Path) -> tuple[Cost, int]:
    home.mkdir()
    (home / "models").symlink_to(models)
    took = timed([*PROGRAM, "crawl", f"{site}/", "--loopback", "--no-publish", "--home", str(home)])
    with closing(Catalog(home / "catalog.sqlite")) as catalog:
        return took, sum("/blog/" in edition.current.url for edition in catalog.editions(Audience.PUBLIC))


def peer(site: str, folder: Path, workers: int) -> tuple[Cost, int]:
    script = folder / "spider.py"
    script.write_text(SPIDER)
    took = timed([sys.executable, str(script), f"{site}/", str(folder / "out.jsonl"), str(workers)])
    lines = (folder / "out.jsonl").read_text().splitlines()
    return took, sum("/blog/2" in line and "null]" not in line[-6:] for line in lines)


def test_two_thousand_pages_beside_scrapy_and_trafilatura(models: Path, tmp_path: Path) -> None:
    seconds: dict[str, list[Cost]] = {"ours": [], "peer": [], "peer, a reader for each core": []}
    with served() as site:
        for number in range(ROUNDS):
            took, found = ours(site, tmp_path / f"home{number}", models)
            seconds["ours"].append(took)
            assert found >= 0.99 * POSTS
            for name, workers in (("peer", 0), ("peer, a reader for each core", os.cpu_count() or 2)):
                took, found = peer(site, tmp_path, workers)
                seconds[name].append(took)
                assert found >= 0.99 * POSTS
            print(*(f"{name} {all[-1][0]:.1f} s, of processors {all[-1][1]:.1f};" for name, all in seconds.items()))
    wall, work = ({name: median(cost[at] for cost in all) for name, all in seconds.items()} for at in (0, 1))
    for name in seconds:
        ratios = f"{wall[name] / wall['ours']:.2f} times our time, {work[name] / work['ours']:.2f} times our work"
        print(f"{name}: {POSTS / wall[name]:.0f} posts/s; {ratios}")
    assert wall["peer"] >= 2 * wall["ours"]
