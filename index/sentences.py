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


class SentenceIndex:
    """The sentences of all segments, of which a passage counts on from segment to segment.

    They are read where they lie: mapped, a few of each of many searches would come to hold all of them in memory.
    """

    def __init__(self, folders: Sequence[Path]) -> None:
        mapped = [np.load(folder / _CODES, mmap_mode="r") for folder in folders]
        bounds = [np.load(folder / _BOUNDS) for folder in folders]
        self._width = max((one.shape[1] for one in mapped), default=1)
        self._files = [os.open(folder / _CODES, os.O_RDONLY) for folder in folders]
        for file in self._files:
            finalize(self, os.close, file)
        self._firsts = np.cumsum([0, *(len(one) - 1 for one in bounds)])
        # Where in its file each passage's codes begin and end.
        offsets = (its.offset for its in mapped)
        ends = (np.stack([one[:-1], one[1:]]) * self._width + at for one, at in zip(bounds, offsets, strict=True))
        self._bounds = np.concatenate([np.empty((2, 0), np.int64), *ends], axis=1)

    def held(self, passages: range) -> list[Codes]:
        """The codes of the sentences of each of these passages."""
        rows = np.arange(passages.start, passages.stop)
        return np.split(self._read(rows), self._ends(rows)[:-1]) if passages else []

    def similarities(self, vector: Vectors, passages: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        """The cosine of ``vector`` with each sentence of each of ``passages``, in the order of the text."""
        if not len(passages):
            return []
        directions = self._read(passages).astype(np.float32)
        # A sum that does not depend on how many sentences there are, good for six digits: a product of matrices would.
        lengths = np.sqrt(np.einsum("ij,ij->i", directions, directions))
        cosines = np.einsum("ij,j->i", directions, vector) / np.maximum(lengths, 1.0)
        return np.split(np.round(cosines.astype(np.float64), 6), self._ends(passages)[:-1])

    def _ends(self, passages: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each passage's sentences end among those of all of ``passages``."""
        firsts, untils = self._bounds[:, passages]
        return np.cumsum((untils - firsts) // self._width)

    def _read(self, passages: NDArray[np.int64]) -> Codes:
        segments = np.searchsorted(self._firsts, passages, side="right") - 1
        places = zip(segments.tolist(), *self._bounds[:, passages].tolist(), strict=True)
        parts = [os.pread(self._files[segment], until - first, first) for segment, first, until in places]
        return np.frombuffer(b"".join(parts), np.int8).reshape(-1, self._width)
