"""Answered, in part, not at all: what decides how an answer calls itself."""

from dataclasses import replace
from datetime import date

import pytest
from answers import opened
from room import paper

from ingest.records import DateSpan, Precision
from service.answer import answer, consider, distinct, near, tell
from service.records import State


@pytest.mark.parametrize(
    ("question", "state"),
    [
        ("Should special guardians be assessed before the order is made?", State.ANSWERED),
        ("Was the vacancy rate for social workers 16 per cent?", State.ANSWERED),
        ("Should special guardians be assessed before the order is made in Summer 2015?", State.ANSWERED),
        ("Should special guardians be assessed before the order is made in 1987?", State.PARTLY),
        (
            "Does CAMHS say that special guardians should be assessed before the order is made, as a committee?",
            State.PARTLY,
        ),
        ("SHOULD SPECIAL GUARDIANS BE ASSESSED BEFORE AN ORDER IS MADE?", State.ANSWERED),
        ("How deep is the Mariana trench?", State.OUT_OF_SCOPE),
    ],
)
def test_states(library, question, state):
    assert answer(question, library).state is state


@pytest.mark.parametrize(
    ("asked", "state"), [("20 authorities", State.PARTLY), ("authorities on 20 September 2018", State.ANSWERED)]
)
def test_the_day_of_publication_answers_for_no_other_figure(tmp_path, asked, state):
    day = DateSpan(date(2018, 9, 20), date(2018, 9, 20), Precision.DAY)
    with opened(tmp_path, paper("hours", "Many authorities support open access hours.", published=day)) as searcher:
        assert answer(f"Do {asked} support open access hours?", searcher).state is state


@pytest.mark.parametrize(
    ("heading", "state"), [("Open hours during COVID-19", State.ANSWERED), ("19. Open hours in COVID", State.PARTLY)]
)
def test_a_heading_answers_for_what_it_says_and_not_by_its_own_number(tmp_path, heading, state):
    with opened(tmp_path, paper("hours", f"{heading} > Many libraries kept open hours for carers.")) as searcher:
        assert answer("Did libraries keep open hours for carers in COVID-19?", searcher).state is state


def test_whatever_the_state_the_nearest_works_are_shown(library):
    given = answer("How deep is a committee?", library)
    assert given.state in (State.NOT_FOUND, State.OUT_OF_SCOPE)
    assert not given.citations
    assert given.hits


REPORT = "The arrangements lead to good experiences for children. The next inspection is due within three years."


def test_what_is_said_of_another_place_is_no_answer(tmp_path):
    reports = [paper(place, REPORT, title=f"Inspection of {place}") for place in ("Dorset", "Leicester")]
    with opened(tmp_path, *reports) as searcher:
        dorset = answer("When is the next inspection of Dorset due?", searcher)
        elsewhere = answer("When is the next inspection of Slough due?", searcher)
    assert {citation.document.title for citation in dorset.citations} >= {"Inspection of Dorset"}
    assert elsewhere.state is State.NOT_FOUND and elsewhere.hits


def test_no_further_quote_is_of_another_place(tmp_path):
    own, other = (
        paper("york", REPORT, title="York"),
        paper("leeds", "Inspection of schools rests in May.", title="Leeds"),
    )
    question = "When is the next inspection of York due?"
    with opened(tmp_path, own, other) as searcher:
        results = near(question, searcher)
        weighed = consider(question, results, searcher)
        even = replace(weighed, shares=tuple(1 / len(weighed.shares) for _ in weighed.shares))
        assert {one.card.title for one in distinct(even.candidates, 9)} == {"York", "Leeds"}
        given = tell(question, even, results, searcher)
    assert {one.document.title for one in given.citations} == {"York"}


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Which libraries open on Sundays in winter?", True),
        ("Which libraries do not open on Sundays in winter?", False),
        ("Which libraries cannot open on Sundays in winter?", False),
        ("Readers do not find us in the week. Which libraries open on Sundays in winter?", True),
    ],
)
def test_what_a_question_denies_is_not_answered_by_what_affirms_it(tmp_path, question, told):
    with opened(tmp_path, paper("hours", "Most libraries open on Sundays in winter.")) as searcher:
        assert bool(answer(question, searcher).citations) is told


@pytest.mark.parametrize(
    ("question", "state"),
    [
        ("Do 14 mobile libraries stop in every village on the coast?", State.PARTLY),
        ("Do mobile libraries stop on the hills?", State.ANSWERED),
        ("Do 14 mobile libraries stop on the hills?", State.NOT_FOUND),
        ("Do mobile libraries stop on the hills on the 3rd of May?", State.ANSWERED),
    ],
)
def test_what_lacks_the_number_asked_about_answers_in_part_where_it_says_all_else(tmp_path, question, state):
    stops = paper("stops", "Mobile libraries stop in every village on the coast until 3 May.")
    with opened(tmp_path, stops) as searcher:
        assert answer(question, searcher).state is state
