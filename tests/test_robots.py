"""robots.txt as RFC 9309 has it: what cannot be read forbids, what is not there does not."""

import pytest

from ingest.robots import MAX_BYTES, read_robots

ME = "Muniment"


@pytest.mark.parametrize(
    ("status", "allowed"),
    [(status, (True, False)) for status in (200, 204, 299)]
    + [(status, (True, True)) for status in (400, 401, 403, 404, 410, 499)]
    + [(status, (False, False)) for status in (429, 500, 502, 503, 504, 599, 300, 304, 399, 100, 199, 999)],
)
def test_the_status_decides_whether_the_rules_count(status: int, allowed: tuple[bool, bool]) -> None:
    said = (read_robots(status, body) for body in (b"", b"User-agent: *\nDisallow: /\n"))
    assert tuple(one.allows("http://example.org/a", ME) for one in said) == allowed


RULES = [
    ("User-agent: *\nDisallow: /private/", "/private/a", False),
    ("User-agent: *\nDisallow: /private/", "/privately", True),
    ("User-agent: *\nDisallow:", "/a", True),
    ("User-agent: other\nDisallow: /", "/a", True),
    ("User-agent: *\nDisallow: /\n\nUser-agent: muniment\nAllow: /", "/a", True),
    ("User-agent: MUNIMENT\nDisallow: /a\n\nUser-agent: *\nAllow: /", "/a", False),
    ("User-agent: other\nUser-agent: muniment\nDisallow: /a", "/a", False),
    ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
    ("User-agent: *\nAllow: /page\nDisallow: /*.htm", "/page.htm", False),
    ("User-agent: *\nDisallow: /*?", "/a?b=1", False),
    ("User-agent: *\nDisallow: /a$", "/ab", True),
    ("User-agent: *\nDisallow: /%7Ejoe/", "/~joe/a", False),
    ("\ufeffUser-agent: *\r\nDisallow: /a # not this\r\n", "/a", False),
    ("<html><body>Not found</body></html>", "/a", True),
]


@pytest.mark.parametrize(("text", "path", "allowed"), RULES)
def test_the_rules(text: str, path: str, allowed: bool) -> None:
    assert read_robots(200, text.encode()).allows(f"http://example.org{path}", ME) is allowed


def test_nothing_beyond_500_kib_counts() -> None:
    text = b"User-agent: *\nDisallow: /a\n" + b"#" * MAX_BYTES + b"\nDisallow: /b\n"
    robots = read_robots(200, text)
    assert not robots.allows("http://example.org/a", ME)
    assert robots.allows("http://example.org/b", ME)


@pytest.mark.parametrize("body", [b"\xff\xfe\x00bad", b"\0" * 100, "User-agent: *\nDisallow: /é".encode("latin-1")])
def test_bytes_that_are_no_text_break_nothing(body: bytes) -> None:
    assert read_robots(200, body).allows("http://example.org/a", ME)


def test_delays_and_sitemaps_are_read() -> None:
    robots = read_robots(200, b"User-agent: *\nCrawl-delay: 2.5\nSitemap: /map.xml\nSitemap: http://example.org/b.xml")
    assert robots.delay_seconds(ME) == 2.5
    assert robots.sitemaps == ("/map.xml", "http://example.org/b.xml")
    assert read_robots(200, b"User-agent: *\nRequest-rate: 1/10").delay_seconds(ME) == 10
    assert read_robots(404, b"").delay_seconds(ME) == 0
