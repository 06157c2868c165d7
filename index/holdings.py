"""What a generation holds, read by position: passages and documents numbered on from segment to segment."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index import succession, works
from index.columns import UNDATED_FROM, Columns, Predicate, join
from index.generation import Manifest
from index.records import Card
from index.texts import TextStore
from ingest.records import Document, Kind, Passage

FIELDS = ("kind", "tag", "committee", "author")
Positions = NDArray[np.int64]
Read = TypeVar("Read")


class Holdings:
    """The columns and texts of all segments of one generation.

    A document position counts documents, a passage position counts passages, both from the first segment's first.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        folders = [folder / "segments" / segment.id for segment in manifest.segments]
        self.manifest = manifest
        segments = [Columns.load(path) for path in folders]
        self.columns = join(segments)
        self._texts = [TextStore(path / "texts.sqlite") for path in folders]
        # As the first document wrote it: a dictionary keeps the last.
        labels = {id: label for store in reversed(self._texts) for id, label in store.labels()}
        self._labels: list[tuple[str, ...]] = sorted(labels.values())
        self._bounds = {field: self._bound(field) for field in FIELDS}
        numbers = {label: number for number, label in enumerate(self._labels)}
        ids = sorted(labels)
        found = np.searchsorted(np.array(ids, dtype=np.int64), self.columns.label_ids)
        self._numbers = np.array([numbers[labels[id]] for id in ids], dtype=np.int64)[found]
        self._first_document = np.cumsum([0, *(len(one.ids) for one in segments)])
        self.first_passage = np.cumsum([0, *(len(one.keys) for one in segments)])
        self._succession = succession.load(folders)
        self.works = works.load(folder / "works.npy")
        self._by_work = np.argsort(self.works, kind="stable")
        self._sorted_works = self.works[self._by_work]
        # Most works are of one document: only what several say has to be told apart when values are counted.
        _, of, renditions = np.unique(self.works, return_inverse=True, return_counts=True)
        self._shared = renditions[of] > 1
        self._by_key = np.argsort(self.columns.keys, kind="stable")
        self._sorted_keys = self.columns.keys[self._by_key]

    def close(self) -> None:
        for store in self._texts:
            store.close()

    def positions(self, keys: NDArray[np.int64]) -> Positions:
        """Where the passages with these keys stand."""
        return self._by_key[np.searchsorted(self._sorted_keys, keys)]

    def owners(self, passages: Positions) -> Positions:
        """The documents that passages are of."""
        return self.columns.owners[passages].astype(np.int64)

    def documents_passing(self, predicate: Predicate) -> Positions:
        """The documents that pass, in order of position."""
        return np.flatnonzero(self.columns.documents_passing(predicate))

    def newest_first(self, documents: Positions) -> Positions:
        """``documents`` by day, newest first and undated last; the same day by id."""
        days = self.columns.days[documents, 0].astype(np.int64)
        days[days == UNDATED_FROM] = -1
        return documents[np.lexsort((self.columns.ids[documents], -days))]

    def ages(self, documents: Positions, today: date) -> tuple[NDArray[np.float64], list[Kind]]:
        """How many days before ``today`` each of ``documents`` came out, NaN without a date, and its kind."""
        days = self.columns.days[documents, 0].astype(np.float64)
        days[days == UNDATED_FROM] = np.nan
        _, places = _spread(self.columns.label_bounds[documents], self.columns.label_bounds[documents + 1])
        first, until = self._bounds["kind"]
        numbers = self._numbers[places]
        kinds = numbers[(numbers >= first) & (numbers < until)].tolist()
        return today.toordinal() - days, [Kind(self._labels[number][1]) for number in kinds]

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

    def _bound(self, field: str) -> tuple[int, int]:
        """Where among the labels, which are in order, those of a field begin and end."""
        return bisect_left(self._labels, (field,)), bisect_left(self._labels, (f"{field}\0",))

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
        return {Kind(value) for _, value in self._labels[slice(*self._bounds["kind"])]}

    def census(self) -> list[tuple[Kind, int | None, int]]:
        """How many documents of each kind bear each first year (None: undated)."""
        first, until = self._bounds["kind"]
        kinds = self._numbers[(self._numbers >= first) & (self._numbers < until)]
        days = self.columns.days[:, 0].tolist()
        years = (None if first == UNDATED_FROM else date.fromordinal(first).year for first in days)
        counts = Counter(zip(kinds.tolist(), years, strict=True))
        return [(Kind(self._labels[kind][1]), year, count) for (kind, year), count in counts.items()]

    def cards(self, documents: Positions | Sequence[int]) -> list[Card]:
        """The catalogue cards of documents."""
        return [self._succeeded(self._card(position)) for position in documents]

    def _card(self, document: int) -> Card:
        return self._at(self._first_document, TextStore.card, document)

    def _succeeded(self, card: Card) -> Card:
        later = self._succession.get(card.id)
        position = self.position_of(later) if later else None
        return card if position is None else replace(card, replaced_by=self._card(position))

    def passages(self, passages: Positions | Sequence[int]) -> list[Passage]:
        """Passages with their words."""
        return [self._at(self.first_passage, TextStore.passage, position) for position in passages]

    def position_of(self, document: str) -> int | None:
        """The position of the document with this id."""
        for store, first in zip(self._texts, self._first_document, strict=False):
            if (row := store.row_of(document)) is not None:
                return int(first) + row
        return None

    def id_of(self, url: str) -> str | None:
        """The id of the document at this address."""
        return next((id for store in self._texts if (id := store.id_of(url))), None)

    def version(self, document: str, version: str) -> Document | None:
        """The text of one version of a document."""
        return next((found for store in self._texts if (found := store.version(document, version))), None)

    def _at(self, firsts: Positions, read: Callable[[TextStore, int], Read], position: int) -> Read:
        segment = int(np.searchsorted(firsts, position, side="right")) - 1
        return read(self._texts[segment], int(position - firsts[segment]))


def _spread(firsts: Positions, untils: Positions) -> tuple[Positions, Positions]:
    """Every number of every range, and which range it is of."""
    sizes = untils - firsts
    rows = np.repeat(np.arange(len(sizes)), sizes)
    return rows, np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + firsts[rows]


def _year(days: NDArray[np.integer[Any]]) -> Positions:
    """The years of days counted as ``date.toordinal`` does."""
    return (days - date(1970, 1, 1).toordinal()).astype("M8[D]").astype("M8[Y]").astype(np.int64) + 1970
