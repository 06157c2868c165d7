"""Other search libraries, each as it comes: as baselines on the same windows, and for speed on the same passages.

They are the extra "peers".
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np

from eval.baselines import STEMMER, STEP_WORDS, WINDOW_WORDS, Bare, Scored, Windows
from eval.errors import EvalError
from eval.records import Query
from eval.systems import Ranking, System
from index.embed import load_reference
from index.records import Vectors
from index.weights import model_folder

# A document may have several windows among the first.
MOST_WINDOWS = 400
# As many as the first page of results shows.
RESULTS = 10
Task = Callable[[str], object]


def bm25s_system(windows: Windows) -> System:
    """bm25s with its own words, stop words and constants, and the English stemmer it recommends."""
    settings, peer = _settings("bm25s"), _peer("bm25s")
    words = partial(peer.tokenize, stemmer=STEMMER.stemWords, return_ids=False, show_progress=False)
    index = peer.BM25()
    index.index(words(windows.texts), show_progress=False)

    def rank(query: Query, depth: int) -> Ranking:
        (asked,) = words([query.text])
        scores = windows.best(index.get_scores(asked) if asked else np.zeros(len(windows.texts)))
        return windows.rank(scores, depth, above=0)

    size = sum(part.nbytes for part in index.scores.values() if isinstance(part, np.ndarray))
    return System("bm25s", settings, rank, size)


class Txtai:
    """txtai's hybrid index with its own weighing, given the vectors that the bare model has."""

    name = "txtai"

    def __init__(self, windows: Windows, bare: Bare) -> None:
        self.settings = {**_settings(self.name), "encoder": bare.encoder.spec.id}
        self.index_bytes = 0
        self._windows = windows
        self._index = _txtai(windows.texts, bare.vectors, lambda text: bare.encoder.encode_query(text)[0])

    def scores(self, query: Query) -> Scored:
        """The score of each document whose windows are among the first."""
        scores = np.full(len(self._windows.texts), -np.inf)
        for row, score in self._index.search(query.text, MOST_WINDOWS):
            scores[row] = score
        return self._windows.best(scores)

    def rank(self, query: Query, depth: int) -> Ranking:
        return self._windows.rank(self.scores(query), depth)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Passages as they were encoded, their vectors, and the name of the model."""

    texts: Sequence[str]
    vectors: Vectors
    model: str


def txtai_over(corpus: Corpus) -> Task:
    """txtai's hybrid index with the texts in its own store; questions are encoded by sentence-transformers."""
    index = _txtai(corpus.texts, corpus.vectors, _one_thread(corpus.model), content=True)
    return lambda question: index.search(question, RESULTS)


def tutorial_over(corpus: Corpus) -> Task:
    """What tutorials show: sentence-transformers, a flat index of FAISS, the texts in a list."""
    import faiss

    encode, index = _one_thread(corpus.model), faiss.IndexFlatIP(corpus.vectors.shape[1])
    index.add(corpus.vectors)

    def search(question: str) -> list[tuple[float, str]]:
        scores, rows = index.search(encode(question)[None, :], RESULTS)
        return [(float(score), corpus.texts[row]) for score, row in zip(scores[0], rows[0], strict=True)]

    return search


def bm25s_over(corpus: Corpus) -> Task:
    """bm25s as it comes, words alone."""
    index, words = _peer("bm25s").BM25(), partial(_peer("bm25s").tokenize, stopwords="en", show_progress=False)
    index.index(words(list(corpus.texts)), show_progress=False)
    return lambda question: index.retrieve(words(question), k=RESULTS, show_progress=False)


def txtai_indexing(texts: Sequence[str], model: str) -> Task:
    """txtai from texts to its hybrid index, the texts in its own store; it encodes them as it does by itself."""
    import torch

    index = _peer("txtai").Embeddings(path=str(model_folder(model)), hybrid=True, content=True)

    def work(_: str) -> None:
        # As PyTorch would, were it started on the processors that there are now.
        torch.set_num_threads(len(os.sched_getaffinity(0)))
        index.index((row, text, None) for row, text in enumerate(texts))

    return work


CORPUS_PEERS = {"txtai": txtai_over, "tutorial": tutorial_over, "bm25s": bm25s_over}
# Those that encode what they index.
INDEXING_PEERS = {"txtai": txtai_indexing}


def _txtai(texts: Sequence[str], vectors: Vectors, encode: Callable[[str], Vectors], content: bool = False) -> Any:
    """txtai's hybrid index of texts whose ``vectors`` are known; ``encode`` gives those of questions."""
    known = dict(zip(texts, vectors, strict=True))

    def transform(asked: Sequence[str]) -> Vectors:
        return np.array([known[text] if text in known else encode(text) for text in asked])

    index = _peer("txtai").Embeddings(method="external", transform=transform, hybrid=True, content=content)
    index.index((row, text, None) for row, text in enumerate(texts))
    return index


def _one_thread(model: str) -> Callable[[str], Vectors]:
    import torch

    torch.set_num_threads(1)
    reference = load_reference(model)
    return lambda text: np.asarray(reference.encode(text, normalize_embeddings=True, show_progress_bar=False))


def _settings(name: str) -> dict[str, Any]:
    _peer(name)
    return {"version": version(name), "window": WINDOW_WORDS, "step": STEP_WORDS}


def _peer(name: str) -> Any:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise EvalError(f"the package {name}", str(error), 'Install the extra "peers".') from None
