"""Sitemaps and feeds: the addresses a site itself lists, and when it says each last changed."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from ingest.dates import day_in
from ingest.urls import canonical

_GZIP = b"\x1f\x8b"
_MAX_BYTES = 64 << 20
_MAX_LINE = 2_000


@dataclass(frozen=True, slots=True)
class Listing:
    """What a sitemap or feed lists: pages, each with the day of its last change or "", and further sitemaps."""

    pages: tuple[tuple[str, str], ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_listing(body: bytes, base: str) -> Listing:
    """Read a sitemap, sitemap index, RSS or Atom feed, or plain list of addresses, gzipped or not.

    A broken one is read as far as it goes.
    """
    text = _unzipped(body)
    if not text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        lines = (canonical(line) for line in text.decode("utf-8", "replace").splitlines() if len(line) < _MAX_LINE)
        return Listing(tuple((url, "") for url in lines if url))
    # A parser that recovers raises nothing: what it makes nothing of it gives as None.
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(text, parser)
    if root is None:
        return Listing()
    entries = list(_entries(root, base))
    if _name(root) == "sitemapindex":
        return Listing(sitemaps=tuple(url for url, _ in entries))
    return Listing(tuple(dict(entries).items()))


def _entries(root: etree._Element, base: str) -> Iterator[tuple[str, str]]:
    for entry in root.iter("{*}url", "{*}sitemap", "{*}item", "{*}entry"):
        address, changed = "", ""
        for child in entry:
            name = _name(child)
            if name == "loc" or (name == "link" and child.get("rel", "alternate") == "alternate"):
                address = address or canonical(child.get("href") or child.text or "", base)
            elif name in ("lastmod", "updated"):
                changed = (child.text or "").strip()[:10]
            elif name == "pubDate" and (day := day_in(child.text or "")):
                changed = str(day.first)
        if address:
            yield address, changed


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _unzipped(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(body, _MAX_BYTES)
    except zlib.error:
        return b""
