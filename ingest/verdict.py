"""What an answer means for its address: pure judgement, with neither network nor disk."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingest.fetch import Failed, NotModified, Outcome, Redirected, Refused
from ingest.outlinks import NO_LINKS, Outlinks, fingerprint, outlinks
from ingest.plan import CrawlPlan
from ingest.records import Page
from ingest.urls import same_site, worth_reading
from ingest.visits import Entry, State, Visit

MAX_HOPS = 10
_READABLE = frozenset(
    {
        "text/html",
        "application/xhtml+xml",
        "application/pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "text/plain",
        "text/markdown",
    }
)
_NOT_NOW = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a visit made of an address, what the answer says to a crawler, and ``page`` where it is to be archived."""

    visit: Visit
    outlinks: Outlinks = NO_LINKS
    page: Page | None = None


def judge(entry: Entry, outcome: Outcome, plan: CrawlPlan, soft_missing: Collection[str] = ()) -> Verdict:
    """Judge one answer. ``soft_missing`` are fingerprints of what the site says, status 200, to made-up addresses."""
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
            return _read(entry, outcome, plan, soft_missing)
        case Page():
            return Verdict(_by_status(entry, outcome))


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
        return Visit(
            url, State.FAILED, "redirects", f"A redirect that leads nowhere, to {target or 'no http address'}."
        )
    if not same_site(target, plan.allowed):
        return Visit(url, State.REFUSED, "moved-off-site", f"Moved to {target}, which is another site.", stable=True)
    return Visit(url, State.ALIAS, "redirect", f"Redirects to {target} (status {outcome.status}).", target, stable=True)


def _by_status(entry: Entry, page: Page) -> Visit:
    status, said = page.status, f"The site answered with status {page.status}."
    if status in (404, 410):
        return Visit(page.url, State.GONE, "gone", said, stable=True)
    if status in (401, 403):
        return Visit(page.url, State.REFUSED, "login", said)
    if status >= 500 and entry.strikes:
        return Visit(page.url, State.GONE, "server-error", f"{said} It did so the last time, too.")
    if status >= 500:
        return Visit(page.url, State.FAILED, "server-error", said)
    return Visit(page.url, State.FAILED if status in _NOT_NOW else State.REFUSED, "status", said)


def _read(entry: Entry, page: Page, plan: CrawlPlan, soft_missing: Collection[str]) -> Verdict:
    if not _is_readable(page):
        media = page.media_type or "unknown"
        return Verdict(Visit(page.url, State.REFUSED, "type", f"Its type, {media}, is not read.", stable=True))
    found = outlinks(page)
    if found.missing or (soft_missing and fingerprint(page) in soft_missing):
        return Verdict(
            Visit(
                page.url, State.GONE, "soft-404", "It says that the page was not found, with status 200.", stable=True
            )
        )
    return Verdict(_said_of_itself(page, found, plan), found, page)


def _said_of_itself(page: Page, found: Outlinks, plan: CrawlPlan) -> Visit:
    if found.noindex:
        return Visit(page.url, State.REFUSED, "noindex", "It asks not to be indexed.")
    if found.canonical and _is_believable(found.canonical, page.url, plan):
        return Visit(page.url, State.ALIAS, "canonical", f"It calls itself {found.canonical}.", found.canonical)
    return Visit(page.url, State.KEPT, "page", "Read.")


def _is_believable(stated: str, url: str, plan: CrawlPlan) -> bool:
    """Many a site gives its front page as the canonical address of every page."""
    if stated == url or plan.objection(stated, 0):
        return False
    return urlsplit(stated).path != "/" or urlsplit(url).path == "/"


def _is_readable(page: Page) -> bool:
    by_name = urlsplit(page.url).path.lower().endswith((".pdf", ".docx"))
    return page.media_type in _READABLE or page.body[:5] == b"%PDF-" or (by_name and page.body[:2] == b"PK")
