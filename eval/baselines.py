"""The plain systems that this program must not fall behind: BM25, the bare model, and two fusions of both.

All work on windows of 180 words that begin every 150, each with its document's title before it; a document scores
as its best window. Windows, stop words and BM25's constants were set so that four collections give their known figures.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np
import Stemmer
from numpy.typing import NDArray

from eval.records import Query, Text
from eval.systems import Ranking, System
from index.embed import Encoder
from index.records import Vectors

WINDOW_WORDS, STEP_WORDS = 180, 150
# Robertson and Zaragoza 2009; k1 and b as Lucene sets them.
K1, B = 1.2, 0.75
# Cormack, Clarke and Buettcher 2009.
RRF_K = 60
FUSED_DEPTH = 100
STEMMER = Stemmer.Stemmer("english")
_WORD = re.compile(r"\b\w\w+\b")
# The English stop words of Lucene.
_STOP_WORDS = frozenset(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with".split()
)

Scored = NDArray[np.float64]


class Windows:
    """The corpus cut into windows: ``texts`` of all of them, and the row in ``ids`` and ``whole`` each belongs to."""

    def __init__(self, corpus: Iterable[Text]) -> None:
        documents = list(corpus)
        cuts = [list(cut(document.title, document.text)) for document in documents]
        self.ids = [document.id for document in documents]
        self.whole = [f"{document.title} {document.text}" for document in documents]
        self.texts = list(chain.from_iterable(cuts))
        self.owners = np.repeat(np.arange(len(cuts)), list(map(len, cuts)))

    def best(self, scores: NDArray[Any]) -> Scored:
        """The score of each document: that of its best window."""
        best = np.full(len(self.ids), -np.inf)
        np.maximum.at(best, self.owners, scores)
        return best

    def rank(self, scores: Scored, depth: int, above: float = -np.inf) -> Ranking:
        """The documents with a score ``above`` that, the best first; equal scores in the order of the corpus."""
        order = np.argsort(-scores, kind="stable")[:depth]
        return [(self.ids[row], float(scores[row])) for row in order if scores[row] > above]


def cut(title: str, text: str) -> Iterator[str]:
    """Windows of ``WINDOW_WORDS`` words with the title before each; an empty text gives its title alone."""
    words = text.split()
    for start in range(0, max(1, len(words) - WINDOW_WORDS + STEP_WORDS), STEP_WORDS):
        yield f"{title} {' '.join(words[start : start + WINDOW_WORDS])}".strip()


class Bm25:
    """BM25 over stemmed words without stop words, each occurrence of a word in the question counting."""

    name = "bm25"

    def __init__(self, windows: Windows) -> None:
        # Read late: it takes seconds, and only who asks for this baseline should wait.
        from sklearn.feature_extraction.text import CountVectorizer  # type: ignore[import-untyped]

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
        self.index_bytes = sum(part.nbytes for part in (self._weights.data, self._weights.indices))

    def scores(self, query: Query) -> Scored:
        """The score of each document; 0 where it has no word of the question."""
        asked = self._vectorizer.transform([query.text])
        return self._windows.best((asked @ self._weights).toarray().ravel())

    def rank(self, query: Query, depth: int) -> Ranking:
        return self._windows.rank(self.scores(query), depth, above=0)


class Bare:
    """The sentence encoder alone: exact inner products over the windows."""

    name = "minilm"

    def __init__(self, windows: Windows, encoder: Encoder, vectors: Vectors) -> None:
        self.settings = {"encoder": encoder.spec.id, "window": WINDOW_WORDS, "step": STEP_WORDS}
        self._windows, self.encoder, self.vectors = windows, encoder, vectors
        self.index_bytes = vectors.nbytes

    @cached_property
    def means(self) -> Scored:
        """The mean vector of each document's windows at unit length, shape (documents, dimension)."""
        sums = np.zeros((len(self._windows.ids), self.vectors.shape[1]))
        np.add.at(sums, self._windows.owners, self.vectors)
        means: Scored = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return means

    def scores(self, query: Query) -> Scored:
        """The cosine of each document's best window."""
        return self._windows.best(self.vectors @ self.encoder.encode_query(query.text)[0])

    def rank(self, query: Query, depth: int) -> Ranking:
        return self._windows.rank(self.scores(query), depth)


def fused_system(name: str, windows: Windows, legs: Sequence[Bm25 | Bare]) -> System:
    """Both legs made one, by what ``FUSIONS`` makes of the best ``FUSED_DEPTH`` scores of each."""

    def rank(query: Query, depth: int) -> Ranking:
        total = np.full(len(windows.ids), -np.inf)
        for leg in legs:
            scores = leg.scores(query)
            best = np.argsort(-scores, kind="stable")[:FUSED_DEPTH]
            total[best] = np.maximum(total[best], 0.0) + FUSIONS[name](scores[best])
        return windows.rank(total, depth)

    settings = {"fused": FUSED_DEPTH, **{leg.name: leg.settings for leg in legs}}
    return System(name, settings, rank, sum(leg.index_bytes for leg in legs))


def reciprocal_rank(falling: Scored) -> Scored:
    """1 / (60 + rank) for scores in rank order."""
    return 1.0 / (RRF_K + np.arange(1, len(falling) + 1))


def min_max(falling: Scored) -> Scored:
    """Scores in rank order brought to 0..1 between the last and the first."""
    spread = falling[0] - falling[-1]
    return (falling - falling[-1]) / spread if spread > 0 else np.ones_like(falling)


FUSIONS = {"rrf": reciprocal_rank, "minmax": min_max}


def _analyse(text: str) -> list[str]:
    stems: list[str] = STEMMER.stemWords([word for word in _WORD.findall(text.lower()) if word not in _STOP_WORDS])
    return stems
