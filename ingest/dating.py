"""When a page was published, and what else it dates: its last change, a meeting, a consultation, an event.

Each date keeps the statement it was taken from, and statements that cannot both hold are told.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from htmldate import find_date
from lxml.html import HtmlElement

from ingest.dates import Mention, date_of_title, day_in, mentions, read_date, stated_in
from ingest.metadata import Metadata
from ingest.records import UNDATED, Dates, DateSpan, Kind, Precision

_PUBLISHED = """
    article:published_time og:published_time og:article:published_time datepublished date_published dc.date.issued
    dcterms.issued citation_publication_date parsely-pub-date sailthru.date publication_date publish-date pubdate
""".split()
_CREATED = ["dc.date", "dcterms.date", "dc.date.created", "dcterms.created"]
_MODIFIED = "article:modified_time og:updated_time datemodified dcterms.modified dc.date.modified last-modified".split()
_A_DAY = timedelta(days=1)


def _before(words: str, between: str) -> re.Pattern[str]:
    """What stands right before a date that these words are about."""
    return re.compile(rf"\b(?:{words})\b{between}$", re.IGNORECASE)


_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s*)?"
_CHANGED = _before("updated|modified|revised|reviewed|changed|edited", r"(?: on| at)?[:\s]*" + _WEEKDAY)
_BETWEEN = r"[^.;\n]{0,40}"
_ABOUT = {
    "meeting": _before(r"(?:date of(?: the)?|last) meeting|meeting (?:date|of|on|held)|met on|held on", _BETWEEN),
    "opens": _before(r"opens?|opened|opening|launched|(?:runs?|ran|open) from|start(?:s|ed)?", _BETWEEN),
    "closes": _before(
        r"clos(?:es?|ed|ing)|deadline|ends?|respond by|responses? (?:\w+ ){0,4}by|no later than|until", _BETWEEN
    ),
    "event": _before(r"event date|date and time|dates?|when|starts?|takes? place on", r"[:\s]*" + _WEEKDAY),
}
_FIELDS = {
    Kind.MINUTES: ("meeting",),
    Kind.UPDATE: ("meeting",),
    Kind.CONSULTATION: ("opens", "closes"),
    Kind.EVENT: ("event",),
}
_NEXT = re.compile(r"\bnext\b", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:to|until|and|[–-])\s*" + _WEEKDAY, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows that can hold its date.

    ``dateline`` is the line beside its title, ``lines`` are the short lines of the whole page. ``pruned`` makes the
    page's own part as a tree; None where the site shows dates at one place and this page has none there.
    """

    title: str
    dateline: str = ""
    lines: tuple[str, ...] = ()
    pruned: Callable[[], HtmlElement] | None = None


def published(url: str, facts: Metadata, shown: Shown) -> DateSpan:
    """When a page was published, and how that is known; never from outside the page's own content.

    What is meant for machines comes first, then a full date beside the title, then what htmldate reads from the pruned
    page (made only where it comes to that), then a date within the title. The day that an event begins, as stated for
    machines, is not beside the title for the page's sake.
    """
    event = _event(facts)
    beside = _beside(shown.dateline)
    own = beside if beside and beside.first != event.first else None
    stated = _declared(facts, url, own, shown.lines) or (own and replace(own, source="beside the title"))
    return stated or (shown.pruned and _by_htmldate(shown.pruned(), url)) or date_of_title(shown.title) or UNDATED


def other_dates(facts: Metadata, shown: Shown, published: DateSpan) -> Dates:
    """The last change that a page states, the event that its data describes, and what conflicts with ``published``."""
    stated = next((span for span, _ in _stamps(facts, _MODIFIED, "dateModified")), None)
    modified = stated or _changed(shown.lines) or UNDATED
    others = [span for span, _ in _stamps(facts, _PUBLISHED, "datePublished")]
    if beside := _beside(shown.dateline):
        others.append(replace(beside, source="the line beside the title"))
    apart = [f"{_told(published)}, {_told(other)}." for other in others if _is_apart(published, other)]
    if published.first and modified.until and modified.until < published.first - _A_DAY:
        apart.append(f"{_told(published)}, {_told(modified)} of a change before that.")
    return Dates(modified=modified, event=_event(facts), conflicts=tuple(dict.fromkeys(apart)))


def occasions(dates: Dates, kind: Kind, title: str, texts: Sequence[str]) -> Dates:
    """``dates`` with those of the meeting, consultation or event that a document of that kind is about.

    ``texts`` are its own paragraphs in order; what is said of the next meeting is passed over.
    """
    told: dict[str, Any] = {"meeting": UNDATED, "opens": UNDATED, "closes": UNDATED}
    told |= {field: next(_about(field, texts), UNDATED) for field in _FIELDS.get(kind, ())}
    if kind is Kind.MINUTES and not told["meeting"].first:
        told["meeting"] = date_of_title(title) or UNDATED
    if dates.event.first:
        told["event"] = dates.event
    return replace(dates, **told)


def _about(field: str, texts: Sequence[str]) -> Iterator[DateSpan]:
    """The dates that ``texts`` say to be of that occasion, each with the words that say so."""
    for text in texts:
        before: Mention | None = None
        for mention in mentions(text):
            said = text[before.end if before else 0 : mention.start]
            ranged = before is not None and field == "closes" and _RANGE.fullmatch(said)
            is_year = mention.span.precision is Precision.YEAR
            if (ranged or _ABOUT[field].search(said)) and not (is_year or _NEXT.search(said)):
                yield replace(mention.span, source=f"text: {text[max(0, mention.start - 40) : mention.end].strip()}")
            before = mention


def _event(facts: Metadata) -> DateSpan:
    """When the event begins that a page describes for machines."""
    events = (item for item in facts.data if str(item.get("@type", "")).endswith("Event"))
    starts = _stamps(replace(facts, data=tuple(events)), (), "startDate")
    return next((span for span, _ in starts), UNDATED)


def _stamps(facts: Metadata, names: Sequence[str], field: str = "") -> Iterator[tuple[DateSpan, str]]:
    """The dates that a page states for machines under these names, each with the words that state it."""
    stated = [(f"meta {name}", text) for name, text in facts.values(names)]
    stated += [(f"JSON-LD {field}", str(item.get(field, ""))) for item in facts.data if field]
    for source, text in stated:
        if span := _stamp(text):
            yield replace(span, source=source), text


def _declared(facts: Metadata, url: str, beside: DateSpan | None, lines: Sequence[str]) -> DateSpan | None:
    """A date meant for machines: that of publication before that of creation.

    A time stamp in UTC can fall on the day before or after; the day that the page shows or its address names is right.
    """
    named = day_in(re.sub(r"/(\d{4})/(\d\d?)/(\d\d?)(?=/)", r" \1-\2-\3 ", urlsplit(url).path))
    for span, text in (*_stamps(facts, _PUBLISHED, "datePublished"), *_stamps(facts, _CREATED)):
        told = [each for each in (beside, named) if each and _is_near(each, span)]
        return replace((*told, *_local(text, span, lines), span)[0], source=span.source)
    return None


def _is_near(one: DateSpan, other: DateSpan) -> bool:
    return bool(one.first and other.first and abs((one.first - other.first).days) <= 1)


def _local(text: str, span: DateSpan, lines: Sequence[str]) -> Iterator[DateSpan]:
    """The day on which a moment in UTC fell where the page was made: one that it shows, unless it shows that of UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return
    if moment.utcoffset() != timedelta():
        return
    days = {(moment - timedelta(hours=12)).date(), (moment + timedelta(hours=14)).date()}
    shown = [each.span for line in lines for each in mentions(line) if each.span.precision is Precision.DAY]
    if not any(each.first == span.first for each in shown):
        yield from (each for each in shown if each.first in days)


def _beside(dateline: str) -> DateSpan | None:
    """The first full date of a line that is not said to be of a change, else the month or season it begins with."""
    days = [each for each in mentions(dateline) if each.span.precision is Precision.DAY]
    unchanged = (each.span for each in days if not _CHANGED.search(dateline[: each.start]))
    return next(unchanged, None if days else stated_in(dateline))


def _changed(lines: Sequence[str]) -> DateSpan | None:
    """The first day that a line says to be of a change."""
    days = ((line, each) for line in lines for each in mentions(line) if each.span.precision is Precision.DAY)
    said = ((line, each.span) for line, each in days if _CHANGED.search(line[: each.start]))
    return next((replace(span, source=f"line: {line[:60]}") for line, span in said), None)


def _by_htmldate(pruned: HtmlElement, url: str) -> DateSpan | None:
    """What htmldate finds, unless that is a bare year's first day (a copyright notice) or the day of a change."""
    stated = find_date(pruned, extensive_search=False, original_date=True, url=url)
    span = read_date(stated) if stated and not stated.endswith("-01-01") else None
    text = " ".join(pruned.text_content().split())
    starts = [each.start for each in mentions(text) if span and each.span.first == span.first]
    is_change = bool(starts) and all(_CHANGED.search(text[max(0, start - 60) : start]) for start in starts)
    return replace(span, source="htmldate") if span and not is_change else None


def _stamp(text: str) -> DateSpan | None:
    """A machine's date: a full one, a clock behind it or not, or a month."""
    span = day_in(text) or read_date(text)
    return span if span and span.precision is not Precision.YEAR else None


def _is_apart(one: DateSpan, other: DateSpan) -> bool:
    """Whether two dates of one thing cannot both hold, a day allowed for time zones."""
    if not (one.first and one.until and other.first and other.until):
        return False
    return one.until + _A_DAY < other.first or other.until + _A_DAY < one.first


def _told(span: DateSpan) -> str:
    return f"{span.source} says {span.first}"
