"""Two rankings made one: how near a passage is in meaning, and how much of the question's words it holds.

Both are measures that mean the same whatever the question, so that they can be added as they are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.engine import Ranked
from index.records import Mode

# How many passages have their sentences compared, and are looked through for words that follow each other: ranked
# without them, none beyond the thirtieth came to matter.
RESCORED = 100
# How many passages have their words compared; fifty brought no more.
MATCHED = 30
# Words count in full where some passage has this share of a question's, or as much as this share of the rarest word
# there could be; below, in proportion: what shares only a common word or two is found by chance.
ENOUGH, ENOUGH_OF_THE_RAREST = 0.3, 0.7

Nearest = Callable[[NDArray[np.int64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Fused:
    """The union of both legs, in order of key.

    ``meaning`` is the mean of the cosines of a passage and of its best sentence with the question, ``words`` the
    passage's BM25, with what neighbouring words bring, as a share of ``most``: beyond the best ``RESCORED`` the passage
    and its words alone.
    """

    keys: NDArray[np.int64]
    scores: NDArray[np.float64]
    meaning: NDArray[np.float64]
    words: NDArray[np.float64]


def fuse(
    keys: NDArray[np.int64],
    similarities: NDArray[np.float64],
    lexical: Ranked,
    most: float,
    rarest: float,
    nearest: Nearest | None,
    mode: Mode = Mode.HYBRID,
    matching: Nearest | None = None,
    following: Nearest | None = None,
) -> Fused:
    """Add meaning and words; see docs/measurements.md for what this sum was compared with.

    ``similarities`` are exact for every key; ``most`` is what BM25 would give a passage of nothing but the question's
    words, ``rarest`` one of nothing but a word that stands nowhere else; ``nearest`` tells the cosine of the best
    sentence of passages, ``matching`` how well their best sentence matches word by word, ``following`` what BM25 gives
    them for neighbouring words; None leaves any out. A passage that the lexical leg did not find has none of the words.
    """
    words = np.zeros(len(keys))
    words[np.searchsorted(keys, lexical.keys)] = lexical.scores / most
    enough = min(ENOUGH, ENOUGH_OF_THE_RAREST * rarest / most)
    meaning = similarities.copy()
    best = np.lexsort((keys, -_sum(similarities, _counted(words, enough), mode)))[:RESCORED]
    if nearest and mode is not Mode.LEXICAL:
        meaning[best] = (similarities[best] + nearest(keys[best])) / 2
    if following and mode is not Mode.DENSE:
        words[best] += following(keys[best]) / most
    scores = _sum(meaning, _counted(words, enough), mode)
    if matching and mode is Mode.HYBRID:
        best = np.lexsort((keys, -scores))[:MATCHED]
        scores[best] += matching(keys[best])
    return Fused(keys, scores, meaning, words)


def _counted(words: NDArray[np.float64], enough: float) -> NDArray[np.float64]:
    return np.asarray(words * min(words.max(initial=0.0) / enough, 1.0))


def _sum(meaning: NDArray[np.float64], words: NDArray[np.float64], mode: Mode) -> NDArray[np.float64]:
    return {Mode.HYBRID: meaning + words, Mode.DENSE: meaning, Mode.LEXICAL: words}[mode]
