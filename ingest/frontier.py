"""What is known of each address of the sites we crawl; one SQLite file that survives kill -9."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from ingest.archive import ArchiveRef
from ingest.frontier_schema import open_database
from ingest.records import Audience

_RECHECK = timedelta(days=1)
_ENTRY = (
    """url, state, rule, reason, referrer, target, depth, hops, strikes, audience, etag, last_modified, body_hash"""
)


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
    """What is known of an address before it is visited. ``strikes`` are the crawls in a row that met a server error."""

    url: str
    state: State
    rule: str
    reason: str
    referrer: str
    target: str
    depth: int
    hops: int
    strikes: int
    audience: Audience
    etag: str | None
    last_modified: str | None
    body_hash: str | None


@dataclass(frozen=True, slots=True)
class Offer:
    """An address seen. ``rule`` is "" where it may be visited; ``changed`` is the day the site says it last changed, or ""."""

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

    ``target`` is the page it is another name of, ``good`` a new response; ``stable`` answers need no second look for a day.
    """

    url: str
    state: State
    rule: str
    reason: str
    target: str = ""
    good: Good | None = None
    stable: bool = False


class Frontier:
    """One writer, any number of readers; every writing method is atomic and durable, ``batch`` makes several so."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._db = open_database(path)
        self._crawl = int(self._value("SELECT coalesce(max(id), 0) FROM crawls"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def batch(self) -> AbstractContextManager[Any]:
        """Everything written inside is committed as one at its end, or not at all."""
        return self._db

    # What the crawl writes and asks.

    def begin(self, now: datetime) -> bool:
        """Make everything known due again; False where a broken-off crawl is to be finished first."""
        with self._db:
            if self._value("SELECT count(*) FROM crawls WHERE finished_at IS NULL"):
                return False
            self._db.execute("INSERT INTO crawls (started_at) VALUES (?)", (_stamp(now),))
            self._crawl = self._db.last_insert_rowid()
            self._db.execute("UPDATE pages SET due = 1 WHERE state != 'skipped' AND not_before <= ?", (_stamp(now),))
            return True

    def finish(self, now: datetime) -> None:
        """Note that the crawl came to its end."""
        self._db.execute("UPDATE crawls SET finished_at = ? WHERE finished_at IS NULL", (_stamp(now),))

    def due(self, limit: int) -> list[Entry]:
        """The first ``limit`` addresses that are to be visited."""
        return self._entries("WHERE due ORDER BY priority, depth, id LIMIT ?", limit)

    def waiting(self) -> int:
        """How many addresses are to be visited."""
        return int(self._value("SELECT count(*) FROM pages WHERE due"))

    def find(self, url: str) -> Entry | None:
        """What is known of an address."""
        return next(iter(self._entries("WHERE url = ?", url)), None)

    def known(self) -> Iterator[Entry]:
        """Every address but those off the site, in the order in which they were seen."""
        last = 0
        while rows := self._db.execute(
            "SELECT id, url FROM pages WHERE id > ? AND rule != 'off-site' ORDER BY id LIMIT 1000", (last,)
        ).fetchall():
            yield from self._entries("WHERE id BETWEEN ? AND ? AND rule != 'off-site'", rows[0][0], rows[-1][0])
            last = rows[-1][0]

    def offer(self, offers: Iterable[Offer], now: datetime) -> None:
        """Note addresses seen: the new are queued or skipped; what was skipped, or gone before this crawl, gets a chance."""
        with self._db:
            for offer in offers:
                self._offer(offer, now)

    def record(self, visit: Visit, now: datetime) -> bool:
        """Note what a visit made of an address; True where that leaves the next stage something to read."""
        with self._db:
            before = self.find(visit.url)
            if before is None:
                raise KeyError(visit.url)
            visit = self._unless_twin(visit)
            changed = visit.state is State.KEPT and visit.good is not None and _differs(before, visit.good)
            if visit.good:
                self._keep(visit.url, visit.good, now)
            self._update(visit, changed, now)
            self._decide(before, visit, changed, now)
            if changed or visit.state is not before.state:
                self._release(visit)
            return changed

    # What the next stage asks and answers.

    def pending(self) -> Iterator[tuple[str, ArchiveRef]]:
        """Fetched and changed pages that have not been settled, in the order in which they were seen."""
        last = 0
        while rows := self._db.execute(
            """SELECT id, url, archive_file, archive_offset FROM pages
            WHERE pending AND state IN ('kept', 'failed') AND id > ? ORDER BY id LIMIT 100""",
            (last,),
        ).fetchall():
            for last, url, file, offset in rows:  # noqa: B007
                yield url, ArchiveRef(file, offset)

    def settle(self, url: str, decision: State, rule: str, reason: str) -> None:
        """The next stage has dealt with a pending page: KEPT means that the catalog has its document."""
        with self._db:
            kept = decision is State.KEPT
            self._db.execute("UPDATE pages SET pending = 0, taken = ? WHERE url = ?", (kept, url))
            self._log(Decision(url, datetime.now(UTC), decision, rule, reason, ""))

    def departed(self) -> Iterator[str]:
        """Addresses whose documents must leave the catalog: gone, refused, skipped by now, or another name of a page."""
        last = 0
        while rows := self._db.execute(
            """SELECT id, url FROM pages WHERE taken AND state IN ('gone', 'refused', 'skipped', 'alias') AND id > ?
            ORDER BY id LIMIT 100""",
            (last,),
        ).fetchall():
            for last, url in rows:  # noqa: B007
                yield url

    def settle_departed(self, url: str) -> None:
        """The catalog no longer has a document of this address."""
        self._db.execute("UPDATE pages SET taken = 0 WHERE url = ?", (url,))

    def why(self, url: str) -> list[Decision]:
        """Everything that was decided about an address, oldest first."""
        rows = self._db.execute(
            "SELECT url, at, state, rule, reason, referrer FROM decisions WHERE url = ? ORDER BY id", (url,)
        )
        return [Decision(u, datetime.fromisoformat(at), State(state), *rest) for u, at, state, *rest in rows]

    def counts(self) -> dict[tuple[State, str], int]:
        """How many addresses are in each state by each rule."""
        rows = self._db.execute("SELECT state, rule, count(*) FROM pages GROUP BY 1, 2 ORDER BY 3 DESC")
        return {(State(state), rule): count for state, rule, count in rows}

    # Inside.

    def _offer(self, offer: Offer, now: datetime) -> None:
        state = State.SKIPPED if offer.rule else State.QUEUED
        row = self._db.execute(
            """INSERT INTO pages (url, state, rule, reason, referrer, depth, hops, due)
            VALUES (:url, :state, :rule, :reason, :referrer, :depth, :hops, :due)
            ON CONFLICT (url) DO UPDATE SET due = 1, depth = min(depth, :depth),
                state = CASE state WHEN 'skipped' THEN 'queued' ELSE state END,
                priority = CASE WHEN :changed > substr(fetched_at, 1, 10) THEN 0 ELSE priority END
            WHERE :due AND visited < :crawl AND (state IN ('skipped', 'gone') OR (due AND :changed != ''))
            RETURNING due""",
            {
                "url": offer.url,
                "state": state,
                "rule": offer.rule,
                "reason": offer.reason,
                "referrer": offer.referrer,
                "depth": offer.depth,
                "hops": offer.hops,
                "due": not offer.rule,
                "changed": offer.changed,
                "crawl": self._crawl,
            },
        ).fetchall()
        if row and offer.rule:
            self._log(Decision(offer.url, now, state, offer.rule, offer.reason, offer.referrer))

    def _unless_twin(self, visit: Visit) -> Visit:
        """A page word for word like one that is kept is another name of it."""
        if visit.state is not State.KEPT or visit.good is None:
            return visit
        twin = self._db.execute(
            "SELECT url FROM pages WHERE body_hash = ? AND state = 'kept' AND audience = ? AND url != ? ORDER BY id",
            (visit.good.body_hash, visit.good.audience, visit.url),
        ).fetchone()
        if twin is None:
            return visit
        return replace(
            visit, state=State.ALIAS, rule="duplicate", reason=f"The same, byte for byte, as {twin[0]}", target=twin[0]
        )

    def _keep(self, url: str, good: Good, now: datetime) -> None:
        self._db.execute(
            """UPDATE pages SET archive_file = ?, archive_offset = ?, body_hash = ?, etag = ?, last_modified = ?, audience = ?,
            fetched_at = ? WHERE url = ?""",
            (
                good.ref.file,
                good.ref.offset,
                good.body_hash,
                good.etag,
                good.last_modified,
                good.audience,
                _stamp(now),
                url,
            ),
        )

    def _update(self, visit: Visit, changed: bool, now: datetime) -> None:
        self._db.execute(
            """UPDATE pages SET due = 0, visited = :crawl, state = :state, rule = :rule, reason = :reason, target = :target,
            priority = CASE WHEN :state = 'alias' THEN 2 ELSE 1 END, not_before = :later,
            strikes = CASE WHEN :rule = 'server-error' THEN strikes + 1 ELSE 0 END,
            taken = taken OR (pending AND :state NOT IN ('kept', 'failed')),
            pending = (pending OR :changed) AND :state IN ('kept', 'failed') WHERE url = :url""",
            {
                "url": visit.url,
                "state": visit.state,
                "rule": visit.rule,
                "reason": visit.reason,
                "target": visit.target,
                "crawl": self._crawl,
                "later": _stamp(now + _RECHECK) if visit.stable else "",
                "changed": changed,
            },
        )
        if visit.state is State.GONE:
            self._forget_validators("url = ?", visit.url)

    def _decide(self, before: Entry, visit: Visit, changed: bool, now: datetime) -> None:
        if changed or (visit.state, visit.rule) != (before.state, before.rule):
            self._log(Decision(visit.url, now, visit.state, visit.rule, visit.reason, before.referrer))

    def _release(self, visit: Visit) -> None:
        """Pages that were taken for another name of this one are looked at afresh now that it is another or none."""
        rules = "('duplicate')" if visit.state is State.KEPT else "('canonical', 'duplicate')"
        if visit.state is not State.FAILED:
            where = f"target = ? AND state = 'alias' AND rule IN {rules}"
            self._forget_validators(where, visit.url)
            self._db.execute(f"UPDATE pages SET due = 1 WHERE {where}", (visit.url,))  # noqa: S608

    def _forget_validators(self, where: str, url: str) -> None:
        self._db.execute(f"UPDATE pages SET etag = NULL, last_modified = NULL WHERE {where}", (url,))  # noqa: S608

    def _log(self, decision: Decision) -> None:
        self._db.execute(
            "INSERT INTO decisions (url, at, state, rule, reason, referrer) VALUES (?, ?, ?, ?, ?, ?)",
            (decision.url, _stamp(decision.at), decision.state, decision.rule, decision.reason, decision.referrer),
        )

    def _entries(self, where: str, *values: object) -> list[Entry]:
        rows = self._db.execute(f"SELECT {_ENTRY} FROM pages {where}", values)  # noqa: S608
        return [Entry(row[0], State(row[1]), *row[2:9], Audience(row[9]), *row[10:]) for row in rows]

    def _value(self, query: str) -> Any:
        return self._db.execute(query).fetchone()[0]


def _differs(before: Entry, good: Good) -> bool:
    stood = before.state in (State.KEPT, State.FAILED)
    return not stood or (before.body_hash, before.audience) != (good.body_hash, good.audience)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
