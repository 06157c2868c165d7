"""From a web site to a cited answer: the real crawler, the real model, the real index."""

import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from eval.sample.documents import read_documents
from eval.sample.site import SampleSite
from index.catalog import Catalog
from index.search import Searcher
from ingest.frontier import Frontier
from ingest.records import Audience
from service.answer import answer
from service.api import create_app
from service.crawling import update
from service.home import Home
from service.opening import open_searcher
from service.pipeline import silent
from service.records import State
from service.serving import ServingDesk

QUESTIONS = (
    "Do we still support charging readers for late books?",
    "How many library authorities are there?",
    "What did we say about volunteers running libraries?",
    "What does HLS stand for?",
    "When did we change our mind on fines?",
    "What is our position on opening libraries without staff?",
    "What did we tell the government about e-book lending?",
    "Who chairs the committee on children's reading?",
    "What do we say about school libraries?",
    "Which authorities have closed branches?",
    "What did the annual report say about visits?",
    "What is the reservation fee?",
    "How should libraries handle overdue items from children?",
    "What evidence did we give on library funding?",
    "What was agreed on shared catalogues?",
    "How long should records of loans be kept?",
    "What have we said about prisons?",
    "What happened in Summer 2015?",
    "What training do staff need?",
    "What do we think of mobile libraries?",
)


@pytest.fixture(scope="module")
def searcher(sample_home: Home) -> Searcher:
    return open_searcher(sample_home)


def test_every_publication_of_the_sample_is_found_and_nothing_else(sample_home: Home, sample_site: SampleSite) -> None:
    wanted = {sample_site.url + one.url for one in read_documents() if not one.state}
    catalog = Catalog(sample_home.catalog)
    found = {edition.current.url for edition in catalog.editions(Audience.MEMBERS)}
    catalog.close()
    assert found == wanted


def test_members_publications_are_in_the_members_index_alone(sample_home: Home, searcher: Searcher) -> None:
    members = {hit.document.url for hit in open_searcher(sample_home, Audience.MEMBERS).search("", limit=1000).hits}
    public = {hit.document.url for hit in searcher.search("", limit=1000).hits}
    secret = {url for url in members if "/members/" in url}
    assert secret
    assert public == members - secret


def test_the_chrome_of_the_site_is_in_no_document(searcher: Searcher) -> None:
    chrome = re.compile(r"cookie|Tag cloud|Related Articles|Featured event|Next upcoming event", re.IGNORECASE)
    for hit in searcher.search("", limit=1000).hits:
        document = searcher.document(hit.document.id)
        assert document is not None
        assert chrome.search(document.text) is None, document.url


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_quote_of_an_answer_stands_word_for_word_in_the_version_it_cites(
    question: str, searcher: Searcher
) -> None:
    given = answer(question, searcher)
    assert (given.state in (State.ANSWERED, State.PARTLY)) == bool(given.citations)
    assert [number for sentence in given.sentences for number in sentence.citations] == [
        c.number for c in given.citations
    ]
    for cited in given.citations:
        stored = searcher.document(cited.document.id, cited.version)
        assert stored is not None
        assert stored.text[cited.start : cited.end] == cited.quote


def test_a_stranger_to_the_publications_is_told_so(searcher: Searcher) -> None:
    given = answer("Which sourdough starter rises fastest at altitude?", searcher)
    assert given.state in (State.OUT_OF_SCOPE, State.NOT_FOUND)
    assert given.citations == ()


def test_the_service_answers_over_http_what_the_index_says(sample_home: Home) -> None:
    desk = ServingDesk(sample_home, Audience.PUBLIC)
    client = TestClient(create_app(desk))
    asked = client.get("/api/ask", params={"q": QUESTIONS[0]}).json()
    assert asked["state"] == "answered"
    cited = asked["citations"][0]
    place = {"document": cited["document"]["id"], **{key: cited[key] for key in ("version", "start", "end", "quote")}}
    assert client.get("/api/verify", params=place).json()["stands"] is True
    assert client.get("/api/verify", params=place | {"quote": "Something else."}).json()["stands"] is False
    found = client.get("/api/search", params={"q": "overdue charges", "kind": "position"}).json()
    assert {hit["document"]["kind"] for hit in found["hits"]} == {"position"}
    related = client.get("/api/related", params={"url": found["hits"][0]["document"]["url"]}).json()
    assert found["hits"][0]["document"]["url"] not in {item["document"]["url"] for item in related["items"]}
    assert client.get("/", params={"q": QUESTIONS[0]}).status_code == 200


def test_an_unchanged_site_gives_nothing_new(sample_home: Home, sample_site: SampleSite, tmp_path: Path) -> None:
    before = open_searcher(sample_home).generation
    report, intake = update(sample_home, [f"{sample_site.url}/"], silent)
    assert (report.changed, intake.changed, intake.refiled, intake.withdrawn) == (0, 0, 0, 0)
    assert open_searcher(sample_home).generation == before
    with Frontier(sample_home.frontier) as frontier:
        assert list(frontier.pending()) == []
