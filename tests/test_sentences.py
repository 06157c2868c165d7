"""Sentences: where one ends and the next begins, exact to the character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sentences import split

CASES = [
    ["Dr. Ellis chaired.", "The vote was 3.5 to 1."],
    ["See para. 4 and s. 17 of the Act.", "Annex No. 3 applies."],
    ["Reported by Cllr. A. B. Osei, i.e. the lead member, on behalf of St. Anne's."],
    ["The figure rose in the U.K. last year.", "It fell in Wales."],
    ["This is law in the U.K.", "The duty is older."],
    ["“Is this enough?” she asked.", "It is not."],
    ["He said: “We will write.”", "They did (twice).", "Nothing came!"],
    ["Costs, fees, etc. are excluded.", "Bids, fees, etc.", "The rest follows."],
    ["1. Apologies were received.", "2. Minutes were agreed."],
    ["• first item", "• second item"],
    ["An SGO is not an adoption order.", "SGOs rose by 12% in 2014/15.", "LSCBs replied."],
    ["It was agreed to wait ... and see.", "Wait…", "Then act."],
    ["See https://example.org/a.b?c=d. Then reply to x.y@example.org by 5 p.m. on Friday."],
    ["Written by J. Smith.", "He agreed."],
    ["The rate was 4.5.", "In 2015 it was 5."],
    ["We support this policy.1", "The duty is older.12", "It was set in version 2.1 of the code."],
    ["See No.4 The end."],
]


@pytest.mark.parametrize("sentences", CASES)
def test_sentences_are_told_apart(sentences: list[str]) -> None:
    joined = "\n" if sentences[0].startswith(("1.", "•")) else " "
    text = joined.join(sentences)
    if text.startswith("See https"):
        sentences = ["See https://example.org/a.b?c=d.", text.split("d. ", 1)[1]]
    assert [text[a:b] for a, b in split(text)] == sentences


def test_a_line_break_always_ends_a_sentence() -> None:
    text = "Findings\n\nThe board met\nand adjourned."
    assert [text[a:b] for a, b in split(text)] == ["Findings", "The board met", "and adjourned."]


@given(st.text(alphabet=st.sampled_from("aB1 .!?\n\"'“”()-–;\t\u00a0é。…"), max_size=200) | st.text(max_size=80))
def test_every_visible_character_lies_in_exactly_one_span(text: str) -> None:
    spans = split(text)
    covered = [at for a, b in spans for at in range(a, b)]
    assert covered == sorted(set(covered))
    assert {at for at, char in enumerate(text) if not char.isspace()} <= set(covered)
    assert all(text[a:b] == text[a:b].strip() and a < b for a, b in spans)
