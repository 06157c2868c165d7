"""Word documents: what is shown, in order and whole; every failure with its reason."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import docx
import pytest
from docx.document import Document as Word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pages import page

from ingest.extract import extract
from ingest.papers import DOCX
from ingest.records import Document, Page, Precision, Unreadable


def target(body: bytes, media_type: str = DOCX) -> Page:
    return Page("https://example.org/a/fees_review.docx", 200, {"content-type": media_type}, body, page("").fetched_at)


def made(write: Callable[[Word], object]) -> bytes:
    word = docx.Document()
    word.core_properties.title, word.core_properties.author = "", ""
    word.core_properties.created = datetime(2018, 2, 3, tzinfo=UTC)
    write(word)
    stream = io.BytesIO()
    word.save(stream)
    return stream.getvalue()


def read(body: bytes) -> Document:
    found = extract(target(body), None)
    assert isinstance(found, Document), found
    return found


def review(word: Word) -> None:
    word.core_properties.title = "Template of the office"
    word.core_properties.author = "Ann Ames"
    word.core_properties.modified = datetime(2019, 6, 1, tzinfo=UTC)
    word.add_paragraph("Review of fees", style="Title")
    word.add_paragraph("Published 3 May 2019")
    word.add_paragraph("The board met twice.")
    word.add_heading("Findings", 1)
    word.add_paragraph("Fees rose in two regions.")
    word.add_heading("The north", 2)
    for text in ("Fees doubled", "Places fell"):
        word.add_paragraph(text, style="List Bullet")
    table = word.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ("Region", "Fee", "North", "12"), strict=True):
        cell.text = text
    word.add_heading("Next steps", 1)
    word.add_paragraph("A paper will follow.")


def test_headings_open_sections_and_lists_and_tables_are_kept() -> None:
    found = read(made(review))
    assert found.text == (
        "Published 3 May 2019\n\nThe board met twice.\n\nFindings\n\nFees rose in two regions.\n\nThe north\n\n"
        "Fees doubled\nPlaces fell\n\nRegion | Fee\nNorth | 12\n\nNext steps\n\nA paper will follow."
    )
    assert [section.heading for section in found.sections] == [
        (),
        ("Findings",),
        ("Findings", "The north"),
        ("Next steps",),
    ]


def test_title_and_date_come_from_the_content_before_the_metadata() -> None:
    found = read(made(review))
    assert (found.title, found.media_type, found.authors) == ("Review of fees", DOCX, ("Ann Ames",))
    assert (str(found.published.first), found.published.precision) == ("2019-05-03", Precision.DAY)
    assert (str(found.dates.modified.first), found.dates.modified.source) == ("2019-06-01", "metadata: modified")


def test_what_the_content_does_not_say_the_metadata_does() -> None:
    def write(word: Word) -> None:
        word.core_properties.title = "Fees in the north"
        word.add_paragraph("The board met twice and said much. " * 9)

    found = read(made(write))
    assert (found.title, str(found.published.first)) == ("Fees in the north", "2018-02-03")
    assert found.published.source == "metadata: created"


def test_a_file_that_says_nothing_of_itself_is_called_by_its_name() -> None:
    assert read(made(lambda word: word.add_paragraph("The board met twice. " * 9))).title == "fees review"


MATH = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
PARAGRAPHS = [
    ("<w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText> struck</w:delText></w:r></w:del>", "kept"),
    ("<w:ins><w:r><w:t>added</w:t></w:r></w:ins><w:r><w:t xml:space='preserve'> later</w:t></w:r>", "added later"),
    ("<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:t>seen</w:t></w:r>", "seen"),
    ("<w:sdt><w:sdtContent><w:r><w:t>in a form</w:t></w:r></w:sdtContent></w:sdt>", "in a form"),
    ("<w:r><w:t>one</w:t><w:tab/><w:t>two</w:t><w:br/><w:t>three</w:t></w:r>", "one two\nthree"),
    ("<w:hyperlink><w:r><w:t>linked</w:t></w:r></w:hyperlink>", "linked"),
    ("<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>shown</w:t></w:r>", "shown"),
    ("<w:r><w:rPr><w:strike/></w:rPr><w:t>£300 </w:t></w:r><w:r><w:t>£280</w:t></w:r>", "£280"),
    ("<w:r><w:rPr><w:dstrike/></w:rPr><w:t>£300 </w:t></w:r><w:r><w:t>£280</w:t></w:r>", "£280"),
    ("<w:r><w:rPr><w:strike w:val='0'/></w:rPr><w:t>£300</w:t></w:r>", "£300"),
    ("<w:r><w:t>zero\u200b width\u202e</w:t></w:r>", "zero width"),
    (f"<w:r><w:t>a rate of </w:t></w:r><m:oMath {MATH}><m:r><m:t>r=12</m:t></m:r></m:oMath>", "a rate of r=12"),
    (
        "<w:r><w:t>kept</w:t></w:r><w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t> Click to enter"
        "</w:t></w:r></w:sdtContent></w:sdt>",
        "kept",
    ),
]


@pytest.mark.parametrize(("runs", "seen"), PARAGRAPHS)
def test_the_text_is_what_is_shown(runs: str, seen: str) -> None:
    def write(word: Word) -> None:
        word.add_paragraph("Fees", style="Title")
        word.element.body.insert(1, parse_xml(f"<w:p {nsdecls('w')}>{runs}</w:p>"))

    assert read(made(write)).text == seen


def test_a_cell_over_several_rows_is_said_in_each() -> None:
    def write(word: Word) -> None:
        word.add_paragraph("Fees", style="Title")
        table = word.add_table(rows=3, cols=3)
        for cell, text in zip(
            table._cells, ("Region", "Year", "Fee", "North", "2018", "12", "", "2019", "14"), strict=True
        ):
            cell.text = text
        table.cell(1, 0).merge(table.cell(2, 0))
        last = table.add_row().cells
        last[0].merge(last[1]).text, last[2].text = "All", "13"

    rows = ("Region | Year | Fee", "North | 2018 | 12", "North | 2019 | 14", "All | | 13")
    assert read(made(write)).text == "\n".join(rows)


@pytest.mark.parametrize(
    ("runs", "heading"),
    [
        (("What was found",), ("What was found",)),
        (("What ", "was found: "), ("What was found:",)),
        (("Fees rose.",), ()),
    ],
)
def test_a_few_words_in_bold_are_a_heading(runs: tuple[str, ...], heading: tuple[str, ...]) -> None:
    def write(word: Word) -> None:
        word.add_paragraph("Fees", style="Title")
        paragraph = word.add_paragraph()
        for text in runs:
            paragraph.add_run(text).bold = True
        word.add_paragraph().add_run("Not so").bold = False
        word.add_paragraph("The board met twice.")

    assert [section.heading for section in read(made(write)).sections if section.heading] == (
        [heading] if heading else []
    )


def test_content_controls_and_boxes_are_read_and_tables_of_contents_are_not() -> None:
    box = f"""<w:p {nsdecls("w")}><w:r><w:t>Before.</w:t></w:r><w:r><w:pict><w:txbxContent><w:p><w:r>
    <w:t>In a box.</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>"""
    control = (
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )

    def write(word: Word) -> None:
        word.add_paragraph("Fees", style="Title")
        word.styles.add_style("toc 1", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
        word.add_paragraph("Findings ....... 7", style="toc 1")
        for number, part in enumerate((box, control), start=2):
            word.element.body.insert(number, parse_xml(part))

    assert read(made(write)).text == "Before.\n\nIn a box.\n\nIn a control."


@pytest.mark.parametrize("kind", ["footnote", "endnote"])
def test_notes_stand_at_the_end_by_their_numbers(kind: str) -> None:
    def write(word: Word) -> None:
        word.add_paragraph("Fees", style="Title")
        reference = f'<w:r><w:t>As agreed</w:t></w:r><w:r><w:{kind}Reference w:id="2"/></w:r>'
        word.element.body.insert(1, parse_xml(f"<w:p {nsdecls('w')}>{reference}</w:p>"))
        words = "<w:p><w:r><w:t>In May.</w:t></w:r></w:p>"
        note = f'<w:{kind}s {nsdecls("w")}><w:{kind} w:id="2">{words}</w:{kind}></w:{kind}s>'
        name = docx.opc.packuri.PackURI(f"/word/{kind}s.xml")
        part = docx.opc.part.Part(name, "application/xml", note.encode(), word.part.package)
        word.part.relate_to(part, getattr(docx.opc.constants.RELATIONSHIP_TYPE, f"{kind}s".upper()))

    assert read(made(write)).text == "As agreed1\n\n1. In May."


def test_a_server_that_does_not_know_the_type_is_not_believed() -> None:
    found = extract(target(made(review), "application/octet-stream"), None)
    assert isinstance(found, Document) and found.title == "Review of fees"


def packed(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_a_file_that_unpacks_without_end_is_refused() -> None:
    found = extract(target(packed(**{f"word{n}": bytes(90 << 20) for n in range(3)})), None)
    assert isinstance(found, Unreadable) and found.rule == "limit-hit"


def test_entities_that_multiply_are_not_followed() -> None:
    body = made(review)
    bomb = "".join(f'<!ENTITY {b} "{f"&{a};" * 99}">' for a, b in zip("abcdef", "bcdefg", strict=True))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts["word/document.xml"].decode().split("?>", 1)[1].replace("twice", "&g;")
    parts["word/document.xml"] = f'<!DOCTYPE w [<!ENTITY a "x">{bomb}]>{text}'.encode()
    found = extract(target(packed(**parts)), None)
    assert isinstance(found, Unreadable) or len(found.text) < 1_000


@pytest.mark.parametrize(
    "body", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0" + bytes(600), packed(a=b"b"), made(review)[:900]]
)
def test_what_is_no_word_document_is_refused_with_a_remedy(body: bytes) -> None:
    found = extract(target(body), None)
    assert isinstance(found, Unreadable) and found.rule == "broken-docx"
    assert re.fullmatch(r"[^.]+\. [^.]+\.", found.reason)


def test_a_document_without_words_says_so() -> None:
    found = extract(target(made(lambda word: word.add_paragraph(" "))), None)
    assert isinstance(found, Unreadable) and found.rule == "empty"
