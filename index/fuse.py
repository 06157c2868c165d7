"""Two rankings made one: both legs' scores brought to one scale, then added."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.engine import Ranked

# How much meaning counts against words; see docs/measurements.md for what it was chosen on.
DENSE_SHARE = 0.5

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Fused:
    """The union of both legs, in order of key: fused scores, and what each leg gave."""

    keys: NDArray[np.int64]
    scores: NDArray[np.float64]
    similarities: NDArray[np.float64]
    lexical: NDArray[np.float64]


def union(dense: Ranked, lexical: Ranked) -> NDArray[np.int64]:
    """The keys that either leg found, in order."""
    return np.union1d(dense.keys, lexical.keys)


def fuse(keys: NDArray[np.int64], similarities: NDArray[np.float64], lexical: Ranked, dense_share: float) -> Fused:
    """Fuse by standard scores over the union: each leg's scores less their mean, by their deviation.

    ``similarities`` are exact for every key; a passage that the lexical leg did not find has none of the words.
    """
    words = np.zeros(len(keys))
    words[np.searchsorted(keys, lexical.keys)] = lexical.scores
    scores = dense_share * standard(similarities) + (1 - dense_share) * standard(words)
    return Fused(keys, scores, similarities, words)


def standard(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scores with mean 0 and deviation 1; all 0 where they do not differ."""
    # Equal scores deviate from their own mean by a last digit: that is no difference.
    deviation = scores.std() if len(scores) and np.ptp(scores) > _ROUNDING else 0.0
    return (scores - scores.mean()) / deviation if deviation > 0 else np.zeros(len(scores))
