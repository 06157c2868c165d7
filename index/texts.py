"""The readable side of a segment: cards, passages and every version's text, in one sealed SQLite file."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw
import msgspec

from index.columns import label_id, labels_of
from index.records import Card
from ingest.records import Document, Passage

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


def build(path: Path, shelves: Iterable[Shelf]) -> None:
    """Write the store of a segment: rows in the order given, from 0.

    The passages of a document that is not quotable are found by what the engines hold; here they have no words.
    """
    with closing(apsw.Connection(str(path))) as db:
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


def card_of(document: Document) -> Card:
    """The catalogue card of a document."""
    return msgspec.convert(document, Card, from_attributes=True)


class TextStore:
    """A segment's store, open for reading. It never changes, so no lock is ever taken."""

    def __init__(self, path: Path) -> None:
        self._db = apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)

    def close(self) -> None:
        self._db.close()

    def card(self, row: int) -> Card:
        """The card of a document row."""
        return msgspec.json.decode(self._first("SELECT card FROM document WHERE row=?", row), type=Card)

    def passage(self, row: int) -> Passage:
        """The passage of a passage row."""
        return msgspec.json.decode(self._first("SELECT record FROM passage WHERE row=?", row), type=Passage)

    def labels(self) -> list[tuple[int, tuple[str, str]]]:
        """The labels of this segment by their ids, as (field, value), as first written."""
        rows = self._db.execute("SELECT * FROM label")
        return [(int(id), (str(field), str(value))) for id, field, value in rows]

    def shelf(self, row: int, passages: Iterable[int]) -> Shelf:
        """What ``build`` was given of a document row, whose passages have these rows."""
        document = self.document(row)
        records = self._db.execute("SELECT record FROM version WHERE document=? ORDER BY rowid", (document.id,))
        versions = tuple(msgspec.json.decode(record, type=Document) for (record,) in records)
        return Shelf(document, versions, tuple(map(self.passage, passages)))

    def document(self, row: int) -> Document:
        """The document of a document row as it stands now."""
        card = self.card(row)
        found = self.version(card.id, card.version)
        assert found is not None, "a segment holds the version that its card names"
        return found

    def row_of(self, document: str) -> int | None:
        """The row of the document with this id."""
        row: int | None = self._first("SELECT row FROM document WHERE id=?", document)
        return row

    def id_of(self, url: str) -> str | None:
        """The id of the document at this address."""
        id: str | None = self._first("SELECT id FROM document WHERE url=?", url)
        return id

    def version(self, document: str, version: str) -> Document | None:
        """The text of one version of a document."""
        record = self._first("SELECT record FROM version WHERE document=? AND version=?", document, version)
        return msgspec.json.decode(record, type=Document) if record else None

    def _first(self, sql: str, *values: str | int) -> Any:
        row = self._db.execute(sql, values).fetchone()
        return row[0] if row else None


def _put_document(db: apsw.Connection, row: int, shelf: Shelf) -> None:
    current = shelf.current
    card = msgspec.json.encode(card_of(current))
    db.execute("INSERT INTO document VALUES (?, ?, ?, ?)", (row, current.id, current.url, card))
    labels = ((label_id(*label), *label) for label in labels_of(current))
    db.executemany("INSERT OR IGNORE INTO label VALUES (?, ?, ?)", labels)
    # The current record last: where a version was kept for two audiences, the one shown now is the one to verify.
    for document in (*shelf.versions, current):
        record = (document.id, document.version, msgspec.json.encode(document))
        db.execute("INSERT OR REPLACE INTO version VALUES (?, ?, ?)", record)
