"""Script that others wrote into a publication, its file or a question is shown as words and never run, in chromium."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from browser import served
from damage import desk_of
from fpdf import FPDF
from playwright.sync_api import Browser, Page
from room import Room, paper

import service.api as api
from ingest.records import Audience, Document
from ingest.records import Page as Fetched
from service import headers, pages
from service.learned import read_page
from service.serving import CrawlNote, Failure, write_note

pytestmark = pytest.mark.browser

RUN = "top.ran=1"
VECTORS = (
    f"<script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<img src=x onerror='{RUN}'//",
    f'"><svg onload={RUN}>',
    f"'><svg/onload={RUN}>",
    f'" autofocus onfocus={RUN} x="',
    f"' autofocus onfocus={RUN} x='",
    f"<body onload={RUN}>",
    f"<iframe srcdoc='<script>{RUN}</script>'></iframe>",
    f"<iframe src=javascript:{RUN}></iframe>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<video><source onerror={RUN}></video>",
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={RUN}>",
    f"<template><script>{RUN}</script></template>",
    f"<object data=javascript:{RUN}></object>",
    f"<a href=javascript:{RUN}>x</a>",
    f"<base href=javascript:/{RUN}//>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    f"<link rel=stylesheet href=data:text/css,x onload={RUN}>",
    f"{{{{{RUN}}}}}{{% {RUN} %}}${{{RUN}}}",
    f"\u2028<script>{RUN}</script>\u2029",
    f"&lt;script&gt;{RUN}&lt;/script&gt;<script>{RUN}</script>",
    f"-->]]><script>{RUN}</script><!--",
)
FIELDS = ("title", "body", "heading", "author", "tag", "file name", "query")
assert len(VECTORS) * len(FIELDS) >= 150


@dataclass
class Visits:
    """A page that notes what ran."""

    page: Page
    base: str
    ran: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        self.page.goto(self.base + address)
        self.page.mouse.move(20, 20)
        if self.page.evaluate("window.ran"):
            self.ran.append(address)


def harmful(number: int, vector: str) -> Document:
    """A publication with the vector in every field that its author fills."""
    bare = paper(f"files/{number}-{quote(vector)}.html", f"{vector} > guardian {vector} order", title=vector)
    return replace(bare, authors=(vector,), tags=(vector[:90],))


def from_pdf(number: int, vector: str) -> Document:
    """What is read of a PDF whose metadata and file name are harmful."""
    made = FPDF()
    made.set_title(vector)
    made.set_author(vector)
    made.add_page()
    made.set_font("helvetica")
    made.multi_cell(0, text=f"The guardian asked for an order. {vector.encode('latin-1', 'replace').decode('latin-1')}")
    url = f"https://example.org/pdf/{number}-{quote(vector)}.pdf"
    kind, then = {"content-type": "application/pdf"}, datetime(2026, 1, 1, tzinfo=UTC)
    read = read_page(Fetched(url, 200, kind, bytes(made.output()), then), None)
    assert isinstance(read, Document)
    return read


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(tmp_path, segment=1_000)
    room.put(*(harmful(number, vector) for number, vector in enumerate(VECTORS)))
    room.put(*(from_pdf(number, vector) for number, vector in enumerate(VECTORS[:6])))
    room.publish()
    failures = tuple(Failure(f"https://example.org/{quote(one)}?{one}", one, one) for one in VECTORS)
    write_note(tmp_path / "crawl.json", CrawlNote(datetime(2026, 1, 1, tzinfo=UTC), failures))
    return room


def visited(browser: Browser, room: Room, queries: int) -> Iterator[str]:
    """The addresses at which something ran."""
    with served(api.create_app(desk_of(room))) as base:
        visits = Visits(browser.new_page(), base)
        visits.page.set_default_timeout(15_000)
        visits.page.on("dialog", lambda dialog: (visits.ran.append(dialog.message), dialog.dismiss()))
        visits.go("/status")
        visits.go("/?q=guardian+order")
        visits.go("/?q=guardian+order&page=2")
        for edition in room.catalog.editions(Audience.PUBLIC):
            document = edition.current
            visits.go(f"/documents/{document.id}?start=0&end=10")
            visits.go(f"/related?url={quote(document.url)}")
        for vector in VECTORS[:queries]:
            visits.go(f"/?q={quote(vector)}&tag={quote(vector[:90])}&since={quote(vector[:30])}")
        visits.page.close()
        yield from visits.ran


def test_a_hundred_and_fifty_harmful_fields_run_nothing(chromium: Browser, room: Room) -> None:
    assert list(visited(chromium, room, len(VECTORS))) == []


def test_pages_that_escape_nothing_are_found_out(
    chromium: Browser, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pages.environment

    def trusting(*given: object) -> object:
        made = real(*given)  # type: ignore[arg-type]
        made.autoescape = False
        return made

    monkeypatch.setattr(api, "environment", trusting)
    monkeypatch.setattr(headers, "_ALWAYS", {})
    assert list(visited(chromium, room, 2))
