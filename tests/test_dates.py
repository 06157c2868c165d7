"""Dates as people write them, read day first, and where a page may take its own from."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement, document_fromstring

from ingest.dates import date_of_title, day_in, field_date, mentions, read_date
from ingest.dating import Shown, occasions, other_dates, published
from ingest.fallback import without_boxes
from ingest.metadata import metadata
from ingest.records import UNDATED, Dates, DateSpan, Kind, Precision

STATED = [
    ("3 May 2019", "2019-05-03", "2019-05-03", Precision.DAY),
    ("03/05/19", "2019-05-03", "2019-05-03", Precision.DAY),
    ("3.5.2019", "2019-05-03", "2019-05-03", Precision.DAY),
    ("2019-05-03", "2019-05-03", "2019-05-03", Precision.DAY),
    ("2019-05-03T23:10:00+01:00", "2019-05-03", "2019-05-03", Precision.DAY),
    ("1st of June, 2015", "2015-06-01", "2015-06-01", Precision.DAY),
    ("May 3, 2019", "2019-05-03", "2019-05-03", Precision.DAY),
    ("20 Nov '19", "2019-11-20", "2019-11-20", Precision.DAY),
    ("12/31/2019", "2019-12-31", "2019-12-31", Precision.DAY),
    ("3 Mawrth 2019", "2019-03-03", "2019-03-03", Precision.DAY),
    ("Thursday 25 November 2021", "2021-11-25", "2021-11-25", Precision.DAY),
    ("May 2019", "2019-05-01", "2019-05-31", Precision.MONTH),
    ("02/2020", "2020-02-01", "2020-02-29", Precision.MONTH),
    ("Spring 2015", "2015-03-01", "2015-05-31", Precision.SEASON),
    ("Summer 2015", "2015-06-01", "2015-08-31", Precision.SEASON),
    ("summer of 2015", "2015-06-01", "2015-08-31", Precision.SEASON),
    ("autumn term 2015", "2015-09-01", "2015-11-30", Precision.SEASON),
    ("Winter 2015", "2015-12-01", "2016-02-29", Precision.SEASON),
    ("Winter 2018/19", "2018-12-01", "2019-02-28", Precision.SEASON),
    ("Jan–Feb 2014", "2014-01-01", "2014-02-28", Precision.SEASON),
    ("December 2019 to January 2020", "2019-12-01", "2020-01-31", Precision.SEASON),
    ("November/January 2020", "2019-11-01", "2020-01-31", Precision.SEASON),
    ("April 2018 to March 2019", "2018-04-01", "2019-03-31", Precision.SEASON),
    ("April 2019 to March 2020", "2019-04-01", "2020-03-31", Precision.SEASON),
    ("mid-May 2019", "2019-05-01", "2019-05-31", Precision.MONTH),
    ("2017", "2017-01-01", "2017-12-31", Precision.YEAR),
]
NOT_DATES = [
    "",
    "31/02/2019",
    "12 May",
    "2014/15",
    "2014-15",
    "v1.2.19",
    "May",
    "summer",
    "20190503",
    "3 May 2019 and on",
    "1850",
]


@pytest.mark.parametrize(("text", "first", "until", "precision"), STATED)
def test_what_states_a_date_is_read(text: str, first: str, until: str, precision: Precision) -> None:
    assert read_date(text) == DateSpan(date.fromisoformat(first), date.fromisoformat(until), precision)


@pytest.mark.parametrize("text", NOT_DATES)
def test_what_states_no_date_or_more_than_one_is_not(text: str) -> None:
    assert read_date(text) is None


@given(
    st.dates(date(1950, 1, 1), date(2069, 12, 31)),
    st.sampled_from(["%d/%m/%Y", "%d %B %Y", "%Y-%m-%d", "%d.%m.%y", "%B %d, %Y"]),
)
def test_every_day_is_read_back_as_written(day: date, pattern: str) -> None:
    if "%y" not in pattern or day.year >= 1970:
        assert read_date(day.strftime(pattern)) == DateSpan(day, day, Precision.DAY)


@given(st.integers(1950, 2060), st.sampled_from(["spring", "summer", "autumn", "winter"]))
def test_the_seasons_follow_one_another_without_a_gap(year: int, season: str) -> None:
    following = {"spring": "summer", "summer": "autumn", "autumn": "winter", "winter": "spring"}[season]
    span, after = read_date(f"{season} {year}"), read_date(f"{following} {year + (season == 'winter')}")
    assert span and after and span.until and after.first
    assert after.first - span.until == timedelta(days=1)


def test_mentions_stand_where_they_are_in_the_text() -> None:
    text = "Agreed on 3 May 2019, after Summer 2018 and before 2021."
    assert [text[each.start : each.end] for each in mentions(text)] == ["3 May 2019", "Summer 2018", "2021"]


@given(st.text(max_size=60))
def test_any_text_may_be_asked_for_dates(text: str) -> None:
    assert all(0 <= each.start < each.end <= len(text) for each in mentions(text))


@pytest.mark.parametrize(
    ("title", "first"),
    [
        ("Standards Committee Update: Summer 2015", "2015-06-01"),
        ("Annual report 2017", "2017-01-01"),
        ("Fees from May 2019", "2019-05-01"),
        ("Newsletter, January/February 2014", "2014-01-01"),
        ("Accounts, May 2018 - June 2019", "2019-06-01"),
        ("Notes of the meeting of 3 May 2019 (paper for 2020)", "2019-05-03"),
        ("Children Act 1989: our response", None),
        ("Children (Leaving Care) Act 2000", None),
        ("Ending child poverty by 2030", None),
        ("Data for 2014-15", None),
    ],
)
def test_a_title_dates_its_document_unless_the_year_names_something_else(title: str, first: str | None) -> None:
    span = date_of_title(title)
    assert (str(span.first) if span else None) == first


def test_a_full_date_is_taken_from_a_line_and_nothing_less() -> None:
    assert day_in("By Ann Ames, May 2019") is None
    span = day_in("Posted on Fri, 3 May 2019 by Ann Ames")
    assert span and span.first == date(2019, 5, 3)


@pytest.mark.parametrize("hours", ["10:00 - 12:00", "12 noon", "10 am", "10 - 11.30am", "11 – 12 noon", "12 midnight"])
def test_an_hour_after_a_day_is_no_year(hours: str) -> None:
    assert mentions(f"Closing date: 12 June, {hours}") == ()
    [mention] = mentions(f"12 June 2019, {hours}")
    assert mention.span.first == date(2019, 6, 12)


@pytest.mark.parametrize("text", ["12 June 2019", "12th June 2019, 14:30", "2019-06-12 14:30", "2019-06-12-05:00"])
def test_a_field_is_read_whole(text: str) -> None:
    """Cut after ten characters, as a time stamp may be, "12 June 2019" is a day of 2020."""
    span = field_date(text, "metadata")
    assert span and str(span.first) == "2019-06-12"
    assert dated(f'<meta name="dcterms.issued" content="{text}">')[0] == "2019-06-12"


def page(head: str = "", body: str = "<p>Text.</p>") -> HtmlElement:
    return document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")


def dated(
    head: str = "",
    body: str = "",
    dateline: str = "",
    title: str = "Notes",
    url: str = "https://example.org/a",
    lines: tuple[str, ...] = (),
) -> tuple[str, str]:
    root = page(head, body)
    span = published(url, metadata(root), Shown(title, dateline, lines, lambda: root))
    return str(span.first), span.source


def others(head: str = "", dateline: str = "", lines: tuple[str, ...] = ()) -> Dates:
    facts, shown = metadata(page(head)), Shown("Notes", dateline, lines)
    return other_dates(facts, shown, published("https://example.org/a", facts, shown))


META = '<meta property="article:published_time" content="2019-05-03T00:30:00Z">'
LINKED = '<script type="application/ld+json">{"@graph": [{"@type": "Article", "datePublished": "2018-01-02"}]}</script>'


def test_evidence_is_asked_in_order_and_named() -> None:
    assert dated(META + LINKED, dateline="9 June 2011", title="Notes 2012") == (
        "2019-05-03",
        "meta article:published_time",
    )
    assert dated(LINKED, dateline="9 June 2011") == ("2018-01-02", "JSON-LD datePublished")
    assert dated(dateline="9 June 2011", title="Notes 2012") == ("2011-06-09", "beside the title")
    assert dated(body='<p class="post-date">2016-07-04</p>', title="Notes 2012") == ("2016-07-04", "htmldate")
    assert dated(title="Notes, Summer 2015") == ("2015-06-01", "title")
    assert published("u", metadata(page()), Shown("Notes")) == UNDATED


def test_creation_counts_less_than_publication() -> None:
    created = '<meta name="dcterms.created" content="2011-11-11">'
    assert dated(created + LINKED) == ("2018-01-02", "JSON-LD datePublished")
    assert dated(created) == ("2011-11-11", "meta dcterms.created")


def test_a_stamp_after_midnight_gives_way_to_the_day_the_page_shows() -> None:
    assert dated(META, dateline="2 May 2019")[0] == "2019-05-02"
    assert dated(META, url="https://example.org/2019/05/02/notes")[0] == "2019-05-02"
    assert dated(META, dateline="30 April 2019")[0] == "2019-05-03"


def test_a_line_that_tells_of_a_change_tells_nothing_of_publication() -> None:
    assert dated(dateline="Updated 9 June 2011")[0] == "None"
    assert dated(dateline="Published 8 June 2011, last updated on 9 June 2011")[0] == "2011-06-08"


def test_a_copyright_year_is_no_day() -> None:
    assert dated('<meta name="dc.date" content="2004">')[0] == "None"
    assert dated(body="<p>Text of the page.</p><p>© 2004 Example</p>")[0] == "None"


def test_what_is_said_of_another_page_beside_the_text_dates_nothing() -> None:
    boxed = '<aside><h2>Related</h2><meta itemprop="datePublished" content="2011-02-01"></aside>'
    root = page(body=boxed)
    shown = Shown("Notes, Summer 2015", pruned=lambda: without_boxes(root))
    assert str(published("https://example.org/a", metadata(root), shown).first) == "2015-06-01"
    assert dated(body='<meta itemprop="datePublished" content="2011-02-01">')[1] == "meta datepublished"


def test_the_name_of_a_body_is_one_author() -> None:
    body = "Royal College of Paediatrics and Child Health"
    linked = f'{{"author": {{"@type": "Organization", "name": "{body}"}}}}'
    assert metadata(page(f'<script type="application/ld+json">{linked}</script>')).authors == (body,)
    for listed, names in {
        body: (body,),
        "Jane Smith and John McBride": ("Jane Smith", "John McBride"),
        "Ropes and Wicks Committee, A. Osei,": ("Ropes and Wicks Committee", "A. Osei"),
    }.items():
        assert metadata(page(f'<meta name="author" content="{listed}">')).authors == names


@pytest.mark.parametrize(
    "data", ["{", "[]", "1", '{"datePublished": 3}', '{"@graph": "x"}', '{"author": [{"name": 3}]}']
)
def test_broken_linked_data_is_passed_over(data: str) -> None:
    found = metadata(page(f'<script type="application/ld+json">{data}</script>'))
    assert (found.authors, found.types) == ((), ())


def test_a_moment_in_utc_is_the_day_that_the_page_shows_for_it() -> None:
    late = '<meta property="article:published_time" content="2019-05-03T01:30:00+00:00">'
    assert dated(late, lines=("By Ann Ames", "May 2, 2019"))[0] == "2019-05-02"
    assert dated(late, lines=("2 May 2019", "3 May 2019"))[0] == "2019-05-03"
    assert dated(late, lines=("4 May 2019",))[0] == "2019-05-03"
    assert dated(late.replace("T01:30:00+00:00", "T01:30:00-05:00"), lines=("2 May 2019",))[0] == "2019-05-03"
    assert dated(late.replace("T01", "T23"), lines=("4 May 2019",))[0] == "2019-05-04"


def test_what_htmldate_finds_in_a_line_of_change_dates_no_publication() -> None:
    line = '<div class="post-date">{} on 4 November 2020</div>'
    assert dated(body=line.format("Posted")) == ("2020-11-04", "htmldate")
    assert dated(body=line.format("Last modified"))[0] == "None"


def test_the_last_change_is_a_date_of_its_own() -> None:
    head = META + '<meta property="article:modified_time" content="2019-08-01T09:00:00Z">'
    assert (str(others(head).modified.first), others(head).modified.source) == (
        "2019-08-01",
        "meta article:modified_time",
    )
    assert str(others(LINKED.replace("datePublished", "dateModified")).modified.first) == "2018-01-02"
    shown = others(lines=("Ann Ames", "Page last updated: Monday, 9 June 2011")).modified
    assert (str(shown.first), shown.source) == ("2011-06-09", "line: Page last updated: Monday, 9 June 2011")
    assert others(lines=("Published 9 June 2011",)).modified == UNDATED


def test_statements_that_cannot_both_hold_are_told() -> None:
    assert others(META, "30 April 2019").conflicts == (
        "meta article:published_time says 2019-05-03, the line beside the title says 2019-04-30.",
    )
    assert others(META, "2 May 2019").conflicts == ()
    assert others(META + LINKED).conflicts == (
        "meta article:published_time says 2019-05-03, JSON-LD datePublished says 2018-01-02.",
    )
    early = '<meta property="article:modified_time" content="2019-01-01">'
    assert others(META + early).conflicts == (
        "meta article:published_time says 2019-05-03, "
        "meta article:modified_time says 2019-01-01 of a change before that.",
    )
    assert others(META + early.replace("01-01", "05-03")).conflicts == ()
    assert others(dateline="30 April 2019").conflicts == ()


EVENT = '<script type="application/ld+json">{"@type": "Event", "startDate": "2019-11-20T10:00"}</script>'


def test_the_day_of_an_event_is_never_that_of_publication() -> None:
    assert dated(EVENT, dateline="20 November 2019")[0] == "None"
    assert dated(EVENT, dateline="9 June 2019")[0] == "2019-06-09"
    assert others(EVENT.replace("Event", "Course")).event == UNDATED
    assert (str(others(EVENT).event.first), others(EVENT).event.source) == ("2019-11-20", "JSON-LD startDate")


OCCASIONS = [
    (Kind.MINUTES, "meeting", "Date of meeting: 3 May 2019", "2019-05-03"),
    (Kind.MINUTES, "meeting", "Minutes of the meeting held on Friday 3 May 2019 at the hall", "2019-05-03"),
    (Kind.UPDATE, "meeting", "The committee met on 3 May 2019 and agreed the plan.", "2019-05-03"),
    (Kind.UPDATE, "meeting", "The next meeting will be held on 3 May 2019.", None),
    (Kind.UPDATE, "meeting", "The Act came into force on 3 May 2019.", None),
    (Kind.ARTICLE, "meeting", "The committee met on 3 May 2019.", None),
    (Kind.CONSULTATION, "opens", "The consultation runs from 3 May 2019 to 5 June 2019.", "2019-05-03"),
    (Kind.CONSULTATION, "closes", "The consultation runs from 3 May 2019 to 5 June 2019.", "2019-06-05"),
    (Kind.CONSULTATION, "closes", "Closing date: 5 June 2019", "2019-06-05"),
    (Kind.CONSULTATION, "closes", "Please send responses to the office by 5pm on 5 June 2019", "2019-06-05"),
    (Kind.CONSULTATION, "closes", "The report of 2018 was noted.", None),
    (Kind.CONSULTATION, "closes", "The consultation closed in 2018.", None),
    (Kind.EVENT, "event", "Date: Wed, 20 Nov 19", "2019-11-20"),
    (Kind.EVENT, "event", "Booking opened on 3 May 2019", None),
]


@pytest.mark.parametrize(("kind", "field", "text", "first"), OCCASIONS)
def test_meetings_consultations_and_events_are_dated_where_the_text_says_so(
    kind: Kind, field: str, text: str, first: str | None
) -> None:
    found = getattr(occasions(Dates(), kind, "Notes", [text]), field)
    assert (str(found.first) if found.first else None) == first
    assert found == UNDATED or found.source.startswith("text: ")


def test_minutes_without_a_word_on_it_are_of_the_meeting_in_their_title() -> None:
    found = occasions(Dates(), Kind.MINUTES, "Minutes, 3 May 2019", ["Present: Ann Ames"])
    assert (str(found.meeting.first), found.meeting.source) == ("2019-05-03", "title")
    assert occasions(Dates(), Kind.MINUTES, "Minutes", []).meeting == UNDATED


def test_what_an_event_states_for_machines_counts_before_its_text() -> None:
    stated = others(EVENT)
    assert occasions(stated, Kind.EVENT, "Notes", ["Date: Thu, 21 Nov 19"]).event == stated.event
