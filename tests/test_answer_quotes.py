"""What may be quoted: no question, label, title or figures that have lost what they are of; a row with its head."""

from dataclasses import replace

import pytest
from answers import opened, said
from room import paper

from ingest.records import Section
from service.answer import answer


def test_neither_a_question_nor_a_label_is_quoted(tmp_path):
    asks = paper(
        "asks", "What does a mobile library stop really cost?\nMobile library stop cost\nA stop costs us £2.40."
    )
    with opened(tmp_path, asks) as searcher:
        assert said(answer("What does a mobile library stop really cost?", searcher)) == ["A stop costs us £2.40."]


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ("The Role of Our Board of Directors", False),
        ("Mari L. Huws & Siân Prydderch of the Board of Directors", False),
        ("By Mari Huws for the Board of Directors", True),
        ("The Board of Directors meets in Hallowmere", True),
    ],
)
def test_what_is_written_as_a_title_is_not_quoted(tmp_path, line, quoted):
    with opened(tmp_path, paper("board", f"About us\n\n{line}\n\nIt is a board of directors.")) as searcher:
        assert (line in said(answer("Who is on the board of directors?", searcher))) is quoted


def test_a_few_words_of_the_question_are_no_answer(tmp_path):
    notes = paper("notes", "Filtering of the internet! Filtering of the internet is by category and helps nobody.")
    with opened(tmp_path, notes) as searcher:
        given = said(answer("What is our position on filtering of the internet?", searcher))
    assert given == ["Filtering of the internet is by category and helps nobody."]


FEES = "Costs\n\nKind | 2019 | 2023\nFull member | £2,100 | £2,400\nAssociate member | £450 | £510\n\nDue in April."
CONTACT = "Write\n\nOffice of a member | Hallowmere\nFee of a member | by post"


@pytest.mark.parametrize(
    ("text", "start", "quote", "head"),
    [
        (FEES, 0, "Full member | £2,100 | £2,400", "Kind | 2019 | 2023"),
        (FEES, FEES.index("Kind"), "Full member | £2,100 | £2,400", ""),
        (FEES.replace("Kind | 2019", "Kind"), 0, "Full member | £2,100 | £2,400", ""),
        (CONTACT, 0, "Fee of a member | by post", ""),
        (FEES.replace("Kind | 2019 | 2023", "Fellow | £40 | £45"), 0, "Full member | £2,100 | £2,400", ""),
    ],
)
def test_a_row_is_quoted_with_the_head_that_says_what_its_cells_are(tmp_path, text, start, quote, head):
    table = paper("fees", text)
    if start:
        table = replace(table, sections=(Section(0, start), Section(start, len(text))))
    with opened(tmp_path, table) as searcher:
        cited = {one.quote: one.head for one in answer("What is the fee of a full member?", searcher).citations}
    assert cited[quote] == head


def test_a_row_whose_first_cell_goes_on_from_above_is_quoted_with_it(tmp_path):
    table = "Region | Year | Fee of a member\nNorth | 2018 | £12\n| 2021 | £14\n| 2023 | £15\nSouth | 2018 | £10"
    with opened(tmp_path, paper("fees", table)) as searcher:
        quotes = {one.quote: one.head for one in answer("What was the fee of a member in 2023?", searcher).citations}
    assert quotes["North | 2018 | £12\n| 2021 | £14\n| 2023 | £15"] == "Region | Year | Fee of a member"


def test_figures_that_have_lost_their_rows_are_not_quoted(tmp_path):
    accounts = "Salaries of members 6010 4,570.30 0.95 % Payroll taxes 6011 " + " ".join(
        f"60{n} 1,2{n}.10 %" for n in range(9)
    )
    with opened(tmp_path, paper("accounts", accounts, "Salaries of members are paid by us.")) as searcher:
        assert said(answer("What are the salaries of members?", searcher)) == ["Salaries of members are paid by us."]


def test_the_label_of_a_paragraph_is_quoted_with_what_follows_it_and_never_alone(tmp_path):
    notes = paper("notes", "Mobile libraries. Twelve vans are on the road. Drivers are scarce.\nOther business. None.")
    with opened(tmp_path, notes) as searcher:
        asked = said(answer("How many mobile libraries are on the road?", searcher))
        alone = said(answer("mobile libraries", searcher))
    assert asked[0] == "Mobile libraries. Twelve vans are on the road." and "Mobile libraries." not in asked + alone


def test_no_quote_begins_with_the_mark_of_a_list_and_each_keeps_its_minus(tmp_path):
    found = "We found: - Lending by readers rose. - Lending by schools fell.\n- 3 % was the change in lending overall."
    with opened(tmp_path, paper("found", found)) as searcher:
        given = [said(answer(f"How did lending {of}?", searcher))[0] for of in ("by schools fall", "overall change")]
    assert given == ["Lending by schools fell.", "- 3 % was the change in lending overall."]


def test_a_sentence_is_not_quoted_again_with_the_one_that_leans_on_it(tmp_path):
    fees = paper(
        "fees", "The fee is paid monthly. It ends when a reader turns eighteen or leaves the library for good."
    )
    with opened(tmp_path, fees) as searcher:
        assert said(answer("Is the fee paid monthly?", searcher)) == ["The fee is paid monthly."]


def test_what_a_paper_that_stands_says_of_an_earlier_one_is_quoted(tmp_path):
    words = "This paper on how long a van stops replaces that of 2015."
    with opened(tmp_path, paper("vans", words, "Drivers rest at noon.")) as searcher:
        assert said(answer("What did we say about how long a van stops?", searcher)) == [words]


def test_a_title_that_a_text_repeats_is_no_answer(tmp_path):
    title = "An end to all overdue charges by spring"
    with opened(tmp_path, paper("end", f"{title}\nOverdue charges should be cancelled.", title=title)) as searcher:
        assert said(answer("overdue charges by spring", searcher)) == ["Overdue charges should be cancelled."]
