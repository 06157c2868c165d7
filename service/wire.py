"""What the HTTP interface sends. Shapes that other tools rely on, filled from records by the names of their fields."""

from collections.abc import Callable, Iterable
from datetime import date, datetime

from pydantic import AliasPath, BaseModel, ConfigDict, Field

from index.records import Card, FacetCount, FoundPassage, Hit, RelatedItem, Results
from index.search import Searcher
from ingest.records import Audience, Dates, Document, Kind, Link, Precision, Section
from service.asked import Parameters
from service.citing import place_of
from service.meant import Meant
from service.records import Answer, Sentence, State
from service.suggesting import Suggestion

HEX_ID = r"^[0-9a-f]{16}$"


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class NamedOut(_Out):
    """Which publication, and where it stands."""

    id: str
    url: str
    title: str


class DocumentOut(NamedOut):
    """A catalogue card. The publication states a span of days, known to ``published_precision``.

    ``replaced_by`` stands in its place today, where a publication says so.
    """

    version: str
    published: date | None = Field(validation_alias=AliasPath("published", "first"))
    published_until: date | None = Field(validation_alias=AliasPath("published", "until"))
    published_precision: Precision = Field(validation_alias=AliasPath("published", "precision"))
    kind: Kind
    tags: tuple[str, ...]
    authors: tuple[str, ...]
    media_type: str
    lang: str
    audience: Audience
    replaced_by: NamedOut | None = None


class _PlaceOut(_Out):
    heading: tuple[str, ...]
    page: int | None
    start: int
    end: int
    url: str


class PassageOut(_PlaceOut):
    """A passage that matched. ``marks`` are (start, end) pairs within ``text``; ``url`` opens the publication there."""

    id: str
    text: str
    marks: tuple[tuple[int, int], ...]


class HitOut(_Out):
    """A work that matched, with its best passages and its other renditions; in ``why`` what speaks for it, if asked."""

    document: DocumentOut
    relevance: float
    likely: bool
    passages: tuple[PassageOut, ...]
    renditions: tuple[DocumentOut, ...]
    why: tuple[str, ...] = ()


class SearchOut(_Out):
    """One page of a result set; ``total``, ``undated`` and ``facets`` speak of the whole set.

    By what is ``meant`` the question itself narrows them, unless ``plain`` is asked for.
    """

    query: str
    meant: tuple[Meant, ...]
    total: int
    undated: int
    hits: tuple[HitOut, ...]
    facets: dict[str, tuple[FacetCount, ...]]
    generation: str


class CitationOut(_PlaceOut):
    """Where a quote stands: code points ``start`` to ``end`` of the document's text in that ``version``.

    ``head`` is the first row of the table that a quoted row is of, where that says what its cells are.
    """

    number: int
    document: DocumentOut
    quote: str
    version: str
    head: str


class AnswerOut(_Out):
    """An answer, or in ``state`` why there is none; the nearest works are in ``hits`` either way.

    ``differs``: publications of several dates give different figures, and the newest comes first. ``replaced``: the one
    that answers best was replaced, and what stands today comes first.
    """

    question: str
    meant: tuple[Meant, ...]
    state: State
    differs: bool
    replaced: bool
    sentences: tuple[Sentence, ...]
    citations: tuple[CitationOut, ...]
    hits: tuple[HitOut, ...]
    generation: str


class RelatedItemOut(_Out):
    """A document to read next, and one line that says why."""

    document: DocumentOut
    reason: str


class RelatedOut(_Out):
    """What to read next to the document at ``url``."""

    url: str
    items: tuple[RelatedItemOut, ...]
    generation: str


class StoredOut(_Out):
    """A document as stored. ``current_version`` differs from the document's where the page has changed since.

    One that asks not to be quoted has no ``text``.
    """

    document: DocumentOut
    text: str
    sections: tuple[Section, ...]
    attachments: tuple[Link, ...]
    dates: Dates
    current_version: str


class QuoteIn(Parameters):
    """A quote and the place where it is said to stand."""

    document: str = Field(pattern=HEX_ID)
    version: str = Field(pattern=HEX_ID)
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str = Field(max_length=5000)


class VerifyOut(QuoteIn):
    """Whether a quote stands word for word at its place in that version, and whether the page has changed since."""

    current_version: str
    stands: bool
    changed: bool
    generation: str


class SuggestOut(_Out):
    """What begins with what was typed."""

    query: str
    suggestions: tuple[Suggestion, ...]
    generation: str


class HealthOut(_Out):
    """The process answers."""

    status: str


class ReadyOut(HealthOut):
    """A generation is open and answers."""

    generation: str
    made_at: datetime


def search(results: Results, meant: tuple[Meant, ...], explain: Callable[[Hit], tuple[str, ...]]) -> SearchOut:
    """One page of results, with what ``explain`` says of each."""
    hits = [_hit(found) | {"why": explain(found)} for found in results.hits]
    return SearchOut.model_validate(_fields(results) | {"hits": hits, "meant": meant})


def related(url: str, items: Iterable[RelatedItem], searcher: Searcher) -> RelatedOut:
    """What to read next to ``url``, as ``searcher`` has it."""
    return RelatedOut.model_validate({"url": url, "items": tuple(items), "generation": searcher.generation})


def document(held: Document, card: Card) -> DocumentOut:
    """What a stored version says of itself, and what stands in its document's place today."""
    later = card.replaced_by and NamedOut.model_validate(card.replaced_by)
    return DocumentOut.model_validate(held).model_copy(update={"replaced_by": later})


def answer(given: Answer, meant: tuple[Meant, ...]) -> AnswerOut:
    """An answer."""
    hits = [_hit(found) for found in given.hits]
    return AnswerOut.model_validate(_fields(given) | {"hits": hits, "meant": meant})


def _hit(found: Hit) -> dict[str, object]:
    passages = [_fields(one) | {"url": place_of(found.document, one)} for one in found.passages]
    return _fields(found) | {"passages": passages}


def _fields(record: Results | Answer | Hit | FoundPassage) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__slots__}
