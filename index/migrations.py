"""The catalog's schema as numbered steps: a home of any earlier format is brought up to date when it is opened."""

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
)
