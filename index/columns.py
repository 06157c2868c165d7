"""What filters look at, as integer columns: one row a document, and which document each passage is of."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.analysis import Phrase, phrase
from index.records import Filters
from ingest.records import DateSpan, Document

# What documents are filed under, and the names of filters by it.
FIELDS = {"kind": "kinds", "tag": "tags", "committee": "committees", "author": "authors"}
# An undated document lies outside every range of days.
UNDATED_FROM, UNDATED_UNTIL = np.iinfo(np.int32).max, np.iinfo(np.int32).min


@dataclass(frozen=True, slots=True)
class Predicate:
    """Filters compiled to what engines look at. None or empty means no condition.

    A document passes that carries a label of each of ``labels`` and is not ``barred``; of its passages those that
    hold each of ``phrases``.
    """

    day_from: int | None = None
    day_until: int | None = None
    labels: tuple[tuple[int, ...], ...] = ()
    phrases: tuple[Phrase, ...] = ()
    barred: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one segment. ``keys`` and ``owners`` have a row a passage, the others a row a document.

    ``owners`` gives each passage's document row, ``ids`` the documents' ids as numbers; the labels of document d are
    ``label_ids[label_bounds[d]:label_bounds[d + 1]]``.
    """

    keys: NDArray[np.int64]
    owners: NDArray[np.int32]
    ids: NDArray[np.int64]
    days: NDArray[np.int32]
    label_bounds: NDArray[np.int64]
    label_ids: NDArray[np.int64]

    def save(self, folder: Path) -> None:
        """Write one .npy file a column."""
        for column in fields(self):
            np.save(folder / f"{column.name}.npy", getattr(self, column.name))

    @classmethod
    def load(cls, folder: Path) -> "Columns":
        """The columns of a segment's folder."""
        return cls(*(np.load(folder / f"{column.name}.npy") for column in fields(cls)))

    def passages_passing(self, predicate: Predicate) -> NDArray[np.bool_]:
        """One truth value a passage; phrases are not looked at."""
        return self.documents_passing(predicate)[self.owners]

    def documents_passing(self, predicate: Predicate) -> NDArray[np.bool_]:
        """One truth value a document. Ranges of days match by overlap, ends included."""
        passing = ~np.isin(self.ids, predicate.barred)
        if predicate.day_from is not None:
            passing &= self.days[:, 1] >= predicate.day_from
        if predicate.day_until is not None:
            passing &= self.days[:, 0] <= predicate.day_until
        for wanted in predicate.labels:
            carrying = np.concatenate(([0], np.cumsum(np.isin(self.label_ids, wanted))))
            passing &= carrying[self.label_bounds[1:]] > carrying[self.label_bounds[:-1]]
        return passing


def join(segments: Sequence[Columns]) -> Columns:
    """The columns of several segments as one: documents and labels are counted on from segment to segment."""
    segments = [make_columns((), (), ()), *segments]
    first_document = np.cumsum([0, *(len(one.ids) for one in segments)])
    first_label = np.cumsum([0, *(len(one.label_ids) for one in segments)])
    owners = [one.owners + np.int32(first) for one, first in zip(segments, first_document, strict=False)]
    bounds = [one.label_bounds[:-1] + first for one, first in zip(segments, first_label, strict=False)]
    whole = Columns(*(np.concatenate([getattr(one, column.name) for one in segments]) for column in fields(Columns)))
    return replace(whole, owners=np.concatenate(owners), label_bounds=np.concatenate([*bounds, first_label[-1:]]))


def compile_filters(filters: Filters) -> Predicate:
    """Filters as numbers and terms, labels by the same hash that the columns hold.

    Which documents ``without`` bars only an engine can tell.
    """
    chosen = {field: getattr(filters, name) for field, name in FIELDS.items()}
    return Predicate(
        day_from=filters.since.toordinal() if filters.since else None,
        day_until=filters.until.toordinal() if filters.until else None,
        labels=tuple(_label_ids(field, values) for field, values in chosen.items() if values),
        phrases=tuple(said for words in filters.phrases if (said := phrase(words))),
    )


def _label_ids(field: str, values: Sequence[str]) -> tuple[int, ...]:
    """The labels of each value, with its apostrophes straight or curled: keyboards differ."""
    spelled = (signs for value in values for signs in (value, value.replace("’", "'"), value.replace("'", "’")))
    return tuple(label_id(field, value) for value in dict.fromkeys(spelled))


def make_columns(documents: Sequence[Document], keys: Sequence[int], owners: Sequence[int]) -> Columns:
    """The columns of a segment holding ``documents``; passage i has ``keys[i]`` and is of document ``owners[i]``."""
    labels = [[label_id(*label) for label in labels_of(document)] for document in documents]
    return Columns(
        keys=np.array(keys, dtype=np.int64),
        owners=np.array(owners, dtype=np.int32),
        ids=np.array([document_number(document.id) for document in documents], dtype=np.int64),
        days=np.array([day_bounds(document.published) for document in documents], dtype=np.int32).reshape(-1, 2),
        label_bounds=np.cumsum([0, *map(len, labels)], dtype=np.int64),
        label_ids=np.array([id for ids in labels for id in ids], dtype=np.int64),
    )


def labels_of(document: Document) -> list[tuple[str, str]]:
    """What a document is filed under, as (field, value), whatever the case in which it says so again."""
    filed = {"kind": (document.kind.value,), "tag": document.tags}
    filed |= {"committee": document.committees, "author": document.authors}
    alike = ((field, {value.casefold(): value for value in values[::-1]}) for field, values in filed.items())
    return [(field, value) for field, once in alike for value in once.values()]


def day_bounds(published: DateSpan) -> tuple[int, int]:
    """First and last day of a span, counted as ``date.toordinal`` does, or bounds that no range overlaps."""
    if published.first is None:
        return UNDATED_FROM, UNDATED_UNTIL
    return published.first.toordinal(), (published.until or published.first).toordinal()


def document_number(id: str) -> int:
    """A document's id as the number that engines know it by: its upper 63 bits."""
    return int(id, 16) >> 1


def label_id(field: str, value: str) -> int:
    """62 bits of a hash of a label, whatever its case: the same number in every segment of every home."""
    return int.from_bytes(sha256(f"{field}\0{value.casefold()}".encode()).digest()[:8], "big") >> 2
