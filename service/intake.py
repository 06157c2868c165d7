"""From pages to catalogued documents: read by worker processes, cut into passages, made durable batch by batch."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import active_children
from typing import Self, TypeVar

from index.catalog import Catalog, Change
from index.embed import Encoder
from index.workers import workers
from ingest.chunk import chunk
from ingest.filing import as_kind
from ingest.plan import matches
from ingest.records import MEMBERS, Kind, Page, Unreadable
from service.learned import Learned, Outcome, read_page

WORKERS = 2
BATCH = 64
# One PDF may take two minutes: the limit of ``ingest.papers``, and a second reader.
READ_SECONDS = 300
_TOO_LONG = "Its reader came to no end, or to its own. Publish it in a plainer form."

# By these rules the page is no publication (any more). By any other it could not be read: its last good text stays.
NO_PUBLICATION = frozenset({"noindex", "listing", "same-to-members"})

Progress = Callable[..., None]
Item = TypeVar("Item")


@dataclass(slots=True)
class Intake:
    """What became of the pages that were handed in, named as ``index.catalog.Change``."""

    changed: int = 0
    refiled: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)


def extract_all(pages: Iterable[Page], learned: Learned) -> Iterator[Outcome]:
    """The outcome of every page, in order, read by worker processes.

    What ends its reader, or keeps it longer than any page should, is told as such and costs no other page.
    """
    with _Readers(learned) as readers:
        for batch in portions(pages, BATCH * WORKERS):
            rest = batch[(yield from readers.read(batch, BATCH // 4)) :]
            while rest:
                if not (yield from readers.read(rest[:1])):
                    yield Unreadable(rest[0].url, "limit-hit", _TOO_LONG)
                rest = rest[1 + (yield from readers.read(rest[1:])) :]


def of_kind(outcome: Outcome, kinds: Sequence[tuple[str, Kind]]) -> Outcome:
    """``outcome`` with the kind that the settings give to its address, where they do."""
    if isinstance(outcome, Unreadable):
        return outcome
    fitting = ((pattern, kind) for pattern, kind in kinds if matches(outcome.url, (pattern,)))
    return next((as_kind(outcome, kind, f"settings: {pattern}") for pattern, kind in fitting), outcome)


def catalogue(
    catalog: Catalog, encoder: Encoder, outcomes: Iterable[Outcome], on_durable: Callable[[Sequence[Outcome]], None]
) -> Intake:
    """Put documents into the catalog, a batch to a transaction; ``on_durable`` hears of each batch once it is one."""
    intake = Intake()
    for batch in portions(outcomes, BATCH):
        with catalog.write():
            for outcome in batch:
                _take(catalog, encoder, outcome, intake)
        on_durable(batch)
    return intake


def portions(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    """``items`` in tuples of ``size``, the last one shorter."""
    rest = iter(items)
    while portion := tuple(islice(rest, size)):
        yield portion


class _Readers:
    """Worker processes that read pages; started anew where one of them ended, or would not."""

    def __init__(self, learned: Learned) -> None:
        self._learned, self._pool = learned, workers(WORKERS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Whoever stops early does not wait for a page that has no end."""
        self._end(at_once=kind is not None)

    def read(self, pages: Sequence[Page], at_once: int = 1) -> Generator[Outcome, None, int]:
        """The outcomes of ``pages`` as they come, up to the first that is not to be had; returns how many they are."""
        templates, count = [self._learned.template_for(page.url) for page in pages], 0
        try:
            for outcome in self._pool.map(read_page, pages, templates, chunksize=at_once, timeout=READ_SECONDS):
                yield outcome
                count += 1
        except (BrokenProcessPool, TimeoutError):
            self._end(at_once=True)
            self._pool = workers(WORKERS)
        return count

    def _end(self, at_once: bool) -> None:
        for process in active_children() if at_once else ():
            process.kill()
        self._pool.shutdown()


def _take(catalog: Catalog, encoder: Encoder, outcome: Outcome, intake: Intake) -> None:
    if isinstance(outcome, Unreadable):
        intake.unreadable.append(outcome)
        if outcome.rule in NO_PUBLICATION:
            intake.withdrawn += catalog.withdraw(outcome.url)
        return
    passages = chunk(outcome, encoder.count_tokens, encoder.spec.max_tokens)
    change = catalog.put(outcome, passages)
    for ruling, _ in catalog.rulings(outcome.url.removesuffix(MEMBERS)):
        catalog.rule(outcome.url, ruling)
    intake.changed += change is Change.REVISION
    intake.refiled += change is Change.FACTS
    intake.unchanged += change is Change.NOTHING
