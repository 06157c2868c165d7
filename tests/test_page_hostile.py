"""A hundred and fifty payloads, stored in every field and typed into every field: none is executed, nothing leaves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from urllib.parse import urlencode

import pytest
from browser import Watched, served, watch
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from playwright.sync_api import Browser
from shelf import SHELF, TODAY, House, Shelf, ShelfDesk, make

from ingest.records import Dates, Document, Kind, Link
from service.api import create_app
from service.serving import CrawlNote, Failure

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Out of: text, a quoted attribute of either kind, an unquoted one, a comment, a title, a field, a script's string and
# its template, a style sheet, an address.
OUT = (
    "",
    '">',
    "'>",
    "x ",
    "-->",
    "</title>",
    "</textarea>",
    '";',
    "${",
    "</style>",
    "javascript:",
    "]]>",
    "</pre>",
    "{{",
    "\0",
)
DOES = (
    "<script>done(1)</script>",
    "<img src=x onerror=done(1)>",
    "<svg/onload=done(1)>",
    '<iframe srcdoc="<script>parent.done(1)</script>">',
    "<details open ontoggle=done(1)><summary>s</summary></details>",
    "<style>@import url(//elsewhere.example/a.css);*{background:url(//elsewhere.example/b)}</style>",
    "<a href=javascript:done(1) id=x>click</a>",
    "<form action=//elsewhere.example/><button autofocus onfocus=done(1)>",
    "<base href=//elsewhere.example/><meta http-equiv=refresh content='0;url=//elsewhere.example/'>",
    "done(1)//onmouseover=done(1) autofocus onfocus=done(1)",
)
PAYLOADS = [f"{out}{does}" for out, does in product(OUT, DOES)]
TYPED = (
    "q",
    "tag",
    "committee",
    "author",
    "since",
    "until",
    "sort",
    "page",
    "kind",
    "version",
    "start",
    "thanks",
    "url",
)

LONGEST = {"since": 40, "until": 40, "tag": 100, "committee": 100, "author": 100}


def bad(number: int, payload: str) -> Document:
    """A document that carries the payload wherever a crawl could have found one."""
    made = make(
        f"bad-{number}",
        f"zeppelin{number} {payload}",
        "2019",
        Kind.REPORT,
        f"tag {payload}",
        (f"{payload[:60].replace('>', '')} > {payload}", f"Zeppelin{number} rules {payload} are here (PL; {payload})."),
        authors=(payload,),
        committees=(payload,),
        attachments=(Link(payload, payload), Link(f"javascript:done({number})", payload)),
        lang=payload,
        dates=Dates(conflicts=(payload,)),
    )
    return replace(made, url=payload) if number % 3 == 0 else made


@dataclass(slots=True)
class HostileDesk(ShelfDesk):
    def note(self) -> CrawlNote:
        failures = tuple(Failure(payload, payload, payload) for payload in PAYLOADS)
        return CrawlNote(TODAY, failures, (PAYLOADS[0], TODAY))


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    held = (*(bad(number, payload) for number, payload in enumerate(PAYLOADS)), *SHELF)
    return Shelf(held, generation=PAYLOADS[0])


@pytest.fixture(scope="module")
def base(shelf: Shelf) -> Iterator[str]:
    house = House(name=PAYLOADS[1], questions=tuple(PAYLOADS))
    with served(create_app(HostileDesk(shelf, settings=house))) as address:
        yield address


@pytest.fixture
def visitor(chromium: Browser, base: str) -> Iterator[Watched]:
    made = attacked(chromium, base)
    yield made
    made.page.context.close()


def attacked(chromium: Browser, base: str) -> Watched:
    """A visitor whose pages have the function that every payload calls."""
    made = watch(chromium, base)
    made.page.expose_function("done", lambda *_: made.complaints.append("executed"))
    return made


def check(visitor: Watched, what: str) -> None:
    said = [one for one in visitor.complaints if "404" not in one and "422" not in one]
    assert (visitor.strangers, said) == ([], []), what
    assert visitor.page.url.startswith(visitor.base), what


def test_there_are_a_hundred_and_fifty() -> None:
    assert len(set(PAYLOADS)) == 150


def test_a_payload_that_was_stored_is_text_on_every_page(visitor: Watched, shelf: Shelf) -> None:
    for number in range(0, 150, 10):
        visitor.go(f"/?sort=date&kind=report&page={number // 10 + 1}")
        check(visitor, f"results {number}")
    for number, payload in enumerate(PAYLOADS):
        document = shelf.documents[number]
        visitor.go(f"/documents/{document.id}?start=3&end={len(document.text)}")
        assert payload.strip("\0") in visitor.page.locator("h1").inner_text().replace("�", ""), payload
        check(visitor, payload)
    visitor.go("/status")
    visitor.go("/")
    check(visitor, "status and opening page")


def test_an_answer_and_a_suggestion_that_quote_a_payload_are_text(visitor: Watched) -> None:
    for number in range(0, 150, 5):
        page = visitor.go(f"/?q=Zeppelin{number} rules are here")
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        assert page.locator(".source").count() >= 1
        page.locator("#q").fill(f"zeppelin{number}")
        page.locator("#suggestions li").first.wait_for()
        check(visitor, PAYLOADS[number])


def test_a_payload_that_is_typed_into_every_field_is_text(visitor: Watched) -> None:
    for payload in PAYLOADS:
        visitor.go("/?" + urlencode({name: payload[: LONGEST.get(name, 500)] for name in TYPED[:6]}))
        assert visitor.page.locator("#q").input_value() == payload.replace("\0", "�")
        check(visitor, payload)
    for number, payload in enumerate(PAYLOADS[::10]):
        for path in ("/", "/documents/0000000000000000", "/status", f"/{urlencode({'': payload})}"):
            visitor.page.goto(f"{visitor.base}{path}?" + urlencode({TYPED[6 + number % 7]: payload}))
        page = visitor.go("/?q=children&since=2000")
        for field in page.locator("input:not([type=hidden])").all():
            field.fill(payload)
        page.locator("#reason").press("Enter")
        page.wait_for_load_state()
        check(visitor, payload)


def test_every_payload_would_run_on_a_page_that_did_not_escape(chromium: Browser) -> None:
    """The known-bad page: no policy and no escaping. Most kinds of payload are then seen to act."""
    app = FastAPI()

    @app.get("/{number}")
    def page(number: int) -> HTMLResponse:
        return HTMLResponse(f"<!doctype html><title>x</title><body>{PAYLOADS[number]}</body>")

    with served(app) as base:
        visitor, acted = attacked(chromium, base), set()
        for kind in range(9):
            visitor.page.goto(f"{base}/{kind}", wait_until="commit")
            visitor.page.wait_for_timeout(150)
            if visitor.page.locator("#x").count():
                visitor.page.locator("#x").click()
                visitor.page.wait_for_timeout(50)
            if visitor.complaints or visitor.strangers or not visitor.page.url.startswith(base):
                acted.add(kind)
            visitor.complaints.clear()
            visitor.requests.clear()
        assert acted == set(range(9))
        visitor.page.context.close()
