"""What passes between a crawl and its frontier: an address before its visit, and what the visit made of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ingest.archive import ArchiveRef
from ingest.records import Audience


class State(StrEnum):
    """What became of an address.

    ``SKIPPED`` was never asked for, because of what it is called or where it lies; ``REFUSED`` may not or cannot be
    taken; ``ALIAS`` is another name of a page; ``FAILED`` may yet come, and what it said before still stands.
    """

    QUEUED = "queued"
    KEPT = "kept"
    ALIAS = "alias"
    SKIPPED = "skipped"
    REFUSED = "refused"
    GONE = "gone"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Decision:
    """One entry of the log: what was decided about an address, by which rule, led there by which referrer."""

    url: str
    at: datetime
    state: State
    rule: str
    reason: str
    referrer: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of an address before a visit; ``hops`` are the redirects that led to it."""

    url: str
    state: State
    audience: Audience
    rule: str
    reason: str
    referrer: str
    target: str
    depth: int
    hops: int
    etag: str | None
    last_modified: str | None
    body_hash: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """An address seen. ``rule`` is "" where it may be visited; ``changed`` is the day its site names for it, or ""."""

    url: str
    referrer: str
    depth: int
    rule: str = ""
    reason: str = ""
    hops: int = 0
    changed: str = ""


@dataclass(frozen=True, slots=True)
class Good:
    """The response a visit brought: where it is kept, what it hashes to, its validators."""

    ref: ArchiveRef
    body_hash: str
    etag: str | None
    last_modified: str | None
    audience: Audience


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit made of an address.

    ``target`` is the page it is another name of, ``good`` a new response. A ``stable`` answer needs no second look
    for a day.
    """

    url: str
    state: State
    rule: str
    reason: str
    target: str = ""
    good: Good | None = None
    stable: bool = False
