"""Codes of several things a passage, as many bytes each: rows that ``index.ragged`` wrote, read where they lie."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import NDArray


class Coded:
    """The codes of all segments, of which a passage counts on from segment to segment: ``mean`` of them on average.

    They are read where they lie: mapped, a few of each of many searches would come to hold all of them in memory.
    """

    def __init__(self, folders: Sequence[Path], name: str) -> None:
        mapped = [np.load(folder / f"{name}.npy", mmap_mode="r") for folder in folders]
        bounds = [np.load(folder / f"{name}_bounds.npy") for folder in folders]
        self._width = max((one.shape[1] for one in mapped), default=1)
        self._dtype = next((one.dtype for one in mapped if one.size), np.dtype(np.uint8))
        self._files = [os.open(folder / f"{name}.npy", os.O_RDONLY) for folder in folders]
        for file in self._files:
            finalize(self, os.close, file)
        self._firsts = np.cumsum([0, *(len(one) - 1 for one in bounds)])
        self.mean = sum(map(len, mapped)) / max(int(self._firsts[-1]), 1)
        # Where in its file each passage's codes begin and end.
        offsets = (its.offset for its in mapped)
        ends = (np.stack([one[:-1], one[1:]]) * self._width + at for one, at in zip(bounds, offsets, strict=True))
        self._bounds = np.concatenate([np.empty((2, 0), np.int64), *ends], axis=1)

    def ends(self, passages: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each passage's codes end among those of all of ``passages``."""
        firsts, untils = self._bounds[:, passages]
        return np.cumsum((untils - firsts) // self._width)

    def read(self, passages: NDArray[np.int64]) -> NDArray[Any]:
        """The codes of ``passages``, one after the other."""
        segments = np.searchsorted(self._firsts, passages, side="right") - 1
        places = zip(segments.tolist(), *self._bounds[:, passages].tolist(), strict=True)
        parts = [os.pread(self._files[segment], until - first, first) for segment, first, until in places]
        return np.frombuffer(b"".join(parts), self._dtype).reshape(-1, self._width)
