"""Codes of several things a passage, as many bytes each: written for a segment, read where they lie."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import NDArray


def build(folder: Path, name: str, passages: Sequence[NDArray[Any]]) -> None:
    """Write the codes of what each passage has, in order; every array has one width, and bytes for components."""
    np.save(folder / f"{name}.npy", np.concatenate(passages) if passages else np.empty((0, 1), np.int8))
    np.save(folder / f"{name}_bounds.npy", np.cumsum([0, *map(len, passages)]))


class Coded:
    """The codes of one segment. They are read where they lie in its file: mapped, a few of each of many searches
    would come to hold all of it in memory.
    """

    def __init__(self, folder: Path, name: str) -> None:
        mapped = np.load(folder / f"{name}.npy", mmap_mode="r")
        self._width, self._offset, self._dtype = mapped.shape[1], mapped.offset, mapped.dtype
        self._file = os.open(folder / f"{name}.npy", os.O_RDONLY)
        finalize(self, os.close, self._file)
        self._bounds: NDArray[np.int64] = np.load(folder / f"{name}_bounds.npy")

    def held(self, passages: range) -> list[NDArray[Any]]:
        """The codes of each of these passages."""
        rows = np.arange(passages.start, passages.stop)
        return np.split(self.read(rows), self.ends(rows)[:-1]) if passages else []

    def ends(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the codes of each of the passages ``rows`` end in what is read."""
        return np.cumsum(self._bounds[rows + 1] - self._bounds[rows])

    def read(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """The codes of the passages ``rows``, one after the other."""
        firsts, untils = self._bounds[rows].tolist(), self._bounds[rows + 1].tolist()
        width, offset = self._width, self._offset
        parts = [os.pread(self._file, (b - a) * width, offset + a * width) for a, b in zip(firsts, untils, strict=True)]
        return np.frombuffer(b"".join(parts), self._dtype).reshape(-1, width)
