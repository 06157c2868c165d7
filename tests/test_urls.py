"""Addresses: one spelling each, and no request for what leads nowhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.urls import as_host, canonical, host_of, origin_of, same_site, worth_reading

SAME = [
    ("HTTPS://WWW.Example.ORG/News", "https://www.example.org/News"),
    ("http://example.org:80/", "http://example.org/"),
    ("https://example.org:443/a", "https://example.org/a"),
    ("https://example.org:8443/a", "https://example.org:8443/a"),
    ("http://example.org", "http://example.org/"),
    ("http://example.org./a", "http://example.org/a"),
    ("http://example.org/a#part", "http://example.org/a"),
    ("http://example.org/a/./b/../c", "http://example.org/a/c"),
    ("http://example.org/../../a", "http://example.org/a"),
    ("http://example.org/%2e%2e/a", "http://example.org/a"),
    ("http://example.org/%7Euser/%e2%82%ac", "http://example.org/~user/%E2%82%AC"),
    ("http://example.org/a%2fb", "http://example.org/a%2Fb"),
    ("http://example.org/a b", "http://example.org/a%20b"),
    ("http://example.org/\ta\n", "http://example.org/a"),
    ("http://example.org\\a\\b", "http://example.org/a/b"),
    ("http://user:secret@example.org/a", "http://example.org/a"),
    ("http://bücher.example/ä", "http://xn--bcher-kva.example/%C3%A4"),
    ("http://[2001:DB8:0:0::1]:80/", "http://[2001:db8::1]/"),
    ("http://example.org/?b=2&a=1", "http://example.org/?a=1&b=2"),
    ("http://example.org/?a=2&a=1", "http://example.org/?a=2&a=1"),
    ("http://example.org/?a", "http://example.org/?a"),
    ("http://example.org/?", "http://example.org/"),
    ("http://example.org/?utm_source=x&UTM_Campaign=y&id=3", "http://example.org/?id=3"),
    ("http://example.org/?fbclid=1&gclid=2&mc_cid=3", "http://example.org/"),
    ("http://example.org/?PHPSESSID=abc&p=1", "http://example.org/?p=1"),
    ("http://example.org/a;jsessionid=0A1B?x=1", "http://example.org/a?x=1"),
    ("http://example.org/(S(lit3py55t21z5v55vlm25s55))/page.aspx", "http://example.org/page.aspx"),
    ("http://example.org/a?replytocom=12", "http://example.org/a"),
    ("http://example.org/?q=caf%C3%A9&r=%7e", "http://example.org/?q=caf%C3%A9&r=~"),
]


@pytest.mark.parametrize(("written", "spelled"), SAME)
def test_an_address_has_one_spelling(written: str, spelled: str) -> None:
    assert canonical(written) == spelled
    assert canonical(spelled) == spelled


@pytest.mark.parametrize(
    "pair", [("/a", "/a/"), ("/A", "/a"), ("/?p=1", "/?p=2"), ("/index.html", "/"), ("/a%2Fb", "/a/b")]
)
def test_what_only_the_site_can_know_is_not_guessed(pair: tuple[str, str]) -> None:
    one, other = (canonical(f"http://example.org{path}") for path in pair)
    assert one != other


@pytest.mark.parametrize(
    "written",
    [
        "", "mailto:a@example.org", "javascript:void(0)", "tel:+441234", "ftp://example.org/", "data:text/html,x",
        "//example.org/", "http://", "http:///a", "http://a b.org/", "http://example.org:99999/", "http://example.org:x/",
        "http://ex%00ample.org/", "http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/",
        "http://017700000001/", "http://1.2.3.4.5/", "http://[::1/",
        "http://a..b/", "http://-/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_empty(written: str) -> None:
    assert canonical(written) == ""


@pytest.mark.parametrize(
    ("written", "base", "spelled"),
    [
        ("b", "http://example.org/a/", "http://example.org/a/b"),
        ("../b?x=1", "http://example.org/a/c/d", "http://example.org/a/b?x=1"),
        ("/b", "https://example.org/a/", "https://example.org/b"),
        ("//other.org/b", "https://example.org/a/", "https://other.org/b"),
        ("?page=2", "http://example.org/news", "http://example.org/news?page=2"),
        ("#top", "http://example.org/news", "http://example.org/news"),
        ("HTTP://Other.org", "http://example.org/news", "http://other.org/"),
        ("mailto:a@b.c", "http://example.org/news", ""),
    ],
)
def test_a_relative_address_is_joined(written: str, base: str, spelled: str) -> None:
    assert canonical(written, base) == spelled


@given(
    st.text(alphabet="aA0/.:?&=%#;@[]()\\-_ é\u212a", max_size=40),
    st.sampled_from(["", "http://", "https://example.org/", "//"]),
)
def test_the_spelling_is_final(text: str, start: str) -> None:
    once = canonical(start + text, "http://example.org/base/")
    assert canonical(once) == once
    assert once == "" or (origin_of(once).startswith("http") and "@" not in host_of(once) and "#" not in once)


def test_www_makes_no_other_site_but_a_port_or_a_subdomain_does() -> None:
    hosts = ("example.org", "127.0.0.1:8900")
    assert same_site("http://www.example.org/", hosts)
    assert same_site("https://example.org/", hosts)
    assert same_site("http://127.0.0.1:8900/a", hosts)
    for url in (
        "http://127.0.0.1/",
        "http://files.example.org/",
        "http://example.org:81/",
        "http://example.org.evil.net/",
    ):
        assert not same_site(url, hosts)


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("LOCALHOST:8335", "localhost:8335"),
        ("Files.Example.ORG.", "files.example.org"),
        ("example.org:80", "example.org"),
        ("example.org:443", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("http://example.org/", ""),
        ("example.org/", ""),
        ("*.example.org", ""),
        ("", ""),
    ],
)
def test_a_host_is_spelled_as_addresses_have_it(written: str, host: str) -> None:
    assert as_host(written) == host


SKIPPED = {
    "media": ["/a.JPG", "/files/x.zip", "/sheet.xlsx", "/style.css", "/talk.mp3", "/meeting.ics"],
    "calendar": [
        "/calendar/2026/11/", "/events/2026-11/", "/events/2026-11-05", "/whats-on/month/2026/november",
        "/events/today/", "/news?tribe-bar-date=2026-11-05", "/meetings?ical=1", "/x?month=11&year=2026",
    ],
    "login": ["/login", "/wp-login.php?redirect_to=x", "/user/register", "/Account/SignIn.aspx", "/basket/"],
    "search": ["/search?q=x", "/?S=x", "/site-search/results", "/search/node/sif"],
    "machine": ["/feed/", "/2019/05/a-post/feed/", "/wp-json/wp/v2/posts", "/xmlrpc.php"],
    "parameters": ["/list?a=1&b=2&c=3&d=4&e=5"],
    "trap": ["/a/b/a/b/a/b/c", "/" + "x/" * 3, "/" + "/".join(map(str, range(20))), "/" + "x" * 1000],
}  # fmt: skip
READ = [
    "/", "/news/2019/05/a-post/", "/reports/annual.pdf", "/papers/minutes.docx", "/events/2019/annual-conference/",
    "/calendar/", "/calendar/2019/11/committee-notes", "/research/", "/policy/search-and-rescue", "/blog/2019/05/",
    "/news?page=7", "/default.aspx?id=4&p=2", "/register-of-interests", "/publications/log-in-policy/summary",
    "/news/today/", "/committees/children/minutes/children/",
]  # fmt: skip


@pytest.mark.parametrize(("rule", "path"), [(rule, path) for rule, paths in SKIPPED.items() for path in paths])
def test_no_request_for_what_leads_nowhere(rule: str, path: str) -> None:
    assert worth_reading(canonical(f"https://example.org{path}")) == rule


@pytest.mark.parametrize("path", READ)
def test_publications_and_listings_are_read(path: str) -> None:
    assert worth_reading(canonical(f"https://example.org{path}")) is None
