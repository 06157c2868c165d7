# ruff: noqa: E501
"""Pages as documents: what is kept, what is left out, and what they are dated by."""

import json
import re
from collections.abc import Callable

import pytest
from pages import HOST, SHAPES, Article, article, first_page, page, semantic, site
from reading import FILLER, alone, inside

from ingest.clean import visible
from ingest.extract import extract
from ingest.records import Dates, Document, Kind, Link, Page, Precision, Unreadable
from ingest.sentences import split
from ingest.template import SiteTemplate, learn


def test_the_page_it_all_began_with() -> None:
    found = extract(page(first_page(), "/committees/standards/update"), None)
    assert isinstance(found, Document)
    assert (found.published.precision, str(found.published.first), str(found.published.until)) == (
        Precision.SEASON,
        "2015-06-01",
        "2015-08-31",
    )
    assert found.text.startswith("Summer term meeting of the standards committee")
    assert "Send evidence on SGO breakdown to the secretary." in found.text
    assert not re.search("Autumn seminar|20 Nov|Featured|Related|Tag Cloud|cookies", found.text)


def test_sections_carry_the_path_of_headings_and_the_pages_own_anchors(known: SiteTemplate) -> None:
    found = inside(
        known,
        "<p>Before.</p><h2 id='care'>Care</h2><p>One.</p><a name='sgo'></a><h3>SGOs</h3><p>Two.</p><h2><span id='x'>Last</span></h2><p>Three.</p>",
    )
    assert [(s.heading, s.anchor, found.text[s.start : s.end].strip()) for s in found.sections] == [
        ((), None, "Before."),
        (("Care",), "care", "Care\n\nOne."),
        (("Care", "SGOs"), "sgo", "SGOs\n\nTwo."),
        (("Last",), "x", "Last\n\nThree."),
    ]


def test_lists_tables_definitions_quotations_and_footnotes_are_kept(known: SiteTemplate) -> None:
    found = inside(
        known,
        "<p>As agreed<sup>1</sup>:</p><ul><li>first</li><li>second<ul><li>inner</li></ul></li></ul>"
        "<table><tr><th>Region</th><th>SGOs</th></tr><tr><td>North</td><td>12</td></tr></table>"
        "<dl><dt>LSCB</dt><dd>A local board.</dd></dl><blockquote><p>Well said.</p></blockquote><p>1. See the minutes.</p>",
    )
    assert found.text == (
        "As agreed1:\n\nfirst\nsecond\ninner\n\nRegion | SGOs\nNorth | 12\n\nLSCB\nA local board.\n\nWell said.\n\n1. See the minutes."
    )


def test_white_space_within_lines_is_one_space_and_two_breaks_part_paragraphs(known: SiteTemplate) -> None:
    assert inside(known, "<p>One\n   two&nbsp;three<br>four<br><br>five</p>").text == "One two three\nfour\n\nfive"


def test_hidden_text_and_invisible_characters_are_left_out(known: SiteTemplate) -> None:
    found = inside(
        known,
        "<p>Sa\u200bfe\u00adguard\u202eing</p><p hidden>no</p><p style='display: none'>no</p><span class='sr-only'>no</span>"
        "<script>no()</script><p style='position:absolute;left:-9999px'>no</p><p>Tagged\U000e0041.</p><p style='opacity:0.8'>yes</p>",
    )
    assert found.text == "Safeguarding\n\nTagged.\n\nyes"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f x\U000e0067", "\U0001f3f4\U000e0067\U000e0062\U000e007f x"),
        ("wo\u200drd", "word"),
        ("שלום\u200f!", "שלום\u200f!"),
        ("left\u200f", "left"),
    ],
)
def test_joiners_flags_and_direction_marks_stay_where_they_shape_text(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_links_and_attachments_are_canonical_and_from_the_content_alone(known: SiteTemplate) -> None:
    found = inside(
        known, "<p>See <a href='/b?utm_source=x#top'>that</a> and <a href='files/Paper%201.PDF'>paper</a>.</p>"
    )
    assert found.links == (Link(f"{HOST}/b", "that"),)
    assert [each.text for each in found.attachments] == ["paper"]
    assert found.attachments[0].url.startswith(f"{HOST}/news/files/Paper")


def test_tags_authors_language_and_audience_come_from_where_the_page_states_them() -> None:
    # A page that names no language has none: it is not guessed.
    head = "<title>Notes</title><meta name='author' content='Ann Ames'><meta property='article:tag' content='SEND'><meta name='keywords' content='care, SEND'>"
    found = alone("", head)
    assert (found.tags, found.authors, found.lang) == (("SEND", "care"), ("Ann Ames",), "")
    welsh = page(f"<html lang='cy-GB'><body><main><h1>Nodiadau</h1>{FILLER}</main></body></html>")
    read = extract(welsh, None)
    assert isinstance(read, Document) and read.lang == "cy"
    assert (found.evidence.tags, found.evidence.authors) == ("metadata", "metadata")


def test_a_line_of_tags_gives_tags_and_no_text(known: SiteTemplate) -> None:
    found = inside(known, "<p>One.</p><p><a rel='tag' href='/t/a'>SEND</a> <a rel='tag' href='/t/b'>Care</a></p>")
    assert (found.text, found.tags) == ("One.", ("SEND", "Care", "SGO")) or (found.text, found.tags) == (
        "One.",
        ("SEND", "Care"),
    )


FRONT = "layout: page\nauthors: [Siân Prydderch]\ntitle: {}\ndate: 2019-03-05"


@pytest.mark.parametrize(
    ("front", "text"),
    [
        (f"<h2>{FRONT}</h2>", "The committee met twice."),
        (f"<h2>--- {FRONT}</h2>", "The committee met twice."),
        (f"<hr><p>{FRONT}</p><h2>redirect_from: /fees/</h2>", "The committee met twice."),
        (f"<hr><p>{FRONT}</p><h2>Fees</h2>", "Fees\n\nThe committee met twice."),
    ],
)
def test_what_the_generator_of_a_page_should_have_read_is_no_text(known: SiteTemplate, front: str, text: str) -> None:
    assert inside(known, f"{front.format('Fees')}<p>The committee met twice.</p>").text == text


@pytest.mark.parametrize(
    "first", ["Title: the new duty. Date: 5 March.", "We ask for three facts: title: Fees, date: May, tags: fees."]
)
def test_a_page_that_begins_with_facts_of_another_kind_keeps_them(known: SiteTemplate, first: str) -> None:
    assert inside(known, f"<p>{first}</p><p>The committee met twice.</p>").text.startswith(first)


def test_an_article_without_text_is_still_found_by_its_title(known: SiteTemplate) -> None:
    assert inside(known, "<img src='poster.png'>").text == "Notes of working group 50"


def test_pages_of_undeclared_old_encodings_are_read() -> None:
    body = f"<html><title>Caf\xe9</title><body><h1>Caf\xe9</h1><p>Ren\xe9e \x96 chair</p>{FILLER}</body></html>".encode(
        "latin-1"
    )
    found = extract(Page(f"{HOST}/a", 200, {"content-type": "text/html"}, body, page("").fetched_at), None)
    assert isinstance(found, Document) and found.title == "Café" and "Renée – chair" in found.text


def test_a_document_without_template_keeps_what_a_label_does_not_take() -> None:
    found = alone("<div><h3>Related Articles</h3><ul><li><a href='/x'>Other paper on fees</a></li></ul></div>")
    assert "Other paper" not in found.text and "considered item 3" in found.text


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_a_lone_page_of_any_shape_keeps_its_paragraphs_without_the_event(shape: object) -> None:
    own = article(7)
    found = extract(page(shape(own), own.path), None)  # type: ignore[operator]
    assert isinstance(found, Document)
    kept = sum(text in found.text for tag, text in own.body if tag == "p")
    assert kept >= 0.8 * sum(tag == "p" for tag, _ in own.body)
    assert own.event[0] not in found.text


def test_a_lone_page_that_says_little_keeps_its_blocks_apart_and_is_no_document_where_it_only_links() -> None:
    few = "<h1>Notes</h1><p>Vans were few, and the board asked for more.</p><ul><li>Stops</li><li>Rounds</li></ul>"
    found = extract(page(f"<html><body><div>{few}</div></body></html>"), None)
    assert isinstance(found, Document)
    assert found.text == "Vans were few, and the board asked for more.\n\nStops\nRounds"
    links = "".join(f"<li><a href='/notes/{at}'>Notes of meeting {at}</a></li>" for at in range(5))
    listed = extract(page(f"<html><body><h1>Notes</h1><ul>{links}</ul></body></html>"), None)
    assert isinstance(listed, Unreadable) and listed.rule == "listing"


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_the_event_box_of_any_shape_dates_nothing(shape: Callable[[Article], str]) -> None:
    pages = site(shape)
    template = learn([each for _, each in pages])
    for own, target in pages:
        found = extract(target, template)
        assert isinstance(found, Document) and found.published.first == own.day
        assert found.dates == Dates()


def test_an_event_in_a_box_makes_no_event_of_the_page() -> None:
    event = {"@type": "Event", "name": "Spring conference", "startDate": "2024-09-12T09:00:00+00:00"}

    def read(**more: str) -> Document:
        linked = f'<script type="application/ld+json">{json.dumps([event | more])}</script>'
        return alone("", f"<title>Notes</title>{linked}")

    other = read(url=f"{HOST}/event/spring/")
    assert (other.kind, other.dates.event.first) == (Kind.ARTICLE, None)
    for own in (read(url=f"{HOST}/news/item/"), read(url=f"{HOST}/event/spring/", name="Notes")):
        assert (own.kind, str(own.dates.event.first)) == (Kind.EVENT, "2024-09-12")


def test_what_a_style_moves_within_the_page_is_read() -> None:
    found = alone("<div style='position:absolute;left:50%;margin-left:-400px'><p>In the middle.</p></div>")
    assert "In the middle." in found.text
    assert "Far out." not in alone("<div style='position:absolute;left:-4000px'><p>Far out.</p></div>").text


def test_the_button_that_is_a_heading_is_read() -> None:
    button = "<button class='accordion-button'>Who may borrow?</button>"
    found = alone(
        f"<h2 class='accordion-header'>{button}</h2><div><p>Whoever lives here.</p></div><button>Send</button>"
    )
    assert "Who may borrow?\n\nWhoever lives here." in found.text and "Send" not in found.text


def test_a_link_around_blocks_is_theirs(known: SiteTemplate) -> None:
    paper, end = "<a href='/files/report.pdf'><div><h4>Download the report</h4></div></a>", "<p>The end.</p>"
    found = inside(known, f"<p>{'Words of its own. ' * 20}</p>{paper}{end}")
    assert found.attachments == (Link(f"{HOST}/files/report.pdf", "Download the report"),)
    cards = "".join(f"<a class='card' href='/news/{n}/'><h3>Story number {n}</h3></a>" for n in range(9))
    own = article(50, dated=False)
    listed = extract(page(semantic(own).replace(own.html, cards), "/stories/"), known)
    assert isinstance(listed, Unreadable) and listed.rule == "listing"


def test_a_label_takes_its_box_and_not_the_column_that_it_ends(known: SiteTemplate) -> None:
    column = "".join(f"<p>Paragraph {n} of the column says what the board agreed, at length.</p>" for n in range(20))
    label = "<h3>Related documents</h3><ul><li><a href='/x.pdf'>Other paper</a></li></ul>"
    assert "Paragraph 7 of the column" in inside(known, f"<p>First.</p><div>{column}{label}</div>").text
    assert "Other paper" not in inside(known, f"<p>First.</p>{column}<div>{label}</div>").text


def test_a_lead_that_names_a_day_is_text_and_dates_nothing_beside_a_line_of_its_own() -> None:
    lead = "London, {n} April 2013: the association today called on ministers to publish review {n} in full."
    for line, day in (("", "2013-04-04"), ("<div class='date'>{n} May 2013</div>", "2013-05-04")):
        pages = []
        for own in (article(number, dated=False) for number in range(12)):
            head = f"{line}<div class='text'><p>{lead}</p>".format(n=own.number + 1)
            pages.append(page(semantic(own).replace(own.html, f"{head}{own.html}</div>"), own.path))
        found = extract(pages[3], learn(pages))
        assert isinstance(found, Document) and lead.format(n=4) in found.text
        assert str(found.published.first) == day


def test_a_short_page_keeps_what_stands_before_its_related_documents(known: SiteTemplate) -> None:
    text = "<p>The spring conference is on 3 May at the Guildhall.</p><p>Members may bring a guest for £40.</p>"
    label = "<h2>Related documents</h2><ul><li><a href='/x.pdf'>Other paper</a></li></ul>"
    assert "bring a guest" in inside(known, f"<div class='rte'>{text}{label}</div>").text
    bare = extract(
        page(f"<html><body><header>Assoc</header><main><h1>Notes</h1>{text}{label}</main></body></html>"), None
    )
    assert isinstance(bare, Document) and "bring a guest" in bare.text


def test_a_raised_figure_is_no_part_of_the_figure_before_it(known: SiteTemplate) -> None:
    found = inside(
        known, "<p>Membership rose to 2,400<sup>1</sup> in 2019.<sup>2</sup> Members gave 10<sup>6</sup> hours.</p>"
    )
    assert "rose to 2,400¹ in 2019.² Members gave 10⁶ hours." in found.text
    assert [found.text[a:b] for a, b in split(found.text)][-1] == "Members gave 10⁶ hours."


@pytest.mark.parametrize(
    ("style", "inner", "shown"),
    [
        ("font-size:0px", "<div style='font-size:13px'>Said.</div>", True),
        ("font-size:0px", "Said.", False),
        ("opacity:0;transform:translate3d(0,20px,0)", "<p>Said.</p>", True),
        ("opacity:0", "<p>Said.</p>", False),
    ],
)
def test_what_waits_for_its_size_or_its_turn_is_read(known: SiteTemplate, style: str, inner: str, shown: bool) -> None:
    assert ("Said." in inside(known, f"<p>First.</p><div style='{style}'>{inner}</div>").text) is shown


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<p>The rate is <math><mi>r</mi><mo>=</mo><mn>12</mn><annotation>r=12</annotation></math>.</p>",
            "The rate is r=12.",
        ),
        ("<p>It is <i class=katex-mathml><math><mn>9</mn></math></i><i aria-hidden=true>9</i>.</p>", "It is 9."),
        (
            "<p>A stop costs <del>£10</del> <ins>£12</ins>, <s>or less</s> as agreed.</p>",
            "A stop costs £12, as agreed.",
        ),
        ("<h2>Findings <a href='#findings'>¶</a></h2><p>Two.</p>", "Findings\n\nTwo."),
        ("<p>See the minutes. <a href='#back'>↩</a> <a href='#one'>1</a></p>", "See the minutes. 1"),
    ],
    ids=["formula", "formula told twice", "struck out", "mark of a heading", "way back"],
)
def test_what_is_told_is_what_a_reader_is_to_take_from_it(known: SiteTemplate, html: str, text: str) -> None:
    assert inside(known, html).text == text


def test_each_cell_stands_in_its_column(known: SiteTemplate) -> None:
    rows = (
        "<th>Region<th>Year<th>Fee",
        "<td rowspan=2>North<td>2018<td>£12",
        "<td>2019<td>£14",
        "<td colspan=2>All<td>£13",
        "<td>South<td>2019<td>£11",
    )
    text = inside(known, f"<table>{''.join(f'<tr>{row}' for row in rows)}</table>").text
    assert text.split("\n") == [
        "Region | Year | Fee",
        "North | 2018 | £12",
        "| 2019 | £14",
        "All | | £13",
        "South | 2019 | £11",
    ]


def test_two_tables_in_a_row_stay_two(known: SiteTemplate) -> None:
    tables = "".join(
        f"<table><tr><th>{a}</th><th>{b}</th></tr><tr><td>{c}</td><td>{d}</td></tr></table>"
        for a, b, c, d in (("Grade", "Fee", "Full", "£90"), ("Region", "Branches", "North", "12"))
    )
    assert "Grade | Fee\nFull | £90\n\nRegion | Branches\nNorth | 12" in inside(known, f"<p>First.</p>{tables}").text


def test_kind_is_taken_from_the_address() -> None:
    found = extract(page(f"<html><body><main><h1>Fees</h1>{FILLER}</main></body></html>", "/consultations/fees"), None)
    assert isinstance(found, Document) and found.kind is Kind.CONSULTATION
