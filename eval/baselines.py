"""The plain systems that this program must not fall behind: BM25, the bare model, and two fusions of both.

All work on windows of 180 words that begin every 150, each with its document's title before it; a document scores
as its best window. Nothing here is tuned.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import Stemmer
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-untyped]

from eval.records import Query, Text
from eval.systems import System
from index.embed import Encoder, Vectors

WINDOW_WORDS, STEP_WORDS = 180, 150
# Robertson and Zaragoza 2009; k1 and b as Lucene sets them.
K1, B = 1.2, 0.75
# Cormack, Clarke and Buettcher 2009.
RRF_K = 60
FUSED_DEPTH = 100
_WORD = re.compile(r"\b\w\w+\b")
# The English stop words of Lucene.
_STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with".split()
)


class Windows:
    """The corpus cut into windows: ``texts`` of all of them, and the row in ``ids`` that each one belongs to."""

    def __init__(self, corpus: Iterable[Text]) -> None:
        self.ids: list[str] = []
        self.texts: list[str] = []
        owners = []
        for row, document in enumerate(corpus):
            self.ids.append(document.id)
            for text in cut(document.title, document.text):
                self.texts.append(text)
                owners.append(row)
        self.owners = np.array(owners)

    def rank(self, scores: NDArray[Any], depth: int, floor: float = -np.inf) -> list[tuple[str, float]]:
        """The documents by their best window above ``floor``; equal scores in the order of the corpus."""
        best = np.full(len(self.ids), -np.inf)
        np.maximum.at(best, self.owners, scores)
        order = np.argsort(-best, kind="stable")[:depth]
        return [(self.ids[row], float(best[row])) for row in order if best[row] > floor]


def cut(title: str, text: str) -> Iterator[str]:
    """Windows of ``WINDOW_WORDS`` words with the title before each; an empty text gives its title alone."""
    words = text.split()
    for start in range(0, max(1, len(words) - WINDOW_WORDS + STEP_WORDS), STEP_WORDS):
        yield f"{title} {' '.join(words[start : start + WINDOW_WORDS])}".strip()


class Bm25:
    """BM25 over stemmed words without stop words, each occurrence of a word in the question counting."""

    name = "bm25"

    def __init__(self, windows: Windows) -> None:
        self.settings = {"k1": K1, "b": B, "window": WINDOW_WORDS, "step": STEP_WORDS}
        self._windows = windows
        self._vectorizer = CountVectorizer(analyzer=_analyse)
        counts = self._vectorizer.fit_transform(windows.texts).astype(np.float64).tocoo()
        lengths = np.asarray(counts.sum(axis=1)).ravel()
        frequency = np.bincount(counts.col, minlength=counts.shape[1])
        idf = np.log1p((counts.shape[0] - frequency + 0.5) / (frequency + 0.5))
        norm = K1 * (1 - B + B * lengths / lengths.mean())
        counts.data = idf[counts.col] * counts.data / (counts.data + norm[counts.row])
        self._weights = counts.T.tocsr()

    def rank(self, query: Query, depth: int) -> list[tuple[str, float]]:
        asked = self._vectorizer.transform([query.text])
        return self._windows.rank((asked @ self._weights).toarray().ravel(), depth, floor=0.0)


class Bare:
    """The sentence encoder alone: exact inner products over the windows."""

    name = "minilm"

    def __init__(self, windows: Windows, encoder: Encoder, vectors: Vectors) -> None:
        self.settings = {"encoder": encoder.spec.id, "window": WINDOW_WORDS, "step": STEP_WORDS}
        self._windows, self._encoder, self._vectors = windows, encoder, vectors

    def rank(self, query: Query, depth: int) -> list[tuple[str, float]]:
        return self._windows.rank(self._vectors @ self._encoder.encode_query(query.text), depth)


class Fused:
    """Two systems made one, from the best ``FUSED_DEPTH`` of each."""

    def __init__(self, name: str, parts: Sequence[System]) -> None:
        self.name, self._parts = name, parts
        self.settings = {"fusion": name, "depth": FUSED_DEPTH, **{part.name: part.settings for part in parts}}
        self._weigh = {"rrf": reciprocal_rank, "minmax": min_max}[name]

    def rank(self, query: Query, depth: int) -> list[tuple[str, float]]:
        total: dict[str, float] = {}
        for part in self._parts:
            for id, score in self._weigh(part.rank(query, FUSED_DEPTH)):
                total[id] = total.get(id, 0.0) + score
        return sorted(total.items(), key=lambda item: (-item[1], item[0]))[:depth]


def reciprocal_rank(ranking: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """Each document with 1 / (60 + its rank)."""
    return ((id, 1.0 / (RRF_K + rank)) for rank, (id, _) in enumerate(ranking, 1))


def min_max(ranking: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    """Each document with its score brought to 0..1 between the last and the first of the ranking."""
    if not ranking:
        return iter(())
    high, low = ranking[0][1], ranking[-1][1]
    return ((id, (score - low) / (high - low) if high > low else 1.0) for id, score in ranking)


def _analyse(text: str) -> list[str]:
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS]


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    stemmed: str = _stemmer().stemWord(word)
    return stemmed


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    return Stemmer.Stemmer("english")
