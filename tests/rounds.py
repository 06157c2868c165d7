"""A small site, a home that was in step with it, and the round that follows a change: for tests that break it off."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from room import BagEncoder

from index.catalog import Catalog
from index.generation import open_current, open_sound
from ingest.archive import Archive
from ingest.frontier import Frontier
from ingest.records import Audience
from service import crawling, pipeline
from service.cli import run
from service.home import Home, open_home
from service.learned import read_page

BEFORE = {
    "/": "Home",
    "/a": "The guardian asked the court for an order before the winter term began.",
    "/b": "The panel of carers met the minister about the grant for youth work.",
    "/c": "Schools and clinics share a survey of vacancies in the region this year.",
    "/d": "Transport to school costs more than all the youth work of the county.",
}
AFTER = BEFORE | {
    "/b": "The panel of carers met the minister again, and the grant was doubled.",
    "/e": "A fund for foster families opens in spring, the treasurer told members.",
}
del AFTER["/c"]


class Site(ThreadingHTTPServer):
    """Pages by path, each linking to all others."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = dict(BEFORE)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def html(self, path: str) -> str:
        links = "".join(f'<li><a href="{one}">{one}</a></li>' for one in self.pages)
        title = f"<title>Page {path}</title>"
        return f"<html><head>{title}</head><body><h1>Page {path}</h1><p>{self.pages[path]}</p>{links}</body></html>"


class _Handler(BaseHTTPRequestHandler):
    server: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        known = self.path in self.server.pages
        body = self.server.html(self.path).encode() if known else b""
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@contextmanager
def serving() -> Iterator[Site]:
    """The site while the context lasts."""
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()


def in_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a round read pages in this process and encode without a model."""
    monkeypatch.setattr(pipeline, "extract_all", lambda pages, learned: map(partial(_read, learned), pages))
    monkeypatch.setattr(crawling, "writing_encoder", lambda _: BagEncoder())


def _read(learned: Any, page: Any) -> Any:
    return read_page(page, learned.template_for(page.url))


def home_at(folder: Path) -> Home:
    return open_home(folder, {"crawl.loopback": True, "crawl.pace_seconds": 0.0})


def go(site: Site, folder: Path) -> int:
    """The exit code of a crawl with all that follows it."""
    return run(lambda: crawling.update(home_at(folder), [f"{site.url}/"], pipeline.silent) and 0)


def fresh(base: Path, folder: Path) -> Path:
    """A copy of a home in place of what was in ``folder``."""
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(base, folder)


def state(folder: Path) -> dict[str, Any]:
    """Everything that two homes in the same state have in common, and nothing left over."""
    with closing(Catalog(folder / "catalog.sqlite")) as catalog:
        held: dict[str, Any] = {
            audience.value: sorted((one.current.url, one.digest) for one in catalog.editions(audience))
            for audience in Audience
        }
        held |= {"counts": catalog.count()}
    with Frontier(folder / "frontier.sqlite") as frontier, Archive(folder / "archive") as archive:
        held["archive"] = sorted((url, archive.read(ref).body) for url, ref in frontier.kept())
        held["pending"], held["departed"] = dict(frontier.pending()), list(frontier.departed())
    for audience in Audience:
        held[f"{audience} generation"] = open_current(folder / "generations", audience)[1].id
    held["left over"] = [path.name for path in folder.rglob("*.tmp")]
    return held


def wrong(folder: Path, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What is not as it may be in a home whose round was broken off between the states ``before`` and ``after``."""
    with closing(Catalog(folder / "catalog.sqlite")) as catalog, Frontier(folder / "frontier.sqlite") as frontier:
        for db in (catalog._db, frontier._db):
            if db.pragma("integrity_check") != "ok":
                yield "a database is damaged"
        live = {(one.current.url, one.digest) for one in catalog.editions(Audience.MEMBERS)}
    if not live <= {*before["members"], *after["members"]}:
        yield "a document that never was"
    if set(before["members"]) & set(after["members"]) - live:
        yield "a document is lost"
    for audience in Audience:
        _, manifest, fault = open_sound(folder / "generations", audience)
        if fault or manifest.id not in (before[f"{audience} generation"], after[f"{audience} generation"]):
            yield f"the {audience} generation is neither the old nor the new"
