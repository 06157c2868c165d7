"""The sample site behaves on the wire as a well-kept association site does."""

import gzip
import http.client
from collections import Counter
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup

from eval.sample.documents import read_documents
from eval.sample.pages import EVENTS, TEMPLATES
from eval.sample.site import MEMBERS_AUTHORIZATION, SampleSite, serve

POSITION = "/positions/open-access-hours-2018/"
UPDATE = "/updates/children-and-reading-summer-2015/"
MEMBERS = "/members/pool-renewal-2022/"
PUBLIC = [document for document in read_documents() if document.audience == "public" and document.state != "withdrawn"]


@pytest.fixture(scope="module")
def site():
    with serve() as site:
        yield site


def get(site: SampleSite, path: str, method: str = "GET", **headers: str):
    """Status, headers by lower-case name, body: one request over the wire."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    reply = connection.getresponse()
    answer = reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    connection.close()
    return answer


def test_it_listens_on_loopback_only(site):
    assert urlsplit(site.url).hostname == "127.0.0.1"


def test_robots_disallows_the_calendar_and_names_the_sitemap(site):
    status, _, body = get(site, "/robots.txt")
    assert status == 200
    assert body.decode().splitlines() == ["User-agent: *", "Disallow: /calendar/", f"Sitemap: {site.url}/sitemap.xml"]


def test_the_sitemap_names_every_public_document_and_no_other(site):
    soup = BeautifulSoup(get(site, "/sitemap.xml")[2], "xml")
    assert {loc.text for loc in soup.find_all("loc")} == {site.url + document.url for document in PUBLIC}
    assert len(soup.find_all("lastmod")) == len(PUBLIC)


def test_the_feed_carries_the_latest_twenty(site):
    soup = BeautifulSoup(get(site, "/feed.xml")[2], "xml")
    days = [entry.find("updated").text for entry in soup.find_all("entry")]
    assert len(days) == 20
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("path", [POSITION, "/reports/annual-report-2015-16.pdf", "/sitemap.xml", "/"])
def test_an_unchanged_page_answers_304_without_a_body(site, path):
    _, headers, body = get(site, path)
    assert body
    status, again, empty = get(site, path, If_None_Match=headers["etag"])
    assert (status, empty, again["etag"]) == (304, b"", headers["etag"])


def test_last_modified_answers_304_until_the_page_changes(site):
    _, headers, _ = get(site, POSITION)
    assert parsedate_to_datetime(headers["last-modified"]).date().isoformat() == "2023-09-18"
    assert get(site, POSITION, If_Modified_Since=headers["last-modified"])[0] == 304
    assert get(site, POSITION, If_Modified_Since="Sun, 17 Sep 2023 09:00:00 GMT")[0] == 200
    assert get(site, POSITION, If_Modified_Since="the other day")[0] == 200


def test_gzip_is_spoken_where_it_is_asked_for(site):
    _, plain_headers, plain = get(site, POSITION)
    _, headers, body = get(site, POSITION, Accept_Encoding="gzip")
    assert "content-encoding" not in plain_headers
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == plain


def test_head_is_get_without_the_body(site):
    status, headers, body = get(site, POSITION, method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) == len(get(site, POSITION)[2])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/articles/reopening-checklist-2020/", 410),
        ("/articles/no-such-article/", 404),
        ("/members/no-such-item/", 404),
        ("/tags/no-such-tag/", 404),
        ("/page/99/", 404),
        ("/calendar/2026/11/", 200),
    ],
)
def test_statuses(site, path, status):
    assert get(site, path)[0] == status


@pytest.mark.parametrize("path", ["/members/", MEMBERS])
def test_members_pages_need_the_header(site, path):
    status, headers, body = get(site, path)
    assert (status, headers["www-authenticate"]) == (401, 'Bearer realm="members"')
    assert b"ceiling" not in body
    assert get(site, path, Authorization="Bearer wrong")[0] == 403
    assert get(site, path, Authorization=MEMBERS_AUTHORIZATION)[0] == 200


def test_following_links_from_the_home_page_finds_every_public_document():
    site, seen, todo = SampleSite("http://sample.invalid"), set(), ["/"]
    while todo:
        path = todo.pop()
        if path in seen or path.startswith("/calendar/"):
            continue
        seen.add(path)
        reply = site.reply(path)
        if reply.status == 200 and reply.media_type.startswith("text/html"):
            todo += [
                link["href"]
                for link in BeautifulSoup(reply.body, "lxml").find_all("a", href=True)
                if link["href"][0] == "/"
            ]
    assert {document.url for document in PUBLIC} <= seen


def test_listings_are_cut_into_pages():
    site = SampleSite("http://sample.invalid")
    first, second = (BeautifulSoup(site.reply(path).body, "lxml").select(".entries a") for path in ("/", "/page/2/"))
    assert len(first) == len(second) == 10
    assert not {link["href"] for link in first} & {link["href"] for link in second}


def test_at_least_two_templates_carry_eight_pages_each():
    used = Counter(TEMPLATES[document.kind] for document in PUBLIC if not document.is_pdf)
    assert sorted(used) == ["article.html", "committee.html", "paper.html"]
    assert min(used.values()) >= 8


@pytest.mark.parametrize("path", [POSITION, UPDATE, "/articles/quiet-hour/"])
def test_every_page_wears_the_chrome(path):
    page = BeautifulSoup(SampleSite("http://sample.invalid").reply(path).body, "lxml")
    box, title = page.select_one(".event-box"), page.find("h1")
    assert box.select_one(".when").text in {when for _, when in EVENTS}
    assert box in title.find_all_previous("div")
    assert page.select_one("#cookie-notice")
    assert page.select_one(".tag-cloud a")
    assert page.select_one("nav a") and page.select_one(".footer")
    assert page.select_one(".related").get_text(strip=True) == "Related Articles"


def test_the_season_in_the_title_is_an_updates_only_date():
    page = BeautifulSoup(SampleSite("http://sample.invalid").reply(UPDATE).body, "lxml")
    assert page.find("h1").text.endswith("Summer 2015")
    assert not page.find("time") and not page.find("meta", property="article:published_time")


def test_nothing_is_asked_of_another_host_and_the_widget_only_where_wanted():
    plain = SampleSite("http://sample.invalid").reply(POSITION).body.decode()
    assert "http" not in plain.replace("http-equiv", "")
    assert "muniment-related" not in plain
    with_widget = SampleSite("http://sample.invalid", "http://127.0.0.1:9/widget.js").reply(POSITION).body.decode()
    assert (
        '<script src="http://127.0.0.1:9/widget.js" defer></script><muniment-related heading=""></muniment-related>'
        in with_widget
    )
