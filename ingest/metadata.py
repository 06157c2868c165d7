"""What a page states for machines: authors, tags, types, language, and what it asks of those who index it."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from ingest.urls import canonical

_AUTHORS = ("author", "article:author", "dc.creator", "dcterms.creator", "citation_author", "parsely-author")
_TAGS = ("article:tag", "keywords", "news_keywords")
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
