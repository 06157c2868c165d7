"""What a page states for machines: authors, tags, types, language, and what it asks of those who index it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

from lxml.html import HtmlElement

from ingest.records import MEMBERS
from ingest.urls import canonical

_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author")
_TAGS = ("article:tag", "keywords", "news_keywords")
_WORDS_OF_A_NAME = 4
_AGENT = "muniment"
_WITH_VALUE = ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page declares. ``metas`` are its (lower-case name, content) pairs, ``data`` its JSON-LD objects,
    ``lang`` is the code of its language as it stands there, "" where it names none."""

    metas: tuple[tuple[str, str], ...]
    data: tuple[dict[str, Any], ...]
    lang: str

    def values(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """The (name, content) pairs of the given names, in the order of the names."""
        for name in names:
            yield from ((name, content) for key, content in self.metas if key == name and content)

    @property
    def tags(self) -> tuple[str, ...]:
        """Tags and keywords, each once."""
        split = (part.strip() for name, text in self.values(_TAGS) for part in re.split(r"[,;]", text))
        return tuple(dict.fromkeys(part for part in split if part))

    @property
    def authors(self) -> tuple[str, ...]:
        """Authors by name, each once."""
        named = [name for _, text in self.values(_AUTHORS) if not text.startswith("http") for name in _people(text)]
        listed = [author.strip() for item in self.data for author in _names(item.get("author"))]
        return tuple(dict.fromkeys(filter(None, named or listed)))

    @property
    def types(self) -> tuple[str, ...]:
        """Declared types: JSON-LD @type and og:type."""
        listed = [kind for item in self.data for kind in _listed(item.get("@type")) if isinstance(kind, str)]
        return (*listed, *(text for _, text in self.values(("og:type",))))

    def of_page(self, title: str, url: str) -> "Metadata":
        """The same without events that are not the page's, but shown in a box on it."""
        return replace(self, data=tuple(item for item in self.data if not _is_another(item, title, url)))


def metadata(root: HtmlElement) -> Metadata:
    """Read a page's declarations."""
    lang = root.get("lang") or root.get("xml:lang") or ""
    return Metadata(tuple(metas(root)), tuple(_linked_data(root)), lang)


def metas(root: HtmlElement) -> Iterator[tuple[str, str]]:
    """The (lower-case name, content) pairs of a page's meta elements."""
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or ""
        if not name and not is_beside(meta):
            name = meta.get("itemprop") or ""
        yield name.lower(), meta.get("content", "").strip()


def is_beside(element: HtmlElement) -> bool:
    """Whether an element stands in a part of the page that is beside its subject, and may speak of another page."""
    return next(element.iterancestors("aside", "nav", "footer"), None) is not None


def base_of(root: HtmlElement, url: str) -> str:
    """The address that the links of a page are relative to."""
    return canonical(next(iter(root.xpath("//base/@href")), ""), url) or url


def asked(header: str, metas: Iterable[tuple[str, str]]) -> frozenset[str]:
    """The rules that speak to us, of an X-Robots-Tag and of the (lower-case name, content) pairs of meta elements.

    "none" is told as the two rules it stands for. A limit on the length of what is shown ("max-snippet:20") is told as
    "nosnippet": what we show are whole sentences, word for word, and a sentence cut short may say something else.
    """
    rules = [*_of_header(header.lower())]
    rules += [rule for name, content in metas if name in ("robots", _AGENT) for rule in content.lower().split(",")]
    return frozenset(meaning for rule in rules for meaning in _meanings(rule.strip()))


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


def _people(text: str) -> Iterator[str]:
    """The names of a list. What stands on either side of "and" are two where each could be a person's: no body's name,
    such as "Health and Safety Board", is parted.
    """
    for name in map(str.strip, re.split(r"[,;]", text)):
        parts = [part.split() for part in name.split(" and ")]
        apart = all(1 < len(words) <= _WORDS_OF_A_NAME and all(word[0].isupper() for word in words) for words in parts)
        yield from map(" ".join, parts) if apart else [name]


def _is_another(item: dict[str, Any], title: str, url: str) -> bool:
    """Whether a page describes an event for machines that is neither by name nor by address what the page is about."""
    name, address = (str(item.get(field) or "").strip() for field in ("name", "url"))
    is_event = str(item.get("@type", "")).endswith("Event")
    named = bool(name) and unescape(name).casefold() in title.casefold()
    is_here = canonical(address, url).rstrip("/") == url.removesuffix(MEMBERS).rstrip("/")
    return is_event and not named and not is_here


def _of_header(header: str) -> Iterator[str]:
    """The rules of a header that speak to us: those after "otherbot:" are another's until the end."""
    for part in header.split(","):
        name, colon, rest = (each.strip() for each in part.partition(":"))
        if colon and name not in (_AGENT, "*", *_WITH_VALUE):
            return
        yield rest if name in (_AGENT, "*") else part


def _meanings(rule: str) -> tuple[str, ...]:
    if rule == "none":
        return "noindex", "nofollow"
    return ("nosnippet",) if re.fullmatch(r"max-snippet\s*:\s*\d+", rule) else (rule,)
