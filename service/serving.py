"""The desk that serves: one searcher at a time, changed for a newer one as soon as a generation appears."""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event, Thread

import msgspec

from index.files import replace
from index.generation import Manifest, open_sound, turn
from index.search import Searcher
from ingest.errors import Fault
from ingest.records import Audience
from service.answer import answer
from service.feedback import FeedbackBook
from service.home import Home
from service.opening import searcher_of, warm
from service.pins import Pins

POLL_SECONDS = 0.5
log = logging.getLogger(__name__)


class Failure(msgspec.Struct, frozen=True):
    """An address that gave no document: why, and what to do about it."""

    url: str
    reason: str
    remedy: str


class CrawlNote(msgspec.Struct, frozen=True):
    """What the last crawl leaves for the status page. Members' addresses never stand in it. Times are UTC.

    ``oldest`` is the page that was longest not asked for, and when it last was.
    """

    crawled_at: datetime | None = None
    failures: tuple[Failure, ...] = ()
    oldest: tuple[str, datetime] | None = None


def write_note(path: Path, note: CrawlNote) -> None:
    """Replace the note in one step."""
    replace(path, msgspec.json.encode(note))


class ServingDesk:
    """Answers from the generation in force of one audience; where that is damaged, from one before.

    ``searcher`` is swapped when a generation appears: read it once per request, and ``ask`` of that.
    """

    ask = staticmethod(answer)

    def __init__(
        self, home: Home, audience: Audience, opened: Callable[[Home, Path, Manifest], Searcher] = searcher_of
    ) -> None:
        self._home, self._audience, self._opened = home, audience, opened
        self.settings = home.settings
        self._seen = turn(home.generations, audience)
        self._fault: Exception | None
        folder, manifest, self._fault = open_sound(home.generations, audience)
        self.searcher = warm(opened(home, folder, manifest))
        self._tell()
        self.pins, self.feedback = Pins(home.pins), FeedbackBook(home.desk)
        self._stopped = Event()
        self._watcher = Thread(target=self._watch, name="generation-watcher", daemon=True)

    @property
    def degraded(self) -> bool:
        """Whether the generation in force is damaged, and one before it answers."""
        return self._fault is not None

    def note(self) -> CrawlNote:
        """What the last crawl left; nothing where there was none."""
        try:
            return msgspec.json.decode(self._home.note.read_bytes(), type=CrawlNote)
        except (FileNotFoundError, msgspec.DecodeError):
            return CrawlNote()

    def start(self) -> None:
        """Begin to watch for newer generations."""
        self._watcher.start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        self._watcher.join()

    def refresh(self) -> bool:
        """Change to what was put in force since; True where that was another generation than the one in use."""
        now = turn(self._home.generations, self._audience)
        if now == self._seen:
            return False
        self._seen, before = now, self.searcher
        try:
            folder, manifest, self._fault = open_sound(self._home.generations, self._audience)
            if manifest.id != before.generation:
                # Requests in flight hold the old searcher; it goes when the last of them does.
                self.searcher = warm(self._opened(self._home, folder, manifest))
        except Exception as fault:  # whatever it is, who watches goes on watching
            self._fault = fault
            if not isinstance(fault, Fault):  # the system's, not the index's: with the next look it may be gone
                self._seen = None
        self._tell()
        return self.searcher is not before

    def _tell(self) -> None:
        if self._fault:
            log.warning("The generation in force was not put to use: %s", self._fault)

    def _watch(self) -> None:
        while not self._stopped.wait(POLL_SECONDS):
            self.refresh()
