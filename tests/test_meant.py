"""What a question says of publications narrows the search, seen and removable; what it says of its subject does not."""

from datetime import UTC, date, datetime
from functools import reduce

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient

from index.records import NO_FILTERS, Filters
from ingest.records import Audience, Kind
from service.api import create_app
from service.home import Home
from service.meant import meant
from service.serving import ServingDesk

TODAY = date(2024, 5, 1)
YEAR_2018 = Filters(since=date(2018, 1, 1), until=date(2018, 12, 31))


def narrowed(question: str) -> Filters:
    filters = NO_FILTERS
    for one in meant(question, TODAY):
        filters = one.narrow(filters)
    return filters


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("What did we say about fees in 2018?", YEAR_2018),
        ("what did the Digital Access Committee recommend in 2018", YEAR_2018),
        ("In 2018, how did the association describe open access?", YEAR_2018),
        ("Which figure does the 2018 response give?", YEAR_2018),
        ("What have we published on fees in 2018?", YEAR_2018),
        ("What did we say about fees last year?", Filters(since=date(2023, 1, 1), until=date(2023, 12, 31))),
        ("What did we say about fees This Year?", Filters(since=date(2024, 1, 1), until=date(2024, 12, 31))),
        (
            "What do the committee notes for summer 2015 say about guardianship?",
            Filters(kinds=(Kind.UPDATE,), since=date(2015, 6, 1), until=date(2015, 8, 31)),
        ),
        ("What did we say since 2018 about fees?", Filters(since=date(2018, 1, 1))),
        ("What did we say about fees after May 2018?", Filters(since=date(2018, 5, 1))),
        ("What did we say about fees before 2018?", Filters(until=date(2017, 12, 31))),
        ("What did we say about fees until spring 2018?", Filters(until=date(2018, 5, 31))),
        ("Before 2018, what had we published on fees?", Filters(until=date(2017, 12, 31))),
        ("Which papers since 2018 speak of fees?", Filters(since=date(2018, 1, 1))),
        (
            "What did we say about fees between 2017 and 2019?",
            Filters(since=date(2017, 1, 1), until=date(2019, 12, 31)),
        ),
        (
            "Which papers published from 2017 to May 2019 speak of fees?",
            Filters(since=date(2017, 1, 1), until=date(2019, 5, 31)),
        ),
        ("What did we say about fees from 2015 onwards?", Filters(since=date(2015, 1, 1))),
        ("What did we say about fees from 2015 on?", Filters(since=date(2015, 1, 1))),
        ("What did we announce in Feb 2018?", Filters(since=date(2018, 2, 1), until=date(2018, 2, 28))),
        ("What did we say in the summer of 2015?", Filters(since=date(2015, 6, 1), until=date(2015, 8, 31))),
        ("What did we say about fostering in 2018?", YEAR_2018),
        ("What did we say about special educational need in 2018?", YEAR_2018),
        ("What do our press releases say about fees?", Filters(kinds=(Kind.PRESS,))),
        ("Is there anything in the minutes about fees?", Filters(kinds=(Kind.MINUTES,))),
    ],
)
def test_what_is_said_of_publications_narrows(question: str, filters: Filters) -> None:
    assert narrowed(question) == filters


@pytest.mark.parametrize(
    "question",
    [
        "How many children joined in 2018?",
        "What was income in 2018-19?",
        "How many have joined since 2018?",
        "What did we say about the Act before 2015 and in 2016?",
        "What did we say in 2014, and what do we say since 2018?",
        "How fast is the response to a fire?",
        "Must a page be unblocked within ten minutes of a request?",
        "Executive Council 1st 2018 Tertile Report: Bylaws",
        "Preparing for the June 2019 lesson release",
        "How many had dropped fines by 1 April 2023?",
        "the 2018 response",
        "What do we recommend for lamps built before 1990?",
        "What did we say about the act passed in 1964?",
        "What did we say we would do in 2021?",
        "What did the council decide to spend in 2019?",
        "What did we say about last year's conference?",
        "What did we say about fees in the last year?",
        "How many minutes of the session should be spent reading?",
    ],
)
def test_what_is_said_of_the_subject_does_not(question: str) -> None:
    assert narrowed(question) == NO_FILTERS


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What did we say since 2018 about fees?", "What did we say about fees?"),
        ("What did we say about fees between 2017 and May 2019?", "What did we say about fees ?"),
        ("What have we said since 2018 on fees?", "What have we said on fees?"),
        ("What did we say last year about fees?", "What did we say about fees?"),
        ("What did we say in 2018 about fees?", "What did we say in 2018 about fees?"),
        ("What did we say about fees from 2015 onwards?", "What did we say about fees ?"),
        ("What do the committee notes say about fees?", "What do the committee notes say about fees?"),
    ],
)
def test_what_bounds_a_time_is_not_ranked_by_as_well(question: str, words: str) -> None:
    assert reduce(lambda said, one: one.left_out(said), meant(question, TODAY), question) == words


def test_what_was_chosen_by_hand_stands() -> None:
    chosen = Filters(kinds=(Kind.REPORT,), since=date(2001, 1, 1))
    for one in meant("What did the committee notes say in 2018?", TODAY):
        assert one.narrow(chosen) == chosen


def test_the_page_shows_it_and_takes_it_away(real: TestClient) -> None:
    asked = "What did we say about overdue charges in 2017?"
    page = BeautifulSoup(real.get("/", params={"q": asked}).text, "lxml")
    chip = page.select_one(".chips a")
    assert chip and chip.get_text(" ", strip=True).startswith("published 2017")
    years = {one["document"]["published"][:4] for one in real.get("/api/search", params={"q": asked}).json()["hits"]}
    assert years == {"2017"}
    plain = real.get("/" + str(chip["href"]))
    assert not BeautifulSoup(plain.text, "lxml").select(".chips a")
    all_years = real.get("/api/search", params={"q": asked, "plain": "true"}).json()
    assert all_years["meant"] == [] and len({one["document"]["published"] for one in all_years["hits"]}) > 1


@pytest.mark.parametrize(
    ("question", "chip"),
    [
        ("What did we publish last year?", "published last year (2023)"),
        ("What have we said of fees since last year?", "published since last year (2023–)"),
        ("What have we said of fees between 2012 and last year?", "published between 2012 and last year (2012–2023)"),
        ("What did we say of fees in May 2015?", "published May 2015"),
    ],
)
def test_a_year_that_is_not_named_is_told(sample_home: Home, question: str, chip: str) -> None:
    now = datetime(2024, 5, 1, tzinfo=UTC)
    client = TestClient(create_app(ServingDesk(sample_home, Audience.PUBLIC), now=lambda: now))
    page = BeautifulSoup(client.get("/", params={"q": question}).text, "lxml")
    assert [str(one.contents[0]) for one in page.select(".chips a")] == [chip]


def test_the_interface_tells_what_it_read(real: TestClient) -> None:
    told = real.get("/api/ask", params={"q": "What did the committee notes of summer 2015 say?"}).json()["meant"]
    assert told == [
        {"said": "committee notes", "kind": "update", "since": None, "until": None},
        {"said": "summer 2015", "kind": None, "since": "2015-06-01", "until": "2015-08-31"},
    ]
