"""The sentences of a segment's passages: eight-bit codes of the vectors that each passage's own pass gave them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.coded import Coded
from index.wording import Vectors

Codes = NDArray[np.int8]

FILE = "sentences"


def codes(vectors: Vectors) -> Codes:
    """Eight bits a component, shape as ``vectors``. Each row fills its bits: only directions are kept."""
    most = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    return np.asarray(np.rint(vectors * (127 / most)), dtype=np.int8)


class SentenceIndex:
    """The sentences of all segments, of which a passage counts on from segment to segment."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._coded = Coded(folders, FILE)

    def similarities(self, vector: Vectors, passages: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        """The cosine of ``vector`` with each sentence of each of ``passages``, in the order of the text."""
        if not len(passages):
            return []
        directions = self._coded.read(passages).astype(np.float32)
        # A sum that does not depend on how many sentences there are, good for six digits: a product of matrices would.
        lengths = np.sqrt(np.einsum("ij,ij->i", directions, directions))
        cosines = np.einsum("ij,j->i", directions, vector) / np.maximum(lengths, 1.0)
        return np.split(np.round(cosines.astype(np.float64), 6), self._coded.ends(passages)[:-1])
