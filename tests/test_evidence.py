"""Five questions' worth of sentences, seen through the figures that choose them: what speaks for a sentence."""

import pytest
from answers import LIBRARY

from service.evidence import Question, candidates, weigh
from service.sought import Sought, offers, sought, subject


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many libraries are there?", Sought.AMOUNT),
        ("What percentage of hours may be open?", Sought.AMOUNT),
        ("When was the order made?", Sought.TIME),
        ("In what year did it end?", Sought.TIME),
        ("Who chairs the committee?", Sought.NAME),
        ("Which authority was first?", Sought.NAME),
        ("Why did the fund close?", Sought.REASON),
        ("What did we say about special guardianship orders?", Sought.POSITION),
        ("what is the association's policy on fines", Sought.POSITION),
        ("How many did we say there are?", Sought.AMOUNT),
        ("Should guardians be assessed?", Sought.POSITION),
        ("camhs waiting times", Sought.ANYTHING),
    ],
)
def test_what_a_question_asks_for(question, kind):
    assert sought(question) is kind


@pytest.mark.parametrize(
    ("question", "matter"),
    [
        ("What is our policy on advice lines?", "What is our  on advice lines?"),
        ("What is the policy officer paid?", "What is the policy officer paid?"),
    ],
)
def test_an_answer_need_not_say_that_it_is_a_position(question, matter):
    assert subject(question) == matter


@pytest.mark.parametrize(
    ("text", "kind", "asked", "offered"),
    [
        ("It stood at 16 per cent.", Sought.AMOUNT, (), True),
        ("It stood at 16 per cent.", Sought.AMOUNT, ("16",), False),
        ("Nobody counted.", Sought.AMOUNT, (), False),
        ("It closed in May 2019.", Sought.TIME, (), True),
        ("It closed.", Sought.TIME, (), False),
        ("It was led by Rollo.", Sought.NAME, (), True),
        ("It was led by Rollo.", Sought.NAME, ("rollo",), False),
        ("It closed because money ran out.", Sought.REASON, (), True),
        ("Directors should be told.", Sought.POSITION, (), True),
        ("Directors were told.", Sought.POSITION, (), False),
        ("Plans for July were ready on Monday.", Sought.NAME, (), 0.0),
        ("Anything at all.", Sought.ANYTHING, (), 0.5),
    ],
)
def test_what_a_sentence_offers(text, kind, asked, offered):
    assert offers(text, kind, frozenset(asked)) == offered


def test_every_candidate_stands_at_its_place(library):
    texts = {document.id: document.text for document in LIBRARY}
    text = "Which carer allowance and which vacancy rate?"
    found = list(candidates(Question.read(text, library), library.search(text).hits))
    assert len(found) > 5
    assert all(texts[one.card.id][one.start : one.end] == one.text for one in found)


def test_cover_weighs_words_by_rarity(library):
    question = Question.read("committee xylophone", library)
    assert question.cover(["committe"]) < 0.5 < question.cover(["xylophon"])
    assert question.cover(["committe", "xylophon"]) == pytest.approx(1)


def test_shares_fall_and_make_one(library):
    text = "When is the carer allowance paid?"
    weighed = weigh(list(candidates(Question.read(text, library), library.search(text).hits)))
    assert list(weighed.shares) == sorted(weighed.shares, reverse=True)
    assert sum(weighed.shares) == pytest.approx(1)
    assert 0 < weighed.chance < 1


def test_without_a_sentence_there_is_no_chance():
    assert weigh([]).chance == 0
