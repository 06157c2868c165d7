"""The protocol of an index engine: two ways to rank passages, nothing more. It returns keys and scores."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.analysis import Phrase
from index.columns import Predicate
from index.proximity import Neighbours
from index.records import Scope, Vectors
from index.wording import Wanted

Which = TypeVar("Which")
# As many more are asked for, so that equals at the cut seldom need a second look.
TIES = 32


@dataclass(frozen=True, slots=True)
class Ranked:
    """Passages best first, equal scores by key. ``keys`` int64, ``scores`` float64, higher is better."""

    keys: NDArray[np.int64]
    scores: NDArray[np.float64]

    @classmethod
    def of(cls, keys: NDArray[np.int64], scores: NDArray[np.float64], limit: int) -> "Ranked":
        """The best ``limit`` of unordered keys and scores."""
        if limit < len(scores):
            among = np.flatnonzero(scores >= np.partition(scores, -limit)[-limit])
            keys, scores = keys[among], scores[among]
        order = np.lexsort((keys, -scores))[:limit]
        return cls(keys[order], scores[order])


NOTHING = Ranked(np.empty(0, np.int64), np.empty(0))


def with_ties(ask: Callable[[int], tuple[Which, NDArray[np.float64]]], limit: int) -> tuple[Which, NDArray[np.float64]]:
    """What ``ask`` finds of so many, best first, and a few more: all that are as good as the last of ``limit``."""
    wanted = limit + TIES
    while True:
        which, scores = ask(wanted)
        if len(scores) < wanted or scores[-1] < scores[limit - 1]:
            return which, scores
        wanted *= 2


class Engine(Protocol):
    """Ranks the passages of one scope that pass a predicate; filters apply before ranking, never after."""

    def dense(self, scope: Scope, vector: Vectors, predicate: Predicate, limit: int) -> Ranked:
        """By inner product with ``vector``, shape (dimension,), unit length, to six digits.

        Where all passages pass, an engine may leave a few of the last out: see docs/measurements.md.
        """

    def lexical(self, scope: Scope, terms: Sequence[str], predicate: Predicate, limit: int) -> Ranked:
        """By BM25 over title, heading and text as one.

        A passage without any of ``terms`` is not returned.
        Statistics are those of the whole scope, whatever the predicate.
        """

    def frequencies(self, scope: Scope, terms: Sequence[str]) -> list[int]:
        """In how many passages each of ``terms`` stands, title and heading counted."""

    def holding(self, scope: Scope, phrase: Phrase) -> NDArray[np.int64]:
        """The keys of the passages in which the terms of any form of ``phrase`` stand in a row, in whatever order."""

    def similarities(self, scope: Scope, vector: Vectors, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        """The inner product of ``vector`` with each of ``keys``, in their order, to six digits: as ``dense`` has it."""

    def sentences(self, scope: Scope, vector: Vectors, keys: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        """The cosines of ``vector`` with the sentences of each of ``keys``, in their order and that of the text."""

    def following(self, scope: Scope, neighbours: Neighbours, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        """What BM25 gives each of ``keys`` for holding ``neighbours`` as such, title and heading counted."""

    def matches(self, scope: Scope, wanted: Wanted, keys: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        """How well each sentence of each of ``keys`` matches the words asked for, up to the last that has words."""
