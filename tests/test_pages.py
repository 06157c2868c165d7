"""The pages as documents: what stands in them, where their links lead, and that nothing gets out of its element."""

import json
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient
from shelf import NAME, SHELF, TODAY, House, Shelf, ShelfDesk, make

from index.records import NO_FILTERS
from ingest.records import Kind, Link
from service.access import Access
from service.api import create_app
from service.config import ServeSettings

QUESTION = "Should guardians be assessed before the order is made?"
UPDATE, POSITION, SURVEY = SHELF[:3]


def visit(client: TestClient, address: str) -> BeautifulSoup:
    response = client.get(address, headers={"Accept": "text/html"})
    assert response.headers["content-type"].startswith("text/html")
    return BeautifulSoup(response.text, "lxml")


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(create_app(ShelfDesk(), now=lambda: TODAY))


def follow(client: TestClient, page: BeautifulSoup, words: str) -> BeautifulSoup:
    """Click the first link with these words, as a browser without script would."""
    link = next(a for a in page("a") if words in " ".join(a.get_text().split()))
    return visit(client, "/" + link["href"] if link["href"].startswith("?") else link["href"])


def shown(page: BeautifulSoup) -> list[str]:
    return [h.get_text(strip=True) for h in page.select(".hit h3")]


def test_the_first_page_is_a_catalogue_not_an_empty_box(client):
    page = visit(client, "/")
    assert NAME in page.title.string and page.select_one(".house-name").get_text(strip=True) == NAME
    recent = [h.get_text(strip=True) for h in page.select(".recent h3")]
    assert len(recent) == 6 and recent[0] == "Council of members, minutes"
    assert "By kind" in page.get_text() and "2019" in page.get_text()


def test_the_box_is_labelled_keeps_the_query_and_is_a_plain_form(client):
    page = visit(client, "/?q=special+guardians&kind=update")
    form = page.select_one("form[role=search]")
    assert form["method"] == "get" and form["action"] == "/"
    box = form.select_one("input[name=q]")
    assert box["value"] == "special guardians"
    assert form.select_one(f"label[for={box['id']}]").get_text(strip=True)
    assert form.select_one("input[name=kind]")["value"] == "update"


def test_a_question_of_two_lines_is_in_its_box_and_in_every_link_what_was_answered(client):
    page = visit(client, "/?" + urlencode({"q": "special\r\nguardians"}))
    assert page.select_one("input[name=q]")["value"] == "special guardians"
    assert page.select_one(".refine .choices a")["href"].startswith("?q=special+guardians")


def test_numbers_lead_to_source_cards_with_the_quote_marked(client):
    page = visit(client, f"/?q={QUESTION}")
    numbers = page.select(".said a.number")
    assert numbers
    for number in numbers:
        card = page.select_one(number["href"])
        sentence = number.find_parent(class_="sentence").get_text().split("\u2060")[0].strip()
        assert " ".join(mark.get_text() for mark in card.select("mark")) == sentence
        text = card.get_text(" ", strip=True)
        assert "Open at this place" in text and "Read in full here" in text
        whole = card.find_parent(class_="source").get_text(" ", strip=True)
        assert "Update Summer 2015" in whole or "Position paper 14 March 2017" in whole
        for words in ("Related", "Cite", "Plain", "Harvard", "BibTeX", "RIS"):
            assert words in whole
    assert page.h2.get_text() == "What we have published"


def test_one_card_holds_all_that_is_quoted_from_one_publication():
    class Twice(ShelfDesk):
        def ask(self, question, searcher, filters=NO_FILTERS):
            answer = super().ask(question, searcher, filters)
            first = answer.citations[0]
            return replace(answer, citations=(first, replace(answer.citations[1], number=2), replace(first, number=3)))

    page = visit(TestClient(create_app(Twice())), f"/?q={QUESTION}")
    numbers = [[n.get_text() for n in card.select(".number")] for card in page.select(".source")]
    assert numbers == [["1", "3"], ["2"]]


def test_a_source_can_be_read_in_full_with_the_quote_in_view(client):
    page = visit(client, f"/?q={QUESTION}")
    quoted = page.select_one(".source mark").get_text()
    opened = follow(client, page, "Read in full here")
    assert opened.select_one("mark#quote").get_text() == quoted
    assert opened.h1.get_text() == page.select_one(".source-title").get_text()


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        (QUESTION, "What we have published"),
        ("special guardianship orders in 1987", "Part of an answer"),
        ("special guardianship fostering committee tea biscuits", "We have not published an answer to this"),
        ("badgers", "We have not published on this"),
    ],
)
def test_each_state_has_its_own_words(client, question, heading):
    answer = visit(client, f"/?q={question}").select_one(".answer")
    assert answer.h2.get_text() == heading
    assert bool(answer.select(".source")) == (heading in ("What we have published", "Part of an answer"))


def test_the_nearest_documents_are_shown_where_there_is_no_answer(client):
    page = visit(client, "/?q=special guardianship fostering committee tea biscuits")
    assert shown(page) and page.select(".hit mark")


def test_facets_say_how_many_and_lead_to_just_as_many(client):
    page = visit(client, "/?q=committee")
    links = page.select(".refine .choices a")
    assert len(links) > 10
    for link in links:
        promised = int(link.select_one(".count").extract().get_text())
        assert page_total(visit(client, "/" + link["href"])) == promised


def page_total(page: BeautifulSoup) -> int:
    return int(page.select_one("#results").get_text().split()[0])


def test_filters_are_read_back_and_each_can_be_taken_away(client):
    page = visit(client, "/?q=committee&kind=update&tag=CAMHS&since=2018&until=May+2021")
    chips = page.select(".chips a")
    words = [re.split(" – ", chip.get_text(strip=True))[0].removesuffix("– remove this filter") for chip in chips]
    assert words == ["Update", "CAMHS", "from 1 January 2018", "until 31 May 2021"]
    state = parse_qs(urlsplit(chips[2]["href"]).query)
    assert state == {"q": ["committee"], "kind": ["update"], "tag": ["CAMHS"], "until": ["May 2021"]}
    bare = page
    for _ in chips:
        bare = visit(client, "/" + bare.select_one(".chips a")["href"])
    assert not bare.select(".chips") and page_total(bare) == page_total(visit(client, "/?q=committee"))


def test_a_year_is_a_filter_that_goes_on_and_off(client):
    year = follow(client, visit(client, "/?q=committee").select_one(".refine"), "2019")
    assert all("2019" in facts.get_text() for facts in year.select(".hit .facts"))
    assert year.select_one(".refine [aria-current]").get_text().startswith("2019")
    assert page_total(follow(client, year.select_one(".refine"), "2019")) == page_total(visit(client, "/?q=committee"))


def test_a_date_that_cannot_be_read_is_told_beside_its_field_and_the_search_still_answers(client):
    page = visit(client, "/?q=committee&since=lately")
    field = page.select_one("#since")
    assert (field["value"], field["aria-invalid"]) == ("lately", "true")
    assert not page.select_one("#until").has_attr("aria-invalid")
    assert "lately" in page.select_one("#complaint").get_text() and "complaint" in field["aria-describedby"]
    assert shown(page)


def test_a_question_that_is_too_long_stays_in_its_box_with_what_to_do_and_is_answered_as_far_as_it_was_read(client):
    question = "committee " + "x" * 490
    page = visit(client, f"/?q={question}y")
    assert page.select_one("#q")["value"] == f"{question}y"
    assert "Shorten it to 500 characters." in page.select_one("#misread").get_text()
    assert shown(page) == shown(visit(client, f"/?q={question}")) != []


def test_undated_documents_left_out_by_a_date_filter_are_counted(client):
    assert (
        "1 more bears no date"
        in visit(client, "/?q=children+publish&since=2000").select_one(".results .note").get_text()
    )


def test_pages_turn_through_every_result_once_in_a_stable_order(client):
    page, seen = visit(client, "/?q=committee"), []
    while True:
        seen += shown(page)
        if not page.select_one("[rel=next]"):
            break
        page = visit(client, "/" + page.select_one("[rel=next]")["href"])
        assert not page.select_one(".answer")
    assert len(seen) == len(set(seen)) == page_total(page)
    beyond = visit(client, "/?q=committee&page=99")
    assert "no page 99" in beyond.get_text() and not shown(beyond)


def test_sorting_by_date_is_kept_in_every_address(client):
    page = follow(client, visit(client, "/?q=committee"), "date")
    years = [int(re.search(r"\d{4}", facts.get_text()).group()) for facts in page.select(".hit .facts")]
    assert years == sorted(years, reverse=True)
    addresses = [a["href"] for a in page.select("a[href^='?']") if "relevance" not in a.get_text()]
    assert addresses and all("sort=date" in address for address in addresses)


def test_an_address_gives_the_same_page_again(client):
    address = "/?q=committee&kind=update&since=2017&sort=date&page=2"
    assert client.get(address).text == client.get(address).text
    assert shown(visit(client, address)) == shown(visit(client, f"{address}&utm_source=letter"))


def test_no_results_offer_ways_on(client):
    page = visit(client, "/?q=badgers&kind=press")
    assert page.select_one("#results").get_text() == "No publications"
    assert page_total(follow(client, page, "all publications")) == len(SHELF)
    assert page.select_one(".none a[href='?q=badgers&plain=yes']")


def test_words_in_another_language_say_which_it_is_and_english_ones_do_not():
    client = TestClient(create_app(ShelfDesk(Shelf((replace(UPDATE, lang="cy"), replace(POSITION, lang="en"))))))
    page, whole = visit(client, f"/?q={QUESTION}"), visit(client, f"/documents/{UPDATE.id}")
    parts = (".sentence", ".source-title", ".where", ".source blockquote", ".hit h3 a", ".hit blockquote")
    for part in parts:
        assert page.select(f"{part}[lang=cy][dir=auto], {part} [lang=cy]"), part
    assert [whole.select_one(part)["lang"] for part in ("h1", ".text")] == ["cy", "cy"]
    said = [one.get_text() for one in page.select("[lang=en], [lang='']")]
    assert said == [] and visit(client, f"/related?url={POSITION.url}").a["lang"] == "cy"


def test_members_only_and_other_renditions_are_said():
    twin = make("files/sgo-2017.pdf", "Special guardianship", "2017", Kind.POSITION, "", ("p. 1", "Guardians."))
    pdf = replace(twin, media_type="application/pdf")
    client = TestClient(create_app(ShelfDesk(Shelf(renditions={POSITION.id: (pdf,)}))))
    page = visit(client, "/?q=special+guardianship")
    also = page.select_one(".also")
    assert "Also published as PDF" in " ".join(also.get_text().split()) and also.a["href"] == pdf.url
    badges = [b.find_parent(class_="hit").h3.get_text(strip=True) for b in page.select(".hit .badge")]
    assert badges == ["Council of members, minutes"]


def test_less_likely_results_are_set_apart_once(client):
    page = visit(client, "/?q=special guardianship fostering committee tea biscuits")
    assert len(page.select(".less")) == 1


def test_a_document_page_shows_all_there_is(client):
    page = visit(client, f"/documents/{UPDATE.id}")
    assert page.h1.get_text() == UPDATE.title
    for section in UPDATE.sections:
        for paragraph in UPDATE.text[section.start : section.end].split("\n\n"):
            assert paragraph in page.select_one(".text").get_text()
    assert not page.select("mark") and page.get_text().count("Nineteen") == 1
    assert page.select_one(".text").get_text().count("Support after the order") == 1
    assert page.select_one(".text h2").get_text() == "Special guardianship"
    assert page.select_one("#related")
    pages = [mark.get_text() for mark in visit(client, f"/documents/{SURVEY.id}").select(".page-mark")]
    assert pages == ["Page 1", "Page 2", "Page 3"]
    assert visit(client, f"/documents/{POSITION.id}").select_one("#attachments")


def test_an_old_version_says_that_the_page_has_changed():
    changed = replace(UPDATE, text=UPDATE.text + "Added.")
    client = TestClient(create_app(ShelfDesk(Shelf((changed, *SHELF[1:]), earlier=(UPDATE,)))))
    assert "has changed since" in visit(client, f"/documents/{UPDATE.id}?version={UPDATE.version}").get_text()
    assert "has changed since" not in visit(client, f"/documents/{UPDATE.id}").get_text()


def test_the_status_page_counts_what_is_held_and_names_what_failed_with_a_remedy(client):
    page = visit(client, "/status")
    assert page.dd.get_text() == str(len(SHELF))
    rows = {row.th.get_text(): row.td.get_text() for row in page.select("tbody tr")}
    assert int(rows["Update"]) == sum(document.kind is Kind.UPDATE for document in SHELF)
    assert sum(int(count) for year, count in rows.items() if year.isdigit()) + 1 == len(SHELF)
    assert "1 without a date" in page.get_text()
    assert "scan-1998.pdf" in page.select_one(".failures").get_text()
    assert "Run text recognition" in page.select_one(".failures").get_text()
    assert Shelf().generation in page.get_text()
    assert f"Longest not looked at: {UPDATE.url}, last on 23 November 2026" in page.get_text()


def test_the_fragment_is_a_list_ready_to_be_included_or_nothing(client):
    fragment = client.get("/related", params={"url": UPDATE.url, "limit": 2, "heading": 3})
    soup = BeautifulSoup(fragment.text, "lxml")
    assert soup.h3.get_text() == "Related Articles" and len(soup("li")) == 2
    listed = json.loads(soup.find("script", type="application/ld+json").string)["itemListElement"]
    assert [one["url"] for one in listed] == [a["href"] for a in soup("a")]
    assert len(soup("script")) == 1 and fragment.headers["etag"]
    assert client.get("/related", params={"url": "https://adfs.example.org/not-held"}).text.strip() == ""
    again = client.get("/related", params={"url": UPDATE.url}, headers={"If-None-Match": fragment.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
@pytest.mark.parametrize("base", ["", "/library"])
def test_a_fragment_that_is_refused_or_fails_puts_nothing_into_the_page_that_includes_it(monkeypatch, base, accept):
    app = create_app(ShelfDesk(settings=House(base_path=base)), access=Access(serve=ServeSettings(per_minute=2)))
    client = TestClient(app, headers={"Accept": accept})
    refused = client.get(f"{base}/related")
    monkeypatch.setattr(Shelf, "find", lambda *_: 1 / 0)
    answers = [refused, *(client.get(f"{base}/related?url={UPDATE.url}") for _ in range(2))]
    assert [one.status_code for one in answers] == [422, 500, 429]
    assert [(one.text, one.headers["content-type"]) for one in answers] == [("", "text/html; charset=utf-8")] * 3
    assert answers[2].headers["retry-after"]


def test_a_fragment_of_what_no_browser_may_be_sent_to_is_empty():
    files = tuple(replace(one, url=f"file:{one.id}.md") for one in SHELF)
    client = TestClient(create_app(ShelfDesk(Shelf((UPDATE, *files)))))
    assert client.get("/related", params={"url": UPDATE.url}).text.strip() == ""


def test_dates_that_are_applied_leave_the_question_as_it_was_read(client):
    asked = "What do our press releases say about guardianship?"
    page = visit(client, f"/?{urlencode({'q': asked, 'plain': 'yes'})}")
    kept = {each["name"]: each["value"] for each in page.select("#search input[type=hidden]")}
    again, other = (visit(client, f"/?{urlencode({'q': one, **kept})}") for one in (asked, f"{asked} Now?"))
    assert (len(again.select(".chips a")), len(other.select(".chips a"))) == (0, 1)


def test_an_empty_collection_says_so():
    page = visit(TestClient(create_app(ShelfDesk(Shelf(())))), "/")
    assert "empty so far" in page.get_text() and not page.select(".recent")


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "</title></textarea><script>alert(1)</script>",
    "javascript:alert(1)",
    "<mark id=quote onclick=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)


def hostile_shelf(payload: str) -> Shelf:
    bad = make(
        "a",
        f"guardianship {payload}",
        "2019",
        Kind.REPORT,
        f"tag {payload}",
        (f"{payload} > {payload}", f"Special guardianship {payload} is said."),
        authors=(payload,),
        attachments=(Link(payload, payload),),
    )
    return Shelf((bad, replace(bad, url=payload), replace(bad, url=f"{bad.url}-too"), *SHELF))


@pytest.mark.parametrize("payload", HOSTILE)
def test_stored_and_typed_markup_stays_text(payload):
    shelf = hostile_shelf(payload)
    client = TestClient(create_app(ShelfDesk(shelf)))
    bad = shelf.documents[0]
    asked = {"q": f"guardianship {payload}", "tag": payload, "since": payload[:40]}
    for address, params in [
        ("/", asked),
        ("/", {"q": "special guardianship"}),
        (f"/documents/{bad.id}", {"start": "0", "end": str(len(bad.text))}),
        (f"/documents/{shelf.documents[1].id}", {}),
        ("/related", {"url": bad.url}),
        (f"/{payload}", {}),
    ]:
        page = BeautifulSoup(client.get(address, params=params, headers={"Accept": "text/html"}).text, "lxml")
        data = page("script", type="application/ld+json")
        assert len(data) == (address == "/related") == len([json.loads(one.string) for one in data])
        run = [s["src"].split("?")[0] for s in page("script") if s not in data]
        assert run == ["/static/app.js"] * (address != "/related")
        assert not page.select("[onerror], [onload], [onclick], [style], style, iframe, object, svg:not(.years)")
        assert not [a for a in page.select("[href]") if a["href"].lower().startswith(("javascript", "data"))]
