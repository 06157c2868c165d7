"""A crawl: from seeds, sitemaps and feeds through every page they lead to, into archive and frontier."""

import asyncio
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias

from ingest.archive import Archive
from ingest.discovery import Discovery
from ingest.errors import Unreachable
from ingest.fetch import NONE, Fetcher, Validators
from ingest.frontier import Frontier
from ingest.lock import holding
from ingest.plan import CrawlPlan, CrawlReport
from ingest.records import MEMBERS, Audience, Page
from ingest.urls import host_of, origin_of
from ingest.verdict import Verdict, body_hash, judge, needs_login
from ingest.visits import Decision, Entry, Good, State, Visit

Progress: TypeAlias = Callable[[CrawlReport], None]

_FLUSH_SECONDS = 0.05
_PROGRESS_SECONDS = 0.2
_BUFFER = 500
_MAX_STREAK = 25
_MAX_FAILURES = 1_000
_ANSWERED = frozenset({State.KEPT, State.ALIAS, State.QUEUED})


async def crawl(
    plan: CrawlPlan, frontier: Frontier, fetcher: Fetcher, archive: Archive, on_progress: Progress = lambda _: None
) -> CrawlReport:
    """Visit all that is due and all that it leads to, until nothing is or a limit of the plan is met.

    A crawl that was broken off is taken up where it stood. Unreachable where the site does not answer or wants no
    visit; Busy where another process crawls into the same frontier.
    """
    with holding(frontier.path.with_suffix(".lock"), "crawl"):
        return await _Crawl(plan, frontier, fetcher, archive, on_progress).run()


class _Crawl:
    """One run. Workers fetch and judge; a worker goes on only when its page is safe on the disk.

    Pages are made safe in groups, so one sync serves many, and a kill costs no more requests than there are workers.
    """

    def __init__(
        self, plan: CrawlPlan, frontier: Frontier, fetcher: Fetcher, archive: Archive, on_progress: Progress
    ) -> None:
        self._plan, self._frontier, self._fetcher, self._archive = plan, frontier, fetcher, archive
        self._discovery = Discovery(plan, frontier, fetcher)
        self._on_progress = on_progress
        self._started = self._told = time.monotonic()
        self._counts: Counter[str] = Counter()
        self._failures: list[Decision] = []
        self._stopped, self._streaks = "", defaultdict[str, list[str]](list)
        self._soft_missing: set[str] = set()
        self._next: deque[Entry] = deque()
        self._busy: set[str] = set()
        self._unsaved: list[tuple[Entry, Verdict]] = []
        self._saved: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> CrawlReport:
        await self._knock()
        self._frontier.begin(_now())
        self._discovery.judge_again()
        self._discovery.offer(self._plan.seeds, "seed", 0)
        for origin in dict.fromkeys(map(origin_of, self._plan.seeds)):
            await self._discovery.read_sitemaps(origin)
            self._soft_missing |= await self._discovery.soft_missing(origin)
        await self._work()
        for host in filter(self._is_silent, self._streaks):
            self._frontier.forgive(self._streaks[host])
        if not self._stopped:
            self._frontier.finish(_now())
        self._check_answered()
        return self._report()

    async def _knock(self) -> None:
        """Unreachable unless at least one seed may be fetched."""
        found = []
        for seed in self._plan.seeds:
            robots = await self._fetcher.robots(seed)
            if robots.allows(seed, self._fetcher.token):
                return
            why = "a robots.txt that forbids it" if robots.reachable else f"no readable robots.txt ({robots.found})"
            found.append(f"{why} at {origin_of(seed)}")
        expected = f"a site that may be crawled at {', '.join(self._plan.seeds)}"
        remedy = "Check the address, or ask whoever runs the site to admit this crawler."
        raise Unreachable(expected, "; ".join(dict.fromkeys(found)), remedy)

    def _check_answered(self) -> None:
        """Unreachable where neither a seed nor any other page came."""
        seeds = [seed for each in self._plan.seeds if (seed := self._frontier.find(each))]
        answered = any(seed.state in _ANSWERED or seed.rule == "noindex" for seed in seeds)
        if not answered and not self._counts["fetched"] and not self._counts["unchanged"]:
            found = "; ".join(f"{seed.url}: {seed.reason.rstrip('.')}" for seed in seeds)
            raise Unreachable(f"pages at {', '.join(self._plan.seeds)}", found, "Check the address in a browser.")

    # Fetching and judging.

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
            await self._save(entry, await self._visit(entry))

    async def _take(self) -> Entry | None:
        """The next address that is due; None when there is nothing left to do or to wait for."""
        while not self._limit_met():
            if not self._next:
                due = self._frontier.due(_BUFFER + len(self._busy))
                self._next.extend(entry for entry in due if entry.url not in self._busy)
            if self._next:
                entry = self._next.popleft()
                self._busy.add(entry.url)
                return entry
            if not self._busy:
                break
            await asyncio.shield(self._saved)
        return None

    async def _visit(self, entry: Entry) -> Verdict:
        """Anonymously first; with credentials only what is refused without, or may be another page to members."""
        if self._is_silent(host_of(entry.url)):
            return Verdict(Visit(entry.url, State.FAILED, "not-answering", "Its host does not answer."))
        if entry.url.endswith(MEMBERS):
            return await self._visit_as_member(entry)
        seen_as_member = entry.audience is Audience.MEMBERS
        validators = Validators(entry.etag, entry.last_modified)
        outcome = await self._fetcher.get(entry.url, NONE if seen_as_member else validators)
        if needs_login(outcome) and self._plan.credentials:
            known = validators if seen_as_member else NONE
            outcome = await self._fetcher.get(entry.url, known, self._plan.credentials)
            if isinstance(outcome, Page):
                outcome = replace(outcome, audience=Audience.MEMBERS)
        verdict = judge(entry, outcome, self._plan, self._frontier.find, self._soft_missing)
        if entry.depth == 0:
            for feed in verdict.outlinks.feeds:
                await self._discovery.read_listing(feed)
        return verdict

    async def _visit_as_member(self, entry: Entry) -> Verdict:
        """What members are shown at an address that the public reads: another page, or the same."""
        bare = replace(entry, url=entry.url.removesuffix(MEMBERS))
        public, known = self._frontier.find(bare.url), NONE
        if entry.state is State.KEPT:
            known = Validators(entry.etag, entry.last_modified)
        elif entry.rule == "duplicate" and public and (public.etag or "").startswith('"'):
            known = Validators(public.etag)
        outcome = await self._fetcher.get(bare.url, known, self._plan.credentials)
        verdict = judge(bare, outcome, self._plan, self._frontier.find, self._soft_missing)
        page, visit = verdict.page, verdict.visit
        if page and public and body_hash(page) == public.body_hash:
            visit, page = Visit(bare.url, State.ALIAS, "duplicate", "Members are shown the same.", bare.url), None
        page = page and replace(page, url=entry.url, audience=Audience.MEMBERS)
        return Verdict(replace(visit, url=entry.url), verdict.outlinks, page)

    # Making it safe.

    async def _save(self, entry: Entry, verdict: Verdict) -> None:
        self._unsaved.append((entry, verdict))
        saved = self._saved
        # The other half is fetched meanwhile.
        if 2 * len(self._unsaved) >= len(self._busy):
            self._flush()
        elif len(self._unsaved) == 1:
            asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._flush)
        await asyncio.shield(saved)

    def _flush(self) -> None:
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

    def _write(self, unsaved: list[tuple[Entry, Verdict]]) -> None:
        """The archive first, so that the frontier never names a response that is not there."""
        visits = [replace(verdict.visit, good=self._archived(verdict.page)) for _, verdict in unsaved]
        self._archive.sync()
        with self._frontier.batch():
            for (entry, verdict), visit in zip(unsaved, visits, strict=True):
                self._note(entry, verdict, visit)
        self._busy.difference_update(entry.url for entry, _ in unsaved)
        if time.monotonic() - self._told >= _PROGRESS_SECONDS:
            self._told = time.monotonic()
            self._on_progress(self._report())

    def _archived(self, page: Page | None) -> Good | None:
        if page is None:
            return None
        validators = page.headers.get("etag"), page.headers.get("last-modified")
        return Good(self._archive.write(page), body_hash(page), *validators, page.audience)

    def _note(self, entry: Entry, verdict: Verdict, visit: Visit) -> None:
        changed = self._frontier.record(visit, _now())
        self._discovery.offer(verdict.outlinks.links, entry.url, entry.depth + 1)
        reader = verdict.page.audience if verdict.page else entry.audience
        if visit.state is State.KEPT and reader is Audience.PUBLIC and self._plan.opens(entry.url):
            self._discovery.offer([entry.url + MEMBERS], entry.url, entry.depth)
        if visit.target:
            self._discovery.offer([visit.target], entry.url, entry.depth, entry.hops + 1)
        failed = visit.state is State.FAILED
        closed = visit.rule == "login" and entry.state is State.KEPT
        streak = self._streaks[host_of(visit.url)]
        if not (failed or closed):
            streak.clear()
        elif visit.rule != "not-answering":
            streak.append(visit.url)
        if (failed or visit.state is State.REFUSED) and len(self._failures) < _MAX_FAILURES:
            self._failures.append(Decision(visit.url, _now(), visit.state, visit.rule, visit.reason, entry.referrer))
        name = "unchanged" if visit.state in (State.KEPT, State.ALIAS) else visit.state.value
        self._counts.update(["visited", "changed" if changed else name])
        if verdict.page:
            self._counts.update(fetched=1, bytes=len(verdict.page.body))

    # What it comes to.

    def _is_silent(self, host: str) -> bool:
        """Whether a host has not answered so often that it is let alone."""
        return len(self._streaks[host]) >= _MAX_STREAK

    def _limit_met(self) -> bool:
        limits = {
            "pages": self._counts["visited"] + len(self._busy) >= self._plan.max_pages,
            "bytes": self._counts["bytes"] >= self._plan.max_bytes,
            "seconds": time.monotonic() - self._started >= self._plan.max_seconds,
            "not-answering": all(self._is_silent(host_of(seed)) for seed in self._plan.seeds),
        }
        self._stopped = self._stopped or next((name for name, met in limits.items() if met), "")
        return bool(self._stopped)

    def _report(self) -> CrawlReport:
        names = ("fetched", "changed", "unchanged", "gone", "refused", "failed", "bytes")
        return CrawlReport(
            **{name: self._counts[name] for name in names},
            waiting=self._frontier.waiting(),
            seconds=time.monotonic() - self._started,
            stopped=self._stopped,
            failures=tuple(self._failures),
        )


def _now() -> datetime:
    return datetime.now(UTC)
