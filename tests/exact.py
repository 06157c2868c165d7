"""An index engine without an index: every score written out in numpy. The oracle that real engines are held to."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from room import Room

from index.analysis import Phrase, analyse
from index.columns import Predicate, make_columns
from index.embed import embedded_text
from index.engine import Ranked
from index.lexical import PAIR_GAP, PAIR_WEIGHT
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
        self._often: dict[tuple[str, ...], NDArray[np.float64]] = {}

    def dense(self, scope: Scope, vector: Vectors, predicate: Predicate, limit: int) -> Ranked:
        assert scope == self._scope
        return self._best(self._vectors @ vector.astype(np.float64), predicate, limit)

    def lexical(self, scope: Scope, terms: Sequence[str], predicate: Predicate, limit: int) -> Ranked:
        assert scope == self._scope
        scores = self._bm25([(term,) for term in terms]) + PAIR_WEIGHT * self._bm25(pairwise(terms))
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

    def _bm25(self, phrases: Iterable[tuple[str, ...]]) -> NDArray[np.float64]:
        """The score of each text, idf as log(1 + (N - n + 0.5) / (n + 0.5)), a phrase's being the sum of its words'."""
        lengths = np.array([len(text) for text in self._texts], dtype=np.float64)
        norm = K1 * (1 - B + B * lengths / max(lengths.mean(), 1e-9)) if len(lengths) else lengths
        scores = np.zeros(len(lengths))
        for phrase in phrases:
            often = self._count(phrase)
            scores += sum(self._idf(word) for word in phrase) * often * (1 + K1) / (often + norm)
        return scores

    def _idf(self, word: str) -> float:
        holding = int((self._count((word,)) > 0).sum())
        return float(np.log1p((len(self._texts) - holding + 0.5) / (holding + 0.5)))

    def _count(self, phrase: tuple[str, ...]) -> NDArray[np.float64]:
        if phrase not in self._often:
            self._often[phrase] = np.array([count(text, phrase) for text in self._texts], dtype=np.float64)
        return self._often[phrase]


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


def count(text: Sequence[str], phrase: Sequence[str]) -> int:
    """How often a word, or two words in their order with at most ``PAIR_GAP`` between, stand in a text."""
    first, *rest = phrase
    places = [place for place, word in enumerate(text) if word == first]
    return sum(all(word in text[place + 1 : place + 2 + PAIR_GAP] for word in rest) for place in places)


def stands(phrase: Sequence[str], text: Sequence[str]) -> bool:
    """Whether terms stand in a row in a text."""
    return any(tuple(text[at : at + len(phrase)]) == tuple(phrase) for at in range(len(text) - len(phrase) + 1))
