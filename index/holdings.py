"""What a generation holds, read by position: passages and documents numbered on from segment to segment."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import succession
from index.columns import FIELDS, UNDATED_FROM, Columns, join
from index.generation import Generation, Manifest
from index.records import Card
from index.texts import Texts
from ingest.records import Kind

Positions = NDArray[np.int64]


class Holdings:
    """The columns and texts of all segments of one generation.

    A document position counts documents, a passage position counts passages, both from the first segment's first.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        folders = list(Generation(folder, manifest).segments.values())
        self.manifest, self.texts = manifest, Texts(folders)
        self.columns = join([Columns.load(path) for path in folders])
        labels = self.texts.labels()
        ids = np.array(sorted(labels, key=labels.__getitem__), dtype=np.int64)
        order = np.argsort(ids)
        self._labels = [labels[id] for id in ids.tolist()]
        self._numbers = order[np.searchsorted(ids, self.columns.label_ids, sorter=order)]
        # Labels are in order, and so those of each field together.
        self._bounds = {one: tuple(bisect_left(self._labels, (end,)) for end in (one, f"{one}\0")) for one in FIELDS}
        first, until = self._bounds["kind"]
        self._kinds = self._numbers[(self._numbers >= first) & (self._numbers < until)]
        self._succession = succession.load(folders)
        self.works = np.load(folder / "works.npy")
        self._by_work = np.argsort(self.works, kind="stable")
        self._sorted_works = self.works[self._by_work]
        # Most works are of one document: only what several say has to be told apart when values are counted.
        _, of, renditions = np.unique(self.works, return_inverse=True, return_counts=True)
        self._shared = renditions[of] > 1
        self._by_key = np.argsort(self.columns.keys, kind="stable")
        self._sorted_keys = self.columns.keys[self._by_key]

    def positions(self, keys: NDArray[np.int64]) -> Positions:
        """Where the passages with these keys stand."""
        return self._by_key[np.searchsorted(self._sorted_keys, keys)]

    def owners(self, passages: Positions) -> Positions:
        """The documents that passages are of."""
        return self.columns.owners[passages].astype(np.int64)

    def newest_first(self, documents: Positions) -> Positions:
        """``documents`` by day, newest first and undated last; the same day by id."""
        days = self.columns.days[documents, 0].astype(np.int64)
        days[days == UNDATED_FROM] = -1
        return documents[np.lexsort((self.columns.ids[documents], -days))]

    def ages(self, documents: Positions, today: date) -> tuple[NDArray[np.float64], list[Kind]]:
        """How many days before ``today`` each of ``documents`` came out, NaN without a date, and its kind."""
        days = self.columns.days[documents, 0].astype(np.float64)
        days[days == UNDATED_FROM] = np.nan
        return today.toordinal() - days, [self._kind(number) for number in self._kinds[documents].tolist()]

    def of_years(self, documents: Positions, years: Sequence[int]) -> NDArray[np.bool_]:
        """Which of ``documents`` have a date that touches one of ``years``."""
        first, until = _year(self.columns.days[documents].astype(np.int64)).T
        named = np.array(years)[:, None]
        return np.asarray(((first <= named) & (named <= until)).any(axis=0))

    def undated(self, documents: Positions) -> Positions:
        """Those of ``documents`` that have no date."""
        return np.asarray(documents[self.columns.days[documents, 0] == UNDATED_FROM])

    def firsts(self, documents: Positions) -> Positions:
        """Where each work first stands among ``documents``."""
        _, firsts = np.unique(self.works[documents], return_index=True)
        return np.asarray(np.sort(firsts))

    def renditions(self, document: int) -> Positions:
        """The other documents of its work, in the order of their ids."""
        work = self.works[document]
        first, until = np.searchsorted(self._sorted_works, (work, work + 1))
        others = self._by_work[first:until]
        others = others[others != document]
        return np.asarray(others[np.argsort(self.columns.ids[others])])

    def count(self, documents: Positions) -> dict[str, list[tuple[str, int]]]:
        """By facet: how many works of ``documents`` carry each value, the most frequent first; of years the newest."""
        rows, places = _spread(self.columns.label_bounds[documents], self.columns.label_bounds[documents + 1])
        dated, years = self._years(documents)
        labels, works = len(self._labels), self.works[documents]
        rows = np.concatenate([rows, dated])
        values = np.concatenate([self._numbers[places], labels + years])
        shared = self._shared[documents][rows]
        each = np.unique(works[rows[shared]] << 32 | values[shared]) & 0xFFFF_FFFF
        counts = np.bincount(np.concatenate([values[~shared], each]), minlength=labels)
        found = {field: self._counted(counts, *bounds) for field, bounds in self._bounds.items()}
        touched = np.flatnonzero(counts[labels:])[::-1]
        return found | {"year": list(zip(map(str, touched.tolist()), counts[labels + touched].tolist(), strict=True))}

    def _counted(self, counts: NDArray[np.int64], first: int, until: int) -> list[tuple[str, int]]:
        """The labels from ``first`` to ``until`` that were counted; equal counts by value, as the labels stand."""
        numbers = first + np.flatnonzero(counts[first:until])
        numbers = numbers[np.argsort(-counts[numbers], kind="stable")]
        names = (self._labels[number][1] for number in numbers.tolist())
        return list(zip(names, counts[numbers].tolist(), strict=True))

    def _years(self, documents: Positions) -> tuple[Positions, Positions]:
        """Row among ``documents`` and every year that its date touches."""
        dated = np.flatnonzero(self.columns.days[documents, 0] != UNDATED_FROM)
        first, until = _year(self.columns.days[documents[dated]]).T
        rows, years = _spread(first, until + 1)
        return dated[rows], years

    def kinds(self) -> set[Kind]:
        """The kinds that any document has."""
        return set(map(self._kind, range(*self._bounds["kind"])))

    def census(self) -> list[tuple[Kind, int | None, int]]:
        """How many documents of each kind bear each first year (None: undated)."""
        days = self.columns.days[:, 0].tolist()
        years = (None if first == UNDATED_FROM else date.fromordinal(first).year for first in days)
        counts = Counter(zip(self._kinds.tolist(), years, strict=True))
        return [(self._kind(number), year, count) for (number, year), count in counts.items()]

    def _kind(self, number: int) -> Kind:
        return Kind(self._labels[number][1])

    def cards(self, documents: Positions | Sequence[int]) -> list[Card]:
        """The catalogue cards of documents."""
        return [self._succeeded(self.texts.card(int(position))) for position in documents]

    def _succeeded(self, card: Card) -> Card:
        later = self._succession.get(card.id)
        position = self.texts.row_of(later) if later else None
        return card if position is None else replace(card, replaced_by=self.texts.card(position))


def _spread(firsts: Positions, untils: Positions) -> tuple[Positions, Positions]:
    """Every number of every range, and which range it is of."""
    sizes = untils - firsts
    rows = np.repeat(np.arange(len(sizes)), sizes)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + firsts[rows]


def _year(days: NDArray[np.integer[Any]]) -> Positions:
    """The years of days counted as ``date.toordinal`` does."""
    return (days - date(1970, 1, 1).toordinal()).astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970
