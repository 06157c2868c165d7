"""The desk's file, HOME/desk.sqlite: keys and feedback, and the only thing that serving writes."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import apsw

from ingest.durable import open_durable

_PATIENCE_SECONDS = 5


@contextmanager
def opened(path: Path, table: str) -> Iterator[apsw.Connection]:
    """The file, made where it is not there yet, with a ``table`` ("CREATE TABLE IF NOT EXISTS ...") in it.

    What was written is on the disk when a statement returns.
    """
    with closing(open_durable(path, _PATIENCE_SECONDS)) as db:
        db.execute(table)
        yield db


def rows(path: Path, table: str, query: str) -> list[Any]:
    """What ``query`` finds in a ``table`` of the file; nothing where there is no file, which is not made."""
    if not path.exists():
        return []
    with opened(path, table) as db:
        return db.execute(query).fetchall()
