"""The HTTP interface: requests in, records out. Everything that answers is reached through the desk."""

from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from index.records import RelatedItem
from service import problems, wire
from service.access import Access
from service.answer import quotes
from service.asked import QUERY_LENGTH, Asked, AskedList, Parameters
from service.crowd import Crowd
from service.errors import Problem, ProblemDetails
from service.headers import Headed, Prefixed, SafeHeaders, fresh
from service.keys import Scope
from service.look import look_routes
from service.pages import AskedVersion, Clock, environment, page_routes, stored
from service.pins import related as recommended
from service.problems import unknown_document
from service.serving import ServingDesk
from service.suggesting import suggest
from service.telemetry import Telemetry, counting, registries
from service.why import why

_HERE = Path(__file__).parent
# Characters: as much as the encoder reads of a text, and a little more.
_MOST_SAID = 2_000
# The shape of refusals, which FastAPI writes down for ``model``, but under the media type of what is not refused.
_SHAPE = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}}
_REFUSALS: dict[int | str, dict[str, object]] = {
    code: {"description": HTTPStatus(code).phrase, "content": _SHAPE, "model": ProblemDetails}
    for code in (400, 401, 403, 404, 408, 413, 414, 422, 429, 431, 500, 503)
}


class _AskedStart(Parameters):
    q: str = Field("", max_length=QUERY_LENGTH, description="What has been typed so far")
    limit: int = Field(8, ge=1, le=20)


class _AskedRelated(Parameters):
    url: str = Field("", max_length=2000, description="The address of the page, or")
    id: str = Field("", pattern="^([0-9a-f]{16})?$", description="the id of its document")
    limit: int = Field(5, ge=1, le=50)


class _AskedText(Parameters):
    url: str = Field("", max_length=2000, description="Its address, where it has one; it is not fetched")
    title: str = Field("", max_length=500)
    text: str = Field(min_length=1, max_length=100_000)
    limit: int = Field(5, ge=1, le=50, strict=True)


def create_app(desk: ServingDesk, now: Clock = partial(datetime.now, UTC), access: Access = Access()) -> FastAPI:  # noqa: B008
    """The whole web application over a desk, for those whom ``access`` lets in."""
    templates = environment(desk.settings)
    app = FastAPI(
        title=f"{desk.settings.name}: search",
        docs_url=None,  # the ready-made pages load script from other hosts
        redoc_url=None,
        responses=_REFUSALS,
    )
    problems.install(app, templates)
    own, whole = registries(access.serve.workers)
    app.add_middleware(Crowd, serve=access.serve, visitor=access.visitor)
    app.add_middleware(SafeHeaders, templates=templates, shared=access.reading is None)
    app.add_middleware(Headed)
    app.add_middleware(Telemetry, registry=own)
    app.add_middleware(Prefixed, prefix=desk.settings.base_path)
    pages = page_routes(desk, templates, now)
    for routes in (_searching(desk, now), _holding(desk), look_routes(desk.settings.look), pages):
        access.admit(app, routes, access.reading)
    access.admit(app, _keeping(desk), None)
    access.admit(app, counting(desk, whole), Scope.ADMIN)
    app.mount("/static", StaticFiles(directory=_HERE / "static"))
    return app


def _searching(desk: ServingDesk, now: Clock) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["search"])

    @routes.get("/search", response_model=wire.SearchOut)
    def search(asked: Annotated[AskedList, Query()]) -> Response:
        """The works that match, best first, with their best passages and true counts."""
        searcher = desk.searcher
        read = asked.read(searcher, now().date())
        found = searcher.search(read.words, read.filters, asked.limit, asked.offset, order=asked.sort)
        explain = partial(why, words=read.words, vocabulary=searcher.vocabulary) if asked.explain else lambda _: ()
        return _said(wire.search(found, read.meant, explain))

    @routes.get("/ask", response_model=wire.AnswerOut)
    def ask(asked: Annotated[Asked, Query()]) -> Response:
        """The sentences that answer a question, each quoted word for word from a publication."""
        searcher = desk.searcher
        read = asked.read(searcher, now().date())
        if not read.words:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "There is no question.", 'Write one in "q".')
        return _said(wire.answer(desk.ask(read.words, searcher, read.filters), read.meant))

    @routes.get("/suggest")
    def suggested(asked: Annotated[_AskedStart, Query()]) -> wire.SuggestOut:
        """Acronyms, questions, committees and titles that begin so."""
        searcher = desk.searcher
        found = suggest(asked.q, searcher.vocabulary, desk.settings.questions, asked.limit)
        return wire.SuggestOut(query=asked.q, suggestions=found, generation=searcher.generation)

    @routes.get("/related", response_model=wire.RelatedOut)
    def related(asked: Annotated[_AskedRelated, Query()], request: Request) -> Response:
        """What to read next to a page, which is named by its address or its document's id."""
        if not asked.id and not asked.url:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "No page is named.", 'Add its "url" or its "id".')
        searcher = desk.searcher
        edition = desk.pins.edition(searcher.generation)
        card = searcher.card(asked.id or searcher.find(asked.url) or "")
        if card is None:
            raise unknown_document()
        items = recommended(searcher, desk.pins, card.id, asked.limit)
        return fresh(request, _said(wire.related(card.url, items, searcher)), edition)

    @routes.options("/related", response_class=Response)
    def allowed() -> Response:
        """What a browser asks before a page of another site may send its text."""
        return Response(headers={"Access-Control-Allow-Headers": "content-type", "Access-Control-Max-Age": "7200"})

    @routes.post("/related")
    def related_to_text(asked: _AskedText) -> wire.RelatedOut:
        """What to read next to a page that is not in the index yet, by its text; nothing is fetched or kept."""
        searcher = desk.searcher
        here = searcher.find(asked.url)
        hits = searcher.search(f"{asked.title}\n{asked.text[:_MOST_SAID]}", limit=asked.limit + 1).hits
        # Without a word to search by all that there is comes back, without a passage that is near.
        near = [hit.document for hit in hits if hit.likely and hit.passages and hit.document.id != here][: asked.limit]
        return wire.related(asked.url, [RelatedItem(card, 1.0, "On a similar subject") for card in near], searcher)

    return routes


def _said(out: BaseModel) -> Response:
    """``out`` as it is sent, which nothing then reads again to see whether it is what it says."""
    return Response(out.model_dump_json(), media_type="application/json")


def _holding(desk: ServingDesk) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["documents"])

    @routes.get("/documents/{document_id}")
    def document(document_id: str, asked: Annotated[AskedVersion, Query()]) -> wire.StoredOut:
        """A document's text as stored, in its newest or a named version."""
        card, held = stored(desk.searcher, document_id, asked.version)
        fields = {"document": wire.document(held, card), "attachments": held.attachments, "dates": held.dates}
        shown = {"text": held.text, "sections": held.sections} if held.quotable else {"text": "", "sections": ()}
        return wire.StoredOut.model_validate(fields | shown | {"current_version": card.version})

    @routes.get("/verify")
    def verify(asked: Annotated[wire.QuoteIn, Query()]) -> wire.VerifyOut:
        """Check a quote against the version it was taken from."""
        searcher = desk.searcher
        card, held = stored(searcher, asked.document, asked.version)
        return wire.VerifyOut(
            **asked.model_dump(),
            current_version=card.version,
            # Of what may not be quoted nothing is told, or it could be guessed letter by letter.
            stands=held.quotable and quotes(held, asked.start, asked.end, asked.quote),
            changed=card.version != asked.version,
            generation=searcher.generation,
        )

    return routes


def _keeping(desk: ServingDesk) -> APIRouter:
    routes = APIRouter(tags=["keeping"])

    @routes.get("/healthz")
    def healthz() -> wire.HealthOut:
        """Whether the process answers at all."""
        return wire.HealthOut(status="ok")

    @routes.get("/readyz")
    def readyz() -> wire.ReadyOut:
        """Whether a generation is open; "degraded" where the newest is damaged and one before it answers."""
        searcher, status = desk.searcher, "degraded" if desk.degraded else "ready"
        return wire.ReadyOut(status=status, generation=searcher.generation, made_at=searcher.made_at)

    return routes
