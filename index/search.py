"""The searcher: one opened generation, asked in plain words. Written once, above every engine.

The result set of a query under filters: the passages that pass, the best ``LEG_LIMIT`` by each leg, their union fused
and grouped into works. Totals and facets speak of all of it; a page is a slice of it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import log
from pathlib import Path

import numpy as np

from index.analysis import query_terms, tokens
from index.columns import Predicate, compile_filters
from index.embed import Encoder, Vectors
from index.embedded import EmbeddedEngine
from index.engine import Engine, Ranked
from index.errors import WrongModel
from index.fuse import DENSE_SHARE, Fused, fuse, union
from index.generation import Manifest
from index.holdings import Holdings, Positions
from index.records import NO_FILTERS, Card, FacetCount, Filters, FoundPassage, Hit, Mode, RelatedItem, Results
from index.related import RelatedTable
from index.relevance import LIKELY, relevance
from ingest.records import Document, Kind, Passage

LEG_LIMIT = 1_000
PASSAGES_SHOWN = 3
FACETS = ("kind", "tag", "year")
_SHARES = {Mode.LEXICAL: 0.0, Mode.DENSE: 1.0, Mode.HYBRID: DENSE_SHARE}


@dataclass(frozen=True, slots=True)
class _Question:
    """A query made ready once, however often it is put under different filters."""

    terms: tuple[str, ...]
    vector: Vectors
    mode: Mode


@dataclass(frozen=True, slots=True)
class _Work:
    """A document of a result set with its passages (key, score, similarity), best first."""

    position: int
    score: float
    relevance: float
    passages: tuple[tuple[int, float, float], ...]


class Searcher:
    """Answers searches from one generation. Raises WrongModel for an encoder other than the generation's."""

    def __init__(self, folder: Path, manifest: Manifest, encoder: Encoder) -> None:
        if encoder.spec.id != manifest.encoder.id:
            remedy = "Run `muniment publish`, which encodes again what the new model has not seen."
            raise WrongModel(f"an index made with {encoder.spec.id}", manifest.encoder.id, remedy)
        self._manifest, self._encoder = manifest, encoder
        self._holdings = Holdings(folder, manifest)
        self._engine: Engine = EmbeddedEngine(folder, self._holdings)
        self._related = RelatedTable(folder / "related.sqlite")

    @property
    def generation(self) -> str:
        """The id of the generation that answers."""
        return self._manifest.id

    @property
    def made_at(self) -> datetime:
        """When the generation was made."""
        return datetime.fromisoformat(self._manifest.made_at)

    @property
    def manifest(self) -> Manifest:
        """What the generation holds."""
        return self._manifest

    def close(self) -> None:
        self._holdings.close()
        self._related.close()

    def search(
        self,
        query: str,
        filters: Filters = NO_FILTERS,
        limit: int = 10,
        offset: int = 0,
        mode: Mode = Mode.HYBRID,
        by_date: bool = False,
    ) -> Results:
        """One page of the works that match ``query`` under ``filters``; an empty query means all, newest first."""
        terms = tuple(query_terms(query))
        question = _Question(terms, self._encoder.encode_query(query), mode) if terms else None
        works = self._works(question, filters)
        ordered = self._by_date(works) if by_date else works
        return Results(
            query=query,
            total=len(works),
            undated=self._undated(question, filters),
            hits=tuple(self._hit(work, terms) for work in ordered[offset : offset + limit]),
            facets={facet: self._facet(facet, question, filters, works) for facet in FACETS},
            generation=self.generation,
        )

    def related(self, document_id: str, limit: int = 5) -> tuple[RelatedItem, ...]:
        """What to read after a document, nearest first; empty where it is unknown."""
        items = self._related.items(document_id)[:limit]
        cards = ((self.card(id), score, reason) for id, score, reason in items)
        return tuple(RelatedItem(card, score, reason) for card, score, reason in cards if card)

    def document(self, document_id: str, version: str | None = None) -> Document | None:
        """The stored text of a document, now or as the version that was once cited."""
        wanted = version or ((card := self.card(document_id)) and card.version)
        return self._holdings.version(document_id, wanted) if wanted else None

    def card(self, document_id: str) -> Card | None:
        """The catalogue card of a document."""
        position = self._holdings.position_of(document_id)
        return None if position is None else self._holdings.cards([position])[0]

    def find(self, url: str) -> str | None:
        """The id of the document at a canonical address."""
        return self._holdings.id_of(url)

    def census(self) -> list[tuple[Kind, int | None, int]]:
        """How many documents of each kind bear each year (None: undated)."""
        return self._holdings.census()

    def encode_query(self, question: str) -> Vectors:
        """The vector of a question, shape (dimension,)."""
        return self._encoder.encode_query(question)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts other than stored passages, shape (n, dimension)."""
        return self._encoder.encode_passages(texts, lambda _: None)

    def rarity(self, terms: Sequence[str]) -> dict[str, float]:
        """The inverse document frequency of each term over all passages, as BM25 weighs it."""
        held, counts = self._manifest.passages, self._engine.frequencies(self._manifest.scope, terms)
        return {term: log(1 + (held - n + 0.5) / (n + 0.5)) for term, n in zip(terms, counts, strict=True)}

    def _works(self, question: _Question | None, filters: Filters) -> list[_Work]:
        predicate = compile_filters(filters)
        if question is None:
            passing = self._holdings.newest_first(self._holdings.documents_passing(predicate))
            return [_Work(int(position), 0.0, 1.0, ()) for position in passing]
        return self._group(self._fused(question, predicate), question)

    def _fused(self, question: _Question, predicate: Predicate) -> Fused:
        scope, nothing = self._manifest.scope, Ranked(np.empty(0, np.int64), np.empty(0))
        dense = lexical = nothing
        if question.mode is not Mode.LEXICAL:
            dense = self._engine.dense(scope, question.vector, predicate, LEG_LIMIT)
        if question.mode is not Mode.DENSE:
            lexical = self._engine.lexical(scope, question.terms, predicate, LEG_LIMIT)
        keys = union(dense, lexical)
        similarities = self._engine.similarities(scope, question.vector, keys)
        return fuse(keys, similarities, lexical, _SHARES[question.mode])

    def _group(self, fused: Fused, question: _Question) -> list[_Work]:
        """Works by their best passage; equal ones by document id."""
        order = np.lexsort((fused.keys, -fused.scores))
        owners = self._holdings.owners(self._holdings.positions(fused.keys))
        members: dict[int, list[int]] = {}
        for i in order.tolist():
            members.setdefault(int(owners[i]), []).append(i)
        chances = relevance(fused.similarities, fused.lexical, len(question.terms))
        works = [
            _Work(
                position,
                float(fused.scores[rows[0]]),
                float(chances[rows].max()),
                tuple(_scored(fused, i) for i in rows[:PASSAGES_SHOWN]),
            )
            for position, rows in members.items()
        ]
        ids = self._holdings.columns.ids
        return sorted(works, key=lambda work: (-work.score, int(ids[work.position])))

    def _by_date(self, works: Iterable[_Work]) -> list[_Work]:
        by_position = {work.position: work for work in works}
        positions = np.fromiter(by_position, dtype=np.int64)
        return [by_position[int(position)] for position in self._holdings.newest_first(positions)]

    def _undated(self, question: _Question | None, filters: Filters) -> int:
        if filters.since is None and filters.until is None:
            return 0
        return self._holdings.undated(_positions(self._works(question, replace(filters, since=None, until=None))))

    def _facet(
        self, facet: str, question: _Question | None, filters: Filters, works: list[_Work]
    ) -> tuple[FacetCount, ...]:
        """Counts over the result set that the other filters give: its own selection must not hide its other values."""
        others = _without(filters, facet)
        positions = _positions(works if others == filters else self._works(question, others))
        values = {"kind": self._holdings.kinds, "tag": self._holdings.tags, "year": self._holdings.years}[facet]
        counts = sorted(Counter(values(positions)).items(), key=lambda pair: (-pair[1], pair[0]))
        if facet == "year":
            counts.sort(reverse=True)
        return tuple(FacetCount(value, count) for value, count in counts)

    def _hit(self, work: _Work, terms: Sequence[str]) -> Hit:
        keys = np.array([key for key, _, _ in work.passages], dtype=np.int64)
        passages = self._holdings.passages(self._holdings.positions(keys))
        found = (
            FoundPassage(
                f"{key:016x}", p.text, p.heading, p.anchor, p.page, p.start, p.end, score, marks(p.text, terms), cosine
            )
            for p, (key, score, cosine) in zip(passages, work.passages, strict=True)
        )
        card = self._holdings.cards([work.position])[0]
        return Hit(card, round(work.relevance, 4), work.relevance >= LIKELY, tuple(found))


def _scored(fused: Fused, i: int) -> tuple[int, float, float]:
    return int(fused.keys[i]), float(fused.scores[i]), float(fused.similarities[i])


def marks(text: str, terms: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Where words of ``text`` stand that a query's ``terms`` match."""
    wanted = frozenset(terms)
    return tuple((start, end) for term, start, end in tokens(text) if term in wanted)


def _found(key: int, score: float, passage: Passage, terms: Sequence[str]) -> FoundPassage:
    return FoundPassage(
        id=f"{key:016x}",
        text=passage.text,
        heading=passage.heading,
        anchor=passage.anchor,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        score=score,
        marks=marks(passage.text, terms),
    )


def _positions(works: Iterable[_Work]) -> Positions:
    return np.array([work.position for work in works], dtype=np.int64)


def _without(filters: Filters, facet: str) -> Filters:
    if facet == "year":
        return replace(filters, since=None, until=None)
    return replace(filters, kinds=()) if facet == "kind" else replace(filters, tags=())
