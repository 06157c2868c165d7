"""What an answer promises: words that stand where it says, each said once, by the source that is named."""

import re
from dataclasses import replace
from random import Random
from urllib.parse import unquote

import pytest
from answers import GUARDIANS, SURVEY, opened, said
from room import paper, some_papers, some_questions

from ingest.records import Section
from service.answer import MOST_SENTENCES, answer, choose, consider, near, quotes
from service.evidence import Weighed
from service.records import State


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
    told = Weighed(tuple(first.values())[:3], shares, 1.0, 1.0)
    assert len(choose(told)) == quoted


def test_what_two_publications_say_alike_is_said_once(tmp_path):
    words = "Special guardians should be assessed before the order is made."
    papers = [paper(name, words, title=name) for name in ("one", "two", "three")]
    with opened(tmp_path, *papers) as searcher:
        assert said(answer("Should special guardians be assessed before the order?", searcher)) == [words]


def test_an_item_is_said_once_whether_or_not_it_is_numbered(tmp_path):
    words = "No more than 40 per cent of the hours a library is open in a week are without staff."
    with opened(tmp_path, paper("page", words), paper("file", f"2. {words}")) as searcher:
        assert len(answer("How many hours of a week may a library be open without staff?", searcher).citations) == 1


def test_what_two_publications_say_differently_keeps_its_sources_apart(tmp_path):
    old = paper("old", "The overdue charge for books is 15 pence a day.", title="Charges 2012")
    new = paper("new", "The overdue charge for books is 20 pence a day in villages.", title="Charges 2021")
    with opened(tmp_path, old, new) as searcher:
        given = answer("What is the overdue charge for books?", searcher)
    assert {citation.quote: citation.document.title for citation in given.citations} == {
        old.text: "Charges 2012",
        new.text: "Charges 2021",
    }


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


@pytest.mark.parametrize(("start", "end", "holds"), [(0, 13, True), (1, 14, False), (0, 0, False), (-13, 13, False)])
def test_a_quote_holds_only_at_its_own_place(start, end, holds):
    assert quotes(paper("one", "The committee met."), start, end, "The committee") is holds


def test_no_quote_is_cut_inside_a_sentence(library):
    given = answer("What is the vacancy rate for social workers?", library)
    assert given.citations
    assert all(re.search(r"[.!?]$", citation.quote) for citation in given.citations)
