"""One writer at a time: a lock that names who holds it and falls with its process."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ingest.errors import IngestError


class Busy(IngestError):
    """Another process is at the same work."""

    exit_code = os.EX_TEMPFAIL


@contextmanager
def holding(path: Path, work: str) -> Iterator[None]:
    """Hold the lock at ``path`` for ``work`` ("crawl"); Busy, naming the holder, if another process does.

    A record lock belongs to a process, so children do not inherit it and it ends with its holder however that dies.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "a process that is just starting"
            expected, remedy = f"no other {work} at work on {path.parent}", "Wait for it to end, or stop it."
            raise Busy(expected, holder, remedy) from error
        file.truncate(0)
        file.write(f"a {work} in process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        file.flush()
        yield
