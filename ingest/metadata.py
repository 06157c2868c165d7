"""What a page's head and mark-up state about it: date, authors, tags, language, robots rules."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from htmldate import find_date
from lxml.html import HtmlElement

from ingest.dates import date_of_title, day_in, mentions, read_date, stated_in
from ingest.records import UNDATED, DateSpan, Precision

_PUBLISHED = (
    "article:published_time",
    "og:published_time",
    "og:article:published_time",
    "datepublished",
    "date_published",
    "dc.date.issued",
    "dcterms.issued",
    "citation_publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "publication_date",
    "publish-date",
    "pubdate",
)
_CREATED = ("dc.date", "dcterms.date", "dc.date.created", "dcterms.created")
_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author")
_CHANGED = re.compile(
    r"(?:updated|modified|revised|reviewed|changed|edited)(?: on| at)?[:\s]*(?:\w+day,?\s*)?$", re.IGNORECASE
)
_TAGS = ("article:tag", "keywords", "news_keywords")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page declares. ``metas`` are its (lower-case name, content) pairs, ``data`` its JSON-LD objects."""

    metas: tuple[tuple[str, str], ...]
    data: tuple[dict[str, Any], ...]
    lang: str

    def values(self, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """The (name, content) pairs of the given names, in the order of the names."""
        for name in names:
            yield from ((name, content) for key, content in self.metas if key == name and content)

    @property
    def robots(self) -> str:
        """The page's robots rules, parted by commas."""
        return ",".join(content for _, content in self.values(("robots",)))

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags and keywords, each once."""
        split = (part.strip() for name, text in self.values(_TAGS) for part in re.split(r"[,;]", text))
        return tuple(dict.fromkeys(part for part in split if part))

    @property
    def authors(self) -> tuple[str, ...]:
        """Authors by name, each once."""
        named = [text for _, text in self.values(_AUTHORS) if not text.startswith("http")]
        listed = [author for item in self.data for author in _names(item.get("author"))]
        return tuple(dict.fromkeys(part.strip() for text in named or listed for part in re.split(r",|;| and ", text)))

    @property
    def types(self) -> tuple[str, ...]:
        """Declared types: JSON-LD @type and og:type."""
        listed = [kind for item in self.data for kind in _listed(item.get("@type")) if isinstance(kind, str)]
        return (*listed, *(text for _, text in self.values(("og:type",))))


def metadata(root: HtmlElement) -> Metadata:
    """Read a page's declarations."""
    metas = tuple(
        (
            (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower(),
            meta.get("content", "").strip(),
        )
        for meta in root.iter("meta")
    )
    return Metadata(metas, tuple(_linked_data(root)), (root.get("lang") or "en").split("-")[0].lower() or "en")


def published(
    url: str, facts: Metadata, dateline: str, title: str, pruned: Callable[[], HtmlElement] | None
) -> DateSpan:
    """When a page was published, and how that is known; never from outside the page's own content.

    What is meant for machines comes first, then a full date beside the title (``dateline``), then what htmldate
    reads from the ``pruned`` page (made only where it comes to that, None to leave it out), then a date within the
    title.
    """
    shown = _shown(dateline)
    stated = _declared(facts, url, shown) or (shown and replace(shown, source="beside the title"))
    return stated or (pruned and _by_htmldate(pruned(), url)) or date_of_title(title) or UNDATED


def _declared(facts: Metadata, url: str, shown: DateSpan | None) -> DateSpan | None:
    """A date meant for machines: that of publication before that of creation.

    A time stamp in UTC can fall on the day before or after; the day that the page shows or its address names is right.
    """
    named = day_in(re.sub(r"/(\d{4})/(\d\d?)/(\d\d?)(?=/)", r" \1-\2-\3 ", urlsplit(url).path))
    stamps = [(f"meta {name}", text) for name, text in facts.values(_PUBLISHED)]
    stamps += [("JSON-LD datePublished", str(item.get("datePublished", ""))) for item in facts.data]
    stamps += [(f"meta {name}", text) for name, text in facts.values(_CREATED)]
    for source, text in stamps:
        if span := _stamp(text):
            told = [each for each in (shown, named) if each and _are_neighbours(each, span)]
            return replace((*told, span)[0], source=source)
    return None


def _are_neighbours(one: DateSpan, other: DateSpan) -> bool:
    return bool(one.first and other.first and abs((one.first - other.first).days) == 1)


def _shown(dateline: str) -> DateSpan | None:
    """The first full date of a line that is not said to be of a change, else the month or season it begins with."""
    days = [each for each in mentions(dateline) if each.span.precision is Precision.DAY]
    unchanged = (each.span for each in days if not _CHANGED.search(dateline[: each.start]))
    return next(unchanged, None if days else stated_in(dateline))


def _by_htmldate(pruned: HtmlElement, url: str) -> DateSpan | None:
    stated = find_date(pruned, extensive_search=False, original_date=True, url=url)
    # A first of January is htmldate's reading of a bare year, such as that of a copyright notice.
    span = read_date(stated) if stated and not stated.endswith("-01-01") else None
    return replace(span, source="htmldate") if span else None


def _stamp(text: str) -> DateSpan | None:
    """A machine's date: ISO, or any full date at the start."""
    span = read_date(text[:10]) or day_in(text)
    return span if span and span.precision is not Precision.YEAR else None


def _linked_data(root: HtmlElement) -> Iterator[dict[str, Any]]:
    for script in root.iter("script"):
        if (script.get("type") or "").lower() == "application/ld+json":
            with suppress(ValueError, RecursionError):
                yield from _objects(json.loads(script.text or "", strict=False))


def _objects(value: object) -> Iterator[dict[str, Any]]:
    for item in _listed(value):
        if isinstance(item, dict):
            yield item
            yield from _objects(item.get("@graph"))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _names(value: object) -> Iterator[str]:
    for item in _listed(value):
        name = item.get("name") if isinstance(item, dict) else item
        if isinstance(name, str) and not name.startswith("http"):
            yield name
