"""What a result set holds, and how a page shows it: works with their passages, where these match, and facets."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import starmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import placed, term
from index.columns import FIELDS
from index.engine import NOTHING, Ranked
from index.holdings import Holdings, Positions
from index.records import FacetCount, Filters, FoundPassage, Hit
from index.relevance import LIKELY
from ingest.records import Passage

FACETS = (*FIELDS, "year")
# By key of a passage what is told of each of its sentences.
Told = dict[int, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Found:
    """A result set: every document of it; a document for each work, best first, with its relevance; passages best
    first with the document of each, its similarity to the question, by key those of its sentences and how well these
    have its words."""

    matching: Positions
    documents: Positions
    relevance: NDArray[np.float64]
    passages: Ranked
    owners: Positions
    similarities: NDArray[np.float64]
    sentences: Told
    matches: Told


def hit(holdings: Holdings, found: Found, document: int, terms: Sequence[str], limit: int) -> Hit:
    """The work that ``document`` stands for, with its best ``limit`` passages."""
    rows = np.flatnonzero(found.owners == document)[:limit]
    passages = map(holdings.texts.passage, holdings.positions(found.passages.keys[rows]).tolist())
    shown = tuple(_shown(found, int(row), passage, terms) for row, passage in zip(rows, passages, strict=True))
    chance = float(found.relevance[np.flatnonzero(found.documents == document)[0]])
    card, *others = holdings.cards([document, *holdings.renditions(document)])
    return Hit(card, round(chance, 4), chance >= LIKELY, shown, tuple(others))


def facets(
    holdings: Holdings, names: Sequence[str], filters: Filters, found: Found, matching: Callable[[Filters], Positions]
) -> dict[str, tuple[FacetCount, ...]]:
    """Counts over the result set that the other filters give: its own selection must not hide its other values.

    ``matching`` tells the documents of the result set under other filters than those of ``found``.
    """
    counted = {
        others: holdings.count(found.matching if others == filters else matching(others))
        for others in {_without(filters, name) for name in names}
    }
    return {name: tuple(starmap(FacetCount, counted[_without(filters, name)][name])) for name in names}


def marks(text: str, terms: Iterable[str]) -> tuple[tuple[int, int], ...]:
    """Where words of ``text`` stand that a query's ``terms`` match."""
    wanted, (said, starts, ends) = frozenset(terms), placed(text)
    found = [at for at, word in enumerate(said) if term(word) in wanted]
    return tuple(zip(starts[found].tolist(), ends[found].tolist(), strict=True))


def _shown(found: Found, row: int, passage: Passage, terms: Sequence[str]) -> FoundPassage:
    key = int(found.passages.keys[row])
    return FoundPassage(
        **{name: getattr(passage, name) for name in Passage.__slots__},
        id=f"{key:016x}",
        score=float(found.passages.scores[row]),
        marks=marks(passage.text, terms),
        similarity=float(found.similarities[row]),
        sentences=tuple(found.sentences.get(key, NOTHING.scores).tolist()),
        matches=tuple(found.matches.get(key, NOTHING.scores).tolist()),
    )


def _without(filters: Filters, facet: str) -> Filters:
    changes: dict[str, Any] = {"since": None, "until": None} if facet == "year" else {FIELDS[facet]: ()}
    return replace(filters, **changes)
