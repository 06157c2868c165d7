"""The telling words of passages as the model read them, one bit a component: how well a sentence has each word asked.

A word asked is compared with every word of a sentence and of the title before it, and keeps its nearest (late
interaction, Khattab and Zaharia 2020), weighed by how rare it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.analysis import STOPWORDS, each_word, term
from index.coded import Coded

# A row: the number of its sentence (0: the title), then the signs of its components, turned.
Codes = NDArray[np.uint8]
Span = tuple[int, int]
Vectors = NDArray[np.float32]
FILE = "wording"
_MOST_SENTENCES = 255


@dataclass(frozen=True, slots=True)
class Words:
    """The telling words of a text in order: where they stand, and the mean of each one's word pieces, a row each."""

    spans: tuple[Span, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words asked for: turned vectors in whole numbers, so that sums are the same in any order; weights, together 1."""

    vectors: Vectors
    weights: NDArray[np.float64]


def telling(text: str, pieces: Vectors, places: Sequence[Span], shift: int = 0) -> Words:
    """The telling words of ``text``, of which the model gave ``pieces`` at ``places``, ``shift`` characters further on.

    Words beyond the model's window are left out.
    """
    starts = np.array([start for start, _ in places[: len(pieces)]]) - shift
    ends = np.array([end for _, end in places[: len(pieces)]]) - shift
    real = np.flatnonzero(ends > starts)
    starts, ends = starts[real], ends[real]
    spans, vectors = [], []
    for start, end in (word.span() for word in each_word(text) if word.group().lower() not in STOPWORDS):
        its = real[np.searchsorted(starts, start) : np.searchsorted(ends, end, side="right")]
        if len(its):
            spans.append((start, end))
            vectors.append(pieces[its].mean(axis=0))
    return Words(tuple(spans), np.array(vectors, dtype=np.float32).reshape(-1, pieces.shape[1]))


def codes(words: Words, sentences: Sequence[Span]) -> Codes:
    """A row for each word, shape (words, 1 + dimension / 8)."""
    firsts = [first for first, _ in sentences]
    numbers = np.searchsorted(firsts, [start for start, _ in words.spans], side="right")
    bits = np.packbits(words.vectors @ _turn(words.vectors.shape[1]) > 0, axis=1)
    return np.hstack([np.minimum(numbers, _MOST_SENTENCES).astype(np.uint8)[:, None], bits])


def wanted(text: str, words: Words, rarity: dict[str, float]) -> Wanted:
    """The words of a question, each weighed by the rarity of its term."""
    turned = words.vectors @ _turn(words.vectors.shape[1])
    most = np.abs(turned).max(axis=1, keepdims=True, initial=1e-9)
    weights = np.array([rarity[term(text[start:end])] for start, end in words.spans])
    return Wanted(np.rint(turned * (127 / most)).astype(np.float32), weights / max(weights.sum(), 1e-9))


class WordingSegment:
    """The words of one segment's passages."""

    def __init__(self, folder: Path) -> None:
        self._coded = Coded(folder, FILE)

    def matches(self, asked: Wanted, rows: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        """How well each sentence of each of the passages ``rows`` matches, up to the last one that has words."""
        held, dimension = self._coded.read(rows), asked.vectors.shape[1]
        signs = np.unpackbits(held[:, 1:], axis=1, count=dimension).astype(np.float32) * 2 - 1
        lengths = np.linalg.norm(asked.vectors, axis=1) * dimension**0.5
        cosines, numbers = signs @ asked.vectors.T / np.maximum(lengths, 1.0), held[:, 0]
        bounds = pairwise([0, *self._coded.ends(rows).tolist()])
        return [_best(cosines[first:until], numbers[first:until], asked.weights) for first, until in bounds]


def _best(
    cosines: NDArray[np.float32], numbers: NDArray[np.uint8], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The weighed sum, over the words asked, of the nearest in each sentence or in the title."""
    nearest = np.full((int(numbers.max(initial=0)) + 1, len(weights)), -1.0)
    if len(numbers):
        starts = np.flatnonzero(np.diff(numbers, prepend=-1))
        nearest[numbers[starts]] = np.maximum.reduceat(cosines, starts, axis=0)
    sums = (np.maximum(nearest[1:], nearest[0]) * weights).sum(axis=1)
    return np.asarray(np.round(sums, 6))


def width(dimension: int) -> int:
    """The bytes of a row of codes of words of this dimension."""
    return 1 + -(-dimension // 8)


@cache
def _turn(dimension: int) -> Vectors:
    """A fixed rotation: without it a few components of a model outweigh the others, and signs tell less."""
    drawn = np.random.default_rng(1).standard_normal((dimension, dimension))
    return np.asarray(np.linalg.qr(drawn)[0], dtype=np.float32)
