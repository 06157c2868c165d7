"""What editors decide about related articles: a small file in the home, obeyed at every look-up."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import msgspec

from index.files import replace
from index.records import Card, RelatedItem
from index.search import Searcher
from ingest.records import MEMBERS, Kind
from service.errors import BadSetting

log = logging.getLogger(__name__)
CHOSEN = "Chosen by the editors"
# All that a generation has worked out: what is banned makes room for the next.
_ALL = 100


class Act(StrEnum):
    """Show a publication first, never show it, or show nothing of a kind."""

    PIN = "pin"
    BAN = "ban"
    BAN_KIND = "ban-kind"


@dataclass(frozen=True, slots=True)
class Pin:
    """A decision about ``what``, an address or a kind, beside the page ``on`` or beside every page ``on_kind``.

    With neither it holds everywhere; ``until`` is its last day.
    """

    act: Act
    what: str
    on: str
    on_kind: Kind | None
    owner: str
    reason: str
    until: date | None

    def holds(self, page: Card) -> bool:
        """Whether it is about what stands beside ``page``."""
        return self.on in ("", page.url.removesuffix(MEMBERS)) and self.on_kind in (None, page.kind)

    def bars(self, card: Card) -> bool:
        """Whether ``card`` is not to be shown."""
        return (self.act, self.what) in ((Act.BAN, card.url.removesuffix(MEMBERS)), (Act.BAN_KIND, card.kind.value))


def _today() -> date:
    return datetime.now(UTC).date()


class Pins:
    """The decisions in a file, read again when it changes; none where there is no file."""

    def __init__(self, path: Path, today: Callable[[], date] = _today) -> None:
        self._path, self._today = path, today
        self._seen, self._read = 0, tuple[Pin, ...]()

    def read(self) -> tuple[Pin, ...]:
        """Every decision, those of the past included. Raises BadSetting for a file that says something else."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=tuple[Pin, ...])
        except FileNotFoundError:
            return ()
        except ValueError as error:  # no JSON, another shape, or no UTF-8
            raise BadSetting(f"decisions in {self._path}", str(error), "Mend it, or take the file away.") from error

    def write(self, pins: tuple[Pin, ...]) -> None:
        """Replace the file in one step."""
        replace(self._path, msgspec.json.format(msgspec.json.encode(pins), indent=1))

    def in_force(self) -> tuple[Pin, ...]:
        """Those that have not run out. A file that cannot be read leaves the last good one in force."""
        changed = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if changed != self._seen:
            self._seen = changed
            try:
                self._read = self.read()
            except BadSetting as fault:
                log.warning("The decisions about related articles were not put to use: %s", fault)
        return tuple(pin for pin in self._read if pin.until is None or self._today() <= pin.until)

    def edition(self, generation: str) -> str:
        """The name of what is shown from ``generation`` under these decisions."""
        pins = self.in_force()
        return f"{generation}-{sha256(msgspec.json.encode(pins)).hexdigest()[:8]}" if pins else generation

    def fate(self, pin: Pin, searcher: Searcher) -> str:
        """Why a decision has no effect; empty where it may have one."""
        if pin.until is not None and pin.until < self._today():
            return "has run out"
        addresses = (pin.on, "" if pin.act is Act.BAN_KIND else pin.what)
        lost = [url for url in addresses if url and searcher.find(url) is None]
        return f"{lost[0]} is not in the index" if lost else ""


def orphans(searcher: Searcher, pins: Pins, limit: int) -> dict[str, list[Card]]:
    """The works that stand in no page's list of ``limit``, and those whose own list is empty."""
    works = [hit.document for hit in searcher.search("", limit=searcher.manifest.documents, facets=()).hits]
    lists = {work.id: [item.document.id for item in related(searcher, pins, work.id, limit)] for work in works}
    shown = {id for ids in lists.values() for id in ids}
    never = [work for work in works if work.id not in shown]
    return {"never recommended": never, "recommends nothing": [work for work in works if not lists[work.id]]}


def related(searcher: Searcher, pins: Pins, document_id: str, limit: int) -> tuple[RelatedItem, ...]:
    """What to read after a document: what editors chose, then what is near; empty where it is unknown.

    A page that is banned is not shown, pinned or not; one of a banned kind is where it is pinned itself.
    """
    page = searcher.card(document_id)
    rules = [pin for pin in pins.in_force() if page and pin.holds(page)]
    if not rules:
        return searcher.related(document_id, limit)
    banned = {pin.what for pin in rules if pin.act is Act.BAN}
    found = [searcher.find(pin.what) for pin in rules if pin.act is Act.PIN and pin.what not in banned]
    chosen = [card for id in dict.fromkeys(found) if id and id != document_id and (card := searcher.card(id))]
    near = [item for item in searcher.related(document_id, _ALL) if item.document not in chosen]
    allowed = [item for item in near if not any(pin.bars(item.document) for pin in rules)]
    return (*(RelatedItem(card, 1.0, CHOSEN) for card in chosen), *allowed)[:limit]
