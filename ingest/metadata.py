"""What a page's head and mark-up state about it for machines: authors, tags, types, language."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from ingest.urls import canonical

_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author")
_TAGS = ("article:tag", "keywords", "news_keywords")


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
    lang = root.get("lang") or root.get("xml:lang") or ""
    return Metadata(tuple(metas(root)), tuple(_linked_data(root)), lang)


def metas(root: HtmlElement) -> Iterator[tuple[str, str]]:
    """The (lower-case name, content) pairs of a page's meta elements."""
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        yield name.lower(), meta.get("content", "").strip()


def base_of(root: HtmlElement, url: str) -> str:
    """The address that the links of a page are relative to."""
    return canonical(next(iter(root.xpath("//base/@href")), ""), url) or url


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
