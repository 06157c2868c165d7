"""What an answer promises: words that stand where it says, each said once, by the source that is named."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from urllib.parse import unquote

import pytest
from room import BagEncoder, Room, paper, some_papers, some_questions

from index.records import Filters
from index.search import Searcher
from ingest.records import DateSpan, Document, Kind, Link, Precision, Section
from service.answer import MOST_SENTENCES, answer, choose, consider, distinct, near, quotes, tell
from service.evidence import Weighed
from service.records import Answer, State

GUARDIANS = paper(
    "guardians",
    "The committee met twice this term. Special guardians should be assessed before the order is made.",
    "Money > The carer allowance is paid every month. It ends when the child turns eighteen.",
    title="Families Committee Update",
    published=DateSpan(date(2015, 6, 1), date(2015, 8, 31), Precision.SEASON, "beside the title"),
)
SURVEY = paper(
    "survey.pdf",
    "This survey went to every authority.",
    "The vacancy rate for social workers stood at 16 per cent.",
    title="Workforce survey",
    media_type="application/pdf",
)
LIBRARY = (
    GUARDIANS,
    replace(SURVEY, sections=tuple(replace(part, page=i) for i, part in enumerate(SURVEY.sections, start=1))),
    paper(
        "transport", "Buses cost more than youth work. School transport needs a single fair duty.", title="Transport"
    ),
)


@contextmanager
def opened(folder: Path, *documents: Document) -> Iterator[Searcher]:
    room = Room(folder, BagEncoder(dimension=256))
    room.put(*documents)
    room.publish()
    searcher = room.searcher()
    yield searcher
    searcher.close()
    room.catalog.close()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with opened(tmp_path_factory.mktemp("library"), *LIBRARY) as searcher:
        yield searcher


def said(given: Answer) -> list[str]:
    return [citation.quote for citation in given.citations]


def test_the_sentence_that_says_so_comes_first(library):
    given = answer("When should special guardians be assessed before an order is made?", library)
    assert said(given)[0] == "Special guardians should be assessed before the order is made."
    assert given.citations[0].document.url == GUARDIANS.url


def test_a_sentence_that_leans_back_brings_the_one_before(library):
    given = answer("When does the carer allowance end, as the child turns eighteen?", library)
    assert said(given)[0] == "The carer allowance is paid every month. It ends when the child turns eighteen."


def test_a_quote_from_a_pdf_opens_its_page(library):
    first = answer("What is the vacancy rate for social workers in per cent?", library).citations[0]
    assert (first.page, first.url) == (2, f"{SURVEY.url}#page=2")


def test_a_quote_from_a_web_page_opens_at_its_words_within_its_section(library):
    first = answer("Which carer allowance is paid every month?", library).citations[0]
    address, _, words = unquote(first.url).partition(":~:text=")
    assert address == f"{GUARDIANS.url}#Money"
    assert first.quote.startswith(words.split(",")[0])


def test_marks_of_the_nearest_passages_stand_on_words_of_the_question(library):
    question = "carer allowance every month"
    passages = [passage for hit in answer(question, library).hits for passage in hit.passages]
    marked = {passage.text[start:end].lower() for passage in passages for start, end in passage.marks}
    assert marked == {"carer", "allowance", "every", "month"}


def test_sentences_of_one_passage_follow_each_other_as_they_do_there(tmp_path):
    rules = paper("rules", "A stop lasts thirty minutes. Drivers may be late. The stop of a van may be ended by us.")
    with opened(tmp_path, rules) as searcher:
        question = "When may the stop of a van be ended, and how many minutes lasts a stop?"
        best = choose(consider(question, near(question, searcher), searcher))
        quoted = said(answer(question, searcher))
    assert [one.text for one in best][:2] == ["The stop of a van may be ended by us.", "A stop lasts thirty minutes."]
    assert quoted[:2] == ["A stop lasts thirty minutes.", "The stop of a van may be ended by us."]


@pytest.mark.parametrize(
    ("shares", "quoted"),
    [
        ((0.48, 0.47, 0.05), 2),  # two hold nine tenths
        ((0.4, 0.3, 0.3), 3),
        ((0.86, 0.08, 0.06), 1),  # the second has less than a tenth of the first
        ((0.8, 0.09, 0.07), 2),
    ],
)
def test_sentences_are_quoted_while_they_have_a_say(library, shares, quoted):
    question = "How many social workers are there, and what is the vacancy rate?"
    weighed = consider(question, near(question, library), library)
    first = {one.passage.id: one for one in reversed(weighed.candidates)}
    told = Weighed(tuple(first.values())[:3], shares, 1.0)
    assert len(choose(told)) == quoted


def test_what_two_publications_say_alike_is_said_once(tmp_path):
    words = "Special guardians should be assessed before the order is made."
    papers = [paper(name, words, title=name) for name in ("one", "two", "three")]
    with opened(tmp_path, *papers) as searcher:
        assert said(answer("Should special guardians be assessed before the order?", searcher)) == [words]


def test_what_two_publications_say_differently_keeps_its_sources_apart(tmp_path):
    old = paper("old", "The overdue charge for books is 15 pence a day.", title="Charges 2012")
    new = paper("new", "The overdue charge for books is 20 pence a day in villages.", title="Charges 2021")
    with opened(tmp_path, old, new) as searcher:
        given = answer("What is the overdue charge for books?", searcher)
    assert {citation.quote: citation.document.title for citation in given.citations} == {
        old.text: "Charges 2012",
        new.text: "Charges 2021",
    }


def march(year: int) -> DateSpan:
    return DateSpan(date(year, 3, 1), date(year, 3, 31), Precision.MONTH, "beside the title")


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
    ],
)
def test_figures_are_the_same_however_they_are_written(tmp_path, one, other, differs):
    stays = (
        paper(f"stay-{year}", f"Each stop of a mobile library lasts {said} in villages.", published=march(year))
        for year, said in ((2012, one), (2021, other))
    )
    with opened(tmp_path, *stays) as searcher:
        assert answer("How long is a stop of a mobile library in villages?", searcher).differs is differs


def test_a_quote_stands_under_the_heading_that_it_stands_under(tmp_path):
    small = paper(
        "questions",
        "Question 3 > The duty is still the right test for libraries in every county of the land.",
        "Question 4 > Volunteers ought not to count as staff.",
        title="Response",
    )
    with opened(tmp_path, small) as searcher:
        [*_, cited] = answer("Ought volunteers to count as staff?", searcher).citations
    assert (cited.quote, cited.heading) == ("Volunteers ought not to count as staff.", ("Question 4",))
    assert "#Question 4" in unquote(cited.url)


COUNCIL = "The candidates for the council of guardians are:"
WICK = f"{COUNCIL}\n\nElizabeth Wick. She is of Hallowmere.\nAmy Hodge"


@pytest.mark.parametrize(
    ("text", "cut", "quoted"),
    [
        (f"{COUNCIL}\nElizabeth Wick\nAmy Hodge", 0, [f"{COUNCIL}\nElizabeth Wick\nAmy Hodge"]),
        (WICK, 0, [WICK]),
        (WICK, WICK.index("\nAmy"), [WICK]),
        (WICK + 200 * "\nAmy of Hallowmere", WICK.index("\nAmy"), [WICK[: WICK.index("\nAmy")]]),
        (f"Some words. {COUNCIL}", 0, []),
    ],
)
def test_what_leads_in_is_quoted_with_the_list_or_not_at_all(tmp_path, text, cut, quoted):
    vote = paper("vote", text)
    if cut:
        vote = replace(vote, sections=(Section(0, cut), Section(cut + 1, len(text))))
    with opened(tmp_path, vote) as searcher:
        assert said(answer("Who are the candidates for the council of guardians?", searcher)) == quoted


def test_a_few_words_that_point_back_bring_what_they_point_to(tmp_path):
    loans = paper("loans", "Publishers want readers to come to a branch for loans. We would oppose this.")
    with opened(tmp_path, loans) as searcher:
        assert loans.text in said(answer("What would we oppose about loans of publishers?", searcher))


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
    ("question", "quoted"),
    [
        ("What did we say about how long a mobile library stops?", False),
        ("What has replaced the paper on how long a mobile library stops?", True),
    ],
)
def test_that_a_publication_was_replaced_is_quoted_to_who_asks_for_that(tmp_path, question, quoted):
    with opened(tmp_path, *STOPS) as searcher:
        assert any("replaced by" in quote for quote in said(answer(question, searcher))) is quoted


def test_who_asks_what_we_say_is_told_what_we_hold_should_be(tmp_path):
    vans = paper(
        "vans",
        "Mobile libraries were counted in May by two of us. Each authority should keep its mobile libraries running.",
    )
    with opened(tmp_path, vans) as searcher:
        questions = ("What do we say about mobile libraries?", "What of mobile libraries?")
        held, other = (consider(asked, near(asked, searcher), searcher).candidates[0].text for asked in questions)
    assert "should" in held and "counted" in other


@pytest.mark.parametrize("seed", range(2))
def test_every_quote_stands_word_for_word_in_the_cited_version(tmp_path, seed):
    rng = Random(seed)
    answered = 0
    with opened(tmp_path, *some_papers(rng, 30)) as searcher:
        for question in some_questions(rng, 25):
            given = answer(question, searcher)
            for citation in given.citations:
                document = searcher.document(citation.document.id, citation.version)
                assert document.text[citation.start : citation.end] == citation.quote
                assert citation.version == document.version
            answered += bool(given.citations)
    assert answered > 4


QUESTIONS = (
    "special guardians and the vacancy rate",
    "Which carer allowance is paid every month?",
    "school transport duty",
    "What is a committee?",
    "How deep is the Mariana trench?",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_sentences_and_citations_are_numbered_together(library, question):
    given = answer(question, library)
    numbers = [citation.number for citation in given.citations]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [n for sentence in given.sentences for n in sentence.citations] == numbers
    assert [sentence.text for sentence in given.sentences] == said(given)
    assert len(numbers) <= MOST_SENTENCES
    assert bool(numbers) == (given.state in (State.ANSWERED, State.PARTLY))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_question_gets_the_same_answer(library, question):
    assert answer(question, library) == answer(question, library)


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


@pytest.mark.parametrize(("start", "end", "holds"), [(0, 13, True), (1, 14, False), (0, 0, False), (-13, 13, False)])
def test_a_quote_holds_only_at_its_own_place(start, end, holds):
    assert quotes(paper("one", "The committee met."), start, end, "The committee") is holds


def test_no_quote_is_cut_inside_a_sentence(library):
    given = answer("What is the vacancy rate for social workers?", library)
    assert given.citations
    assert all(re.search(r"[.!?]$", citation.quote) for citation in given.citations)
