"""What to read next: as worked out when the generation was made, or now where a change touched too much for that."""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from threading import Lock

import msgspec
import numpy as np

from index import works
from index.columns import document_number
from index.files import open_sealed
from index.likeness import Likeness
from index.neighbours import Neighbours
from index.recommend import RELATED, WORKS, Item, chosen


class RelatedTable:
    """The finished table, open for reading: a look-up is one key read."""

    def __init__(self, folder: Path, segments: Sequence[Path]) -> None:
        self._db, self._folder, self._segments = open_sealed(folder / RELATED), folder, segments
        self._lock, self._worked_out = Lock(), lru_cache(maxsize=4_096)(self._work_out)

    def close(self) -> None:
        self._db.close()

    def items(self, document: str) -> list[Item]:
        """(document id, score, reason) of the related documents, nearest first."""
        number = document_number(document)
        if items := self._db.execute("SELECT items FROM related WHERE document=?", (number,)).get:
            return msgspec.json.decode(items, type=list[Item])
        return self._worked_out(number) if self._segments else []

    def _work_out(self, number: int) -> list[Item]:
        with self._lock:
            near, likeness, leaders = self._evidence
            places = np.flatnonzero(near.ids == number)
            near.find(places)
            return [item for place in places.tolist() for item in chosen(place, near, leaders, likeness)]

    @cached_property
    def _evidence(self) -> tuple[Neighbours, Likeness, works.Places]:
        near = Neighbours(self._segments)
        return near, Likeness(self._segments, near), works.load(self._folder / WORKS)
