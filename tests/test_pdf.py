"""PDF files: text by pages, in order and whole; every failure with its reason, and nothing that reaches the parent."""

import random
import re
from pathlib import Path

import pytest
from fpdf import FPDF
from pages import page
from papers import REPORT, WORDS, bomb, pdf

from ingest.blocks import Role
from ingest.extract import extract
from ingest.papers import read_pdf, stored_date
from ingest.pdf_layout import Line, blocks_of, title_lines
from ingest.records import Document, Page, Precision, Unreadable

SITE = Path(__file__).parents[1] / "eval" / "sample" / "site"


def target(body: bytes, path: str = "/papers/review.pdf") -> Page:
    return Page(f"https://example.org{path}", 200, {"content-type": "application/pdf"}, body, page("").fetched_at)


def read(body: bytes) -> Document:
    found = extract(target(body), None)
    assert isinstance(found, Document), found
    return found


def refused(body: bytes) -> str:
    found = extract(target(body), None)
    assert isinstance(found, Unreadable), found
    assert len(found.reason.split(". ")) > 1, "the reason names a remedy"
    return found.rule


def test_text_stands_on_its_page_without_running_headers_and_page_numbers() -> None:
    found = read(REPORT)
    assert "draft for members" not in found.text and "Page 1 of 4" not in found.text
    by_page = {section.page: "" for section in found.sections}
    for section in found.sections:
        by_page[section.page] += found.text[section.start : section.end]
    assert list(by_page) == [1, 2, 3, 4]
    assert "first finding" in by_page[1] and "speaks of fees" in by_page[2] and "closes" in by_page[3]


@pytest.mark.parametrize(
    ("head", "foot", "kept"),
    [
        ((16, "Recommendation {n}"), (11, "And so on."), ["Recommendation 2", "Recommendation 4"]),
        ((16, "Accounts of {w}"), (11, "Total {n},234 {m},567"), ["Total | 2,234 | 3,567"]),
        ((11, "Annual report 2019 {n}"), (11, "Page {n} of 4 - Draft 3 May"), []),
    ],
)
def test_what_goes_with_the_page_is_left_out_and_no_figure_or_heading(head, foot, kept) -> None:
    names = ("north", "south", "east", "west")
    filled = ({"n": n, "m": n + 1, "w": word} for n, word in enumerate(names, 1))
    pages = [
        [
            (head[0], head[1].format(**one)),
            (11, f"Of the {one['w']}: {WORDS}. {WORDS}."),
            (foot[0], foot[1].format(**one)),
        ]
        for one in filled
    ]
    text = read(pdf(pages=pages)).text
    assert all(words in text for words in kept) and "Annual report 2019 2" not in text and "Page 3" not in text


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("The Green Paper published on 3 March 2016 set out plans, and the committee read it.", "2018-02-03"),
        ("Closing date: 30 September 2019", "2018-02-03"),
        ("Next review date: June 2030", "2018-02-03"),
        ("Published: 3 May 2019", "2019-05-03"),
        ("This policy was approved by the Board on 3 May 2019", "2019-05-03"),
    ],
)
def test_a_day_that_is_not_the_papers_own_dates_it_not(line: str, first: str) -> None:
    found = read(pdf(pages=[[(20, "Response to the review"), (11, line), (11, f"{WORDS}. {WORDS}.")]]))
    assert str(found.published.first) == first


def test_lines_are_joined_to_paragraphs() -> None:
    assert f"{WORDS}. {WORDS}. {WORDS}." in read(REPORT).text


def test_headings_are_told_by_their_size_and_run_on_over_pages() -> None:
    found = read(REPORT)
    headings = [(section.page, section.heading) for section in found.sections]
    assert headings == [
        (1, ()),
        (1, ("Findings",)),
        (2, ("Findings",)),
        (2, ("Next steps",)),
        (3, ("Next steps",)),
        (4, ("Next steps",)),
    ]


@pytest.mark.parametrize("name", ["annual-2016", "annual-2023", "funding-2021", "overdue-2021"])
def test_a_paragraph_that_begins_in_bold_is_one_and_no_heading(name: str) -> None:
    found = read((SITE / f"pdf-{name}.pdf").read_bytes())
    source = (SITE / f"pdf-{name}.md").read_text("utf-8")
    begun = [text for text in found.text.split("\n\n") if text[:1].islower()]
    headings = {heading for section in found.sections for heading in section.heading}
    meant = set(re.findall(r"^#+ (.*)$", source, re.MULTILINE))
    # The head of a table is bold from end to end.
    heads = {
        " ".join(cells.replace("|", " ").split())
        for cells in re.findall(r"^(\|.*\|)\n\|[-:| ]+$", source, re.MULTILINE)
    }
    assert not begun and headings <= meant | heads


def test_title_and_date_come_from_the_content_first() -> None:
    found = read(REPORT)
    assert (found.title, found.media_type) == ("Review of thresholds", "application/pdf")
    assert (str(found.published.first), found.published.precision) == ("2019-05-03", Precision.DAY)
    assert found.published.source.startswith("first page")


def letters(made: FPDF, text: str, x: float, y: float, angle: float = 0) -> None:
    """Each letter set by itself, as programs do that draw what they print."""
    for letter in text:
        with made.rotation(angle, x, y):
            if letter != " ":
                made.text(x, y, letter)
        step = made.get_string_width(letter)
        x, y = (x, y - step) if angle else (x + step, y)


@pytest.mark.parametrize(("rows", "turned"), [(20, 1), (40, 10)], ids=["a turned heading", "rows beside turned labels"])
def test_what_is_written_in_two_directions_keeps_its_words(rows: int, turned: int) -> None:
    made = FPDF(unit="pt")
    made.add_page()
    made.set_font("Helvetica", size=9)
    for row in range(rows):
        letters(made, f"64{row:02d} Travel of members by train", 80, 90 + 14 * row)
    for label in range(turned):
        letters(made, "Key facts", 40, 760 - 60 * label, angle=90)
    text = read(bytes(made.output())).text
    assert "6400 Travel of members by train" in text
    assert len(re.findall("Key facts", text)) == turned


def test_what_is_set_above_a_line_or_below_it_stays_on_it() -> None:
    made = FPDF(unit="pt")
    made.add_page()
    x, parts = 72.0, (("A van was filled on the 4", 0), ("th", 5), (" of June with H", 0), ("2", -5), ("O.", 0))
    for text, rise in parts:
        made.set_font("Helvetica", size=7 if rise else 11)
        made.text(x, 100 - rise, text)
        x += made.get_string_width(text)
    assert read(bytes(made.output())).text == "A van was filled on the 4th of June with H2O."


def test_without_large_words_the_title_is_the_files_own_unless_that_is_junk() -> None:
    plain = [[(11, f"{WORDS}. " * 4)]]
    assert read(pdf(pages=plain, title="Kinship care")).title == "Kinship care"
    assert read(pdf(pages=plain, title="Microsoft Word - x.docx")).title == f"{WORDS}."


@pytest.mark.parametrize(
    ("cover", "title"),
    [
        ([(52, "The Directors"), (28, "Charges from April"), (28, "and later")], "The Directors Charges from April"),
        ([(52, "The Directors"), (14, "Charges from April")], "The Directors"),
        ([(30, "Charges from April"), (24, "What they bring")], "Charges from April What they bring"),
        ([(30, "Charges from April"), (20, "What they bring")], "Charges from April"),
    ],
)
def test_a_name_on_a_cover_is_not_the_whole_title(cover: list[tuple[int, str]], title: str) -> None:
    lines = [*(Line(text, size) for size, text in cover), *[Line("The text of the paper.", 11)] * 9]
    assert " ".join(line.text for line in title_lines(lines, 11)) == title


def test_without_a_date_in_the_content_that_of_the_file_counts() -> None:
    found = read(pdf(pages=[[(11, f"{WORDS}. " * 4)]]))
    assert (str(found.published.first), found.published.source) == ("2018-02-03", "metadata: created")


@pytest.mark.parametrize(
    ("stored", "authors"),
    [
        ("Siân Prydderch", ("Siân Prydderch",)),
        ("User Experience Group", ("User Experience Group",)),
        ("Microsoft Office User", ()),
        ("Windows User", ()),
        ("Administrator", ()),
        (" ", ()),
    ],
)
def test_the_author_is_whom_the_file_names_and_no_program(stored: str, authors: tuple[str, ...]) -> None:
    made = FPDF()
    made.set_author(stored)
    made.add_page()
    made.set_font("Helvetica")
    made.cell(text="The board met twice.")
    assert read(bytes(made.output())).authors == authors


def test_two_columns_are_read_one_after_the_other_page_by_page() -> None:
    said = [f"Sentence number {n} speaks of matter {n} and of nothing else in the paper." for n in range(120)]
    made = FPDF()
    made.set_margins(15, 25)
    made.add_page()
    made.set_font("Helvetica", size=11)
    with made.text_columns(ncols=2, gutter=8, text_align="J") as columns:
        for first in range(0, 120, 4):
            with columns.paragraph(bottom_margin=3) as paragraph:
                paragraph.write(" ".join(said[first : first + 4]))
    found = read(bytes(made.output()))
    text = found.text.replace("\n", " ")
    places = [text.find(f"Sentence number {n} speaks") for n in range(120)]
    assert places == sorted(places) and places[0] >= 0
    assert sum(sentence in found.text for sentence in said) >= 110, "few are broken by the end of a column"
    assert [section.page for section in found.sections] == list(range(1, made.pages_count + 1))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("D:20180203120000+01'00'", "2018-02-03"),
        ("2018-02-03T09:00:00+00:00", "2018-02-03"),
        ("D:20181340", "None"),
        ("", "None"),
    ],
)
def test_what_a_program_wrote_into_a_file_is_a_date_or_nothing(text: str, first: str) -> None:
    assert str(stored_date({"modified": text}, "modified").first) == first


def test_a_locked_file_is_refused() -> None:
    made = FPDF()
    made.add_page()
    made.set_font("Helvetica", size=11)
    made.cell(0, 8, "secret")
    made.set_encryption(owner_password="a", user_password="b")
    assert refused(bytes(made.output())) == "encrypted-pdf"


def test_a_scan_without_text_is_recorded_as_such() -> None:
    from PIL import Image

    made = FPDF()
    made.add_page()
    made.image(Image.new("L", (60, 80), 200), w=100)
    assert refused(bytes(made.output())) == "scan-without-text"


def test_a_file_with_nothing_on_it_is_refused() -> None:
    made = FPDF()
    made.add_page()
    assert refused(bytes(made.output())) == "empty-pdf"


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7", b"<html>", REPORT[:300]], ids=["empty", "header", "html", "cut"])
def test_what_is_no_pdf_is_refused(body: bytes) -> None:
    assert refused(body) == "broken-pdf"


def test_a_file_with_a_broken_table_of_objects_is_still_read() -> None:
    cut = REPORT[: REPORT.rindex(b"xref")]
    assert "first finding" in read(cut).text


def test_what_takes_too_much_memory_or_time_is_a_failure_not_an_empty_document() -> None:
    assert read_pdf(bomb(60 << 20), megabytes=300, seconds=30) == {"failure": "limit-hit"}
    assert read_pdf(REPORT, seconds=0) == {"failure": "limit-hit"}


def test_no_damaged_file_harms_the_reader_of_the_next() -> None:
    chance = random.Random(5)
    for _ in range(4):
        body = bytearray(REPORT)
        for at in chance.sample(range(len(body)), 40):
            body[at] = chance.randrange(256)
        assert isinstance(extract(target(bytes(body)), None), Document | Unreadable)
    assert "first finding" in read(REPORT).text


def lines(*texts: str) -> list[Line]:
    return [Line(text, 11.0, False, 500.0, 100.0 + 13 * at) for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (("the safe-", "guarding board"), "the safeguarding board"),
        (("a multi-", "agency and multi-agency plan"), "a multi-agency and multi-agency plan"),
        (("the safe\xad", "guarding board"), "the safeguarding board"),
        (("the 2014-", "2015 plan"), "the 2014- 2015 plan"),
        (("the board", "met."), "the board met."),
    ],
)
def test_words_broken_at_the_end_of_a_line_are_mended(texts: tuple[str, ...], joined: str) -> None:
    (block,) = blocks_of([lines(*texts)])
    assert block.text == joined


TABLE = (
    "Spending fell in every part of the service but one.",
    "Measure 2021–22 2022–23",
    "Static libraries 1,131 1,084",
    "£51 3.6%",
    "Loans from the E-Lending",
    "Pool (millions) 1.9 3.1",
    "Tarnshire April 2018 95.8 (2.1)",
    "Income $ 320,000 -£4,100",
    "Insurance 270.26",
    "Total for the year £2,254",
    "Members asked for the same figures for each of the years from 2016 to 2021",
    "and were told that they would have them by July 1, 2022",
    "at the latest, for a fee of £12.50",
    "or less.",
)


@pytest.mark.parametrize("size", [10.0, 0.0], ids=["with places", "words alone"])
def test_the_rows_of_a_table_stay_apart_and_know_their_cells(size: float) -> None:
    lines = [Line(text, size, top=14.0 * at) for at, text in enumerate(TABLE)]
    blocks = blocks_of([lines])
    assert [block.text for block in blocks if block.role is Role.ROW] == [
        "Measure | 2021–22 | 2022–23",
        "Static libraries | 1,131 | 1,084",
        "£51 | 3.6%",
        "Loans from the E-Lending Pool (millions) | 1.9 | 3.1",
        "Tarnshire April 2018 | 95.8 | (2.1)",
        "Income | $ 320,000 | -£4,100",
        "Insurance | 270.26",
        "Total for the year | £2,254",
    ]
    assert blocks[-1].text == " ".join(TABLE[-4:])


@pytest.mark.parametrize(
    ("tops", "rows"),
    [
        ((14, 28, 21), "Drivers and those who stand in for them, with all that they were taught | £210 | £214"),
        ((14, 28, 42), "£210 | £214"),
    ],
    ids=["beside", "below"],
)
def test_figures_beside_a_label_of_several_lines_are_its_own(tops: tuple[int, ...], rows: str) -> None:
    said = ("Drivers and those who stand in for them,", "with all that they were taught", "£210 £214")
    found = blocks_of([[Line(text, 10.0, top=top) for text, top in zip(said, tops, strict=True)]])
    assert [block.text for block in found if block.role is Role.ROW] == [rows]


@pytest.mark.parametrize(
    "line",
    [
        "Press office: 020 7946 0123",
        "Ring us on +44 20 7946 1234",
        "Telephone: 7946 1234",
        "ISBN 978 1 86155 123 4",
        "Sort code 20 14 05",
        "It met on 5 March 2019",
        "Last printed 12 05 2019",
    ],
)
def test_numbers_that_are_no_figures_make_no_row(line: str) -> None:
    assert [block.text for block in blocks_of([[Line(line, 10.0)]])] == [line]


def test_a_line_that_is_all_figures_costs_no_more_than_another() -> None:
    (block,) = blocks_of([[Line("1 " * 100_000 + "a", 10.0)]])
    assert block.role is Role.TEXT


@pytest.mark.parametrize(
    ("leads_to", "kept"),
    [((2, 2, 3), False), ((2, 3, 40), True), ((3, 2, 2), True)],
    ids=["contents", "prices", "prices in no order"],
)
def test_a_table_of_contents_is_no_text(leads_to: tuple[int, ...], kept: bool) -> None:
    listed = [f"{name} {'.' * 30} {page}" for name, page in zip(("Vans", "Stops", "Rounds"), leads_to, strict=True)]
    found = blocks_of([lines(*listed), lines("Vans are few."), lines("Rounds are long.")])
    assert any("...." in block.text for block in found) == kept


def test_bullets_part_items() -> None:
    found = blocks_of([lines("Members agreed to", "• write to the minister", "• meet again", "in May.")])
    assert [block.text for block in found] == ["Members agreed to", "write to the minister", "meet again in May."]


def test_a_paper_of_nothing_but_running_headers_is_refused() -> None:
    assert refused(pdf(pages=[[], [], [], []], header="Directors' Association")) == "empty-pdf"
