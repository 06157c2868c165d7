"""Mark-up and characters of any kind: nothing breaks, and no offset moves."""

from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import page
from reading import inside

from ingest.blocks import parse
from ingest.chunk import chunk
from ingest.clean import visible
from ingest.extract import extract
from ingest.records import Document
from ingest.template import SiteTemplate

UNSEEN = "\u00ad\u200b\u2060\ufeff\u202a\u202b\u202d\u202e\u2066\u2069\U000e0041\U000e007f\x07\ufffe"


@given(st.text(alphabet=st.sampled_from("ab Łé\n" + UNSEEN + "\u200c\u200d\u200f")), st.text())
def test_text_is_cleaned_once_and_for_all(plain: str, any_text: str) -> None:
    assert not set(visible(plain)) & set(UNSEEN)
    assert [char for char in visible(plain) if char in "ab Łé\n"] == [char for char in plain if char in "ab Łé\n"]
    assert visible(visible(any_text)) == visible(any_text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(st.sampled_from("ab .می👩\u200d\u200c" + UNSEEN), min_size=1, max_size=30), min_size=1, max_size=6)
)
def test_what_no_reader_sees_moves_no_offset(known: SiteTemplate, paragraphs: list[str]) -> None:
    body = "".join(f"<p>Part {n} {escape(text)} ends.</p>" for n, text in enumerate(paragraphs))
    found = inside(known, body)
    assert not set(found.text) & set(UNSEEN)
    for passage in chunk(found, lambda texts: [len(text.split()) for text in texts], 20):
        assert found.text[passage.start : passage.end] == passage.text


MARKUP = st.lists(
    st.sampled_from(
        [
            "<div>",
            "</div>",
            "<p>",
            "</p>",
            "<table><tr><td>",
            "</td>",
            "<td>",
            "</table>",
            "<a href='x'>",
            "</a>",
            "<pre>",
            "<br>",
            "<li>",
            "<h2 id=a>",
            "</h2>",
            "<b>",
            "<font size=5>",
            "</font>",
            "word ",
            "Two words. ",
            "&#x202e;",
            "<script>",
            "</script>",
            "<!--",
            "\x00",
        ]
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(MARKUP)
def test_no_mark_up_breaks_extraction_and_sections_cover_the_text(parts: list[str]) -> None:
    found = extract(page("".join(parts)), None)
    if isinstance(found, Document):
        covered = "".join(found.text[s.start : s.end] for s in found.sections)
        assert covered.split() == found.text.split()
        assert all(a.end <= b.start for a, b in zip(found.sections, found.sections[1:], strict=False))


@pytest.mark.parametrize("between", [" ", "=''", '=">" ', "/", "<b "])
def test_a_tag_ends_with_its_thousandth_attribute_which_would_cost_the_parser_the_square_of_their_number(
    between: str,
) -> None:
    root = parse(f"<p {between.join(f'a{n}' for n in range(30_000))}>Words".encode())
    assert root is not None
    assert max(len(element.attrib) for element in root.iter()) == 1_000


def test_characters_that_no_tree_can_hold_are_left_out_however_they_are_written() -> None:
    root = parse(b"<p>one\x01&#1;&#x1F;&#0002two&#13;&#310;")
    assert root is not None
    assert root.text_content() == "onetwo\r\u0136"
