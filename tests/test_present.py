"""Words and safe HTML for pages: nothing lost, nothing let through, dates as exactly as they are known."""

import html
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shelf import SHELF, make

from ingest.records import DateSpan, Kind, Precision, Section
from service.present import (
    body_excerpt,
    context,
    excerpt,
    kind_name,
    marked,
    media_name,
    merged,
    outward,
    parts,
    published,
)

SPANS = st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)))


def bare(markup: str) -> str:
    return html.unescape(str(markup).replace("<mark>", "").replace("</mark>", "").replace('<mark id="quote">', ""))


def marked_words(markup: str) -> list[str]:
    return [html.unescape(piece.split("</mark>")[0]) for piece in str(markup).split("<mark")[1:]]


@given(st.text(max_size=50), SPANS)
def test_marking_changes_no_word_and_lets_no_markup_through(text, spans):
    shown = marked(text, spans)
    assert bare(shown) == text
    assert str(shown).count("<") == 2 * len(merged(spans, len(text)))


@given(SPANS)
def test_merged_spans_cover_the_same_places_in_order_without_touching(spans):
    joined = merged(spans, 50)
    assert {i for a, b in joined for i in range(a, b)} == {i for a, b in spans for i in range(max(a, 0), min(b, 50))}
    assert all(one[1] < next_one[0] for one, next_one in pairwise(joined))


@given(st.text(alphabet="ab <&\n", max_size=200), SPANS, st.integers(10, 60))
@example("<" * 11, [(3, 4)], 10)
def test_an_excerpt_is_a_stretch_of_the_text_about_as_wide_as_asked(text, spans, width):
    shown = bare(excerpt(text, spans, width))
    inside = shown.removeprefix("… ").removesuffix(" …")
    assert inside in text
    assert len(inside) <= max(width, 0) or len(text) <= width
    if len(text) <= width:
        assert shown == text


def test_an_excerpt_shows_the_place_with_most_marks():
    text = "one " * 50 + "guardian order assessed " + "two " * 50
    spans = [(0, 3), *((text.index(word), text.index(word) + len(word)) for word in ("guardian", "order", "assessed"))]
    shown = excerpt(text, spans, 80)
    assert [word.lstrip(">") for word in marked_words(shown)] == ["guardian", "order", "assessed"]
    assert str(shown).startswith("… ") and str(shown).endswith(" …")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (DateSpan(date(2019, 5, 3), date(2019, 5, 3), Precision.DAY), "3 May 2019"),
        (DateSpan(date(2019, 5, 1), date(2019, 5, 31), Precision.MONTH), "May 2019"),
        (DateSpan(date(2015, 6, 1), date(2015, 8, 31), Precision.SEASON), "Summer 2015"),
        (DateSpan(date(2015, 12, 1), date(2016, 2, 29), Precision.SEASON), "Winter 2015–16"),
        (DateSpan(date(2014, 3, 1), date(2014, 4, 30), Precision.SEASON), "March to April 2014"),
        (DateSpan(date(2015, 1, 1), date(2015, 12, 31), Precision.YEAR), "2015"),
        (DateSpan(), "undated"),
    ],
)
def test_a_date_is_said_as_exactly_as_it_is_known(span, words):
    assert published(span) == words


@pytest.mark.parametrize(
    ("url", "goes"),
    [
        ("https://a.example/b", True),
        ("http://a.example/", True),
        ("javascript:alert(1)", False),
        ("JavaScript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//a.example/", False),
        ("", False),
    ],
)
def test_only_web_addresses_are_linked(url, goes):
    assert (outward(url) == url) is goes


def test_every_kind_has_a_name():
    assert len({kind_name(kind) for kind in Kind}) == len(Kind)
    assert media_name("application/vnd.openxmlformats-officedocument.wordprocessingml.document") == "Word document"


def all_of(document, quote) -> list[str]:
    return [
        shown for part in parts(document, quote) for shown in (*(h for _, h in part.headings[-1:]), *part.paragraphs)
    ]


@pytest.mark.parametrize("document", SHELF[:4], ids=lambda d: d.title)
def test_a_document_is_shown_whole_whatever_is_quoted(document):
    for quote in [None, (0, len(document.text)), (40, 95), (len(document.text) - 5, len(document.text))]:
        shown = all_of(document, quote)
        assert "".join("".join(map(bare, shown)).split()) == "".join(document.text.split())
        assert sum(str(p).count('id="quote"') for p in shown) <= 1


def test_the_quote_is_marked_across_paragraphs_and_begins_at_the_named_place():
    document = SHELF[0]
    start = document.text.index("Nineteen")
    end = document.text.index("It will write")
    shown = [p for part in parts(document, (start, end)) for p in part.paragraphs]
    assert sum('<mark id="quote">Nineteen' in p for p in shown) == 1
    assert "".join("".join(w.split(">", 1)[1] for p in shown for w in marked_words(p)).split()) == "".join(
        document.text[start:end].split()
    )


def test_headings_are_shown_where_they_change_and_in_order():
    assert [part.headings for part in parts(SHELF[0], None)] == [
        (),
        ((2, "Special guardianship"),),
        ((3, "Support after the order"),),
        ((2, "Health"),),
    ]


def test_a_quoted_heading_is_marked_where_it_stands():
    document = SHELF[0]
    start = document.text.index("Special guardianship\n")
    shown = all_of(document, (start, start + 40))
    assert '<mark id="quote">Special guardianship</mark>' in shown
    assert any(str(p).startswith("<mark>Special guardian") for p in shown)


def test_a_passage_is_shown_without_the_heading_it_begins_with():
    text, heading = "What we ask\n\nGuardians should be trained.", ("Position", "What we ask")
    assert body_excerpt(text, [(13, 22)], heading, 80) == "<mark>Guardians</mark> should be trained."
    assert body_excerpt(text, [(0, 4)], ("Another",), 80) == "<mark>What</mark> we ask\n\nGuardians should be trained."
    assert body_excerpt("What we ask", [], heading, 80) == "What we ask"


def test_a_section_that_is_all_heading_is_shown_once():
    document = make("a", "A", "2019", Kind.REPORT, "", ("Facts", "Facts"), ("Facts > Loans", "Many."))
    document = replace(document, text=document.text.replace("Facts\n\nFacts", "Facts\n\n     "))
    assert [bare(words) for words in all_of(document, None)] == ["Facts", "Loans", "Many."]


def test_context_stays_within_the_section_of_the_quote():
    document = SHELF[0]
    start = document.text.index("CAMHS")
    shown = bare(context(document, (start, start + 5), 400))
    assert shown == "CAMHS waiting times were discussed with the LSCB chairs. A joint note follows."
    bare_of_sections = replace(document, sections=(Section(0, 5),))
    assert "CAMHS" in bare(context(bare_of_sections, (start, start + 5), 60))
