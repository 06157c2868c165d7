"""Words are indexed under one form, whatever their case, accents, number or dots, and stand where they are said to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis import analyse, each_word, placed, query_terms, term, terms


@pytest.mark.parametrize(
    "same",
    [
        ("guardian", "Guardians", "GUARDIAN’S", "guardians'"),
        ("SGO", "SGOs", "S.G.O.", "sgo", "SGO's"),
        ("Núñez", "nunez", "NUNEZ"),
        ("ﬁnance", "finance"),
        ("inspected", "inspecting", "inspects"),
        ("O'Brien", "O’Brien", "o'brien’s"),
    ],
)
def test_forms_of_one_word_are_one_term(same: tuple[str, ...]) -> None:
    assert len({term(word) for word in same}) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the L.S.C.B met", ("the", "lscb", "met")),
        ("L.S.C.B. and U.S.A", ("lscb", "and", "usa")),
        ("e.g.the act", ("eg", "the", "act")),
        ("a re\u0301sume\u0301 of it", ("a", "resum", "of", "it")),
        ("see s.17", ("see", "s", "17")),
    ],
)
def test_dots_and_accents_part_no_word(text: str, said: tuple[str, ...]) -> None:
    assert terms(text) == said


@pytest.mark.parametrize(("one", "other"), [("SEND", "SENCO"), ("2015", "2016"), ("foster", "fast")])
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert term(one) != term(other)


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What did we say about SGOs?", ["sgo"]),
        ("guardian orders: guardians", ["guardian", "order", "guardian"]),
        ("what is it", ["what", "is", "it"]),
        ("", []),
        ("?!", []),
        ("inspections in Rhyl", ["inspect", "rhyl"]),
    ],
)
def test_a_question_is_its_telling_words_in_order(question: str, asked: list[str]) -> None:
    assert query_terms(question) == asked


@given(st.text())
def test_words_stand_in_order_wherever_they_are_looked_for_and_hold_no_space(text: str) -> None:
    said, starts, ends = placed(text)
    assert [(word[0], *word.span()) for word in each_word(text)] == list(zip(said, starts, ends, strict=True))
    assert all(start < end for start, end in zip(starts, ends, strict=True))
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
    assert not any(" " in one for one in terms(text))


@given(st.lists(st.sampled_from(["Guardians", "SGOs", "Núñez", "inspected", "2015"])))
def test_analysing_text_and_asking_for_it_meet(words: list[str]) -> None:
    assert set(query_terms(" ".join(words))) == set(analyse(" ".join(words)).split())


def test_other_languages_than_english_keep_their_endings() -> None:
    assert analyse("Gymuned inspected", "cy") == "gymuned inspected"
    assert analyse("Gymuned inspected", "en") == analyse("Gymuned inspected") == "gymun inspect"


def test_a_question_has_terms_for_other_languages_too() -> None:
    asked = "What did the gymuned say about SGOs?"
    assert query_terms(asked) == ["gymun", "sgo"]
    assert query_terms(asked, stemmed=False) == ["gymuned", "sgo"]
