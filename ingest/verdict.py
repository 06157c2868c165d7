"""What an answer means for its address: pure judgement, with neither network nor disk."""

import hashlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from ingest.fetch import Failed, NotModified, Outcome, Redirected, Refused
from ingest.outlinks import NO_LINKS, Outlinks, fingerprint, outlinks
from ingest.plan import PAPERS, CrawlPlan
from ingest.records import DOCX, HTML, PDF, Page
from ingest.urls import same_site, worth_reading
from ingest.visits import Entry, State, Visit

MAX_HOPS = 10
_READABLE = frozenset({*HTML, "text/plain", "text/markdown", PDF, DOCX})
_NOT_THERE = frozenset({State.GONE, State.REFUSED, State.SKIPPED})
_NOT_NOW = frozenset({408, 425, 429})

Find: TypeAlias = Callable[[str], Entry | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a visit made of an address, what the answer says to a crawler, and ``page`` where it is to be archived."""

    visit: Visit
    outlinks: Outlinks = NO_LINKS
    page: Page | None = None


def judge(entry: Entry, outcome: Outcome, plan: CrawlPlan, find: Find, soft_missing: Collection[str] = ()) -> Verdict:
    """Judge one answer.

    ``find`` tells what is known of another address; ``soft_missing`` are fingerprints of what the site says, with
    status 200, to addresses that were made up.
    """
    match outcome:
        case NotModified():
            return Verdict(_unchanged(entry))
        case Redirected():
            return Verdict(_redirected(entry, outcome, plan))
        case Refused(url, rule, reason):
            return Verdict(Visit(url, State.REFUSED, rule, reason, stable=rule in ("too-large", "type")))
        case Failed(url, rule, reason):
            return Verdict(Visit(url, State.FAILED, rule, reason))
        case Page() if outcome.status == 200:
            return _read(outcome, plan, find, soft_missing)
        case Page():
            return Verdict(_by_status(outcome))


def needs_login(outcome: Outcome) -> bool:
    """Whether the site answered that it wants to know who asks."""
    if isinstance(outcome, Redirected):
        return bool(outcome.target) and worth_reading(outcome.target) == "login"
    return isinstance(outcome, Page) and outcome.status in (401, 403)


def body_hash(page: Page) -> str:
    """What tells one body from another: 32 hexadecimal digits of SHA-256."""
    return hashlib.sha256(page.body).hexdigest()[:32]


def _unchanged(entry: Entry) -> Visit:
    if entry.state is State.FAILED:
        return Visit(entry.url, State.KEPT, "page", "Unchanged since it was last read.")
    return Visit(entry.url, entry.state, entry.rule, "Unchanged since it was last read.", entry.target)


def _redirected(entry: Entry, outcome: Redirected, plan: CrawlPlan) -> Visit:
    url, target = outcome.url, outcome.target
    if needs_login(outcome):
        return Visit(url, State.REFUSED, "login", f"Sends to {target} to sign in.")
    if target == url or entry.hops >= MAX_HOPS or not target:
        nowhere = target or "no http address"
        return Visit(url, State.FAILED, "redirects", f"A redirect that leads nowhere, to {nowhere}.")
    if not same_site(target, plan.allowed):
        return Visit(url, State.REFUSED, "moved-off-site", f"Moved to {target}, which is another site.", stable=True)
    return Visit(url, State.ALIAS, "redirect", f"Redirects to {target} (status {outcome.status}).", target, stable=True)


def _by_status(page: Page) -> Visit:
    status, said = page.status, f"The site answered with status {page.status}."
    if status in (404, 410):
        return Visit(page.url, State.GONE, "gone", said, stable=True)
    if status in (401, 403):
        return Visit(page.url, State.REFUSED, "login", said)
    if status >= 500:
        return Visit(page.url, State.FAILED, "server-error", said)
    return Visit(page.url, State.FAILED if status in _NOT_NOW else State.REFUSED, "status", said)


def _read(page: Page, plan: CrawlPlan, find: Find, soft_missing: Collection[str]) -> Verdict:
    if not _is_readable(page):
        media = page.media_type or "unknown"
        return Verdict(Visit(page.url, State.REFUSED, "type", f"Its type, {media}, is not read.", stable=True))
    found = outlinks(page)
    # A server that answers every address with its front page has one page of these words.
    is_front = page.url in plan.seeds or urlsplit(page.url).path == "/"
    if found.missing or (soft_missing and not is_front and fingerprint(page) in soft_missing):
        said = "It says that the page was not found, with status 200."
        return Verdict(Visit(page.url, State.GONE, "soft-404", said, stable=True))
    return Verdict(_said_of_itself(page, found, plan, find), found, page)


def _said_of_itself(page: Page, found: Outlinks, plan: CrawlPlan, find: Find) -> Visit:
    if found.noindex:
        return Visit(page.url, State.REFUSED, "noindex", "It asks not to be indexed.")
    if found.canonical and _is_believable(found.canonical, page.url, plan, find):
        return Visit(page.url, State.ALIAS, "canonical", f"It calls itself {found.canonical}.", found.canonical)
    return Visit(page.url, State.KEPT, "page", "Read.")


def _is_believable(stated: str, url: str, plan: CrawlPlan, find: Find) -> bool:
    """Many a site gives its front page as the canonical address of every page, or one that is not there."""
    if stated == url or plan.objection(stated, 0):
        return False
    known = find(stated)
    never_read = known and known.state is State.FAILED and not known.body_hash
    if known and (known.state in _NOT_THERE or never_read or _leads_to(known, url, find)):
        return False
    return urlsplit(stated).path != "/" or urlsplit(url).path == "/"


def _leads_to(known: Entry | None, url: str, find: Find) -> bool:
    """Whether what is known leads there, by however many redirects and canonical links."""
    for _ in range(MAX_HOPS):
        if known is None or known.target in ("", url):
            break
        known = find(known.target)
    return known is not None and known.target == url


def _is_readable(page: Page) -> bool:
    by_name = urlsplit(page.url).path.lower().endswith(PAPERS)
    return page.media_type in _READABLE or page.body[:5] == b"%PDF-" or (by_name and page.body[:2] == b"PK")
