"""What a response says to a crawler: where it leads, what it calls itself, and what it asks not to be done with it."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from lxml import etree, html

from ingest.records import Page
from ingest.urls import canonical

_Element: TypeAlias = Any
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_FEED = frozenset({"application/rss+xml", "application/atom+xml"})
_NOT_FOUND = re.compile(
    r"\s*(?:error\s*)?(?:404\b|(?:the )?page (?:was |could )?not (?:be )?found|file not found)", re.IGNORECASE
)
_REFRESH = re.compile(r";\s*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Outlinks:
    """``links`` are canonical, in the order of the page, each once, without those marked nofollow.

    ``canonical`` is the address the page gives itself, or "". ``missing`` is true where its title owns up to being an
    error page, whatever its status says.
    """

    links: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    canonical: str = ""
    noindex: bool = False
    missing: bool = False


NO_LINKS = Outlinks()


def outlinks(page: Page, agent: str = "muniment") -> Outlinks:
    """Read a response for a crawler; anything but HTML has its X-Robots-Tag only."""
    asked = set(_directives(page.headers.get("x-robots-tag", ""), agent))
    tree = parse(page)
    if tree is None:
        return Outlinks(noindex=bool(asked & {"noindex", "none"}))
    base = canonical(next(iter(tree.xpath("//base/@href")), ""), page.url) or page.url
    asked.update(_meta(tree, agent))
    title = "".join(tree.xpath("//title[1]//text()"))
    follow = not asked & {"nofollow", "none"}
    return Outlinks(
        links=_unique(canonical(href, base) for href in _hrefs(tree)) if follow else (),
        feeds=_unique(canonical(each.get("href", ""), base) for each in tree.iter("link") if _is_feed(each)),
        canonical=_own_address(tree, page, base),
        noindex=bool(asked & {"noindex", "none"}),
        missing=_NOT_FOUND.match(title) is not None,
    )


def parse(page: Page) -> _Element | None:
    """The tree of an HTML response, or None where it is not HTML or holds nothing."""
    if page.media_type not in _HTML or not page.body.strip():
        return None
    charset = _CHARSET.search(page.headers.get("content-type", ""))
    try:
        parser = html.HTMLParser(encoding=charset.group(1) if charset else None)
        return html.document_fromstring(page.body, parser=parser)
    except (etree.LxmlError, LookupError, ValueError):
        return _parse_plain(page.body)


def _parse_plain(body: bytes) -> _Element | None:
    try:
        return html.document_fromstring(body.decode("utf-8", "replace").replace("\0", "").encode())
    except (etree.LxmlError, ValueError):
        return None


def fingerprint(page: Page) -> str:
    """A hash of the words of a page without figures and its own address: the same for all soft 404 pages of a site."""
    tree = parse(page)
    text = " ".join(tree.itertext()) if tree is not None else page.body.decode("utf-8", "replace")
    for own in {page.url, urlsplit(page.url).path, unquote(urlsplit(page.url).path)} - {"/"}:
        text = text.replace(own, "")
    return hashlib.sha256(" ".join(re.sub(r"[\d\W]+", " ", text).split()).encode()).hexdigest()


def _hrefs(tree: _Element) -> Iterator[str]:
    for each in tree.iter("a", "area", "iframe", "frame", "link"):
        rel = each.get("rel", "").lower().split()
        if "nofollow" in rel or (each.tag == "link" and not {"next", "prev"} & set(rel)):
            continue
        href = each.get("src" if each.tag in ("iframe", "frame") else "href")
        if href and not href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
            yield href
    for each in tree.iter("meta"):
        if each.get("http-equiv", "").lower() == "refresh" and (target := _REFRESH.search(each.get("content", ""))):
            yield target.group(1)


def _is_feed(link: _Element) -> bool:
    kind, rel = link.get("type", "").lower(), link.get("rel", "").lower()
    return kind in _FEED and "alternate" in rel and "comment" not in link.get("title", "").lower()


def _own_address(tree: _Element, page: Page, base: str) -> str:
    header = re.search(r"<([^>]*)>\s*;[^,]*\brel=\"?canonical", page.headers.get("link", ""))
    named = [each.get("href", "") for each in tree.iter("link") if each.get("rel", "").lower() == "canonical"]
    stated = {canonical(each, base) for each in [*named, header.group(1) if header else ""] if each} - {""}
    return stated.pop() if len(stated) == 1 else ""


def _meta(tree: _Element, agent: str) -> Iterator[str]:
    for each in tree.iter("meta"):
        if each.get("name", "").lower() in ("robots", agent):
            yield from (part.strip().lower() for part in each.get("content", "").split(","))


def _directives(header: str, agent: str) -> Iterator[str]:
    """The directives of an X-Robots-Tag that speak to us: those after "otherbot:" are another's until the end."""
    for part in header.lower().split(","):
        name, colon, rest = part.rpartition(":")
        if colon and name.strip() not in (agent, "*", "unavailable_after", "max-snippet"):
            return
        yield rest.strip()


def _unique(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(url for url in urls if url))
