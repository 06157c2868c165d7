"""What a response says to a crawler: where it leads, what it calls itself, and what it asks not to be done with it."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from ingest.blocks import parse
from ingest.metadata import asked, base_of, metas
from ingest.records import HTML, Page
from ingest.urls import canonical

_FEED = frozenset({"application/rss+xml", "application/atom+xml"})
_NOT_FOUND = re.compile(
    r"\s*(?:error\s*)?(?:404\b|(?:the )?page (?:was |could )?not (?:be )?found|file not found)", re.IGNORECASE
)
_REFRESH = re.compile(r";\s*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)


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


def outlinks(page: Page) -> Outlinks:
    """Read a response for a crawler; anything but HTML has its X-Robots-Tag only."""
    tree = _tree(page)
    rules = asked(page.headers.get("x-robots-tag", ""), () if tree is None else metas(tree))
    if tree is None:
        return Outlinks(noindex="noindex" in rules)
    base = base_of(tree, page.url)
    title = next((each.text_content() for each in tree.iter("title")), "")
    return Outlinks(
        links=() if "nofollow" in rules else _unique(canonical(href, base) for href in _hrefs(tree)),
        feeds=_unique(canonical(each.get("href", ""), base) for each in tree.iter("link") if _is_feed(each)),
        canonical=_own_address(tree, page, base),
        noindex="noindex" in rules,
        missing=_NOT_FOUND.match(title) is not None,
    )


def _tree(page: Page) -> HtmlElement | None:
    return parse(page.body, page.headers.get("content-type", "")) if page.media_type in HTML else None


def fingerprint(page: Page) -> str:
    """A hash of the words of a page without figures and its own address: the same for all soft 404 pages of a site."""
    tree = _tree(page)
    text = " ".join(tree.itertext()) if tree is not None else page.body.decode("utf-8", "replace")
    for own in {page.url, urlsplit(page.url).path, unquote(urlsplit(page.url).path)} - {"/"}:
        text = text.replace(own, "")
    return hashlib.sha256(" ".join(re.sub(r"[\d\W]+", " ", text).split()).encode()).hexdigest()


def _hrefs(tree: HtmlElement) -> Iterator[str]:
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


def _is_feed(link: HtmlElement) -> bool:
    kind, rel = link.get("type", "").lower(), link.get("rel", "").lower()
    return kind in _FEED and "alternate" in rel and "comment" not in link.get("title", "").lower()


def _own_address(tree: HtmlElement, page: Page, base: str) -> str:
    header = re.search(r"<([^>]*)>\s*;[^,]*\brel=\"?canonical", page.headers.get("link", ""))
    named = [each.get("href", "") for each in tree.iter("link") if each.get("rel", "").lower() == "canonical"]
    stated = {canonical(each, base) for each in [*named, header.group(1) if header else ""] if each} - {""}
    return stated.pop() if len(stated) == 1 else ""


def _unique(urls: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(url for url in urls if url))
