"""How likely it is that a passage bears on a question: a probability, from evidence that means the same everywhere."""

import numpy as np
from numpy.typing import NDArray

# Logistic weights of (1, cosine, BM25 a term): logistic regression on whether a document among the first ten was judged
# relevant, on developer parts of scifact, squad2, covidqa and cisi, each weighing the same, with questions of the other
# three as a quarter beside them that nothing answers; see docs/measurements.md for how far it is from calibrated.
WEIGHTS = (-6.65, 8.1, 0.36)
# On the parts it was fitted on, the cut keeps 87 to 97 % of judged documents, and 5 to 35 % of foreign questions pass.
LIKELY = 0.06


def relevance(similarities: NDArray[np.float64], lexical: NDArray[np.float64], terms: int) -> NDArray[np.float64]:
    """One probability a passage, from its cosine with the question and its BM25 score by the question's terms."""
    constant, meaning, words = WEIGHTS
    return np.asarray(1 / (1 + np.exp(-(constant + meaning * similarities + words * lexical / max(terms, 1)))))
