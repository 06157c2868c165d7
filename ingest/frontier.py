"""What is known of each address of the sites we crawl; one SQLite file that survives kill -9."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw

from ingest.archive import ArchiveRef
from ingest.frontier_schema import open_database
from ingest.records import MEMBERS, Audience
from ingest.visits import Decision, Entry, Good, Offer, State, Visit

_RECHECK = timedelta(days=1)
_PORTION = 500
_ENTRY = "url, state, audience, rule, reason, referrer, target, depth, hops, etag, last_modified, body_hash"


class Frontier(AbstractContextManager["Frontier"]):
    """One writer, any number of readers; every writing method is atomic and durable, ``batch`` makes several so."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._db = open_database(path)
        self._crawl = self._db.execute("SELECT coalesce(max(id), 0) FROM crawls").get

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def batch(self) -> AbstractContextManager[object]:
        """Everything written inside is committed as one at its end, or not at all."""
        return self._db

    # The crawl's side.

    def begin(self, now: datetime) -> None:
        """Make everything known due again, unless a broken-off crawl is to be finished first."""
        with self._db:
            if self._rows("SELECT 1 FROM crawls WHERE finished_at IS NULL"):
                return
            self._db.execute("INSERT INTO crawls (started_at) VALUES (?)", (_stamp(now),))
            self._crawl = self._db.last_insert_rowid()
            self._db.execute("UPDATE pages SET due = 1 WHERE state != 'skipped' AND not_before <= ?", (_stamp(now),))

    def finish(self, now: datetime) -> None:
        """Note that the crawl came to its end: what met a server error in two of them in a row is gone."""
        said = "The site answered with a server error in two crawls in a row."
        with self._db:
            for (url,) in self._rows("SELECT url FROM pages WHERE strikes > 1 AND state = 'failed'"):
                self.record(Visit(url, State.GONE, "failed-twice", said), now)
            self._db.execute("UPDATE crawls SET finished_at = ? WHERE finished_at IS NULL", (_stamp(now),))

    def forgive(self, urls: Iterable[str]) -> None:
        """Take back what was concluded from these visits: it was the site that did not answer, not these pages."""
        with self._db:
            self._db.executemany(_FORGIVE, ((url,) for url in urls))

    def due(self, limit: int) -> list[Entry]:
        """The first ``limit`` addresses to visit: those said to have changed first, other names of pages last."""
        return self._entries("WHERE due ORDER BY priority, depth, id LIMIT ?", limit)

    def waiting(self) -> int:
        """How many addresses are to be visited."""
        return int(self._db.execute("SELECT count(*) FROM pages WHERE due").get)

    def find(self, url: str) -> Entry | None:
        """What is known of an address."""
        return next(iter(self._entries("WHERE url = ?", url)), None)

    def known(self) -> Iterator[Entry]:
        """Every address of the site, in the order in which they were seen."""
        return map(_entry, self._walk(_ENTRY, "rule != 'off-site'"))

    def offer(self, offers: Iterable[Offer], now: datetime) -> None:
        """Take note of addresses seen.

        The new are queued or skipped; what was skipped may be queued after all; what was gone before this crawl gets
        another chance; what its site calls changed comes first.
        """
        with self._db:
            for offer in offers:
                due, state = not offer.rule, State.SKIPPED if offer.rule else State.QUEUED
                told = {name: getattr(offer, name) for name in Offer.__slots__}
                noted = self._db.execute(_OFFER, told | {"state": state, "due": due, "crawl": self._crawl}).get
                if noted and offer.rule:
                    self._log(Decision(offer.url, now, state, offer.rule, offer.reason, offer.referrer))

    def record(self, visit: Visit, now: datetime) -> bool:
        """Note what a visit made of an address; True where that leaves the next stage something to read."""
        with self._db:
            before = self._entries("WHERE url = ?", visit.url)[0]
            visit = self._unless_twin(visit)
            changed = visit.state is State.KEPT and visit.good is not None and _differs(before, visit.good)
            if good := visit.good:
                kept = good.ref.file, good.ref.offset, good.body_hash, good.etag, good.last_modified, good.audience
                self._db.execute(_GOOD, (*kept, _stamp(now), visit.url))
            told = visit.state, visit.rule, visit.reason, visit.target
            later = _stamp(now + _RECHECK) if visit.stable else ""
            self._db.execute(_VISIT, (*told, self._crawl, later, changed, visit.url))
            if changed or (visit.state, visit.rule) != (before.state, before.rule):
                self._log(Decision(visit.url, now, visit.state, visit.rule, visit.reason, before.referrer))
                self._release(visit, before)
            if changed:
                self._db.execute(_COMPARE, (visit.url + MEMBERS,))
        return changed

    # The next stage's side.

    def pending(self, public: bool = False) -> Iterator[tuple[str, ArchiveRef]]:
        """Fetched and changed pages that have not been settled, in the order in which they were seen.

        ``public`` passes over members' pages, here and below.
        """
        return self._held("pending", public)

    def kept(self, public: bool = False) -> Iterator[tuple[str, ArchiveRef]]:
        """Every page that stands, with its last good response, in the order in which they were seen."""
        return self._held("archive_file IS NOT NULL", public)

    def settle(self, url: str, decision: str, rule: str, reason: str) -> None:
        """The next stage has dealt with a pending page: "kept" means that the catalog now has its document."""
        state = State(decision)
        with self._db:
            taken = "UPDATE pages SET pending = 0, taken = taken OR ? WHERE url = ?"
            self._db.execute(taken, (state is State.KEPT, url))
            self._log(Decision(url, datetime.now(UTC), state, rule, reason, ""))

    def hand_on_again(self) -> None:
        """Make every page that is kept pending once more, to read the archive afresh."""
        self._db.execute("UPDATE pages SET pending = 1 WHERE state IN ('kept', 'failed') AND archive_file IS NOT NULL")

    def lose(self, url: str) -> None:
        """The kept response of an address can be read no more: the next crawl fetches it whatever it knows of it."""
        self._db.execute(_LOSE, (url,))

    def forget(self, url: str) -> None:
        """Remove what is known of an address; the file is written anew, since rows that were moved leave copies."""
        with self._db:
            for table in ("pages", "decisions"):
                self._db.execute(f"DELETE FROM {table} WHERE url IN (?, ?)", (url, url + MEMBERS))  # noqa: S608
        self._db.execute("VACUUM")
        self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)

    def taken(self) -> Iterator[str]:
        """Addresses whose documents the catalog has been given."""
        return self._urls("taken AND state IN ('kept', 'failed')")

    def departed(self) -> Iterator[str]:
        """Addresses whose documents must leave the catalog: gone, refused, skipped, or names of other pages by now."""
        return self._urls("taken AND state IN ('gone', 'refused', 'skipped', 'alias')")

    def settle_departed(self, url: str) -> None:
        """The catalog has no document of this address any more."""
        self._db.execute("UPDATE pages SET taken = 0 WHERE url = ?", (url,))

    def why(self, url: str) -> list[Decision]:
        """Everything that was decided about an address, oldest first."""
        return self._decisions("decisions AS d WHERE url = ? ORDER BY id", url)

    def failures(self, limit: int) -> list[Decision]:
        """Public pages that should have given a document and did not, the latest decided first."""
        return self._decisions(
            """pages JOIN decisions AS d USING (url)
            WHERE d.id = (SELECT max(id) FROM decisions WHERE url = pages.url) AND audience = 'public'
            AND (d.state = 'failed'
                OR d.state = 'skipped' AND pages.state = 'kept' AND d.rule NOT IN ('listing', 'noindex'))
            ORDER BY d.id DESC LIMIT ?""",
            limit,
        )

    def last_crawled(self) -> datetime | None:
        """When the last crawl came to its end, or began where it has not; None before the first."""
        at = self._db.execute("SELECT coalesce(finished_at, started_at) FROM crawls ORDER BY id DESC LIMIT 1").get
        return datetime.fromisoformat(at) if at else None

    def longest_unseen(self, public: bool = False) -> tuple[str, datetime] | None:
        """The page that stands and was longest not asked for, with the start of the crawl that last did."""
        row = self._db.execute(
            """SELECT url, started_at FROM pages JOIN crawls ON crawls.id = visited
            WHERE state = 'kept' AND (audience = 'public' OR NOT ?) ORDER BY visited, pages.id LIMIT 1""",
            (public,),
        ).get
        return (row[0], datetime.fromisoformat(row[1])) if row else None

    # Inside.

    def _held(self, where: str, public: bool) -> Iterator[tuple[str, ArchiveRef]]:
        where += " AND state IN ('kept', 'failed')" + (" AND audience = 'public'" if public else "")
        for url, file, offset in self._walk("url, archive_file, archive_offset", where):
            yield url, ArchiveRef(file, offset)

    def _urls(self, where: str) -> Iterator[str]:
        return (url for (url,) in self._walk("url", where))

    def _unless_twin(self, visit: Visit) -> Visit:
        """A page byte for byte like one that is kept is another name of it."""
        if visit.state is not State.KEPT or visit.good is None:
            return visit
        if twin := self._db.execute(_TWIN, (visit.good.body_hash, visit.good.audience, visit.url)).get:
            return replace(visit, state=State.ALIAS, rule="duplicate", reason=f"The same as {twin}.", target=twin)
        return visit

    def _release(self, visit: Visit, before: Entry) -> None:
        """Pages that passed for another name of this one are read afresh, now that it is another, or none."""
        if visit.state is not State.FAILED or not before.body_hash:
            self._db.execute(_RELEASE, (visit.url, visit.state is State.KEPT))

    def _log(self, decision: Decision) -> None:
        url, at, *rest = astuple(decision)
        insert = "INSERT INTO decisions (url, at, state, rule, reason, referrer) VALUES (?, ?, ?, ?, ?, ?)"
        self._db.execute(insert, (url, _stamp(at), *rest))

    def _walk(self, columns: str, where: str) -> Iterator[Any]:
        """Pages in the order of their ids, read in portions, so that no reader holds up the log's checkpoint."""
        last, query = 0, f"SELECT id, {columns} FROM pages WHERE {where} AND id > ? ORDER BY id LIMIT {_PORTION}"  # noqa: S608
        while rows := self._rows(query, last):
            yield from (row[1:] for row in rows)
            last = rows[-1][0]

    def _entries(self, where: str, *values: object) -> list[Entry]:
        return [_entry(row) for row in self._rows(f"SELECT {_ENTRY} FROM pages {where}", *values)]  # noqa: S608

    def _decisions(self, where: str, value: str | int) -> list[Decision]:
        rows = self._rows(f"SELECT url, at, d.state, d.rule, d.reason, d.referrer FROM {where}", value)  # noqa: S608
        return [Decision(url, datetime.fromisoformat(at), State(state), *rest) for url, at, state, *rest in rows]

    def _rows(self, query: str, *values: Any) -> list[Any]:
        return self._db.execute(query, values).fetchall()


def _entry(row: Any) -> Entry:
    url, state, audience, *rest = row
    return Entry(url, State(state), Audience(audience), *rest)


def _differs(before: Entry, good: Good) -> bool:
    stood = before.state in (State.KEPT, State.FAILED)
    return not stood or (before.body_hash, before.audience) != (good.body_hash, good.audience)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


_OFFER = """
INSERT INTO pages (url, state, rule, reason, referrer, depth, hops, due)
VALUES (:url, :state, :rule, :reason, :referrer, :depth, :hops, :due)
ON CONFLICT (url) DO UPDATE SET due = 1, depth = min(depth, :depth),
    state = CASE state WHEN 'skipped' THEN 'queued' ELSE state END,
    priority = CASE WHEN :changed > substr(fetched_at, 1, 10) THEN 0 ELSE priority END
WHERE :due AND visited < :crawl AND (state IN ('skipped', 'gone') OR (due AND :changed != ''))
RETURNING 1
"""
_VISIT = """
UPDATE pages SET due = 0, state = ?1, rule = ?2, reason = ?3, target = ?4, visited = ?5, not_before = ?6,
    priority = CASE ?1 WHEN 'alias' THEN 2 ELSE 1 END,
    strikes = CASE ?2 WHEN 'server-error' THEN strikes + 1 ELSE 0 END,
    (etag, last_modified) = (
        SELECT etag, last_modified WHERE ?1 = 'failed' OR ?2 IN ('page', 'canonical', 'duplicate', 'noindex')
    ),
    taken = taken OR (pending AND ?1 NOT IN ('kept', 'failed')),
    pending = (pending OR ?7) AND ?1 IN ('kept', 'failed')
WHERE url = ?8
"""
_GOOD = """
UPDATE pages SET (archive_file, archive_offset, body_hash, etag, last_modified, audience, fetched_at)
    = (?, ?, ?, ?, ?, ?, ?) WHERE url = ?
"""
# What members are shown is to be compared again with what the public is.
_COMPARE = "UPDATE pages SET pending = 1 WHERE url = ? AND state = 'kept' AND archive_file IS NOT NULL"
_TWIN = """
SELECT url FROM pages WHERE body_hash = ? AND state = 'kept' AND audience = ? AND url != ? ORDER BY id LIMIT 1
"""
_FORGIVE = """
UPDATE pages SET due = 1, strikes = max(strikes - 1, 0), state = CASE state WHEN 'refused' THEN 'failed' ELSE state END,
    body_hash = CASE state WHEN 'refused' THEN NULL ELSE body_hash END
WHERE url = ?
"""
_LOSE = """
UPDATE pages SET due = 1, pending = 0, etag = NULL, last_modified = NULL, body_hash = NULL,
    archive_file = NULL, archive_offset = NULL
WHERE url = ?
"""
# What names a page does so by any redirect that leads there.
_RELEASE = """
WITH RECURSIVE names (name) AS (
    SELECT ? UNION SELECT url FROM names JOIN pages ON target = name
    WHERE target != '' AND state = 'alias' AND rule = 'redirect'
)
UPDATE pages SET due = 1, etag = NULL, last_modified = NULL
WHERE target IN (SELECT name FROM names) AND target != '' AND state = 'alias'
    AND (rule = 'duplicate' OR rule = 'canonical' AND NOT ?)
"""
