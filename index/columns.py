"""What filters look at, as integer columns: one row a document, and which document each passage is of."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.records import Filters
from ingest.records import DateSpan, Document, Kind

KIND_CODES = {kind: code for code, kind in enumerate(Kind)}
# An undated document lies outside every range of days.
UNDATED_FROM, UNDATED_UNTIL = np.iinfo(np.int32).max, np.iinfo(np.int32).min


@dataclass(frozen=True, slots=True)
class Predicate:
    """Filters compiled to integers. None or empty means no condition."""

    day_from: int | None = None
    day_until: int | None = None
    kinds: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()

    @property
    def selects_all(self) -> bool:
        """Whether nothing is filtered out."""
        return self == Predicate()


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one segment. ``keys`` and ``owners`` have a row a passage, the others a row a document.

    ``owners`` gives each passage's document row, ``ids`` the documents' ids as numbers; the tags of document d are
    ``tag_ids[tag_bounds[d]:tag_bounds[d + 1]]``.
    """

    keys: NDArray[np.int64]
    owners: NDArray[np.int32]
    ids: NDArray[np.uint64]
    days: NDArray[np.int32]
    kinds: NDArray[np.uint8]
    tag_bounds: NDArray[np.int64]
    tag_ids: NDArray[np.int64]

    def save(self, folder: Path) -> None:
        """Write one .npy file a column."""
        for column in fields(self):
            with (folder / f"{column.name}.npy").open("wb") as stream:
                np.save(stream, getattr(self, column.name))

    @classmethod
    def load(cls, folder: Path) -> "Columns":
        """Map the columns of a segment's folder into memory, read only."""
        return cls(*(np.load(folder / f"{column.name}.npy", mmap_mode="r") for column in fields(cls)))

    def passages_passing(self, predicate: Predicate) -> NDArray[np.bool_]:
        """One truth value a passage."""
        return self.documents_passing(predicate)[self.owners]

    def documents_passing(self, predicate: Predicate) -> NDArray[np.bool_]:
        """One truth value a document. Ranges of days match by overlap, ends included."""
        passing = np.ones(len(self.kinds), dtype=bool)
        if predicate.day_from is not None:
            passing &= self.days[:, 1] >= predicate.day_from
        if predicate.day_until is not None:
            passing &= self.days[:, 0] <= predicate.day_until
        if predicate.kinds:
            passing &= np.isin(self.kinds, predicate.kinds)
        if predicate.tags:
            carrying = np.concatenate(([0], np.cumsum(np.isin(self.tag_ids, predicate.tags))))
            passing &= carrying[self.tag_bounds[1:]] > carrying[self.tag_bounds[:-1]]
        return passing


def join(segments: Sequence[Columns]) -> Columns:
    """The columns of several segments as one: documents and tags are counted on from segment to segment."""
    if not segments:
        return make_columns((), (), ())
    first_document = np.cumsum([0, *(len(one.kinds) for one in segments)])
    first_tag = np.cumsum([0, *(len(one.tag_ids) for one in segments)])
    bounds = [one.tag_bounds[:-1] + first for one, first in zip(segments, first_tag, strict=False)]
    return Columns(
        keys=np.concatenate([one.keys for one in segments]),
        owners=np.concatenate(
            [one.owners + np.int32(first) for one, first in zip(segments, first_document, strict=False)]
        ),
        ids=np.concatenate([one.ids for one in segments]),
        days=np.concatenate([one.days for one in segments]),
        kinds=np.concatenate([one.kinds for one in segments]),
        tag_bounds=np.concatenate([*bounds, first_tag[-1:]]),
        tag_ids=np.concatenate([one.tag_ids for one in segments]),
    )


def compile_filters(filters: Filters) -> Predicate:
    """Filters as integers; tags by the same hash that the columns hold."""
    return Predicate(
        day_from=day(filters.since) if filters.since else None,
        day_until=day(filters.until) if filters.until else None,
        kinds=tuple(KIND_CODES[kind] for kind in filters.kinds),
        tags=tuple(tag_id(tag) for tag in filters.tags),
    )


def make_columns(documents: Sequence[Document], keys: Sequence[int], owners: Sequence[int]) -> Columns:
    """The columns of a segment holding ``documents``; passage i has ``keys[i]`` and is of document ``owners[i]``."""
    tags = [[tag_id(tag) for tag in document.tags] for document in documents]
    return Columns(
        keys=np.array(keys, dtype=np.int64),
        owners=np.array(owners, dtype=np.int32),
        ids=np.array([int(document.id, 16) for document in documents], dtype=np.uint64),
        days=np.array([day_bounds(document.published) for document in documents], dtype=np.int32).reshape(-1, 2),
        kinds=np.array([KIND_CODES[document.kind] for document in documents], dtype=np.uint8),
        tag_bounds=np.cumsum([0, *map(len, tags)], dtype=np.int64),
        tag_ids=np.array([id for ids in tags for id in ids], dtype=np.int64),
    )


def day_bounds(published: DateSpan) -> tuple[int, int]:
    """First and last day of a span as integers, or bounds that no range overlaps."""
    if published.first is None:
        return UNDATED_FROM, UNDATED_UNTIL
    return day(published.first), day(published.until or published.first)


def day(value: date) -> int:
    """Days counted as ``date.toordinal`` does."""
    return value.toordinal()


def tag_id(tag: str) -> int:
    """62 bits of a hash of the tag, whatever its case: the same number in every segment of every home."""
    return int.from_bytes(sha256(tag.casefold().encode()).digest()[:8], "big") >> 2
