"""What a crawl is asked to do, and what it reports."""

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from ingest.records import MEMBERS
from ingest.urls import host_of, origin_of, same_site, worth_reading
from ingest.visits import Decision

PAPERS = (".pdf", ".docx")
_WORDS = {
    "media": "Not a page: pictures, sound, archives and spreadsheets are not read.",
    "calendar": "A calendar that has no end.",
    "login": "A page for signing in or for an account.",
    "search": "The result of a search.",
    "machine": "Made for programs.",
    "parameters": "Too many parameters.",
    "trap": "The address grows without end.",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """A header that opens members' pages, sent to these origins ("https://example.org") and to nobody else."""

    header: str
    value: str
    origins: frozenset[str]


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """Canonical ``seeds`` and the limits of a crawl.

    ``include`` and ``exclude`` are shell patterns over path and query ("/news/*"), where no ``include`` means
    everything; seeds are always visited. ``hosts`` are further hosts that belong to the site. A limit ends one run; the
    next goes on from there. Without ``papers``, what its address calls a PDF or DOCX is noted but not fetched.
    """

    seeds: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_pages: int = 200_000
    max_bytes: int = 50 << 30
    max_seconds: float = 12 * 3600.0
    max_depth: int = 25
    concurrency: int = 32
    credentials: Credentials | None = None
    papers: bool = True

    @property
    def allowed(self) -> tuple[str, ...]:
        """The hosts that may be spoken to at all."""
        return tuple(dict.fromkeys([*map(host_of, self.seeds), *self.hosts]))

    def opens(self, url: str) -> bool:
        """Whether the credentials are for this address."""
        return self.credentials is not None and origin_of(url) in self.credentials.origins

    def objection(self, url: str, depth: int) -> tuple[str, str] | None:
        """The rule and the reason by which an address is not visited, or None."""
        if url.endswith(MEMBERS) and not self.opens(url):
            return "login", "Members' pages are not asked for."
        url = url.removesuffix(MEMBERS)
        if not same_site(url, self.allowed):
            return "off-site", "It belongs to another site."
        if url in self.seeds:
            return None
        if rule := worth_reading(url):
            return rule, _WORDS[rule]
        if matches(url, self.exclude):
            return "excluded", "It matches a pattern that excludes it."
        if self.include and not matches(url, self.include):
            return "not-included", "It matches no pattern that includes it."
        if depth > self.max_depth:
            return "depth", f"More than {self.max_depth} links away from the seeds."
        if not self.papers and urlsplit(url).path.lower().endswith(PAPERS):
            return "paper", "A paper, by its address; not fetched to decide."
        return None


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What a crawl has done so far: answers by kind, and what is still ``waiting``.

    ``changed`` were handed on; ``fetched`` brought a body; ``stopped`` names what ended the run before its end, if
    anything: a limit ("pages", "bytes", "seconds") or "not-answering". ``failures`` are the first thousand.
    """

    fetched: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0
    refused: int = 0
    failed: int = 0
    waiting: int = 0
    bytes: int = 0
    seconds: float = 0.0
    stopped: str = ""
    failures: tuple[Decision, ...] = ()


def matches(url: str, patterns: Collection[str]) -> bool:
    """Whether one of these shell patterns fits path and query of an address."""
    split = urlsplit(url)
    where = f"{split.path}?{split.query}" if split.query else split.path
    return any(fnmatchcase(where, pattern) for pattern in patterns)
