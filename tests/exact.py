"""An index engine without an index: every score written out in numpy. The oracle that real engines are held to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns, Predicate, make_columns
from index.embed import Vectors
from index.engine import Ranked
from index.lexical import PAIR_GAP, PAIR_WEIGHT, LexicalRow
from index.records import Scope
from index.sentences import Codes
from ingest.records import Document

# Robertson and Zaragoza 2009, with the values that Lucene and Tantivy use.
K1, B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Exact:
    """Ranks ``rows`` with their ``vectors`` by looking at each of them."""

    scope: Scope
    columns: Columns
    rows: Sequence[LexicalRow]
    vectors: Vectors
    codes: Sequence[Codes]

    @classmethod
    def over(
        cls,
        scope: Scope,
        documents: Sequence[Document],
        owners: Sequence[int],
        rows: Sequence[LexicalRow],
        vectors: Vectors,
        codes: Sequence[Codes],
    ) -> "Exact":
        return cls(scope, make_columns(documents, [row.key for row in rows], owners), rows, vectors, codes)

    def dense(self, scope: Scope, vector: Vectors, predicate: Predicate, limit: int) -> Ranked:
        assert scope == self.scope
        scores = self.vectors.astype(np.float64) @ vector.astype(np.float64)
        return self._best(scores, self.columns.passages_passing(predicate), limit)

    def lexical(self, scope: Scope, terms: Sequence[str], predicate: Predicate, limit: int) -> Ranked:
        assert scope == self.scope
        texts = [row.words.split() for row in self.rows]
        scores = bm25(texts, [[term] for term in terms]) + PAIR_WEIGHT * bm25(texts, list(pairwise(terms)))
        return self._best(scores, self.columns.passages_passing(predicate) & (scores > 0), limit)

    def frequencies(self, scope: Scope, terms: Sequence[str]) -> list[int]:
        assert scope == self.scope
        return [sum(term in row.words.split() for row in self.rows) for term in terms]

    def similarities(self, scope: Scope, vector: Vectors, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        return self.vectors[self._rows(keys)].astype(np.float64) @ vector.astype(np.float64)

    def sentences(self, scope: Scope, vector: Vectors, keys: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        return [np.array([_cosine(code, vector) for code in self.codes[row]]) for row in self._rows(keys)]

    def _rows(self, keys: NDArray[np.int64]) -> list[int]:
        place = {int(key): row for row, key in enumerate(self.columns.keys)}
        return [place[int(key)] for key in keys]

    def _best(self, scores: NDArray[np.float64], passing: NDArray[np.bool_], limit: int) -> Ranked:
        return Ranked.of(self.columns.keys[passing], scores[passing], limit)


def _cosine(one: NDArray[np.int8], other: Vectors) -> float:
    a, b = one.astype(np.float64), other.astype(np.float64)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def bm25(texts: Sequence[Sequence[str]], phrases: Iterable[Sequence[str]]) -> NDArray[np.float64]:
    """The score of each text, idf as log(1 + (N - n + 0.5) / (n + 0.5)), a phrase's being the sum of its words'."""
    lengths = np.array([len(text) for text in texts], dtype=np.float64)
    norm = K1 * (1 - B + B * lengths / max(lengths.mean(), 1e-9)) if len(texts) else lengths
    scores = np.zeros(len(texts))
    for phrase in phrases:
        often = np.array([count(text, phrase) for text in texts], dtype=np.float64)
        scores += sum(idf(texts, word) for word in phrase) * often * (1 + K1) / (often + norm)
    return scores


def idf(texts: Sequence[Sequence[str]], word: str) -> float:
    holding = sum(word in text for text in texts)
    return float(np.log1p((len(texts) - holding + 0.5) / (holding + 0.5)))


def count(text: Sequence[str], phrase: Sequence[str]) -> int:
    """How often a word, or two words in their order with at most ``PAIR_GAP`` between, stand in a text."""
    first, *rest = phrase
    places = [place for place, word in enumerate(text) if word == first]
    return sum(all(word in text[place + 1 : place + 2 + PAIR_GAP] for word in rest) for place in places)
