"""The telling words of passages in their order, two bytes each: which of a question's words follow each other there."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index.analysis import STOPWORDS, term
from index.ragged import Coded

# A row a word: two bytes of a hash of its term. One word in 65,536 is taken for another.
Codes = NDArray[np.uint8]
# Words that follow each other in a question, with the weight of each pair: what BM25 multiplies by its share of hits.
Neighbours = dict[tuple[str, str], float]
FILE = "order"
# So much of its BM25 a pair of words brings; see "Words in a row" in docs/measurements.md.
PAIR_WEIGHT = 0.3
# BM25's k1 and b (Robertson and Zaragoza 2009), with the values that Tantivy uses.
SATURATION, LENGTH = 1.2, 0.75
_UNTOLD = frozenset(map(term, STOPWORDS))


def codes(words: Sequence[str]) -> Codes:
    """A row for each of the analysed ``words`` that tells, shape (n, 2)."""
    return np.array([_number(word) for word in words if word not in _UNTOLD], np.uint16).view(np.uint8).reshape(-1, 2)


def neighbours(forms: Iterable[Sequence[str]], rarity: dict[str, float]) -> Neighbours:
    """The neighbours in each of the ``forms`` of a question's words; a pair is as rare as both its words together."""
    return {(a, b): PAIR_WEIGHT * (rarity[a] + rarity[b]) for said in forms for a, b in pairwise(said)}


def following(held: Coded, asked: Neighbours, passages: NDArray[np.int64]) -> NDArray[np.float64]:
    """What each of ``passages`` gets by BM25 for holding ``asked``, to six digits."""
    if not len(passages):
        return np.empty(0)
    words, ends = held.read(passages).view(np.uint16).ravel(), held.ends(passages)
    lengths = np.diff(ends, prepend=0)
    owners = np.repeat(np.arange(len(passages)), lengths)
    norm = SATURATION * (1 - LENGTH + LENGTH * lengths / max(held.mean, 1.0))
    scores, beside = np.zeros(len(passages)), owners[:-1] == owners[1:]
    for (first, second), weight in asked.items():
        there = np.flatnonzero((words[:-1] == _number(first)) & (words[1:] == _number(second)) & beside)
        often = np.bincount(owners[there], minlength=len(passages))
        scores += weight * often * (1 + SATURATION) / (often + norm)
    return np.round(scores, 6)


@lru_cache(maxsize=200_000)
def _number(word: str) -> int:
    return crc32(word.encode()) & 0xFFFF
