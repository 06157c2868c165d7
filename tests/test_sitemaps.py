"""Sitemaps and feeds in the shapes that sites serve them."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sitemaps import Listing, read_listing

BASE = "https://example.org/maps/one.xml"
SITEMAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
RSS = "<rss><channel><link>https://example.org/</link><item><title>t</title><link>{}</link></item></channel></rss>"
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><link href="https://example.org/b"/><entry>
<link rel="edit" href="https://example.org/b"/><link href="https://example.org/a"/><updated>2026-01-02</updated></entry></feed>"""
IMAGE = '<image:image xmlns:image="urn:i"><image:loc>https://example.org/b.png</image:loc></image:image>'
A, B = "https://example.org/a", "https://example.org/b"

SHAPES = [
    (SITEMAP.format(f"<url><loc>{A}</loc><lastmod>2019-05-01</lastmod></url>"), ((A, "2019-05-01"),)),
    (SITEMAP.format(f"<url><loc>{A}</loc></url><url><loc>\n {B} </loc></url>"), ((A, ""), (B, ""))),
    (f"<urlset><url><loc>{A}</loc></url></urlset>", ((A, ""),)),
    (f'<x:urlset xmlns:x="urn:x"><x:url><x:loc>{A}</x:loc></x:url></x:urlset>', ((A, ""),)),
    (SITEMAP.format(f"<url><!-- c --><loc><![CDATA[{A}?utm_source=x]]></loc></url>"), ((A, ""),)),
    (SITEMAP.format("<url><loc>/a</loc></url><url><loc>mailto:x</loc></url><url/>"), ((A, ""),)),
    (SITEMAP.format(f"<url><loc>{A}</loc></url><url><loc>{B}</l"), ((A, ""), (B, ""))),
    (SITEMAP.format(f"<url><loc>{A}</loc>{IMAGE}</url>"), ((A, ""),)),
    (RSS.format(A), ((A, ""),)),
    (ATOM, ((A, "2026-01-02"),)),
    (RSS.format(f"{A}</link><pubDate>Mon, 06 Sep 2021 10:00:00 GMT</pubDate><link>"), ((A, "2021-09-06"),)),
    (SITEMAP.format(f"<url><loc>{A}</loc><lastmod>2019-05-01T10:00:00Z</lastmod></url>"), ((A, "2019-05-01"),)),
    (f"{A}\r\n{B}\n\nnot an address\n", ((A, ""), (B, ""))),
    ("", ()),
    ("<html><body><p>Not found</p></body></html>", ()),
    ("<", ()),
]


@pytest.mark.parametrize(("text", "pages"), SHAPES)
@pytest.mark.parametrize("packed", [False, True])
def test_every_shape_lists_its_pages(text: str, pages: tuple[tuple[str, str], ...], packed: bool) -> None:
    body = b"\xef\xbb\xbf" + text.encode() if text.startswith("<u") else text.encode()
    assert read_listing(gzip.compress(body) if packed else body, BASE) == Listing(pages)


def test_an_index_lists_further_sitemaps() -> None:
    index = SITEMAP.replace("urlset", "sitemapindex").format(f"<sitemap><loc>{A}.xml.gz</loc></sitemap>")
    assert read_listing(index.encode(), BASE) == Listing(sitemaps=(A + ".xml.gz",))


def test_entities_are_neither_expanded_nor_fetched() -> None:
    laughs = "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    text = f'<!DOCTYPE x [<!ENTITY a "ha">{laughs}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    body = text + SITEMAP.format(f"<url><loc>{A}</loc></url><url><loc>https://example.org/&i;&f;</loc></url>")
    assert all("ha" not in url and "root" not in url for url, _ in read_listing(body.encode(), BASE).pages)


def test_a_packed_bomb_is_cut_off() -> None:
    assert read_listing(gzip.compress(b"<" + bytes(80 << 20)), BASE).pages == ()


@given(st.binary(max_size=200))
def test_no_bytes_break_it(body: bytes) -> None:
    for prefix in (b"", b"<urlset><url><loc>", b"\x1f\x8b", b"<?xml version='1.0' encoding='x'?><urlset>"):
        assert isinstance(read_listing(prefix + body, BASE), Listing)
