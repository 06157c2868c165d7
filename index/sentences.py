"""The sentences of a segment's passages: eight-bit codes of the vectors that each passage's own pass gave them."""

import os
from collections.abc import Sequence
from pathlib import Path
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from index.embed import Vectors

Codes = NDArray[np.int8]

_CODES, _BOUNDS = "sentences.npy", "sentence_bounds.npy"


def codes(vectors: Vectors) -> Codes:
    """Eight bits a component, shape as ``vectors``. Each row fills its bits: only directions are kept."""
    most = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    return np.asarray(np.rint(vectors * (127 / most)), dtype=np.int8)


def build(folder: Path, passages: Sequence[Codes]) -> None:
    """Write the codes of the sentences of each passage, in order; every array has one width."""
    np.save(folder / _CODES, np.concatenate(passages) if passages else np.empty((0, 1), np.int8))
    np.save(folder / _BOUNDS, np.cumsum([0, *map(len, passages)]))


class SentenceSegment:
    """The sentences of one segment. They are read where they lie in its file: mapped, a few of each of many searches
    would come to hold all of it in memory.
    """

    def __init__(self, folder: Path) -> None:
        mapped = np.load(folder / _CODES, mmap_mode="r")
        self._dimension, self._offset = mapped.shape[1], mapped.offset
        self._file = os.open(folder / _CODES, os.O_RDONLY)
        finalize(self, os.close, self._file)
        self._bounds: NDArray[np.int64] = np.load(folder / _BOUNDS)

    def held(self, passages: range) -> list[Codes]:
        """The codes of the sentences of each of these passages."""
        rows = np.arange(passages.start, passages.stop)
        ends = np.cumsum(self._bounds[rows + 1] - self._bounds[rows])
        return np.split(self._read(rows), ends[:-1]) if passages else []

    def similarities(self, vector: Vectors, rows: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        """The cosine of ``vector`` with each sentence of each of the passages ``rows``, in the order of the text."""
        if not len(rows):
            return []
        directions = self._read(rows).astype(np.float32)
        # A sum that does not depend on how many sentences there are, good for six digits: a product of matrices would.
        lengths = np.sqrt(np.einsum("ij,ij->i", directions, directions))
        cosines = np.einsum("ij,j->i", directions, vector) / np.maximum(lengths, 1.0)
        cosines = np.round(cosines.astype(np.float64), 6)
        return np.split(cosines, np.cumsum(self._bounds[rows + 1] - self._bounds[rows])[:-1])

    def _read(self, rows: NDArray[np.int64]) -> Codes:
        firsts, untils = self._bounds[rows].tolist(), self._bounds[rows + 1].tolist()
        width, offset = self._dimension, self._offset
        parts = [os.pread(self._file, (b - a) * width, offset + a * width) for a, b in zip(firsts, untils, strict=True)]
        return np.frombuffer(b"".join(parts), np.int8).reshape(-1, width)
