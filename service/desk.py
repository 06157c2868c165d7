"""What the web layer needs of the running program: a desk that can be asked, whoever built it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from index.records import NO_FILTERS, Filters
from index.search import Searcher
from ingest.records import Kind
from service.config import LookSettings
from service.feedback import FeedbackBook
from service.pins import Pins
from service.records import Answer


@dataclass(frozen=True, slots=True)
class Holding:
    """How many documents of one kind bear one year; ``year`` is None for the undated."""

    kind: Kind
    year: int | None
    documents: int


@dataclass(frozen=True, slots=True)
class Failure:
    """An address that gave no document: why, and what to do about it."""

    url: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the collection as its keepers need it. Times are UTC.

    ``oldest`` is the page that was longest not asked for, and when it last was.
    """

    generation: str
    made_at: datetime
    crawled_at: datetime | None
    holdings: tuple[Holding, ...]
    failures: tuple[Failure, ...]
    oldest: tuple[str, datetime] | None = None

    @property
    def documents(self) -> int:
        """All documents held."""
        return sum(holding.documents for holding in self.holdings)


class House(Protocol):
    """The settings that pages show."""

    @property
    def name(self) -> str:
        """The association's own name."""

    @property
    def base_path(self) -> str:
        """The path prefix behind a proxy, such as "/library"; empty at the root."""

    @property
    def look(self) -> LookSettings:
        """The logo and the colours."""

    @property
    def questions(self) -> tuple[str, ...]:
        """Questions that are often asked."""


class Desk(Protocol):
    """What answers requests. ``searcher`` is swapped when a generation appears: read it once per request."""

    @property
    def searcher(self) -> Searcher:
        """The newest generation."""

    @property
    def degraded(self) -> bool:
        """Whether the generation in force is damaged, and one before it answers."""

    @property
    def settings(self) -> House:
        """What the settings file says."""

    @property
    def pins(self) -> Pins:
        """What editors decided about related articles."""

    @property
    def feedback(self) -> FeedbackBook:
        """What readers said of answers."""

    def ask(self, question: str, filters: Filters = NO_FILTERS) -> Answer:
        """Answer from the newest generation."""

    def status(self) -> Status:
        """What is held, since when, and what could not be taken in."""
