"""The frontier's tables, and how an older file is brought up to them."""

from pathlib import Path

import apsw

from ingest.durable import bring_up, open_durable
from ingest.errors import BadInput

_PATIENCE_SECONDS = 30

_PAGES = """
CREATE TABLE pages (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL, rule TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
    referrer TEXT NOT NULL DEFAULT '', target TEXT NOT NULL DEFAULT '',
    depth INTEGER NOT NULL, hops INTEGER NOT NULL DEFAULT 0, priority INTEGER NOT NULL DEFAULT 1,
    due INTEGER NOT NULL, visited INTEGER NOT NULL DEFAULT 0, not_before TEXT NOT NULL DEFAULT '',
    strikes INTEGER NOT NULL DEFAULT 0, audience TEXT NOT NULL DEFAULT 'public',
    etag TEXT, last_modified TEXT, body_hash TEXT, archive_file TEXT, archive_offset INTEGER,
    fetched_at TEXT NOT NULL DEFAULT '', pending INTEGER NOT NULL DEFAULT 0, taken INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX pages_due ON pages (priority, depth, id) WHERE due;
CREATE INDEX pages_pending ON pages (id) WHERE pending;
CREATE INDEX pages_taken ON pages (state) WHERE taken;
CREATE INDEX pages_target ON pages (target) WHERE target != '';
CREATE INDEX pages_body ON pages (body_hash) WHERE state = 'kept';
CREATE TABLE decisions (
    id INTEGER PRIMARY KEY, url TEXT NOT NULL, at TEXT NOT NULL,
    state TEXT NOT NULL, rule TEXT NOT NULL, reason TEXT NOT NULL, referrer TEXT NOT NULL
) STRICT;
CREATE INDEX decisions_url ON decisions (url);
CREATE TABLE crawls (id INTEGER PRIMARY KEY, started_at TEXT NOT NULL, finished_at TEXT) STRICT;
"""
_MIGRATIONS = (_PAGES,)


def open_database(path: Path) -> apsw.Connection:
    """The frontier at ``path``, made or brought up to date; BadInput where a newer program wrote it."""
    db = open_durable(path, _PATIENCE_SECONDS)
    if (version := db.pragma("user_version")) > len(_MIGRATIONS):
        expected = f"a frontier of version {len(_MIGRATIONS)} or older at {path}"
        raise BadInput(expected, f"version {version}", "Use the newer muniment that wrote it.")
    bring_up(db, _MIGRATIONS)
    return db
