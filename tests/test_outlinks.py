"""What a page says to a crawler, as browsers and search engines read it, however it is written."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.outlinks import fingerprint, outlinks
from ingest.records import Page

URL = "https://example.org/news/a"


def page(body: str | bytes, url: str = URL, **headers: str) -> Page:
    given_headers = {"content-type": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(
        url, 200, given_headers, body.encode() if isinstance(body, str) else body, datetime(2026, 1, 1, tzinfo=UTC)
    )


LINKS = [
    ('<a href="b">', "https://example.org/news/b"),
    ("<A HREF='/b'>", "https://example.org/b"),
    ("<a href=//example.org/b>", "https://example.org/b"),
    ('<a href=" /b\n">', "https://example.org/b"),
    ('<a href="/b?x=1&amp;y=2#z">', "https://example.org/b?x=1&y=2"),
    ('<map><area href="/b"></map>', "https://example.org/b"),
    ('<iframe src="/b"></iframe>', "https://example.org/b"),
    ('<link rel="next" href="/b">', "https://example.org/b"),
    ('<meta http-equiv="Refresh" content="0; URL=/b">', "https://example.org/b"),
    ('<base href="/other/"><a href="b">', "https://example.org/other/b"),
    ('<base href="::"><a href="b">', "https://example.org/news/b"),
    ('<form><table><tr><td><a href="b">x</table>', "https://example.org/news/b"),
    ('<meta charset="iso-8859-1"><a href="/caf\u00e9">', "https://example.org/caf%C3%83%C2%A9"),
]


@pytest.mark.parametrize(("body", "target"), LINKS)
def test_links_are_found_however_they_are_written(body: str, target: str) -> None:
    assert outlinks(page(body)).links == (target,)


@pytest.mark.parametrize(
    "body",
    [
        '<a rel="nofollow" href="/b">', '<a rel="external NOFOLLOW" href="/b">',
        '<meta name="robots" content="nofollow"><a href="/b">', '<meta name="Robots" content="all, NONE"><a href="/b">',
        '<meta name="muniment" content="nofollow"><a href="/b">', '<link rel="stylesheet" href="/b">',
        '<a href="#b">', '<a href="javascript:go()">', '<a href="mailto:a@b.c">', "<a>", '<a href="">',
        '<meta http-equiv="refresh" content="300">',
        '<!-- <a href="/b"> -->', "<script>document.write('<a href=\"/b\">')</script>", "", " ", "\0",
    ],
)  # fmt: skip
def test_others_are_not_links(body: str) -> None:
    assert outlinks(page(body)).links in ((), (URL,))


def test_nothing_but_html_has_links() -> None:
    assert outlinks(page('<a href="/b">', content_type="text/plain")).links == ()
    assert outlinks(page(b"%PDF-1.7", content_type="application/pdf", x_robots_tag="noindex")).noindex


@pytest.mark.parametrize(
    ("head", "header", "noindex"),
    [
        ("", "", False),
        ('<meta name="robots" content="noindex">', "", True),
        ('<META NAME=ROBOTS CONTENT="NOARCHIVE,NOINDEX">', "", True),
        ('<meta name="robots" content="none">', "", True),
        ('<meta name="googlebot" content="noindex">', "", False),
        ('<meta name="muniment" content="noindex">', "", True),
        ('<meta name="robots" content="index, follow">', "noindex", True),
        ("", "NoIndex", True),
        ("", "nofollow, noindex", True),
        ("", "unavailable_after: 2030-01-01, noindex", True),
        ("", "googlebot: noindex, nofollow", False),
        ("", "muniment: noindex", True),
        ("", "noindex, googlebot: nofollow", True),
        ("", "max-snippet:20", False),
    ],
)
def test_a_wish_not_to_be_indexed_is_heard(head: str, header: str, noindex: bool) -> None:
    assert outlinks(page(f"{head}<p>x</p>", x_robots_tag=header)).noindex is noindex


@pytest.mark.parametrize(
    ("head", "header", "stated"),
    [
        ('<link rel="canonical" href="/b?utm_source=x">', "", "https://example.org/b"),
        ("<LINK REL=Canonical HREF=/b>", "", "https://example.org/b"),
        ("", '</b>; rel="canonical"', "https://example.org/b"),
        ("", "</style.css>; rel=preload, </b>; rel=canonical", "https://example.org/b"),
        ('<link rel="canonical" href="/b"><link rel="canonical" href="/c">', "", ""),
        ('<link rel="canonical" href="/b">', "</c>; rel=canonical", ""),
        ('<link rel="canonical">', "", ""),
        ('<link rel="canonical" href="tel:1">', "", ""),
    ],
)
def test_a_page_says_its_true_address_once_or_not_at_all(head: str, header: str, stated: str) -> None:
    assert outlinks(page(head + "<p>x</p>", link=header)).canonical == stated


@pytest.mark.parametrize(
    ("title", "missing"),
    [
        ("404", True),
        ("404 Not Found | Site", True),
        ("Page not found - Site", True),
        ("Error 404", True),
        ("The page could not be found", True),
        ("4040 children in care", False),
        ("Why 404 schools closed", False),
        ("Not found wanting: a review", False),
        ("", False),
    ],
)
def test_an_error_page_is_known_by_its_title(title: str, missing: bool) -> None:
    assert outlinks(page(f"<title>{title}</title>")).missing is missing


def test_feeds_are_found_but_not_those_of_comments() -> None:
    link = '<link rel="alternate" type="application/{}" title="{}" href="{}">'
    body = link.format("rss+xml", "News", "/feed/") + link.format("rss+xml", "Comments Feed", "/comments/feed/")
    assert outlinks(page(body + link.format("json", "API", "/api"))).feeds == ("https://example.org/feed/",)


def test_error_pages_are_alike_whatever_address_they_repeat() -> None:
    def missing(path: str, words: str = "is not here") -> str:
        return fingerprint(page(f"<h1>Sorry</h1><p>{path} {words}. 12:{len(path)}</p>", f"https://example.org{path}"))

    assert missing("/one") == missing("/two/three%20four")
    assert missing("/one") != missing("/one", "is here")


@given(
    st.binary(max_size=300),
    st.sampled_from(
        ["text/html", "text/html; charset=utf-8", "text/html; charset=nonsense", "text/html; charset=utf-16"]
    ),
)
def test_no_bytes_break_it(body: bytes, kind: str) -> None:
    for prefix in (b"", b"<html><head><title>a</title><base href='", b"<a href='", b"\xff\xfe"):
        found = outlinks(page(prefix + body, content_type=kind))
        assert all(link.startswith("http") for link in found.links)
        assert len(fingerprint(page(prefix + body, content_type=kind))) == 64
