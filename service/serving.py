"""The desk that serves: one searcher at a time, changed for a newer one as soon as a generation appears."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import msgspec

from index.errors import IndexFault
from index.generation import current_folder
from index.records import NO_FILTERS, Filters
from index.search import Searcher
from ingest.records import Audience
from service.answer import answer
from service.config import Settings
from service.desk import Failure, Holding, Status
from service.home import Home
from service.pins import Pins
from service.pipeline import open_searcher
from service.records import Answer

POLL_SECONDS = 0.5
log = logging.getLogger(__name__)


class CrawlNote(msgspec.Struct, frozen=True):
    """What the last crawl leaves for the status page. Members' addresses never stand in it."""

    crawled_at: datetime | None
    failures: tuple[Failure, ...]
    oldest: tuple[str, datetime] | None = None


def write_note(path: Path, note: CrawlNote) -> None:
    """Replace the note in one step."""
    fresh = path.with_suffix(".tmp")
    fresh.write_bytes(msgspec.json.encode(note))
    fresh.replace(path)


class ServingDesk:
    """Answers from the generation in force of one audience; a damaged newer one leaves the old in place."""

    def __init__(
        self, home: Home, audience: Audience, opened: Callable[[Home, Audience], Searcher] = open_searcher
    ) -> None:
        self._home, self._audience, self._opened = home, audience, opened
        self._seen = current_folder(home.generations, audience)
        self._searcher = opened(home, audience)
        self.pins, self.feedback = Pins(home.pins), home.feedback
        self._stopped = Event()
        self._watcher = Thread(target=self._watch, name="generation-watcher", daemon=True)

    @property
    def searcher(self) -> Searcher:
        return self._searcher

    @property
    def settings(self) -> Settings:
        return self._home.settings

    def ask(self, question: str, filters: Filters = NO_FILTERS) -> Answer:
        return answer(question, self.searcher, filters)

    def status(self) -> Status:
        searcher, note = self.searcher, self._note()
        return Status(
            generation=searcher.generation,
            made_at=searcher.made_at,
            crawled_at=note.crawled_at if note else None,
            holdings=tuple(Holding(kind, year, documents) for kind, year, documents in searcher.census()),
            failures=note.failures if note else (),
            oldest=note.oldest if note else None,
        )

    def start(self) -> None:
        """Begin to watch for newer generations."""
        self._watcher.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        self._watcher.join()

    def refresh(self) -> bool:
        """Change to the generation in force if it is another one; True where that was done."""
        folder = current_folder(self._home.generations, self._audience)
        if folder == self._seen:
            return False
        self._seen = folder
        # Requests in flight hold the old searcher; it goes when the last of them does.
        self._searcher = self._opened(self._home, self._audience)
        return True

    def _watch(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            try:
                self.refresh()
            except IndexFault as fault:
                log.warning("The new generation was not put to use: %s", fault)

    def _note(self) -> CrawlNote | None:
        try:
            return msgspec.json.decode(self._home.note.read_bytes(), type=CrawlNote)
        except FileNotFoundError:
            return None
