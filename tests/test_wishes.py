"""What a publication asks of those who index it is kept to the last page: found, yes; quoted, no. And its language."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import pytest
from answers import opened
from fastapi.testclient import TestClient
from room import paper
from shelf import ShelfDesk

from index.records import NO_FILTERS, Mode
from index.search import Searcher
from ingest.records import Dates, DateSpan, Kind, Precision
from service.answer import answer
from service.api import create_app
from service.records import Answer

DAY = DateSpan(date(2019, 5, 3), date(2019, 5, 3), Precision.DAY, "text: by 3 May 2019")
SILENT = replace(
    paper("silent", "Special guardians should be assessed before the order is made.", title="On guardians"),
    quotable=False,
)
OPEN = replace(
    paper("open", "Buses cost more than youth work does in most towns.", title="Transport"),
    kind=Kind.CONSULTATION,
    dates=Dates(closes=DAY, conflicts=("meta dc.date says 2019-05-03, JSON-LD datePublished says 2018-01-02.",)),
)
WELSH = replace(paper("cymraeg", "Bydd y gymuned yn gofyn am gyfle arall.", title="Nodiadau"), lang="cy")


@dataclass
class Desk(ShelfDesk):
    searcher: Searcher  # type: ignore[assignment]

    def ask(self, question: str, searcher: Searcher, filters: object = NO_FILTERS) -> Answer:
        return answer(question, searcher)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with opened(tmp_path_factory.mktemp("wishes"), SILENT, OPEN, WELSH) as served:
        yield served


@pytest.fixture(scope="module")
def client(searcher: Searcher) -> TestClient:
    return TestClient(create_app(Desk(searcher=searcher), now=lambda: datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize("query", ["special guardians", "assessed before the order"])
def test_what_may_not_be_quoted_is_found_by_its_words_and_shown_by_its_title(searcher: Searcher, query: str) -> None:
    best = searcher.search(query).hits[0]
    assert best.document.title == "On guardians"
    assert [(one.text, one.heading, one.marks) for one in best.passages] == [("", (), ())]


def test_no_answer_says_it(searcher: Searcher) -> None:
    given = answer("When should special guardians be assessed?", searcher)
    assert not [cited for cited in given.citations if cited.document.title == "On guardians"]


@pytest.mark.parametrize(
    "address",
    [
        "/?q=special+guardians+assessed",
        "/api/search?q=special+guardians+assessed",
        "/api/ask?q=When+should+special+guardians+be+assessed?",
        f"/documents/{SILENT.id}",
        f"/documents/{SILENT.id}?start=0&end=30",
        f"/api/documents/{SILENT.id}",
        f"/api/documents/{SILENT.id}?version={SILENT.version}",
        f"/related?url={OPEN.url}",
        f"/api/related?url={OPEN.url}",
    ],
)
def test_no_page_and_no_interface_shows_its_text(client: TestClient, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200
    assert "before the order is made" not in response.text


def test_its_page_says_why_there_is_nothing_to_read(client: TestClient) -> None:
    text = client.get(f"/documents/{SILENT.id}", headers={"Accept": "text/html"}).text
    assert "On guardians" in text and "asks that nothing be quoted" in text
    assert "asks that nothing be quoted" not in client.get(f"/documents/{OPEN.id}").text


def test_the_page_of_a_document_shows_its_other_dates_and_what_conflicts(client: TestClient) -> None:
    text = client.get(f"/documents/{OPEN.id}").text
    assert "Consultation closes: 3 May 2019" in text
    assert "meta dc.date says 2019-05-03, JSON-LD datePublished says 2018-01-02." in text
    assert client.get(f"/api/documents/{OPEN.id}").json()["dates"]["closes"]["first"] == "2019-05-03"


@pytest.mark.parametrize("word", ["gymuned", "gyfle", "bydd"])
def test_a_word_of_another_language_is_found_as_it_is_written(searcher: Searcher, word: str) -> None:
    found = searcher.search(word, mode=Mode.LEXICAL)
    assert [hit.document.title for hit in found.hits] == ["Nodiadau"]


def test_a_word_of_another_language_does_not_lose_its_ending(searcher: Searcher) -> None:
    assert searcher.search("gymun", mode=Mode.LEXICAL).total == 0


def test_no_place_of_what_may_not_be_quoted_tells_its_words(client: TestClient) -> None:
    page = client.get(f"/documents/{SILENT.id}", params={"start": 0, "end": 16}).text
    assert "guardians%20should" not in page and "Special%20guardians" not in page
    asked = {"document": SILENT.id, "version": SILENT.version, "start": 0, "end": 7, "quote": "Special"}
    assert client.get("/api/verify", params=asked).json()["stands"] is False
