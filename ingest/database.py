"""Databases that are written while others read and write them: on the disk when a commit returns."""

import time
from pathlib import Path

import apsw

_PAUSE_SECONDS = 0.005


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
