"""What was learned of each host's pages: kept in the home, and learned anew where the pages are no longer like it.

Workers that read pages by it start here, and load nothing that the catalog or the network needs.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from index.files import replace as replace_file
from ingest.extract import extract
from ingest.places import LEAST_PAGES
from ingest.records import MEMBERS, Audience, Document, Page, Unreadable
from ingest.template import SAMPLE, SiteTemplate, by_chance, from_json, learn, to_json
from ingest.urls import host_of

Outcome = Document | Unreadable
Before = Callable[[str], Document | None]
Judge = Callable[[Iterable[Page], "Learned"], Iterable[Outcome]]

# Where so much of a site changed at once, it was redesigned. A document with less of its text than this is emptied,
# and where more than so many of them are, the fault is the redesign's and not theirs.
_MOST = 0.5
_HARDLY_ANY = 0.3
_TOO_MANY = 0.2
_REDESIGNED = (
    "Since the redesign of its site its text cannot be told, and the last good one is shown. "
    "Report it, or withdraw the page if its text is meant to be gone."
)


@dataclass(frozen=True, slots=True)
class Learned:
    """A template by host, and what those who look after the home should hear of."""

    templates: Mapping[str, SiteTemplate]
    alarms: tuple[str, ...] = ()

    def template_for(self, url: str) -> SiteTemplate | None:
        """What is known of the pages of its host."""
        return self.templates.get(host_of(url))

    def spared(self, outcome: Outcome, known: Document | None) -> Outcome:
        """``outcome``, unless a redesign left nothing of the text ``known``: then a reason to keep that.

        A page that gave no document before is not trusted to be one in such a state.
        """
        template = self.template_for(outcome.url)
        is_new = known is None and isinstance(outcome, Document) and outcome.media_type == "text/html"
        if template and template.alarm and (is_new or _is_emptied(outcome, known)):
            return Unreadable(outcome.url, "redesigned", _REDESIGNED)
        return outcome


def template_file(folder: Path, host: str) -> Path:
    """Where what was learned of a host is kept; files without an address count as one host."""
    return folder / f"{host.replace(':', '_') or 'files'}.json"


def learn_all(
    folder: Path,
    fresh: Iterable[str],
    kept: Iterable[str],
    read: Callable[[str], Page | None],
    before: Before,
    judge: Judge,
) -> Learned:
    """The template of every host that has pages ``kept``: the one in ``folder`` while it holds for the ``fresh`` ones,
    else one learned from a sample of all that can be ``read``. ``before`` tells the last good document of an address,
    ``judge`` what would be read now, whatever a page does to its reader.

    What is learned can show in public, so it is learned from public pages only.
    """
    templates, alarms, new = {}, list[str](), by_host(fresh)
    for host, everything in by_host(kept).items():
        file, urls = template_file(folder, host), new.get(host, [])
        old, swept = _kept(file), len(urls) >= _MOST * len(everything)
        if old and not urls:
            templates[host] = old
            continue
        sample = _public(map(read, urls[:SAMPLE]))
        template = old if old and _is_sound(old, sample) else learn(_public(map(read, everything[:SAMPLE])))
        if swept and old and old.groups and template is not old:
            alarms.append(f"{host} was redesigned: what was learned of its pages held no more and was learned anew.")
        alarm = _alarm(sample, template, before, judge) if swept else old.alarm if old else ""
        templates[host] = replace(template, alarm=alarm)
        alarms += filter(None, [alarm])
        _keep(file, templates[host])
    return Learned(templates, tuple(alarms))


def of_members_own(outcomes: Iterable[Outcome], before: Before) -> Iterator[Outcome]:
    """``outcomes``, those of members' pages only where the public is not shown the same; the public's come first."""
    versions: dict[str, str] = {}
    for outcome in outcomes:
        url = outcome.url.removesuffix(MEMBERS)
        if isinstance(outcome, Document) and url == outcome.url:
            versions[url] = outcome.version
        elif isinstance(outcome, Document):
            told = versions.get(url) or ((known := before(url)) and known.version)
            if told == outcome.version:
                yield Unreadable(outcome.url, "same-to-members", "Members are shown the same text.")
                continue
        yield outcome


def read_page(page: Page, template: SiteTemplate | None) -> Outcome:
    """The document of a page, or why there is none, whatever the page may be."""
    # One page that no reader was ready for must not cost the others; it is recorded like any other failure.
    try:
        return extract(page, template)
    except Exception as error:
        return Unreadable(page.url, "reader-failed", f"The reader failed: {error!r}. Please report this page.")


def by_host(urls: Iterable[str]) -> dict[str, list[str]]:
    """Addresses by host, each host's in an order as if drawn at random."""
    hosts: dict[str, list[str]] = {}
    for url in sorted(urls, key=by_chance):
        hosts.setdefault(host_of(url), []).append(url)
    return hosts


def _public(pages: Iterable[Page | None]) -> list[Page]:
    return [page for page in pages if page and page.audience is Audience.PUBLIC]


def _is_sound(template: SiteTemplate, sample: list[Page]) -> bool:
    return bool(template.groups) and not template.alarm and template.holds(sample)


def _alarm(sample: list[Page], template: SiteTemplate, before: Before, judge: Judge) -> str:
    known = [page for page in sample if before(page.url)]
    judged = judge(known, Learned({template.host: template}))
    emptied = sum(_is_emptied(outcome, before(outcome.url)) for outcome in judged)
    if emptied < max(LEAST_PAGES, _TOO_MANY * len(known)):
        return ""
    lost = f"{emptied} of {len(known)} pages looked at have lost their text"
    return f"{template.host}: {lost}. The last good text is kept."


def _is_emptied(outcome: Outcome, known: Document | None) -> bool:
    if known is None or (isinstance(outcome, Unreadable) and outcome.rule == "noindex"):
        return False
    return isinstance(outcome, Unreadable) or len(outcome.text) < _HARDLY_ANY * len(known.text)


def _keep(file: Path, template: SiteTemplate) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, to_json(template))


def _kept(file: Path) -> SiteTemplate | None:
    with suppress(FileNotFoundError, ValueError):  # of what is damaged another is learned
        return from_json(file.read_bytes())
    return None
