"""A crawl: from seeds, sitemaps and feeds through every page they lead to, into archive and frontier."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import uuid4

from ingest.archive import Archive
from ingest.errors import Unreachable
from ingest.fetch import Fetcher, Outcome
from ingest.frontier import Decision, Entry, Frontier, Good, Offer, State, Visit
from ingest.lock import holding
from ingest.outlinks import fingerprint
from ingest.plan import CrawlPlan, CrawlReport
from ingest.records import Audience, Page
from ingest.sitemaps import read_listing
from ingest.urls import canonical, origin_of
from ingest.verdict import Verdict, body_hash, judge, needs_login

_MAX_SITEMAPS = 500
_MAX_VARIANTS = 500
_MAX_STREAK = 25
_FLUSH_SECONDS = 0.05
_BUFFER = 256


async def crawl(
    plan: CrawlPlan,
    frontier: Frontier,
    fetcher: Fetcher,
    archive: Archive,
    on_progress: Callable[[CrawlReport], None] = lambda _: None,
) -> CrawlReport:
    """Visit all that is due and all that it leads to, until nothing is or a limit of the plan is met.

    A crawl that was broken off is taken up where it stood. Unreachable where the site does not answer or wants no visit; Busy
    where another process crawls into the same frontier.
    """
    with holding(frontier.path.with_suffix(".lock"), "crawl"):
        return await _Crawl(plan, frontier, fetcher, archive, on_progress).run()


@dataclass(frozen=True, slots=True)
class _Found:
    """A verdict that is not yet on the disk."""

    entry: Entry
    verdict: Verdict


class _Crawl:
    """One run. Workers fetch and judge; what they find is written in groups, and a worker goes on only when its page is safe.

    So a kill costs no more requests than there are workers, and one sync of the disk serves them all.
    """

    def __init__(
        self,
        plan: CrawlPlan,
        frontier: Frontier,
        fetcher: Fetcher,
        archive: Archive,
        on_progress: Callable[[CrawlReport], None],
    ) -> None:
        self._plan, self._frontier, self._fetcher, self._archive = plan, frontier, fetcher, archive
        self._on_progress = on_progress
        self._started = time.monotonic()
        self._report = CrawlReport()
        self._failures: list[Decision] = []
        self._streak = 0
        self._busy: dict[str, Entry] = {}
        self._next: deque[Entry] = deque()
        self._unsaved: list[_Found] = []
        self._saved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._offered: set[str] = set()
        self._variants: Counter[str] = Counter()
        self._listings: set[str] = set()
        self._soft_missing: set[str] = set()

    async def run(self) -> CrawlReport:
        await self._knock()
        self._frontier.begin(_now())
        self._judge_again()
        self._offer((seed, "seed", 0, "") for seed in self._plan.seeds)
        for origin in dict.fromkeys(map(origin_of, self._plan.seeds)):
            await self._read_sitemaps(origin)
            await self._probe(origin)
        await self._work()
        if not self._report.stopped:
            self._frontier.finish(_now())
        self._check_answered()
        return self._current()

    async def _knock(self) -> None:
        """Unreachable unless at least one seed may be fetched."""
        found = []
        for seed in self._plan.seeds:
            robots = await self._fetcher.robots(seed)
            if self._fetcher.may_fetch(seed, robots):
                return
            forbidden = (
                "a robots.txt that forbids it" if robots.reachable else f"no readable robots.txt ({robots.found})"
            )
            found.append(f"{forbidden} at {origin_of(seed)}")
        raise Unreachable(
            f"a site that may be crawled at {', '.join(self._plan.seeds)}",
            "; ".join(dict.fromkeys(found)),
            "Check the address, or ask whoever runs the site to admit this crawler.",
        )

    def _check_answered(self) -> None:
        seeds = [entry for seed in self._plan.seeds if (entry := self._frontier.find(seed))]
        if (
            self._report.fetched
            or self._report.unchanged
            or not seeds
            or self._report.stopped not in ("", "not-answering")
        ):
            return
        raise Unreachable(
            f"pages at {', '.join(self._plan.seeds)}",
            "; ".join(f"{entry.url}: {entry.reason}" for entry in seeds),
            "Check the address in a browser.",
        )

    # What is seen, and whether it is worth a visit.

    def _judge_again(self) -> None:
        """Apply the plan to what earlier crawls saw: its patterns and limits may have changed."""
        now = _now()
        with self._frontier.batch():
            for entry in self._frontier.known():
                objection = self._objection(entry.url, entry.depth)
                if objection and entry.state is not State.SKIPPED:
                    self._frontier.record(Visit(entry.url, State.SKIPPED, *objection), now)
                elif not objection and entry.state is State.SKIPPED:
                    self._frontier.offer([Offer(entry.url, entry.referrer, entry.depth)], now)

    def _objection(self, url: str, depth: int) -> tuple[str, str] | None:
        objection = self._plan.objection(url, depth)
        path, mark, _ = url.partition("?")
        if objection is None and mark:
            self._variants[path] += 1
            if self._variants[path] > _MAX_VARIANTS:
                return "parameters", f"More than {_MAX_VARIANTS} addresses that differ only in their parameters."
        return objection

    def _offer(self, seen: Iterable[tuple[str, str, int, str]], hops: int = 0) -> None:
        """Offer (address, referrer, depth, day of change) to the frontier, each address once in a crawl."""
        offers = []
        for url, referrer, depth, changed in seen:
            if url and (url not in self._offered or changed):
                self._offered.add(url)
                rule, reason = self._objection(url, depth) or ("", "")
                offers.append(Offer(url, referrer, depth, rule, reason, hops, changed))
        self._frontier.offer(offers, _now())

    async def _read_sitemaps(self, origin: str) -> None:
        robots = await self._fetcher.robots(origin + "/")
        waiting = deque(robots.sitemaps or (f"{origin}/sitemap.xml",))
        while waiting and len(self._listings) < _MAX_SITEMAPS:
            waiting.extend(await self._read_listing(waiting.popleft(), origin))

    async def _read_listing(self, address: str, base: str) -> tuple[str, ...]:
        """Offer what a sitemap or feed lists; the further sitemaps it names."""
        url = canonical(address, base)
        if not url or url in self._listings:
            return ()
        self._listings.add(url)
        outcome = await self._fetcher.follow(url)
        if not isinstance(outcome, Page) or outcome.status != 200:
            return ()
        listing = read_listing(outcome.body, outcome.url)
        self._offer((each, url, 1, changed) for each, changed in listing.pages)
        return listing.sitemaps

    async def _probe(self, origin: str) -> None:
        """Learn what the site says of an address that cannot exist, if it says so with status 200."""
        for _ in range(2):
            outcome = await self._fetcher.get(f"{origin}/{uuid4().hex}")
            if not isinstance(outcome, Page) or outcome.status != 200:
                return
            self._soft_missing.add(fingerprint(outcome))

    # The work itself.

    async def _work(self) -> None:
        workers = [asyncio.ensure_future(self._worker()) for _ in range(self._plan.concurrency)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _worker(self) -> None:
        while (entry := await self._take()) is not None:
            verdict = await self._visit(entry)
            await self._save(_Found(entry, verdict))

    async def _take(self) -> Entry | None:
        """The next address that is due; None when there is nothing left to do or to wait for."""
        while not self._limit_met():
            if not self._next:
                due = self._frontier.due(_BUFFER + len(self._busy))
                self._next.extend(entry for entry in due if entry.url not in self._busy)
            if self._next:
                entry = self._next.popleft()
                if entry.url not in self._busy:
                    self._busy[entry.url] = entry
                    return entry
            elif not self._busy:
                return None
            else:
                await self._saved_soon()
        return None

    async def _visit(self, entry: Entry) -> Verdict:
        members = entry.audience is Audience.MEMBERS
        known = {} if members else {"etag": entry.etag, "last_modified": entry.last_modified}
        outcome = await self._fetcher.get(entry.url, **known)
        if needs_login(outcome) and self._plan.credentials:
            outcome = await self._ask_as_member(entry, members) or outcome
        verdict = judge(entry, outcome, self._plan, self._soft_missing)
        if entry.depth == 0:
            for feed in verdict.outlinks.feeds:
                await self._read_listing(feed, entry.url)
        return verdict

    async def _ask_as_member(self, entry: Entry, known_as_members: bool) -> Outcome:
        known = {"etag": entry.etag, "last_modified": entry.last_modified} if known_as_members else {}
        outcome = await self._fetcher.get(entry.url, credentials=self._plan.credentials, **known)
        return replace(outcome, audience=Audience.MEMBERS) if isinstance(outcome, Page) else outcome

    # Making it safe.

    async def _save(self, found: _Found) -> None:
        self._unsaved.append(found)
        if len(self._unsaved) >= len(self._busy):
            self._flush()
        else:
            if len(self._unsaved) == 1:
                asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._flush)
            await self._saved_soon()

    async def _saved_soon(self) -> None:
        await asyncio.shield(self._saved)

    def _flush(self) -> None:
        """Write all that was found: the archive first, so that no frontier ever names a response that is not there."""
        if not self._unsaved:
            return
        unsaved, self._unsaved = self._unsaved, []
        saved, self._saved = self._saved, asyncio.get_running_loop().create_future()
        try:
            self._write(unsaved)
        except Exception as error:
            saved.set_exception(error)
        else:
            saved.set_result(None)

    def _write(self, unsaved: list[_Found]) -> None:
        goods = [self._archived(found.verdict) for found in unsaved]
        self._archive.sync()
        with self._frontier.batch():
            for found, good in zip(unsaved, goods, strict=True):
                self._write_one(found, replace(found.verdict.visit, good=good))
        for found in unsaved:
            del self._busy[found.entry.url]
        self._on_progress(self._current())

    def _archived(self, verdict: Verdict) -> Good | None:
        page = verdict.page
        if page is None:
            return None
        validators = page.headers.get("etag"), page.headers.get("last-modified")
        return Good(self._archive.write(page), body_hash(page), *validators, page.audience)

    def _write_one(self, found: _Found, visit: Visit) -> None:
        entry, now = found.entry, _now()
        changed = self._frontier.record(visit, now)
        self._count(found, visit, changed)
        self._offer((url, entry.url, entry.depth + 1, "") for url in found.verdict.outlinks.links)
        if visit.target:
            self._offer([(visit.target, entry.url, entry.depth, "")], entry.hops + 1)

    def _count(self, found: _Found, visit: Visit, changed: bool) -> None:
        report, page = self._report, found.verdict.page
        failed, refused, gone = (visit.state is each for each in (State.FAILED, State.REFUSED, State.GONE))
        self._streak = self._streak + 1 if failed else 0
        if failed or refused:
            self._failures.append(
                Decision(visit.url, _now(), visit.state, visit.rule, visit.reason, found.entry.referrer)
            )
        self._report = replace(
            report,
            fetched=report.fetched + (page is not None),
            changed=report.changed + changed,
            unchanged=report.unchanged + (visit.state is State.KEPT and not changed),
            gone=report.gone + gone,
            refused=report.refused + refused,
            failed=report.failed + failed,
            bytes=report.bytes + (len(page.body) if page else 0),
        )

    def _limit_met(self) -> bool:
        report, plan = self._current(), self._plan
        visited = report.fetched + report.unchanged + report.gone + report.refused + report.failed
        limits = {
            "pages": visited >= plan.max_pages,
            "bytes": report.bytes >= plan.max_bytes,
            "seconds": report.seconds >= plan.max_seconds,
            "not-answering": self._streak >= _MAX_STREAK,
        }
        stopped = next((name for name, met in limits.items() if met), "")
        self._report = replace(self._report, stopped=self._report.stopped or stopped)
        return bool(self._report.stopped)

    def _current(self) -> CrawlReport:
        return replace(
            self._report,
            waiting=self._frontier.waiting(),
            seconds=time.monotonic() - self._started,
            failures=tuple(self._failures),
        )


def _now() -> datetime:
    return datetime.now(UTC)
