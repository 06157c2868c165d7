"""The sentences of a segment's passages: eight-bit codes of the vectors that each passage's own pass gave them."""

import numpy as np
from numpy.typing import NDArray

from index.ragged import Coded
from index.records import Vectors

Codes = NDArray[np.int8]

FILE = "sentences"


def codes(vectors: Vectors) -> Codes:
    """Eight bits a component, shape as ``vectors``. Each row fills its bits: only directions are kept."""
    most = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    return np.asarray(np.rint(vectors * (127 / most)), dtype=np.int8)


def similarities(held: Coded, vector: Vectors, passages: NDArray[np.int64]) -> list[NDArray[np.float64]]:
    """The cosine of ``vector`` with each sentence of each of ``passages``, in the order of the text."""
    if not len(passages):
        return []
    directions = held.read(passages).astype(np.float32)
    # A sum that does not depend on how many sentences there are, good for six digits: a product of matrices would.
    lengths = np.sqrt(np.einsum("ij,ij->i", directions, directions))
    cosines = np.einsum("ij,j->i", directions, vector) / np.maximum(lengths, 1.0)
    return np.split(np.round(cosines.astype(np.float64), 6), held.ends(passages)[:-1])
