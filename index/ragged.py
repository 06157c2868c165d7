"""Rows of different lengths as two arrays: all values one after the other, and where each row begins."""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def save(folder: Path, name: str, rows: Sequence[NDArray], dtype: np.dtype) -> None:  # type: ignore[type-arg]
    """Write ``rows`` of one dtype under ``name`` into ``folder``."""
    np.save(folder / f"{name}.npy", np.concatenate([np.empty(0, dtype), *rows]))
    np.save(folder / f"{name}_bounds.npy", np.cumsum([0, *map(len, rows)]))


class Ragged:
    """Such rows, mapped from their files."""

    def __init__(self, folder: Path, name: str) -> None:
        self.values = np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))
        self.bounds: list[int] = np.load(folder / f"{name}_bounds.npy").tolist()

    def __getitem__(self, row: int) -> NDArray:  # type: ignore[type-arg]
        return self.values[self.bounds[row] : self.bounds[row + 1]]


class Across:
    """Such rows of several segments, by position: counted on from segment to segment."""

    def __init__(self, folders: Sequence[Path], name: str) -> None:
        self._parts = [Ragged(folder, name) for folder in folders]
        self._firsts = np.cumsum([0, *(len(one.bounds) - 1 for one in self._parts)])

    def __len__(self) -> int:
        return int(self._firsts[-1])

    def __getitem__(self, place: int) -> NDArray:  # type: ignore[type-arg]
        part, row = self.locate(place)
        return self._parts[part][row]

    def locate(self, place: int) -> tuple[int, int]:
        """The segment of a position, and the row in it."""
        part = bisect_right(self._bounds, place) - 1
        return part, place - self._bounds[part]

    @cached_property
    def _bounds(self) -> list[int]:
        return [int(first) for first in self._firsts]

    @property
    def owners(self) -> NDArray[np.int64]:
        """The position that each value is of."""
        return np.repeat(np.arange(len(self)), np.concatenate([np.diff(one.bounds) for one in self._parts]))

    def all(self, field: str) -> NDArray:  # type: ignore[type-arg]
        """One field of all values."""
        return np.concatenate([one.values[field] for one in self._parts])
