"""The pages people read: search, document, status, and what other sites embed. Complete without script."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import Field

from index.records import Card
from index.search import Searcher
from ingest.records import Document
from service import present
from service.access import read_form
from service.asked import AskedPage, Parameters
from service.citing import formats, place, place_of, stored_address
from service.config import Settings
from service.errors import Problem
from service.feedback import MOST_SAID, Opinion
from service.finding import find, readable
from service.headers import fresh
from service.look import stylesheet
from service.pins import related as recommended
from service.problems import unknown_document
from service.serving import ServingDesk
from service.wire import HEX_ID

_HERE = Path(__file__).parent
Clock = Callable[[], datetime]
_FILTERS = "body_excerpt day kind_name media_name moment other_dates published".split()


class AskedVersion(Parameters):
    """Which version of a document: the newest, where none is named."""

    version: str | None = Field(None, pattern=HEX_ID)


class _AskedPlace(AskedVersion, extra="ignore"):
    start: int = Field(0, ge=0)
    end: int = Field(0, ge=0)


class _AskedFragment(Parameters):
    url: str = Field(max_length=2000)
    limit: int = Field(5, ge=1, le=50)
    heading: int = Field(2, ge=1, le=6, description="The level of the fragment's heading")


def environment(settings: Settings, *more: Path) -> Environment:
    """Templates that escape everything, refuse unknown names and know the house; ``more`` are further folders."""
    templates = Environment(
        loader=FileSystemLoader([_HERE / "templates", *more]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    base = settings.base_path.rstrip("/")
    templates.globals.update(name=settings.name, base=base, questions=settings.questions, notices=present.NOTICES)
    colours = hashlib.sha256(stylesheet(settings.look).encode()).hexdigest()[:12]
    templates.globals.update(asset=lambda file: _asset(base, file), colours=f"{base}/look.css?v={colours}")
    templates.globals.update(logo=f"{base}/logo" if settings.look.logo else _asset(base, "mark.svg"))
    templates.globals.update(place_of=place_of, stored_address=stored_address, outward=present.outward)
    templates.filters.update({name: getattr(present, name) for name in _FILTERS})
    return templates


@cache
def _asset(base: str, file: str) -> str:
    digest = hashlib.sha256((_HERE / "static" / file).read_bytes()).hexdigest()[:12]
    return f"{base}/static/{file}?v={digest}"


def page_routes(desk: ServingDesk, templates: Environment, now: Clock) -> APIRouter:
    """The routes that answer with pages and fragments."""
    routes = APIRouter(default_response_class=HTMLResponse)

    def page(file: str, **context: object) -> HTMLResponse:
        return HTMLResponse(templates.get_template(file).render(context))

    @routes.get("/")
    def search(asked: Annotated[AskedPage, Query()]) -> HTMLResponse:
        """The search page."""
        found = find(desk, asked, now().date())
        return page("opening.html" if found.opening else "search.html", found=found, view=asked)

    @routes.post("/feedback", status_code=HTTPStatus.SEE_OTHER)
    def feedback(asked: Annotated[AskedPage, Query()], form: Annotated[dict[str, str], Depends(read_form)]) -> Response:
        """Keep a yes or no to the answer on the page of this address, and lead back to it."""
        searcher = desk.searcher
        read, _ = readable(asked, searcher, now().date())
        if form.get("helpful") not in ("yes", "no") or not read.words:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Neither yes nor no was said.", "Go back and choose one.")
        given = desk.ask(read.words, searcher, read.filters)
        reason = " ".join(form.get("reason", "").split())[:MOST_SAID]
        cited = dict.fromkeys((one.document.id, one.document.url) for one in given.citations)
        opinion = (given.generation, asked.q, given.state, form["helpful"] == "yes", reason, tuple(cited))
        desk.feedback.add(Opinion(now().date(), *opinion))
        back = f"{desk.settings.base_path.rstrip('/')}/{asked.address()}&thanks=yes#feedback"
        return RedirectResponse(back, HTTPStatus.SEE_OTHER)

    @routes.get("/documents/{document_id}")
    def document(document_id: str, asked: Annotated[_AskedPlace, Query()]) -> HTMLResponse:
        """A document's stored text, with the words between start and end marked."""
        searcher = desk.searcher
        card, held = stored(searcher, document_id, asked.version)
        end = min(asked.end, len(held.text))
        quote = (asked.start, end) if held.quotable and asked.start < end else None
        return page(
            "document.html",
            held=held,
            card=card,
            quote=quote,
            text_parts=present.parts(held, quote),
            changed=held.version != card.version,
            opens=_opens(held, quote),
            formats=formats(card, desk.settings.name, now().date()),
            related=recommended(searcher, desk.pins, card.id, 5),
            made_at=searcher.made_at,
        )

    @routes.get("/status")
    def status() -> HTMLResponse:
        """What is held, since when, and what could not be taken in."""
        held = desk.searcher
        shown = {"chart": present.chart(held.census()), "generation": held.generation, "made_at": held.made_at}
        return page("status.html", note=desk.note(), **shown)

    @routes.get("/related")
    def related(asked: Annotated[_AskedFragment, Query()], request: Request) -> Response:
        """Related Articles as a fragment for a server-side include; empty for a page that is not held."""
        searcher = desk.searcher
        edition = desk.pins.edition(searcher.generation)
        found = searcher.find(asked.url)
        items = recommended(searcher, desk.pins, found, asked.limit) if found else ()
        items = tuple(item for item in items if present.outward(item.document.url))
        return fresh(request, page("related.html", items=items, level=asked.heading), edition)

    @routes.get("/widget.js", response_class=FileResponse)
    def widget() -> FileResponse:
        """The Related Articles element for other sites."""
        kept = {"Cache-Control": "public, max-age=3600, stale-if-error=604800"}
        return FileResponse(_HERE / "widget" / "widget.js", media_type="text/javascript", headers=kept)

    return routes


def stored(searcher: Searcher, document_id: str, version: str | None) -> tuple[Card, Document]:
    """The card of a document and its text in the newest or a named version. Raises Problem where it is not held."""
    card, held = searcher.card(document_id), searcher.document(document_id, version)
    if card is None or held is None:
        raise unknown_document()
    return card, held


def _opens(held: Document, quote: present.Span | None) -> str:
    section = present.section_at(held, quote[0]) if quote else None
    if quote is None or section is None:
        return held.url
    return place(held, held.text[slice(*quote)], section.anchor, section.page, held.text, quote[0])
