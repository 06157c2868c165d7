"""Rows of different lengths as two arrays: all values one after the other, and where each row begins."""

import os
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any
from weakref import finalize

import numpy as np
from numpy.typing import NDArray


def save(folder: Path, name: str, rows: Sequence[NDArray]) -> None:  # type: ignore[type-arg]
    """Write ``rows`` of one dtype and, where they have two dimensions, one width under ``name`` into ``folder``."""
    np.save(folder / f"{name}.npy", np.concatenate(rows) if rows else np.empty((0, 1), np.int8))
    np.save(folder / f"{name}_bounds.npy", np.cumsum([0, *map(len, rows)]))


def mapped(folder: Path, file: str) -> NDArray:  # type: ignore[type-arg]
    """The array of a .npy file, mapped into memory, read only."""
    # By a name as text: a Path numpy resolves, which takes as long as all else, and a change maps hundreds.
    return np.asarray(np.load(f"{folder}/{file}", mmap_mode="r"))


def locate(firsts: Sequence[int], place: int) -> tuple[int, int]:
    """The segment of a position and the row in it, where rows are counted on from segment to segment."""
    segment = bisect_right(firsts, place) - 1
    return segment, place - firsts[segment]


class Ragged:
    """Such rows of some segments, mapped from their files, by position."""

    def __init__(self, folders: Sequence[Path], name: str) -> None:
        self._values = [mapped(folder, f"{name}.npy") for folder in folders]
        self._bounds: list[list[int]] = [np.load(folder / f"{name}_bounds.npy").tolist() for folder in folders]
        self.firsts = list(accumulate((len(one) - 1 for one in self._bounds), initial=0))

    def __getitem__(self, place: int) -> NDArray:  # type: ignore[type-arg]
        segment, row = locate(self.firsts, place)
        return self._values[segment][slice(*self._bounds[segment][row : row + 2])]

    @property
    def owners(self) -> NDArray[np.int64]:
        """The position that each value is of."""
        return np.repeat(np.arange(self.firsts[-1]), np.concatenate(list(map(np.diff, self._bounds))))

    def all(self, field: str) -> NDArray:  # type: ignore[type-arg]
        """One field of all values."""
        return np.concatenate([one[field] for one in self._values])


class Coded:
    """Codes of several things a passage, as many bytes each, of all segments: ``mean`` of them a passage on average.

    They are read where they lie: mapped, a few of each of many searches would come to hold all of them in memory.
    """

    def __init__(self, folders: Sequence[Path], name: str) -> None:
        values = [np.load(folder / f"{name}.npy", mmap_mode="r") for folder in folders]
        bounds = [np.load(folder / f"{name}_bounds.npy") for folder in folders]
        self._width = max((one.shape[1] for one in values), default=1)
        self._dtype = next((one.dtype for one in values if one.size), np.dtype(np.uint8))
        self._files = [os.open(folder / f"{name}.npy", os.O_RDONLY) for folder in folders]
        for file in self._files:
            finalize(self, os.close, file)
        self._firsts = np.cumsum([0, *(len(one) - 1 for one in bounds)])
        self.mean = sum(map(len, values)) / max(int(self._firsts[-1]), 1)
        # Where in its file each passage's codes begin and end.
        offsets = (its.offset for its in values)
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
