"""What ingest makes: a Page is fetched, a Document is read from it, Passages are cut from that.

Offsets are Unicode code points of ``Document.text``; days are ISO dates read day first.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

# Ends the address under which a text stands that members are shown where the public is shown another.
MEMBERS = "#members"
HTML = ("text/html", "application/xhtml+xml")
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Kind(StrEnum):
    """What sort of publication a document is."""

    UPDATE = "update"
    ARTICLE = "article"
    CONSULTATION = "consultation"
    POSITION = "position"
    PRESS = "press"
    REPORT = "report"
    MINUTES = "minutes"
    EVENT = "event"
    PAGE = "page"


class Precision(StrEnum):
    """How exactly a date is known."""

    DAY = "day"
    MONTH = "month"
    SEASON = "season"
    YEAR = "year"
    NONE = "none"


class Audience(StrEnum):
    """Who may read a document. The public service can open public generations only."""

    PUBLIC = "public"
    MEMBERS = "members"


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A date as a publication states it: "Summer 2015" is 2015-06-01 until 2015-08-31.

    ``first`` and ``until`` are inclusive, and None together with ``Precision.NONE``.
    ``source`` names the evidence, such as "meta article:published_time" or "beside the title".
    """

    first: date | None = None
    until: date | None = None
    precision: Precision = Precision.NONE
    source: str = ""


UNDATED = DateSpan()


@dataclass(frozen=True, slots=True)
class Dates:
    """What a publication dates besides its own appearance; what it does not state is undated.

    ``conflicts`` are one sentence for each pair of statements that cannot both hold.
    """

    modified: DateSpan = UNDATED
    meeting: DateSpan = UNDATED
    opens: DateSpan = UNDATED
    closes: DateSpan = UNDATED
    event: DateSpan = UNDATED
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """By what each was told: "path: minutes", "links of tags", "meta author"; "" where nothing was."""

    kind: str = ""
    tags: str = ""
    authors: str = ""
    committees: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """One response as it came: what the archive keeps and what extraction reads.

    ``url`` is canonical and names the page after redirects; ``headers`` have lower-case names.
    ``body`` is decoded of any transfer and content encoding.
    """

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    fetched_at: datetime
    audience: Audience = Audience.PUBLIC

    @property
    def media_type(self) -> str:
        """The bare media type of the response, lower case: "text/html"."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of ``Document.text`` under one heading.

    ``heading`` is the path of headings from the outermost in, without the document's title;
    ``anchor`` is the page's own fragment (no "#"), ``page`` the 1-based page of a PDF.
    Sections cover the text in order without overlap; white space may lie between them.
    """

    start: int
    end: int
    heading: tuple[str, ...] = ()
    anchor: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A hyperlink in the content of a page: canonical target and its words."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """A publication read clean: its text by sections and what is known about it.

    ``lang`` is "" where the publication names no language. One that is not ``quotable`` asks to be found without
    any of its text being shown.
    """

    url: str
    title: str
    text: str
    sections: tuple[Section, ...]
    media_type: str = "text/html"
    kind: Kind = Kind.PAGE
    published: DateSpan = UNDATED
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    attachments: tuple[Link, ...] = ()
    links: tuple[Link, ...] = ()
    lang: str = ""
    audience: Audience = Audience.PUBLIC
    dates: Dates = Dates()
    committees: tuple[str, ...] = ()
    evidence: Evidence = Evidence()
    quotable: bool = True

    @property
    def id(self) -> str:
        """The same for one address for ever: 16 hexadecimal digits."""
        return document_id(self.url)

    @property
    def version(self) -> str:
        """A hash of what a reader sees (title and text): 16 hexadecimal digits."""
        return hashlib.sha256(f"{self.title}\0{self.text}".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of whole sentences of one section: ``document.text[start:end] == text``."""

    start: int
    end: int
    text: str
    heading: tuple[str, ...] = ()
    anchor: str | None = None
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A page that gave no document, and why: a value, not an error, so that nothing is skipped silently.

    ``rule`` is a short stable name ("not-html", "noindex", "listing", "encrypted-pdf", "scan-without-text",
    "limit-hit"), ``reason`` one sentence for people, and where it should have been read another with the remedy.
    """

    url: str
    rule: str
    reason: str


def joined_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Headers as a ``Page`` has them: by lower-case name, the values of repeated ones joined."""
    values = defaultdict[str, list[str]](list)
    for name, value in headers:
        values[name.lower()].append(value)
    return {name: ", ".join(each) for name, each in values.items()}


def document_id(url: str) -> str:
    """The id of the document at a canonical address: 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]
