"""A home: the folder in which everything about one association is kept, and who may write to it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.config import Settings, read_settings
from service.errors import HomeBusy


@dataclass(frozen=True, slots=True)
class Home:
    """Where things lie in a home, and its settings."""

    path: Path
    settings: Settings

    @property
    def catalog(self) -> Path:
        return self.path / "catalog.sqlite"

    @property
    def frontier(self) -> Path:
        return self.path / "frontier.sqlite"

    @property
    def archive(self) -> Path:
        return self.path / "archive"

    @property
    def templates(self) -> Path:
        return self.path / "templates"

    @property
    def models(self) -> Path:
        return self.path / "models"

    @property
    def generations(self) -> Path:
        return self.path / "generations"

    @property
    def note(self) -> Path:
        return self.path / "crawl.json"


def open_home(path: Path, flags: dict[str, object] | None = None) -> Home:
    """The home at ``path``, made where it is not there yet, with the settings that hold for it."""
    path.mkdir(parents=True, exist_ok=True)
    return Home(path, read_settings(path, flags=flags).settings)


@contextmanager
def writing(home: Home, what: str) -> Iterator[None]:
    """Be the one process that writes to ``home``; the kernel frees it even after a kill. Raises HomeBusy at once."""
    with (home.path / "writer.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise HomeBusy(
                "a home nobody else is writing to", lock.read().strip(), "Wait until it has ended."
            ) from None
        lock.truncate(0)
        lock.write(f"`muniment {what}` at work in process {os.getpid()}")
        lock.flush()
        yield
