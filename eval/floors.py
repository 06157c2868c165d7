"""Floors under a system's figures, pinned beside a fingerprint of the data that they were measured on."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from eval.compare import RESAMPLES, bootstrap_interval
from eval.errors import BadData
from eval.lines import digest, hashes
from eval.records import Dataset
from eval.runs import Result
from eval.sources import open_dataset


@dataclass(frozen=True, slots=True)
class Floors:
    """What ``system`` reached on a ``split``; it may lose ``margin`` of each figure. ``data`` is the fingerprint."""

    split: str
    system: str
    data: str
    margin: float
    measured: dict[str, float]


def open_floors(path: Path, folder: Path) -> tuple[Floors, Dataset]:
    """The floors of a file and the data set that they are for. Raises BadData where they were pinned on other data."""
    try:
        floors = msgspec.json.decode(path.read_bytes(), type=Floors)
    except (OSError, msgspec.DecodeError) as error:
        raise BadData(path, None, "split, system, data, margin and measured", str(error), "Mend it.") from None
    dataset = open_dataset(folder, floors.split)
    if (found := fingerprint(dataset)) != floors.data:
        remedy = "Look at what changed in the data; then measure again and pin that, with this fingerprint."
        raise BadData(path, None, f"floors of the data {found}", f"of {floors.data!r}", remedy)
    return floors, dataset


def fingerprint(dataset: Dataset) -> str:
    """16 hexadecimal digits over the files of the data set, and of its folder "site" where it has one."""
    pages = sorted(file for file in dataset.folder.glob("site/*") if file.is_file())
    parts = sorted({**dataset.sha256, **hashes(*pages)}.items())
    return digest(msgspec.json.encode(parts))[:16]


def misses(floors: Floors, result: Result) -> list[str]:
    """A sentence for each figure that lost more than the margin; none where every floor holds."""
    return [
        _sentence(floors, name, result)
        for name, pinned in floors.measured.items()
        if result.scores.measures[name] < pinned - floors.margin
    ]


def _sentence(floors: Floors, name: str, result: Result) -> str:
    found, pinned = result.scores.measures[name], floors.measured[name]
    low, high = bootstrap_interval(np.array(list(result.scores.per_query[name].values())), RESAMPLES, seed=0)
    interval = f"95 % interval {low:.4f} to {high:.4f}"
    return f"{floors.system} {name}: {found:.4f} ({interval}) is {found - pinned:+.4f} from the pinned {pinned:.4f}"
