"""The telling words of passages as the model read them, one bit a component: how well a sentence has each word asked.

A word asked is compared with every word of a sentence and of the title before it, and keeps its nearest (late
interaction, Khattab and Zaharia 2020), weighed by how rare it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from index.analysis import STOPWORDS, placed, term
from index.ragged import Coded
from index.records import Span, Vectors

# A row: the number of its sentence (0: the title), then the signs of its components, turned.
Codes = NDArray[np.uint8]
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
    stand = np.array(places[: len(pieces)], dtype=np.int64).reshape(-1, 2) - shift
    real = np.flatnonzero(stand[:, 1] > stand[:, 0])
    said, starts, ends = placed(text)
    firsts = np.searchsorted(stand[real, 0], starts)
    counts = np.searchsorted(stand[real, 1], ends, side="right") - firsts
    kept = (counts > 0) & np.array([word.lower() not in STOPWORDS for word in said], dtype=bool)
    firsts, counts = firsts[kept], counts[kept]
    vectors = pieces[real[firsts]]
    # Piece by piece: most words have one, few have more than three.
    for more in range(1, counts.max(initial=0)):
        vectors[counts > more] += pieces[real[firsts[counts > more] + more]]
    spans = tuple(zip(starts[kept].tolist(), ends[kept].tolist(), strict=True))
    return Words(spans, vectors / counts[:, None].astype(np.float32))


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


def matches(held: Coded, asked: Wanted, passages: NDArray[np.int64]) -> list[NDArray[np.float64]]:
    """How well each sentence of each of ``passages`` matches, up to the last one that has words."""
    rows, dimension = held.read(passages), asked.vectors.shape[1]
    # A component counts as 1 or -1: twice the sum of those that are 1, less the sum of all.
    bits = np.unpackbits(rows[:, 1:], axis=1, count=dimension).astype(np.float32)
    sums = 2 * (bits @ asked.vectors.T) - asked.vectors.sum(axis=1)
    cosines = sums / np.maximum(np.linalg.norm(asked.vectors, axis=1) * dimension**0.5, 1.0)
    return _nearest(cosines, rows[:, 0], np.diff(held.ends(passages), prepend=0), asked.weights)


def _nearest(
    cosines: Vectors, numbers: NDArray[np.uint8], counts: NDArray[np.int64], weights: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    """For each sentence of each passage the weighed sum, over the words asked, of the nearest in it or in the title."""
    owners = np.repeat(np.arange(len(counts)), counts)
    found = np.full((len(counts), int(numbers.max(initial=0)) + 1, len(weights)), -1.0)
    if len(numbers):
        starts = np.flatnonzero(np.diff(owners * (_MOST_SENTENCES + 1) + numbers, prepend=-1))
        found[owners[starts], numbers[starts]] = np.maximum.reduceat(cosines, starts, axis=0)
    sums = np.round((np.maximum(found[:, 1:], found[:, :1]) * weights).sum(axis=2), 6)
    lasts = np.zeros(len(counts), np.int64)
    np.maximum.at(lasts, owners, numbers)
    return [its[:last] for its, last in zip(sums, lasts.tolist(), strict=True)]


def width(dimension: int) -> int:
    """The bytes of a row of codes of words of this dimension."""
    return 1 + -(-dimension // 8)


@cache
def _turn(dimension: int) -> Vectors:
    """A fixed rotation: without it a few components of a model outweigh the others, and signs tell less."""
    drawn = np.random.default_rng(1).standard_normal((dimension, dimension))
    turn, upper = np.linalg.qr(drawn)
    # Libraries differ in the signs that they give the columns.
    return np.asarray(turn * np.sign(np.diag(upper)), dtype=np.float32)
