"""Sources that differ, and what stands today: the newest first, and what it replaced said to be replaced."""

from dataclasses import replace
from datetime import date

import pytest
from answers import march, opened, said
from room import paper

from index.records import Filters
from ingest.records import DateSpan, Document, Kind, Link
from service.answer import answer

CHARGES = (
    paper(
        "old",
        "The overdue charge for adults is 15 pence for each day.",
        title="Charges",
        published=march(2012),
    ),
    paper(
        "new",
        "From April the overdue charge for adults is 20 pence for each day of opening.",
        title="Charges again",
        published=march(2021),
    ),
)


def test_figures_of_two_dates_are_shown_as_such_the_newest_first(tmp_path):
    with opened(tmp_path, *CHARGES) as searcher:
        given = answer("What is the overdue charge for adults?", searcher)
    assert given.differs
    assert [citation.document.published.first.year for citation in given.citations] == [2021, 2012]


@pytest.mark.parametrize(
    ("words", "published"),
    [
        (CHARGES[0].text, CHARGES[1].published),
        (CHARGES[0].text, DateSpan()),
        ("The overdue charge for adults is 20 pence.", CHARGES[0].published),
        ("In 2011 the overdue charge for adults was dropped.", CHARGES[0].published),
        ("Buses to 15 villages ended.", CHARGES[0].published),
        ("The overdue charge for adults is due after 15 days of opening.", CHARGES[0].published),
        ("1. The overdue charge for adults is decided on each day of opening.", CHARGES[0].published),
    ],
)
def test_one_date_or_the_same_figures_do_not_differ(tmp_path, words, published):
    with opened(tmp_path, paper("old", words, published=published), CHARGES[1]) as searcher:
        assert not answer("What is the overdue charge for adults?", searcher).differs


@pytest.mark.parametrize(
    ("one", "other", "differs"),
    [
        ("twenty minutes", "thirty minutes", True),
        ("28 minutes", "twenty-eight minutes", False),
        ("12 minutes", "twelve minutes", False),
        ("1,200 minutes", "1200 minutes", False),
        ("a fee of £1.2m", "a fee of £1,200,000", False),
        ("a fee of £1.2 million", "a fee of £1.3 million", True),
        ("a fee of £2 million", "a fee of £2,000", True),
        ("three thousand minutes", "3000 minutes", False),
        ("1.50 minutes", "1.5 minutes", False),
    ],
)
def test_figures_are_the_same_however_they_are_written(tmp_path, one, other, differs):
    stays = (
        paper(f"stay-{year}", f"Each stop of a mobile library lasts {said} in villages.", published=march(year))
        for year, said in ((2012, one), (2021, other))
    )
    with opened(tmp_path, *stays) as searcher:
        assert answer("How long is a stop of a mobile library in villages?", searcher).differs is differs


def test_who_names_a_year_is_not_told_the_figures_of_others(tmp_path):
    with opened(tmp_path, *CHARGES) as searcher:
        assert not answer("What was the overdue charge for adults in 2012?", searcher).differs


STOPS = (
    paper(
        "stops-2015",
        "A mobile library should stop for at least twenty minutes. This was replaced by Longer stays.",
        title="Mobile libraries",
        published=march(2015),
        links=(Link("https://example.org/stops-2020", "Longer stays"),),
    ),
    paper("stops-2020", "Every van should stop for longer. A mobile library needs a driver.", title="Longer stays"),
    paper("vans", "Drivers are hard to find in the villages.", title="Costs"),
)


@pytest.mark.parametrize(
    ("question", "documents", "first", "replaced"),
    [
        ("How long should a mobile library stop?", STOPS, "Longer stays", True),
        ("How long should a mobile library stop?", STOPS[:1] + STOPS[2:], "Mobile libraries", False),
        ("How long should a mobile library stop in 2015?", STOPS, "Mobile libraries", False),
        ("How long should a van stop?", STOPS, "Longer stays", False),
        ("Who said at least twenty minutes?", STOPS, "Mobile libraries", False),
    ],
)
def test_what_stands_today_is_quoted_before_what_it_replaced(tmp_path, question, documents, first, replaced):
    with opened(tmp_path, *documents) as searcher:
        given = answer(question, searcher)
    titles = [citation.document.title for citation in given.citations]
    assert (titles[0], given.replaced) == (first, replaced)
    assert not replaced or "Mobile libraries" in titles[1:]
    assert not replaced or titles == sorted(titles, key=lambda title: title != first)


def longer_stays(words: str, id: str = "stops-2020", kind: Kind = Kind.POSITION) -> Document:
    links = (Link("https://example.org/stops-2020", "Our position"),)
    return replace(paper(id, words, title="Longer stays", published=march(2020)), kind=kind, links=links)


def test_what_stands_today_is_found_where_it_is_not_among_the_nearest(tmp_path):
    others = [paper(f"other-{n}", "Who drives a mobile library has to stop.") for n in range(12)]
    costs = "Councils, drivers and readers in villages bear what it costs, and so do those who wait in rain."
    today = longer_stays(f"{costs} A library should stop for half an hour.")
    with opened(tmp_path, STOPS[0], today, *others) as searcher:
        asked = "How long should a mobile library stop?"
        given, narrowed = answer(asked, searcher), answer(asked, searcher, Filters(until=date(2019, 1, 1)))
    assert today.url not in {hit.document.url for hit in given.hits}
    assert given.replaced and given.citations[0].document.url == today.url
    assert not narrowed.replaced and narrowed.citations[0].document.replaced_by


def test_what_tells_of_a_paper_does_not_stand_in_its_place(tmp_path):
    position = longer_stays("It costs more. A mobile library should stop for half an hour.")
    press = longer_stays("A mobile library should stop for twenty minutes, we said in 2015.", "press", Kind.PRESS)
    with opened(tmp_path, STOPS[0], position, press) as searcher:
        given = answer("How long should a mobile library stop?", searcher)
    assert press.url in {hit.document.url for hit in given.hits}
    assert given.replaced and given.citations[0].document.url == position.url


def test_what_stands_today_says_once_what_it_takes_over(tmp_path):
    words = "A mobile library should stop for at least twenty minutes."
    later = paper("stops-2020", f"{words} Drivers, engines and wheels are bought by councils.", title="Longer stays")
    with opened(tmp_path, STOPS[0], later) as searcher:
        given = answer("How long should a mobile library stop?", searcher)
    assert given.replaced
    assert [one.document.title for one in given.citations if one.quote == words] == ["Longer stays"]


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("What did we say about how long a mobile library stops?", False),
        ("What has replaced the paper on how long a mobile library stops?", True),
    ],
)
def test_that_a_publication_was_replaced_is_quoted_to_who_asks_for_that(tmp_path, question, quoted):
    with opened(tmp_path, *STOPS) as searcher:
        assert any("replaced by" in quote for quote in said(answer(question, searcher))) is quoted
