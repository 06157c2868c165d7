"""An index engine without an index: every score written out in numpy. The oracle that real engines are held to."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from room import Room

from index.analysis import STOPWORDS, Phrase, analyse, terms
from index.columns import Predicate, make_columns
from index.embed import embedded_text
from index.engine import Ranked
from index.proximity import Neighbours
from index.records import Scope, Vectors
from index.wording import Wanted, width

# Robertson and Zaragoza 2009, with the values that Lucene and Tantivy use.
K1, B = 1.2, 0.75


class ExactEngine:
    """Ranks what the catalog of a room holds for one scope by looking at each of its passages."""

    def __init__(self, room: Room, scope: Scope) -> None:
        documents = [edition.current for edition in room.catalog.editions(scope.audience)]
        stored = [(row, one) for row, document in enumerate(documents) for one in room.catalog.passages(document.id)]
        kept = list(room.catalog.vectors(room.encoder.spec.id, [one.text_hash for _, one in stored]))
        self._scope = scope
        self._columns = make_columns(documents, [one.key for _, one in stored], [row for row, _ in stored])
        self._vectors = np.array([np.frombuffer(value, np.float16) for value, *_ in kept], dtype=np.float64)
        self._codes = [np.frombuffer(held, np.int8).reshape(-1, room.encoder.spec.dimension) for _, held, _ in kept]
        row = width(room.encoder.spec.dimension)
        self._words = [np.frombuffer(words, np.uint8).reshape(-1, row) for *_, words in kept]
        self._texts = [analyse(embedded_text(documents[row].title, one.passage)).split() for row, one in stored]
        self._holding: dict[Phrase, NDArray[np.int64]] = {}
        self._often: dict[str, NDArray[np.float64]] = {}

    def dense(self, scope: Scope, vector: Vectors, predicate: Predicate, limit: int) -> Ranked:
        assert scope == self._scope
        return self._best(self._vectors @ vector.astype(np.float64), predicate, limit)

    def lexical(self, scope: Scope, terms: Sequence[str], predicate: Predicate, limit: int) -> Ranked:
        assert scope == self._scope
        scores = self._bm25(terms)
        return self._best(scores, predicate, limit, scores > 0)

    def frequencies(self, scope: Scope, terms: Sequence[str]) -> list[int]:
        return [len(self.holding(scope, ((term,),))) for term in terms]

    def holding(self, scope: Scope, phrase: Phrase) -> NDArray[np.int64]:
        assert scope == self._scope
        if phrase not in self._holding:
            found = [any(stands(form, text) for form in phrase) for text in self._texts]
            self._holding[phrase] = self._columns.keys[found]
        return self._holding[phrase]

    def similarities(self, scope: Scope, vector: Vectors, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.round(self._vectors[self._rows(keys)] @ vector.astype(np.float64), 6)

    def sentences(self, scope: Scope, vector: Vectors, keys: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        return [np.array([_cosine(code, vector) for code in self._codes[row]]) for row in self._rows(keys)]

    def following(self, scope: Scope, neighbours: Neighbours, keys: NDArray[np.int64]) -> NDArray[np.float64]:
        untold = {term for word in STOPWORDS for term in terms(word)}
        told = [[word for word in text if word not in untold] for text in self._texts]
        norm = _norm([len(words) for words in told])
        scores = np.zeros(len(told))
        for pair, weight in neighbours.items():
            often = np.array([list(pairwise(words)).count(pair) for words in told], dtype=np.float64)
            scores += weight * often * (1 + K1) / (often + norm)
        return scores[self._rows(keys)]

    def matches(self, scope: Scope, wanted: Wanted, keys: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        return [_matches(self._words[row], wanted) for row in self._rows(keys)]

    def _rows(self, keys: NDArray[np.int64]) -> list[int]:
        place = {int(key): row for row, key in enumerate(self._columns.keys)}
        return [place[int(key)] for key in keys]

    def _best(
        self, scores: NDArray[np.float64], predicate: Predicate, limit: int, found: NDArray[np.bool_] | bool = True
    ) -> Ranked:
        passing = self._columns.passages_passing(predicate) & found
        for phrase in predicate.phrases:
            passing &= np.isin(self._columns.keys, self.holding(self._scope, phrase))
        return Ranked.of(self._columns.keys[passing], scores[passing], limit)

    def _bm25(self, terms: Iterable[str]) -> NDArray[np.float64]:
        """The score of each text, idf as log(1 + (N - n + 0.5) / (n + 0.5))."""
        norm = _norm([len(text) for text in self._texts])
        scores = np.zeros(len(norm))
        for term in terms:
            often = self._count(term)
            holding = int((often > 0).sum())
            idf = np.log1p((len(self._texts) - holding + 0.5) / (holding + 0.5))
            scores += idf * often * (1 + K1) / (often + norm)
        return scores

    def _count(self, term: str) -> NDArray[np.float64]:
        if term not in self._often:
            self._often[term] = np.array([text.count(term) for text in self._texts], dtype=np.float64)
        return self._often[term]


def _norm(lengths: Sequence[int]) -> NDArray[np.float64]:
    """What BM25 adds below the line: a long text needs a word more often."""
    held = np.array(lengths, dtype=np.float64)
    return K1 * (1 - B + B * held / max(held.mean(), 1e-9)) if lengths else held


def _matches(words: NDArray[np.uint8], wanted: Wanted) -> NDArray[np.float64]:
    """Word by word: the nearest of each one asked in a sentence or the title, weighed."""
    dimension, most = wanted.vectors.shape[1], max((int(row[0]) for row in words), default=0)
    matches = np.zeros(most)
    for sentence in range(1, most + 1):
        within = [np.unpackbits(row[1:])[:dimension] * 2.0 - 1 for row in words if row[0] in (0, sentence)]
        for asked, weight in zip(wanted.vectors.astype(np.float64), wanted.weights, strict=True):
            cosines = [signs @ asked / (np.linalg.norm(asked) * dimension**0.5) for signs in within]
            matches[sentence - 1] += weight * max(cosines, default=-1.0)
    return matches


def _cosine(one: NDArray[np.int8], other: Vectors) -> float:
    a, b = one.astype(np.float64), other.astype(np.float64)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def stands(phrase: Sequence[str], text: Sequence[str]) -> bool:
    """Whether terms stand in a row in a text."""
    return any(tuple(text[at : at + len(phrase)]) == tuple(phrase) for at in range(len(text) - len(phrase) + 1))
