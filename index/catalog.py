"""The catalog: every document, revision, passage and vector. The single source of truth; all else can be made again.

One writer at a time (``BEGIN IMMEDIATE``), WAL, ``synchronous=FULL``: what a method has returned from is on disk.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import apsw
import msgspec
import numpy as np

from index.embed import Read, Unencoded, embedded_text, text_hash, unencoded
from index.migrations import open_catalog
from index.records import Vectors
from index.sentences import codes
from ingest.durable import transaction
from ingest.records import MEMBERS, Audience, Document, Passage, document_id

_FORGOTTEN = {  # in the order that the tables refer to one another
    "passage": "document IN (:id, :own)",
    "vector": "text_hash NOT IN (SELECT text_hash FROM passage)",
    "ruling": "document IN (:id, :own)",
    "source": "document IN (:id, :own)",
    "document": "id IN (:id, :own)",
    "revision": "document IN (:id, :own)",
}


class Ruling(StrEnum):
    """What an editor decides about a document, whatever its site says: out of every index, or for members only."""

    WITHDRAWN = "withdrawn"
    MEMBERS = "members"


class Change(StrEnum):
    """What putting a document changed: its text, title or reader; only what is told of it (tags, anchors); nothing."""

    REVISION = "changed"
    FACTS = "refiled"
    NOTHING = "unchanged"


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage of the current revision of a live document, with the key that both legs of a search know it by."""

    key: int
    passage: Passage
    text_hash: str


class Listed(NamedTuple):
    """One live document by what tells whether a generation has it as it is now for one audience.

    ``digest`` is of its record, who may read it and the versions that can be verified: never of when they came.
    """

    seq: int
    id: str
    passages: int
    digest: str


@dataclass(frozen=True, slots=True)
class Edition:
    """One live document as a generation shows it to one audience: the text to search and the texts to verify."""

    current: Document
    versions: tuple[Document, ...]
    digest: str


class Catalog:
    """The catalog of one home, opened for reading and writing. Raises NewerHome for a later format."""

    def __init__(self, path: Path) -> None:
        self._db = open_catalog(path)

    def close(self) -> None:
        self._db.close()

    def put(self, document: Document, passages: Sequence[Passage]) -> Change:
        """Make ``document`` the current, live revision at its address.

        A text seen before is recognised by its version; where only dates, tags, links or anchors are others, the
        revision stays and is told them.
        """
        record = msgspec.json.encode(document)
        with self.write():
            before = self._in_force(document.id)
            if before and before[1] == record:
                return Change.NOTHING
            revision = self._put_revision(document, record)
            self._db.execute(
                "INSERT INTO document(id, url, state, revision, changed_at, digest, passages) "
                "VALUES (?, ?, 'live', ?, ?, sha256(?), ?) ON CONFLICT(id) DO UPDATE SET state='live', "
                "(revision, changed_at, digest, passages)="
                "(excluded.revision, excluded.changed_at, excluded.digest, excluded.passages)",
                (document.id, document.url, revision, _now(), record, len(passages)),
            )
            self._put_passages(document, revision, passages)
        return Change.FACTS if before and before[0] == revision else Change.REVISION

    def claim(self, url: str, path: str) -> str:
        """Keep that ``url`` is the address of the file at ``path``; the path of another that had it, or ""."""
        other = "SELECT path FROM source WHERE document=:id AND path<>:path; REPLACE INTO source VALUES (:id, :path)"
        return str(self._db.execute(other, {"id": document_id(url), "path": path}).get or "")

    def withdraw(self, url: str) -> bool:
        """Take the document at ``url`` out of every later generation. True where it was live."""
        with self.write():
            update = "UPDATE document SET state='withdrawn', changed_at=? WHERE id=? AND state='live'"
            self._db.execute(update, (_now(), document_id(url)))
            return self._db.changes() > 0

    def rule(self, url: str, ruling: Ruling) -> bool:
        """Record an editor's decision, which holds however the page changes. True where it changed who may read it."""
        document = self.document(document_id(url))
        if document is None or (ruling is Ruling.MEMBERS and document.audience is Audience.MEMBERS):
            return False
        with self.write():
            self._db.execute("INSERT INTO ruling VALUES (?, ?, ?)", (document.id, ruling.value, _now()))
        return True

    def take_back(self, url: str, ruling: Ruling) -> bool:
        """Show the document at ``url`` as its site does. True where there was such a decision."""
        with self.write():
            self._db.execute("DELETE FROM ruling WHERE document=? AND ruling=?", (document_id(url), ruling.value))
            return self._db.changes() > 0

    def rulings(self, url: str) -> list[tuple[Ruling, datetime]]:
        """The editor's decisions that hold for ``url``, and when they were made (UTC)."""
        rows = self._db.execute("SELECT ruling, ruled_at FROM ruling WHERE document=?", (document_id(url),))
        return [(Ruling(ruling), datetime.fromisoformat(at)) for ruling, at in rows]

    def knows(self, url: str) -> bool:
        """Whether a document was ever put at ``url``, withdrawn since or not."""
        return self._db.execute("SELECT 1 FROM document WHERE id=?", (document_id(url),)).get is not None

    def document(self, id: str) -> Document | None:
        """The current revision of a live document."""
        row = self._db.execute("SELECT record, audience FROM held WHERE id=?", (id,)).fetchone()
        return replace(msgspec.json.decode(row[0], type=Document), audience=Audience(row[1])) if row else None

    def listings(self) -> dict[Audience, list[Listed]]:
        """What a generation for each audience carries, in the order in which documents first came.

        Public generations carry public revisions of public documents alone; members' carry all, but for a public text
        where they are shown another at its address.
        """
        versions = self._several_versions()
        query = "SELECT url FROM document d WHERE url LIKE ? AND EXISTS (SELECT 1 FROM held WHERE held.id=d.id)"
        own = self._db.execute(query, (f"%{MEMBERS}",))
        passed = {document_id(url.removesuffix(MEMBERS)) for (url,) in own}
        listed: dict[Audience, list[Listed]] = {audience: [] for audience in Audience}
        held = "SELECT seq, id, passages, digest, audience FROM held ORDER BY seq"
        for seq, id, passages, record, readers in self._db.execute(held):
            every, public = versions.get(id, ([], []))
            one = Listed(seq, id, passages, _digest(record, readers, public))
            if readers == Audience.PUBLIC:
                listed[Audience.PUBLIC].append(one)
            if id not in passed:
                told = one if every == public else one._replace(digest=_digest(record, readers, every))
                listed[Audience.MEMBERS].append(told)
        return listed

    def editions(self, audience: Audience) -> Iterator[Edition]:
        """All that is listed, read."""
        return (self.edition(listed, audience) for listed in self.listings()[audience])

    def edition(self, listed: Listed, audience: Audience) -> Edition:
        """What a generation for ``audience`` shows of a document."""
        current = self.document(listed.id)
        assert current is not None, "what is listed is live"
        query = "SELECT record FROM revision WHERE document=?1 AND (?2='members' OR audience='public') ORDER BY id"
        rows = self._db.execute(query, (listed.id, audience.value))
        return Edition(current, tuple(msgspec.json.decode(row[0], type=Document) for row in rows), listed.digest)

    def passages(self, document: str) -> Iterator[StoredPassage]:
        """The passages of a document's current revision, in order."""
        query = "SELECT key, text_hash, record FROM passage WHERE document=? ORDER BY ordinal"
        for key, digest, record in self._db.execute(query, (document,)):
            yield StoredPassage(key, msgspec.json.decode(record, type=Passage), digest)

    def count(self) -> dict[str, int]:
        """How many live and withdrawn documents, passages and vectors there are."""
        names = {
            "documents": "held",
            "withdrawn": "document WHERE id NOT IN (SELECT id FROM held)",
            "passages": "passage WHERE document IN (SELECT id FROM held)",
            "vectors": "vector",
        }
        return {name: self._db.execute(f"SELECT count(*) FROM {table}").get for name, table in names.items()}  # noqa: S608

    def unembedded(self, encoder: str) -> list[Unencoded]:
        """What every live passage without vectors of this encoder has encoded, each text once, as documents follow."""
        rows = self._db.execute(
            "WITH missing AS MATERIALIZED (SELECT key FROM passage INDEXED BY passage_text WHERE NOT EXISTS "
            "(SELECT 1 FROM vector v INDEXED BY vector_made WHERE v.encoder=? AND v.text_hash=passage.text_hash)) "
            "SELECT min(d.seq), p.text_hash, r.title, p.record FROM missing CROSS JOIN passage p ON p.key=missing.key "
            "JOIN held d ON d.id=p.document JOIN revision r ON r.id=d.revision "
            "GROUP BY p.text_hash ORDER BY min(d.seq), p.ordinal",
            (encoder,),
        )
        return [unencoded(seq, hash, title, msgspec.json.decode(one, type=Passage)) for seq, hash, title, one in rows]

    def put_vectors(self, encoder: str, hashes: Sequence[str], vectors: Vectors, parts: Sequence[Read]) -> None:
        """Keep one vector for each hash, and what its parts have.

        Half precision moves a cosine by less than one part in a million, eight bits by less than one in a hundred.
        """
        rows = (
            (digest, encoder, row.tobytes(), codes(its.sentences).tobytes(), its.words.tobytes())
            for digest, row, its in zip(hashes, vectors.astype(np.float16), parts, strict=True)
        )
        with self.write():
            self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?, ?, ?, ?)", rows)

    def vectors(self, encoder: str, hashes: Iterable[str]) -> Iterator[tuple[bytes, bytes, bytes] | None]:
        """The stored float16 vector, int8 sentences and coded words of each hash in turn, or None where not encoded."""
        query = "SELECT value, sentences, words FROM vector WHERE text_hash=? AND encoder=?"
        return (self._db.execute(query, (digest, encoder)).fetchone() for digest in hashes)

    def forget(self, url: str) -> dict[str, int]:
        """Remove every revision, passage and ruling of ``url`` and of members' own text there, and vectors left over.

        Returns how many rows of each table went; the file is written anew, since rows that were moved leave copies.
        """
        gone, ids = {}, {"id": document_id(url), "own": document_id(url + MEMBERS)}
        with self.write():
            for table, which in _FORGOTTEN.items():
                self._db.execute(f"DELETE FROM {table} WHERE {which}", ids)  # noqa: S608
                gone[table] = self._db.changes()
        self._db.execute("VACUUM")
        self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        return gone

    @property
    def turn(self) -> int:
        """Another as soon as anybody else has written."""
        return int(self._db.pragma("data_version"))

    def write(self) -> AbstractContextManager[None]:
        """Everything written inside becomes durable together at the end, or not at all."""
        return transaction(self._db)

    def _in_force(self, id: str) -> tuple[int, bytes] | None:
        """The revision that is live, and its record."""
        query = "SELECT r.id, record FROM document d JOIN revision r ON r.id=revision WHERE d.id=? AND state='live'"
        row: tuple[int, bytes] | None = self._db.execute(query, (id,)).fetchone()
        return row

    def _several_versions(self) -> dict[str, tuple[list[str], list[str]]]:
        """By document all its versions and the public ones, each where there are several: one is told by its record."""
        rows = self._db.execute(
            "SELECT document, json_group_array(version ORDER BY id), json_group_array(version ORDER BY id) "
            "FILTER (WHERE audience='public') FROM revision GROUP BY document HAVING count(*)>1"
        )
        found = ((id, msgspec.json.decode(every), msgspec.json.decode(public)) for id, every, public in rows)
        return {id: (every, public if len(public) > 1 else []) for id, every, public in found}

    def _put_revision(self, document: Document, record: bytes) -> int:
        row = (document.id, document.version, document.audience.value, document.title, record, _now())
        insert = "INSERT INTO revision(document, version, audience, title, record, added_at) VALUES (?, ?, ?, ?, ?, ?)"
        update = "ON CONFLICT(document, version, audience) DO UPDATE SET record=excluded.record RETURNING id"
        return int(self._db.execute(f"{insert} {update}", row).get)

    def _put_passages(self, document: Document, revision: int, passages: Sequence[Passage]) -> None:
        hashes = (text_hash(embedded_text(document.title, one)) for one in passages)
        rows = (
            (passage_key(document, one), document.id, revision, ordinal, hash, msgspec.json.encode(one))
            for ordinal, (one, hash) in enumerate(zip(passages, hashes, strict=True))
        )
        self._db.execute("DELETE FROM passage WHERE document=?", (document.id,))
        self._db.executemany("INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?)", rows)


def passage_key(document: Document, passage: Passage) -> int:
    """The integer both legs of a search know a passage by: 63 bits of a hash of where its words stand."""
    place = f"{document.id}/{document.version}/{passage.start}-{passage.end}"
    return int.from_bytes(sha256(place.encode()).digest()[:8], "big") >> 1


def _digest(record: str, readers: str, versions: Sequence[str]) -> str:
    return sha256(msgspec.json.encode([record, readers, versions])).hexdigest()[:32]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
