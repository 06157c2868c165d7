"""The readable side of a segment: cards, passages and every version's text, in one sealed SQLite file."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import apsw
import msgspec

from index.columns import label_id, labels_of
from index.files import Sealed
from index.ragged import locate
from index.records import Card
from ingest.records import Document, Passage

FILE = "texts.sqlite"
_SCHEMA = """
CREATE TABLE document(row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, url TEXT NOT NULL UNIQUE, card BLOB NOT NULL);
CREATE TABLE version(
    document TEXT NOT NULL, version TEXT NOT NULL, record BLOB NOT NULL, PRIMARY KEY (document, version)
);
CREATE TABLE passage(row INTEGER PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE label(id INTEGER PRIMARY KEY, field TEXT NOT NULL, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Shelf:
    """One document as a segment stores it."""

    current: Document
    versions: tuple[Document, ...]
    passages: tuple[Passage, ...]


def build(folder: Path, shelves: Iterable[Shelf]) -> None:
    """Write the store of a segment into its folder: rows in the order given, from 0.

    The passages of a document that is not quotable are found by what the engines hold; here they have no words.
    """
    with closing(apsw.Connection(str(folder / FILE))) as db:
        db.execute("PRAGMA journal_mode=OFF").fetchall()
        db.execute("BEGIN")
        db.execute(_SCHEMA)
        row = 0
        for number, shelf in enumerate(shelves):
            _put_document(db, number, shelf)
            quotable = shelf.current.quotable
            shown = (one if quotable else Passage(one.start, one.end, "", page=one.page) for one in shelf.passages)
            rows = ((row + i, msgspec.json.encode(passage)) for i, passage in enumerate(shown))
            db.executemany("INSERT INTO passage VALUES (?, ?)", rows)
            row += len(shelf.passages)
        db.execute("COMMIT")


def shelves(folder: Path, passages: Sequence[slice]) -> Iterator[Shelf]:
    """What ``build`` wrote; ``passages`` are the rows of each document's."""
    with closing(Sealed(folder / FILE)) as db:
        records = db.rows("SELECT record FROM passage ORDER BY row")
        held = tuple(msgspec.json.decode(record, type=Passage) for (record,) in records)
        versions = defaultdict[str, dict[str, Document]](dict)
        for id, version, record in db.rows("SELECT * FROM version ORDER BY rowid"):
            versions[id][version] = msgspec.json.decode(record, type=Document)
        cards = db.rows("SELECT card FROM document ORDER BY row")
        for (record,), rows in zip(cards, passages, strict=True):
            card = msgspec.json.decode(record, type=Card)
            yield Shelf(versions[card.id][card.version], tuple(versions[card.id].values()), held[rows])


class Texts:
    """The stores of some segments, open for reading: rows are counted on from one to the next.

    They never change, so no lock is ever taken.
    """

    def __init__(self, segments: Sequence[Path]) -> None:
        self._stores = [Sealed(folder / FILE) for folder in segments]
        self._documents, self._passages = map(self._firsts, ("document", "passage"))

    def close(self) -> None:
        for store in self._stores:
            store.close()

    def card(self, row: int) -> Card:
        """The card of a document row."""
        return msgspec.json.decode(self._at(self._documents, row, "SELECT card FROM document WHERE row=?"), type=Card)

    def passage(self, row: int) -> Passage:
        """The passage of a passage row."""
        record = self._at(self._passages, row, "SELECT record FROM passage WHERE row=?")
        return msgspec.json.decode(record, type=Passage)

    def document(self, row: int) -> Document:
        """The document of a document row as it stands now."""
        card = self.card(row)
        found = self.version(card.id, card.version)
        assert found is not None, "a segment holds the version that its card names"
        return found

    def labels(self) -> dict[int, tuple[str, str]]:
        """The labels by their ids, as (field, value), as first written."""
        # A dictionary keeps the last.
        rows = (row for store in reversed(self._stores) for row in store.rows("SELECT * FROM label"))
        return {int(id): (str(field), str(value)) for id, field, value in rows}

    def row_of(self, document: str) -> int | None:
        """The row of the document with this id."""
        rows = zip(self._documents, self._each("SELECT row FROM document WHERE id=?", document), strict=False)
        return next((first + row for first, row in rows if row is not None), None)

    def id_of(self, url: str) -> str | None:
        """The id of the document at this address."""
        return next(filter(None, self._each("SELECT id FROM document WHERE url=?", url)), None)

    def version(self, document: str, version: str) -> Document | None:
        """The text of one version of a document."""
        records = self._each("SELECT record FROM version WHERE document=? AND version=?", document, version)
        return next((msgspec.json.decode(record, type=Document) for record in records if record), None)

    def _firsts(self, table: str) -> list[int]:
        counts = self._each(f"SELECT ifnull(max(row) + 1, 0) FROM {table}")  # noqa: S608
        return list(accumulate(counts, initial=0))

    def _at(self, firsts: list[int], row: int, query: str) -> Any:
        segment, own = locate(firsts, row)
        return self._stores[segment].value(query, own)

    def _each(self, query: str, *values: str) -> Iterator[Any]:
        """What each store says, one value or None."""
        return (store.value(query, *values) for store in self._stores)


def _put_document(db: apsw.Connection, row: int, shelf: Shelf) -> None:
    current = shelf.current
    card = msgspec.json.encode(msgspec.convert(current, Card, from_attributes=True))
    db.execute("INSERT INTO document VALUES (?, ?, ?, ?)", (row, current.id, current.url, card))
    labels = ((label_id(*label), *label) for label in labels_of(current))
    db.executemany("INSERT OR IGNORE INTO label VALUES (?, ?, ?)", labels)
    # The current record last: where a version was kept for two audiences, the one shown now is the one to verify.
    records = ((one.id, one.version, msgspec.json.encode(one)) for one in (*shelf.versions, current))
    db.executemany("INSERT OR REPLACE INTO version VALUES (?, ?, ?)", records)
