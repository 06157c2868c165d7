"""The default engine: FAISS and Tantivy over the sealed segments of one generation."""

from collections.abc import Sequence
from functools import reduce
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import proximity, sentences, wording
from index.analysis import Phrase
from index.columns import Predicate
from index.dense import DenseIndex
from index.engine import NOTHING, Ranked
from index.errors import IndexFault
from index.generation import Generation
from index.holdings import Holdings
from index.lexical import LexicalIndex
from index.proximity import Neighbours
from index.ragged import Coded
from index.records import Scope, Vectors
from index.wording import Wanted


class EmbeddedEngine:
    """Ranks within one opened generation, whose scope is the only one it answers for."""

    def __init__(self, folder: Path, holdings: Holdings) -> None:
        self._scope = holdings.manifest.scope
        self._holdings = holdings
        folders = list(Generation(folder, holdings.manifest).segments.values())
        self._dense = DenseIndex(folders)
        self._sentences, self._wording = Coded(folders, sentences.FILE), Coded(folders, wording.FILE)
        self._order = Coded(folders, proximity.FILE)
        self._lexical = LexicalIndex(folder / "lexical") if folders else None

    def dense(self, scope: Scope, vector: Vectors, predicate: Predicate, limit: int) -> Ranked:
        self._check(scope)
        rows, products = self._dense.search(vector, self._passing(scope, predicate), limit)
        return Ranked.of(self._holdings.columns.keys[rows], products, limit)

    def lexical(self, scope: Scope, terms: Sequence[str], predicate: Predicate, limit: int) -> Ranked:
        self._check(scope)
        return self._lexical.search(terms, predicate, limit) if self._lexical else NOTHING

    def frequencies(self, scope: Scope, terms: Sequence[str]) -> list[int]:
        self._check(scope)
        return self._lexical.frequencies(terms) if self._lexical else [0] * len(terms)

    def holding(self, scope: Scope, phrase: Phrase) -> NDArray[np.int64]:
        self._check(scope)
        return self._lexical.holding(phrase) if self._lexical else NOTHING.keys

    def similarities(self, scope: Scope, vector: Vectors, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        self._check(scope)
        return self._dense.products(vector, self._holdings.positions(keys))

    def sentences(self, scope: Scope, vector: Vectors, keys: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        self._check(scope)
        return sentences.similarities(self._sentences, vector, self._holdings.positions(keys))

    def following(self, scope: Scope, neighbours: Neighbours, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        self._check(scope)
        return proximity.following(self._order, neighbours, self._holdings.positions(keys))

    def matches(self, scope: Scope, wanted: Wanted, keys: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        self._check(scope)
        return wording.matches(self._wording, wanted, self._holdings.positions(keys))

    def _passing(self, scope: Scope, predicate: Predicate) -> NDArray[np.bool_] | None:
        """One truth value a passage; None where all pass."""
        if predicate == Predicate():
            return None
        columns = self._holdings.columns
        held = (np.isin(columns.keys, self.holding(scope, phrase)) for phrase in predicate.phrases)
        return reduce(np.logical_and, held, columns.passages_passing(predicate))

    def _check(self, scope: Scope) -> None:
        if scope != self._scope:
            raise IndexFault(f"a search within {self._scope}", f"{scope}", "Open the generation of that audience.")
