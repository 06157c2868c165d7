"""Files on disk as pages and documents."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest

from ingest.archive import Archive
from ingest.errors import BadInput
from ingest.extract import extract
from ingest.folder import read_path
from ingest.records import Document, Kind, Page, Precision, Unreadable


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def held(path: Path) -> list[Page | Document | Unreadable]:
    return [found for _, found in read_path(path)]


def document(path: Path) -> Document:
    (page,) = held(path)
    assert isinstance(page, Page)
    found = extract(page, None)
    assert isinstance(found, Document), found
    return found


def test_files_become_pages_by_their_names_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b/notes.md", "# Notes\n\nText.")
    write(tmp_path, "a.html", "<p>Text</p>")
    write(tmp_path, "c.txt", "Text")
    write(tmp_path, ".hidden.txt", "no")
    found = held(tmp_path)
    assert [file.name for file, _ in read_path(tmp_path)] == ["a.html", "notes.md", "c.txt"]
    assert [(each.url, each.media_type) for each in found if isinstance(each, Page)] == [
        ("file:a.html", "text/html"),
        ("file:b/notes.md", "text/markdown"),
        ("file:c.txt", "text/plain"),
    ]


def test_a_file_of_unknown_type_is_named_not_skipped(tmp_path: Path) -> None:
    write(tmp_path, "a.exe", "x")
    (found,) = held(tmp_path)
    assert isinstance(found, Unreadable) and found.rule == "unknown-type" and ".pdf" in found.reason


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Check the path"):
        list(read_path(tmp_path / "none"))


def test_markdown_is_read_by_sections_with_its_front_matter(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "notes.md",
        "---\ntitle: Committee notes\ndate: Summer 2015\ntags: [SEND, care]\nauthor: Ann Ames, Bo Berg\n---\nFirst.\n\n"
        "## Actions\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    )
    found = document(file)
    assert found.title == "Committee notes"
    assert found.text == "First.\n\nActions\n\none\ntwo\n\na | b\n1 | 2"
    assert [section.heading for section in found.sections] == [(), ("Actions",)]
    assert (found.published.precision, found.published.source) == (Precision.SEASON, "front matter")
    assert (found.tags, found.authors, found.media_type) == (("SEND", "care"), ("Ann Ames", "Bo Berg"), "text/markdown")


def test_markdown_without_front_matter_is_named_by_its_heading(tmp_path: Path) -> None:
    found = document(write(tmp_path, "x.md", "# Annual report 2017\n\nText here."))
    assert (found.title, found.text, str(found.published.first)) == ("Annual report 2017", "Text here.", "2017-01-01")
    assert found.kind is Kind.REPORT


def test_of_a_language_its_code_remains(tmp_path: Path) -> None:
    for lang in ("en-GB", "en_GB"):
        assert document(write(tmp_path, "x.md", f"---\nlang: {lang}\n---\nText here.")).lang == "en"


def test_front_matter_may_say_whether_a_page_is_published_and_who_its_authors_are(tmp_path: Path) -> None:
    front = "---\npublished: true\ndate: 2019-05-03\nauthors:\n- name: Jane Doe\n  title: Chair\n- Bo Berg\n---\n"
    found = document(write(tmp_path, "x.md", front + "Text here."))
    assert (str(found.published.first), found.authors) == ("2019-05-03", ("Jane Doe", "Bo Berg"))
    alone = document(write(tmp_path, "y.md", "---\nauthor:\n  name: Jane Doe\n---\nText here."))
    assert alone.authors == ("Jane Doe",)


def test_a_name_that_is_no_utf8_is_told_and_costs_no_other_file(tmp_path: Path) -> None:
    write(tmp_path, "kept.md", "Kept.")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt"))).write_text("Lost.")
    kept, told = sorted((found for _, found in read_path(tmp_path)), key=lambda one: isinstance(one, Unreadable))
    assert kept.url == "file:kept.md"
    assert isinstance(told, Unreadable) and told.rule == "file-name" and "Rename" in told.reason


def test_what_lies_in_a_hidden_folder_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "kept.md", "Kept.")
    (tmp_path / ".trash").mkdir()
    write(tmp_path / ".trash", "old.md", "Thrown away.")
    assert [file.name for file, _ in read_path(tmp_path)] == ["kept.md"]


@pytest.mark.parametrize(
    "front", ["---\n: [\n---\n", "---\n- a\n---\n", "---\n---\n", "---\nWe said: it is: so\n---\n"]
)
def test_front_matter_that_is_none_stays_harmless(tmp_path: Path, front: str) -> None:
    assert "Text here." in document(write(tmp_path, "x.md", front + "Text here.")).text


def test_front_matter_may_be_toml(tmp_path: Path) -> None:
    head = '+++\ntitle = "Fees"\ndate = 2013-02-21\ntags = ["workforce"]\n+++\n'
    found = document(write(tmp_path, "x.md", f"{head}Text here."))
    assert (found.title, found.text, found.tags) == ("Fees", "Text here.", ("workforce",))
    assert (str(found.published.first), found.evidence.tags) == ("2013-02-21", "")


@pytest.mark.parametrize(
    "front",
    [
        "---\ntitle: Fees: what we charge\n---\n",
        "---\ndate: 2019-02-31\n---\n",
        "+++\ntitle = Fees\n+++\n",
        "+++\ntitle: Fees\n+++\n",
    ],
)
def test_front_matter_that_cannot_be_read_is_told_and_no_text(tmp_path: Path, front: str) -> None:
    found = document(write(tmp_path, "x.md", f"{front}# Dues\n\nText here."))
    assert (found.title, found.text) == ("Dues", "Text here.")
    assert found.evidence.tags.startswith("front matter that cannot be read: ")


def test_plain_text_has_its_broken_lines_mended(tmp_path: Path) -> None:
    found = document(
        write(tmp_path, "my-notes.txt", "Notes of May 2019\n\nThe board met\nand agreed.\r\n\r\nIt closed.")
    )
    assert (found.title, found.text) == ("Notes of May 2019", "The board met and agreed.\n\nIt closed.")
    assert found.published.precision is Precision.MONTH


ENCODED = [
    ("Café Łódź\n\nText.".encode(), ""),
    ("Café Łódź\n\nText.".encode("utf-8-sig"), "; charset=iso-8859-1"),
    ("Café Łódź\n\nText.".encode("utf-16"), ""),
    ("Café Łódź\n\nText.".encode("utf-16-be"), "; charset=utf-16-be"),
    ("Café Łódź\n\nText.".encode(), "; charset=hex"),
    ("Café Łódź\n\nText.".encode("iso-8859-2"), "; charset=iso-8859-2"),
    ("Café – “fees”\n\nText.\x1a".encode("cp1252"), ""),
    ("Café – “fees”\n\nText.".encode("cp1252"), "; charset=utf-8"),
]


def read(body: bytes, charset: str = "", name: str = "a.txt") -> Document | Unreadable:
    kind = {"content-type": f"text/plain{charset}"}
    return extract(Page(f"https://example.org/{name}", 200, kind, body, datetime(2020, 1, 1, tzinfo=UTC)), None)


@pytest.mark.parametrize(("body", "charset"), ENCODED)
def test_text_is_read_in_the_encoding_it_is_in(body: bytes, charset: str) -> None:
    found = read(body, charset)
    assert isinstance(found, Document) and found.title in ("Café Łódź", "Café – “fees”") and found.text == "Text."


@pytest.mark.parametrize(
    "body", [b"Text.\0", bytes(range(256)), b"\xff\xfe\0", b"caf\x81", "Text.".encode("utf-16-le"), b"\x1b[1mText."]
)
def test_bytes_that_no_text_has_are_refused(body: bytes) -> None:
    found = read(body)
    assert isinstance(found, Unreadable) and found.rule == "not-text" and "UTF-8" in found.reason


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The office is closed on Friday.", "closed days"),
        ("The office is closed.\n\nIt opens again “on Monday.”", "closed days"),
        ("Who pays?\n\nThe members pay.", "closed days"),
    ],
)
def test_a_paragraph_that_ends_as_a_sentence_is_text_and_no_title(text: str, title: str) -> None:
    found = read(text.encode(), name="closed-days.txt")
    assert isinstance(found, Document) and (found.title, found.text) == (title, text)


def test_a_corpus_becomes_documents(tmp_path: Path) -> None:
    rows = [
        {
            "_id": "1",
            "title": "One",
            "text": "First  part.\n\nSecond\npart.",
            "metadata": {"url": "https://example.org/1", "date": "2019-05-03", "tags": ["a"]},
        },
        {"_id": "2", "title": "", "text": "Alone."},
        {"_id": "3", "title": "Its title is all there is", "text": ""},
    ]
    file = write(tmp_path, "corpus.jsonl", "\n".join(map(json.dumps, rows)) + "\n\n")
    one, two, three = held(file)
    assert isinstance(one, Document) and isinstance(two, Document) and isinstance(three, Document)
    assert three.text == three.title and [(each.start, each.end) for each in three.sections] == [(0, len(three.title))]
    assert (one.url, one.text, str(one.published.first), one.tags) == (
        "https://example.org/1",
        "First part.\n\nSecond part.",
        "2019-05-03",
        ("a",),
    )
    assert (two.url, two.text, two.title) == ("2", "Alone.", "")


@pytest.mark.parametrize("row", ['{"_id": 3, "text": "x"}', '{"_id": "3"}', "[]", "{", '{"_id": "3", "text": "\\ud8"}'])
def test_a_bad_row_names_file_and_line(tmp_path: Path, row: str) -> None:
    file = write(tmp_path, "corpus.jsonl", '{"_id": "1", "text": "x"}\n' + row)
    with pytest.raises(BadInput, match=r"corpus\.jsonl, line 2"):
        list(read_path(file))


def test_only_the_corpus_of_a_benchmark_folder_is_read(tmp_path: Path) -> None:
    write(tmp_path, "corpus.jsonl", '{"_id": "1", "text": "x"}')
    write(tmp_path, "queries.jsonl", '{"_id": "q", "text": "x"}')
    write(tmp_path, "qrels/test.tsv", "q\t1\t1")
    assert [each.url for each in held(tmp_path) if isinstance(each, Document)] == ["1"]


def test_rows_that_share_the_address_of_a_page_are_all_kept(tmp_path: Path) -> None:
    row = '{{"_id": "{}", "text": "x", "metadata": {{"url": "https://example.org/page/"}}}}\n'
    write(tmp_path, "corpus.jsonl", "".join(map(row.format, ("1", "1 b", "2"))))
    page = "https://example.org/page/"
    assert [each.url for each in held(tmp_path)] == [page, f"{page}#1%20b", f"{page}#2"]


def test_two_rows_of_one_id_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "corpus.jsonl", '{"_id": "1", "text": "x"}\n\n{"_id": "1", "text": "y"}\n')
    with pytest.raises(BadInput, match=r"one row with the _id 1, found another in .*corpus\.jsonl, line 3"):
        held(tmp_path)


def test_an_archive_gives_the_pages_it_keeps(tmp_path: Path) -> None:
    page = Page(
        "https://example.org/a", 200, {"content-type": "text/html"}, b"<p>x</p>", datetime(2020, 1, 1, tzinfo=UTC)
    )
    with Archive(tmp_path / "warc") as archive:
        archive.write(page)
        archive.sync()
    (file,) = (tmp_path / "warc").iterdir()
    assert held(file) == held(tmp_path) == [page]


def test_a_word_document_on_disk_is_read(tmp_path: Path) -> None:
    word = docx.Document()
    word.add_heading("Fees", 1)
    word.add_paragraph("The board met twice.")
    word.save(str(tmp_path / "fees.docx"))
    found = document(tmp_path / "fees.docx")
    assert (found.url, found.title, found.text) == ("file:fees.docx", "Fees", "The board met twice.")
