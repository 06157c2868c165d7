"""What a crawl comes to know of: addresses from links, sitemaps and feeds, each judged by the plan before it is due."""

from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import uuid4

from ingest.fetch import Fetcher
from ingest.frontier import Frontier
from ingest.outlinks import fingerprint
from ingest.plan import CrawlPlan
from ingest.records import MEMBERS, Page
from ingest.sitemaps import read_listing
from ingest.urls import canonical
from ingest.visits import Offer, State, Visit

_MAX_LISTINGS = 500
_MAX_VARIANTS = 500


class Discovery:
    """Hands every address seen to the frontier, once in a crawl, with the rule that keeps it out where one does."""

    def __init__(self, plan: CrawlPlan, frontier: Frontier, fetcher: Fetcher) -> None:
        self._plan, self._frontier, self._fetcher = plan, frontier, fetcher
        self._offered: set[str] = set()
        self._listings: set[str] = set()
        self._variants: dict[str, set[str]] = defaultdict(set)

    def judge_again(self) -> None:
        """Apply the plan to what earlier crawls saw: its patterns and limits may have changed."""
        now = datetime.now(UTC)
        with self._frontier.batch():
            for entry in self._frontier.known():
                objection = self._objection(entry.url, entry.depth)
                if objection and entry.state is not State.SKIPPED:
                    self._frontier.record(Visit(entry.url, State.SKIPPED, *objection), now)
                elif not objection and entry.state is State.SKIPPED:
                    self._frontier.offer([Offer(entry.url, entry.referrer, entry.depth)], now)

    def offer(self, urls: Iterable[str], referrer: str, depth: int, hops: int = 0) -> None:
        """Offer canonical addresses found at ``referrer``."""
        self._offer(((url, "") for url in urls if url not in self._offered), referrer, depth, hops)

    async def read_sitemaps(self, origin: str) -> None:
        """Offer what the sitemaps list that robots.txt names, else /sitemap.xml; whatever index they hang from."""
        robots = await self._fetcher.robots(f"{origin}/")
        waiting = deque(robots.sitemaps or ("/sitemap.xml",))
        while waiting:
            waiting.extend(await self.read_listing(canonical(waiting.popleft(), origin)))

    async def read_listing(self, url: str) -> tuple[str, ...]:
        """Offer what a sitemap or feed lists; the further sitemaps it names. A broken one lists nothing."""
        if not url or url in self._listings or len(self._listings) >= _MAX_LISTINGS:
            return ()
        self._listings.add(url)
        answer = await self._fetcher.follow(url)
        if not isinstance(answer, Page) or answer.status != 200:
            return ()
        listing = read_listing(answer.body, answer.url)
        self._offer(listing.pages, url, 1)
        return listing.sitemaps

    async def soft_missing(self, origin: str) -> set[str]:
        """The fingerprints of what a site says, with status 200, to addresses that cannot exist."""
        said = set()
        for _ in range(2):
            answer = await self._fetcher.get(f"{origin}/{uuid4().hex}")
            if not isinstance(answer, Page) or answer.status != 200:
                break
            said.add(fingerprint(answer))
        return said

    def _offer(self, dated: Iterable[tuple[str, str]], referrer: str, depth: int, hops: int = 0) -> None:
        offers = []
        for url, changed in dated:
            self._offered.add(url)
            rule, reason = self._objection(url, depth) or ("", "")
            offers.append(Offer(url, referrer, depth, rule, reason, hops, changed))
        self._frontier.offer(offers, datetime.now(UTC))

    def _objection(self, url: str, depth: int) -> tuple[str, str] | None:
        objection = self._plan.objection(url, depth)
        path, mark, query = url.removesuffix(MEMBERS).partition("?")
        variants = self._variants[path] if mark else set()
        if not objection and len(variants) >= _MAX_VARIANTS and query not in variants:
            return "parameters", f"More than {_MAX_VARIANTS} addresses differ from it in their parameters only."
        variants.add(query)
        return objection
