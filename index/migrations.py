"""The catalog's schema as numbered steps: a home of any earlier format is brought up to date when it is opened."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import apsw

from index.errors import NewerHome
from ingest.durable import bring_up, open_durable

_PATIENCE_SECONDS = 60
MIGRATIONS = (
    """
    CREATE TABLE document(
        seq INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        url TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL CHECK (state IN ('live', 'withdrawn')),
        revision INTEGER NOT NULL REFERENCES revision(id) DEFERRABLE INITIALLY DEFERRED,
        changed_at TEXT NOT NULL
    );
    CREATE TABLE revision(
        id INTEGER PRIMARY KEY,
        document TEXT NOT NULL,
        version TEXT NOT NULL,
        audience TEXT NOT NULL,
        title TEXT NOT NULL,
        record BLOB NOT NULL,
        added_at TEXT NOT NULL,
        UNIQUE (document, version, audience)
    );
    CREATE TABLE passage(
        key INTEGER PRIMARY KEY,
        document TEXT NOT NULL REFERENCES document(id) DEFERRABLE INITIALLY DEFERRED,
        revision INTEGER NOT NULL REFERENCES revision(id),
        ordinal INTEGER NOT NULL,
        text_hash TEXT NOT NULL,
        record BLOB NOT NULL
    );
    CREATE INDEX passage_document ON passage(document, ordinal);
    CREATE INDEX passage_text ON passage(text_hash);
    CREATE TABLE vector(
        text_hash TEXT NOT NULL,
        encoder TEXT NOT NULL,
        value BLOB NOT NULL,
        PRIMARY KEY (text_hash, encoder)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE ruling(
        document TEXT NOT NULL,
        ruling TEXT NOT NULL CHECK (ruling IN ('withdrawn', 'members')),
        ruled_at TEXT NOT NULL,
        PRIMARY KEY (document, ruling)
    ) WITHOUT ROWID;
    """,
    "ALTER TABLE vector ADD COLUMN sentences BLOB",
    """
    -- What publishing looks at for every document, without reading any record.
    ALTER TABLE document ADD COLUMN digest TEXT NOT NULL DEFAULT '';
    ALTER TABLE document ADD COLUMN passages INTEGER NOT NULL DEFAULT 0;
    UPDATE document SET
        digest=(SELECT sha256(r.record) FROM revision r WHERE r.id=document.revision),
        passages=(SELECT count(*) FROM passage p WHERE p.document=document.id);
    CREATE INDEX vector_made ON vector(encoder, text_hash);
    DROP VIEW IF EXISTS held;
    -- What the site shows, less what an editor took out or closed.
    CREATE VIEW held AS
        SELECT d.seq, d.id, d.revision, d.digest, d.passages, r.record,
            iif(m.document IS NULL, r.audience, 'members') AS audience
        FROM document d JOIN revision r ON r.id=d.revision
        LEFT JOIN ruling m ON m.document=d.id AND m.ruling='members'
        WHERE d.state='live' AND NOT EXISTS (SELECT 1 FROM ruling w WHERE w.document=d.id AND w.ruling='withdrawn');
    """,
    # A vector made before is without its sentences or its words, and counts as not made.
    "DELETE FROM vector; ALTER TABLE vector ADD COLUMN words BLOB NOT NULL DEFAULT x''",
    # Which file of which machine has an address: in no record, so that no index tells it.
    "CREATE TABLE source(document TEXT PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID",
)
FORMAT = len(MIGRATIONS)


def open_catalog(path: Path) -> apsw.Connection:
    """The database of a home's catalog, brought up to date. Raises NewerHome for a later format."""
    db = open_durable(path, _PATIENCE_SECONDS)
    db.create_scalar_function("sha256", _sha256, 1, deterministic=True)
    db.pragma("foreign_keys", True)
    if (found := db.pragma("user_version")) > FORMAT:
        raise NewerHome(f"a home of format {FORMAT} or older", f"format {found} in {path.name}", "Upgrade muniment.")
    bring_up(db, MIGRATIONS)
    return db


def _sha256(*records: Any) -> str:
    return sha256(records[0]).hexdigest()
