"""From what speaks for each sentence to an order and a probability: two logistic models, their weights fitted once.

The choice was fitted on questions of SQuAD 2.0 over 16 encyclopedia articles and on the developer half of the sample
association's, each weighing the same, the chance on the former; what they reach on articles left out stands in
docs/measurements.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

import numpy as np

from service.evidence import Candidate

# One sentence against the others of the same question.
CHOICE = {"similarity": 2.6, "sentence": 7.6, "match": 11.7, "around": 5.6, "order": 1.5, "offers": 1.0}
# Whether the best sentence answers at all.
CONSTANT = -0.81
CHANCE = {"similarity": 3.14, "missing": -1.38, "names": -0.72, "denied": -2.99}


@dataclass(frozen=True, slots=True)
class Weighed:
    """Sentences, best first, each with its share of the choice (together 1), and the chance that the first answers."""

    candidates: tuple[Candidate, ...]
    shares: tuple[float, ...]
    chance: float


def weigh(candidates: Sequence[Candidate]) -> Weighed:
    """Order the sentences of one question. Without any the chance is 0."""
    if not candidates:
        return Weighed((), (), 0.0)
    scores = np.array([_sum(CHOICE, one) for one in candidates])
    order = np.argsort(-scores, kind="stable")
    shares = np.exp(scores[order] - scores.max())
    best = candidates[order[0]]
    return Weighed(
        candidates=tuple(candidates[i] for i in order),
        shares=tuple((shares / shares.sum()).tolist()),
        chance=1 / (1 + exp(-(CONSTANT + _sum(CHANCE, best)))),
    )


def _sum(weights: dict[str, float], one: Candidate) -> float:
    return sum(weight * one.signals[name] for name, weight in weights.items())
