"""How likely it is that a passage bears on a question: a probability, from evidence that means the same everywhere."""

import numpy as np
from numpy.typing import NDArray

# Logistic weights of (1, cosine, BM25 a term); how they were fitted stands in docs/measurements.md.
WEIGHTS = (-4.2, 6.0, 0.25)
LIKELY = 0.3


def relevance(similarities: NDArray[np.float64], lexical: NDArray[np.float64], terms: int) -> NDArray[np.float64]:
    """One probability a passage, from its cosine with the question and its BM25 score by the question's terms."""
    constant, meaning, words = WEIGHTS
    return np.asarray(1 / (1 + np.exp(-(constant + meaning * similarities + words * lexical / max(terms, 1)))))
