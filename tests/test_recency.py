"""Newer first, where it is asked for: by kind, without another result set, and never against clear relevance."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from room import Room, paper

from index.recency import HALF_LIFE_YEARS, LEAST, freshness, years_named
from index.records import Order
from index.search import Searcher
from ingest.records import DateSpan, Document, Kind, Precision
from service.why import why

TODAY = date.today()


WORDS = "The overdue charge for books is dropped in the {}."


def dated(first: date, until: date) -> DateSpan:
    return DateSpan(first, until, Precision.SEASON, "beside the title")


def days_ago(days: int) -> DateSpan:
    return dated(TODAY - timedelta(days), TODAY - timedelta(days))


def published(folder: Path, *papers: Document) -> Searcher:
    room = Room(folder)
    room.put(*papers)
    room.publish()
    return room.searcher()


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return published(
        tmp_path_factory.mktemp("recency"),
        paper("press-old", WORDS.format("towns"), kind=Kind.PRESS, published=days_ago(2_000)),
        paper("press-new", WORDS.format("cities"), kind=Kind.PRESS, published=days_ago(3)),
        paper("position-old", WORDS.format("valleys"), kind=Kind.POSITION, published=days_ago(2_000)),
        paper("page", WORDS.format("hills"), kind=Kind.PAGE),
        paper("beside", "Buses ran to the towns.", kind=Kind.PRESS, published=days_ago(0)),
    )


def test_every_kind_fades_at_its_own_pace_and_the_undated_do_not() -> None:
    assert set(HALF_LIFE_YEARS) == set(Kind)
    year = 365.25
    ages = np.array([0, year, year, 100 * year, np.nan, -30])
    kinds = [Kind.PRESS, Kind.PRESS, Kind.POSITION, Kind.PRESS, Kind.PRESS, Kind.EVENT]
    told = freshness(ages, kinds)
    assert told[[0, 4, 5]].tolist() == [1, 1, 1]
    assert told[1] == pytest.approx(LEAST + (1 - LEAST) / 2)
    assert told[1] < told[2] < 1
    assert told[3] == pytest.approx(LEAST)


def test_recency_orders_the_same_works_anew(searcher: Searcher) -> None:
    question = "overdue charge for books dropped"
    plain, newer = (searcher.search(question, order=order) for order in (Order.RELEVANCE, Order.RECENCY))
    assert (plain.total, plain.facets) == (newer.total, newer.facets)
    assert {hit.document.id: hit.relevance for hit in plain.hits} == {
        hit.document.id: hit.relevance for hit in newer.hits
    }
    places = [hit.document.url.rsplit("/", 1)[-1] for hit in newer.hits]
    assert places.index("press-new") < places.index("position-old") < places.index("press-old")
    assert places[-1] == "beside"


def test_pages_of_that_order_are_slices_of_it(searcher: Searcher) -> None:
    asked = "overdue charge for books dropped"
    whole = searcher.search(asked, order=Order.RECENCY).hits
    parts = [hit for at in range(5) for hit in searcher.search(asked, limit=1, offset=at, order=Order.RECENCY).hits]
    assert [hit.document.id for hit in parts] == [hit.document.id for hit in whole]


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("What did we recommend in 2012?", (2012,)),
        ("from 2012 to 2015, and 2012 again", (2012, 2015)),
        ("the 2015/16 survey", (2015,)),
        ("1,2012 pages, £2012m, 12015 and 20156", ()),
        ("room 1805", ()),
    ],
)
def test_the_years_that_a_question_names_are_read(question: str, years: tuple[int, ...]) -> None:
    assert years_named(question) == years


@pytest.fixture(scope="module")
def by_year(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    return published(
        tmp_path_factory.mktemp("years"),
        paper("spring", WORDS.format("towns"), published=dated(date(2012, 3, 1), date(2012, 5, 31))),
        paper("winter", WORDS.format("cities"), published=dated(date(2013, 12, 1), date(2014, 2, 28))),
        paper("undated", WORDS.format("valleys")),
    )


@pytest.mark.parametrize(("year", "first"), [(2012, "spring"), (2013, "winter"), (2014, "winter")])
def test_what_is_of_a_year_that_the_question_names_comes_first(by_year: Searcher, year: int, first: str) -> None:
    hits = by_year.search(f"the overdue charge in {year}").hits
    assert hits[0].document.url.endswith(first)
    assert "It is of a year that you name." in why(hits[0], f"charge in {year}", by_year.vocabulary)
    assert "It is of a year that you name." not in why(hits[1], f"charge in {year}", by_year.vocabulary)
