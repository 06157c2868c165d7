"""Records into words and safe HTML: pure functions that pages and citations share."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from ingest.records import Dates, DateSpan, Document, Kind, Precision, Section

Span = tuple[int, int]

_KIND_NAMES = {Kind.POSITION: "Position paper", Kind.PRESS: "Press note"}
_MEDIA_NAMES = {"text/html": "web page", "application/pdf": "PDF", "text/plain": "text", "text/markdown": "text"}
_DATE_NAMES = {
    "meeting": "Meeting",
    "opens": "Consultation opens",
    "closes": "Consultation closes",
    "event": "Event",
    "modified": "Changed",
}
# What an answer is to be read with, where it says so of itself.
NOTICES = {
    "differs": "Our publications of different dates give different figures. The newest comes first.",
    "replaced": "Some of this has been replaced. What stands today comes first.",
}
_SEASONS = {12: "Winter", 3: "Spring", 6: "Summer", 9: "Autumn"}


def kind_name(kind: Kind | str) -> str:
    """A kind in words: "Position paper"."""
    return _KIND_NAMES.get(Kind(kind), kind.capitalize())


def media_name(media_type: str) -> str:
    """What a reader calls a file of this media type: "PDF"."""
    return _MEDIA_NAMES.get(media_type, "Word document" if "word" in media_type else "file")


def day(value: date) -> str:
    """A day in words: "3 May 2019"."""
    return f"{value.day} {value:%B %Y}"


def moment(value: datetime) -> str:
    """A UTC time in words: "3 May 2019, 14:05 UTC"."""
    return f"{day(value)}, {value:%H:%M} UTC"


def published(span: DateSpan) -> str:
    """A date as exactly as it is known: "3 May 2019", "May 2019", "Summer 2015", "2015" or "undated"."""
    if span.first is None or span.until is None:
        return "undated"
    match span.precision:
        case Precision.MONTH:
            return f"{span.first:%B %Y}"
        case Precision.SEASON:
            return _season(span.first, span.until)
        case Precision.YEAR:
            return f"{span.first.year}"
    return day(span.first)


def other_dates(dates: Dates) -> Iterator[tuple[str, DateSpan]]:
    """What a publication dates besides its own appearance: "Consultation closes" and when."""
    for name, words in _DATE_NAMES.items():
        if (span := getattr(dates, name)).first:
            yield words, span


def _season(first: date, until: date) -> str:
    months = f"{first:%B} to {until:%B}"
    name = _SEASONS.get(first.month, months) if (until.month - first.month) % 12 == 2 else months
    years = f"{first.year}" if first.year == until.year else f"{first.year}–{until.year % 100:02}"
    return f"{name} {years}"


def outward(url: str) -> str | None:
    """The address if a browser may be sent there: a web address, never a script or a local file."""
    return url if urlsplit(url).scheme in {"http", "https"} else None


def marked(text: str, spans: Iterable[Span]) -> Markup:
    """Text as HTML with each span inside <mark>; spans may overlap or reach beyond the text."""
    html, at = Markup(), 0
    for start, end in merged(spans, len(text)):
        html += escape(text[at:start]) + Markup("<mark>{}</mark>").format(text[start:end])
        at = end
    return html + escape(text[at:])


def merged(spans: Iterable[Span], length: int) -> tuple[Span, ...]:
    """Spans in order, cut to 0..length, the empty ones gone and the touching ones joined."""
    joined: list[Span] = []
    for start, end in sorted((max(0, a), min(b, length)) for a, b in spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return tuple(joined)


def body(text: str, heading: tuple[str, ...]) -> str:
    """A passage without the heading it may begin with; one that is all heading stays whole."""
    return text[_heading_length(text, heading) :] or text


def body_excerpt(text: str, spans: Iterable[Span], heading: tuple[str, ...], width: int) -> Markup:
    """The excerpt of a passage without its heading, which is shown beside it."""
    shown = body(text, heading)
    skip = len(text) - len(shown)
    return excerpt(shown, ((start - skip, end - skip) for start, end in spans), width)


def _heading_length(text: str, heading: tuple[str, ...]) -> int:
    first, _, rest = text.partition("\n")
    if not heading or first.strip() != heading[-1]:
        return 0
    return len(text) - len(rest.lstrip("\n"))


def excerpt(text: str, spans: Iterable[Span], width: int) -> Markup:
    """At most about ``width`` characters around the densest spans, cut at spaces, with "…" where cut."""
    spans = merged(spans, len(text))
    start, end = _window(text, spans, width)
    html = marked(text[start:end], ((a - start, b - start) for a, b in spans))
    return Markup("{}{}{}").format("… " if start else "", html, " …" if end < len(text) else "")


def _window(text: str, spans: tuple[Span, ...], width: int) -> Span:
    if len(text) <= width:
        return 0, len(text)
    begins = [max(0, min(a - width // 4, len(text) - width)) for a, _ in spans] or [0]
    best = max(begins, key=lambda begin: sum(begin <= a and b <= begin + width for a, b in spans))
    start = (text.find(" ", best) + 1 or best) if best else 0
    end = text.rfind(" ", start, best + width) if best + width < len(text) else len(text)
    return start, end if end > start else best + width


@dataclass(frozen=True, slots=True)
class Part:
    """A section ready to show: its headings that differ from the part before, and its paragraphs."""

    headings: tuple[tuple[int, Markup], ...]
    page: int | None
    paragraphs: tuple[Markup, ...]


def parts(document: Document, quote: Span | None) -> tuple[Part, ...]:
    """A document's text by sections, with the quoted span marked; none of one that asks not to be quoted.

    Heading levels begin at 2.
    """
    shown: list[Part] = []
    before = Section(0, 0)
    for section in document.sections if document.quotable else ():
        text = document.text[section.start : section.end]
        begins = section.start + _heading_length(text, section.heading)
        own = _paragraph(document.text[section.start : begins].rstrip(), section.start, quote)
        page = section.page if section.page != before.page else None
        paragraphs = tuple(_paragraphs(document.text, begins, section.end, quote))
        shown.append(Part(_headings(section, before, own), page, paragraphs))
        before = section
    return tuple(shown)


def _headings(section: Section, before: Section, own: Markup) -> tuple[tuple[int, Markup], ...]:
    """Those of the path that the section before did not have; the last as the text itself has it."""
    last = len(section.heading) - 1
    return tuple(
        (min(level + 2, 6), own if own and level == last else escape(words))
        for level, words in enumerate(section.heading)
        if section.heading[: level + 1] != before.heading[: level + 1] or (level == last and own)
    )


def _paragraphs(text: str, start: int, end: int, quote: Span | None) -> Iterator[Markup]:
    for block in text[start:end].split("\n\n"):
        if block.strip():
            yield _paragraph(block, start, quote)
        start += len(block) + 2


def _paragraph(text: str, start: int, quote: Span | None) -> Markup:
    if quote is None:
        return escape(text)
    html = marked(text, [(quote[0] - start, quote[1] - start)])
    begins_here = start <= quote[0] < start + len(text)
    return html.replace(Markup("<mark>"), Markup('<mark id="quote">'), 1) if begins_here else html


def context(document: Document, quote: Span, width: int) -> Markup:
    """The quote with the words around it, from its own section, marked."""
    home = section_at(document, quote[0]) or Section(0, len(document.text))
    heading = home.start + _heading_length(document.text[home.start : home.end], home.heading)
    start = heading if heading <= quote[0] else home.start
    spans = [(quote[0] - start, quote[1] - start)]
    wide = max(width, (quote[1] - quote[0]) * 3 // 2 + width // 2)  # a quarter of it stands before the quote
    return excerpt(document.text[start : home.end].rstrip(), spans, wide)


def section_at(document: Document, offset: int) -> Section | None:
    """The section in which this code point stands."""
    return next((section for section in document.sections if section.start <= offset < section.end), None)


@dataclass(frozen=True, slots=True)
class Column:
    """One year of the chart: its documents, and the height of its bar as a share of the highest."""

    year: str
    documents: int
    height: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Documents by year as bars, and by kind as rows, the fullest first."""

    documents: int
    years: tuple[Column, ...]
    kinds: tuple[tuple[str, int], ...]
    undated: int


def chart(census: Iterable[tuple[Kind, int | None, int]]) -> Chart:
    """The chart of so many documents of a kind and a year (None: undated); years without any keep their place."""
    years: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    for kind, year, documents in census:
        kinds[kind_name(kind)] += documents
        if year is not None:
            years[year] += documents
    most = max(years.values(), default=1)
    span = range(min(years), max(years) + 1) if years else range(0)
    columns = tuple(Column(str(year), years[year], years[year] / most) for year in span)
    return Chart(kinds.total(), columns, tuple(kinds.most_common()), kinds.total() - years.total())
