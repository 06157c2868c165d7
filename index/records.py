"""What a search takes and gives: filters in, works with their passages out."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ingest.records import Audience, DateSpan, Kind

Vectors = NDArray[np.float32]
Span = tuple[int, int]
COLLECTION = "default"


class Mode(StrEnum):
    """Which legs rank: words, meaning, or both fused."""

    LEXICAL = "lexical"
    DENSE = "dense"
    HYBRID = "hybrid"


class Order(StrEnum):
    """By what results are ordered. Recency is relevance that fades with age, by kind; a date newest first."""

    RELEVANCE = "relevance"
    RECENCY = "recency"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Parts:
    """What takes part in a ranking beside the two legs; each can be left out to see what it brings.

    ``pairs``: neighbours in the question that are neighbours in a passage count for more.
    ``repeats``: a word that the question says twice counts twice.
    ``sentences``: a passage is as near as the mean of itself and its best sentence.
    ``wording``: the best sentence of a passage is compared word by word.
    ``glossary``: the model reads an acronym of the question with what the collection says it stands for.
    ``years``: publications of a year that the question names count for more.
    """

    pairs: bool = True
    repeats: bool = True
    sentences: bool = True
    glossary: bool = True
    wording: bool = True
    years: bool = True


ALL_PARTS = Parts()


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be searched at all. Every engine call takes one; nobody can forget it."""

    collection: str
    audience: Audience


@dataclass(frozen=True, slots=True)
class Filters:
    """Applied before ranking. Empty means everything; several values of one field mean any of them.

    ``since`` and ``until`` are inclusive and match by overlap with the document's published span;
    with either of them set, undated documents drop out. A passage must hold all ``phrases``, whatever the endings
    of their words; a document that says any of ``without`` drops out. Title and heading count as said.
    """

    kinds: tuple[Kind, ...] = ()
    tags: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    committees: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class Card:
    """What a reader is told of a document beside its text: the catalogue card.

    ``replaced_by`` is the card of what stands in its place today, where a publication says so.
    """

    id: str
    version: str
    url: str
    title: str
    published: DateSpan
    kind: Kind
    tags: tuple[str, ...]
    authors: tuple[str, ...]
    media_type: str
    lang: str
    audience: Audience
    replaced_by: "Card | None" = None


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that matched. ``marks`` are the matched words, as (start, end) within ``text``.

    ``similarity`` is the cosine of its vector with the question's, ``sentences`` those of its sentences in their
    order, ``matches`` how well these have the question's words, up to the last that has words; there are none where
    it was not among the best.
    """

    id: str
    text: str
    heading: tuple[str, ...]
    anchor: str | None
    page: int | None
    start: int
    end: int
    score: float
    marks: tuple[tuple[int, int], ...]
    similarity: float = 0.0
    sentences: tuple[float, ...] = ()
    matches: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A work that matched: its chosen rendition, its best passages first, its other renditions.

    ``relevance`` is between 0 and 1, higher is better; ``likely`` is false below the relevance cut.
    """

    document: Card
    relevance: float
    likely: bool
    passages: tuple[FoundPassage, ...]
    renditions: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many works of the result set carry this value, counted without the facet's own selection."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Results:
    """One page of a result set. ``total`` and ``facets`` speak of the whole set.

    ``facets`` has the keys "kind", "tag" and "year". ``undated`` counts the works that a date filter left
    out for want of a date.
    """

    query: str
    total: int
    undated: int
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[FacetCount, ...]]
    generation: str


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """A document to read next, and one line that says why."""

    document: Card
    score: float
    reason: str
