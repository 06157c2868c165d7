"""Rows of different lengths as two arrays: all values one after the other, and where each row begins."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

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
