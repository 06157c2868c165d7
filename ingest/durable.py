"""What is on the disk when a call returns: files, and databases that are written while others read and write them."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw

_PAUSE_SECONDS = 0.005


def sync(path: Path) -> None:
    """Bring a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_durable(path: Path, patience: float) -> apsw.Connection:
    """The database at ``path``, made where there is none. For others who write it is waited ``patience`` seconds.

    Raises apsw.BusyError after that.
    """
    db = apsw.Connection(str(path))
    db.set_busy_timeout(int(patience * 1000))
    db.transaction_mode = "IMMEDIATE"
    _keep_a_log(db, time.monotonic() + patience)
    db.pragma("synchronous", "full")
    return db


def bring_up(db: apsw.Connection, steps: Sequence[str]) -> None:
    """Take those of the numbered ``steps`` that a database has not been taken through, each whole or not at all."""
    for number in range(int(db.pragma("user_version")), len(steps)):
        with transaction(db):
            if db.pragma("user_version") == number:  # else another did it while this waited
                db.execute(steps[number])
                db.pragma("user_version", number + 1)


@contextmanager
def transaction(db: apsw.Connection) -> Iterator[None]:
    """All or nothing of what is written inside, and of what encloses it.

    Left to APSW it would wait for another writer with the interpreter held: for a thread of this process, for ever.
    """
    if db.in_transaction:
        with db:
            yield
        return
    db.execute(f"BEGIN {db.transaction_mode}")
    try:
        yield
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _keep_a_log(db: apsw.Connection, until: float) -> None:
    # Where several make one file at once SQLite does not wait for this alone: it refuses at once.
    while True:
        try:
            db.pragma("journal_mode", "wal")
            return
        except apsw.BusyError:
            if time.monotonic() > until:
                raise
            time.sleep(_PAUSE_SECONDS)
