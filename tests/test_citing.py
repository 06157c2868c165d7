"""Citations as people and reference managers read them, and addresses that open at the words."""

from dataclasses import replace
from datetime import date
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from shelf import NAME, SHELF, card_of, undated

from index.records import FoundPassage
from ingest.dates import read_date
from service import citing
from service.citing import Reference, bibtex, harvard, place, place_of, plain, ris

UPDATE, POSITION, SURVEY = map(card_of, SHELF[:3])
TODAY = date(2026, 11, 23)
BARE = replace(card_of(undated(SHELF[5])), title="What the association does")


def cited(card, page=None) -> Reference:
    return Reference(card, NAME, TODAY, page)


def test_in_plain_words():
    assert plain(cited(UPDATE)) == f"“Families Committee Update: Summer 2015”, {NAME}, Summer 2015. {UPDATE.url}"
    assert plain(cited(SURVEY, 2)) == f"“Social work workforce survey 2019”, {NAME}, May 2019, p. 2. {SURVEY.url}"
    assert plain(cited(BARE)) == f"“What the association does”, {NAME}. {BARE.url}"


def test_harvard():
    assert harvard(cited(POSITION)) == (
        f"{NAME} (2017) Special guardianship: our position. Available at: {POSITION.url} (Accessed: 23 November 2026)."
    )
    assert harvard(cited(SURVEY, 2)) == (
        f"M. Okafor and J. Lindqvist (2019) Social work workforce survey 2019, p. 2. {NAME}. "
        f"Available at: {SURVEY.url} (Accessed: 23 November 2026)."
    )
    assert harvard(cited(BARE)).startswith(f"{NAME} (no date) What the association does.")


def test_an_author_who_is_the_publisher_is_named_once():
    own = cited(replace(POSITION, authors=(NAME,)))
    assert harvard(own) == harvard(cited(POSITION)) and bibtex(own) == bibtex(cited(POSITION))


def test_bibtex():
    assert bibtex(cited(SURVEY, 2)) == (
        f"@misc{{social-work-2019-{SURVEY.id[:4]},\n"
        "  title = {{Social work workforce survey 2019}},\n"
        "  author = {M. Okafor and J. Lindqvist},\n"
        f"  publisher = {{{NAME}}},\n"
        "  year = {2019},\n"
        "  month = {05},\n"
        "  pages = {2},\n"
        f"  url = {{{SURVEY.url}}},\n"
        "  urldate = {2026-11-23},\n"
        "}\n"
    )
    bodies = replace(SURVEY, authors=("Health and Care Committee", "League of Readers", "Ann Lee, MSc", "Ann Lee"))
    authors = "{Health and Care Committee} and {League of Readers} and {Ann Lee, MSc} and Ann Lee"
    assert f"  author = {{{authors}}},\n" in bibtex(cited(bodies))
    assert "\\& \\% \\_ \\{\\}" in bibtex(cited(replace(UPDATE, title="R & D: & % _ {}")))


def test_ris():
    assert ris(cited(replace(POSITION, lang="en"))).splitlines() == [
        "TY  - RPRT",
        "TI  - Special guardianship: our position",
        f"PB  - {NAME}",
        "PY  - 2017",
        "DA  - 2017/03/14/",
        "LA  - en",
        f"UR  - {POSITION.url}",
        "Y2  - 2026/11/23/",
        "ER  - ",
    ]
    assert "DA  - 2015///Summer" in ris(cited(UPDATE))
    assert "DA  - 2019/05//" in ris(cited(SURVEY))
    assert "DA  - 2014///March to April\r" in ris(cited(replace(UPDATE, published=read_date("March/April 2014"))))
    assert "SP  - 2" in ris(cited(SURVEY, 2)).splitlines()
    assert "TI  - one TY - two" in ris(cited(replace(UPDATE, title="one\nTY - two")))


@pytest.mark.parametrize("style", [plain, harvard, bibtex, ris])
def test_what_is_not_known_is_left_out(style):
    text = style(cited(BARE))
    for invented in ("None", "PY", "DA", "year =", "month", "AU", "author", "pages", "SP", "p. "):
        assert invented not in text
    local = style(cited(replace(BARE, url="file:///srv/papers/a.html")))
    assert "file:" not in local and "srv" not in local


# It ends as a part of it does.
TWICE = "We came by this road to the end of the line and left as all who come to the end of the line"


@pytest.mark.parametrize(
    ("card", "words", "anchor", "page", "address"),
    [
        (SURVEY, "any words", None, 2, "#page=2"),
        (UPDATE, "CAMHS waiting times", None, None, "#:~:text=CAMHS%20waiting%20times"),
        (UPDATE, "CAMHS waiting times", "health", None, "#health:~:text=CAMHS%20waiting%20times"),
        (UPDATE, "a-b, c & d", None, None, "#:~:text=a%2Db%2C%20c%20%26%20d"),
        (UPDATE, " ".join("abcdefghijklm"), None, None, "#:~:text=a%20b%20c%20d%20e,i%20j%20k%20l%20m"),
        (UPDATE, "first line here\nsecond line", None, None, "#:~:text=first%20line%20here,second%20line"),
        (UPDATE, TWICE, None, None, f"#:~:text={TWICE.replace(' ', '%20')}"),
        (UPDATE, "", "health", None, "#health"),
        (UPDATE, "", None, None, ""),
        (replace(UPDATE, media_type="text/plain"), "words", None, None, ""),
    ],
)
def test_a_place_opens_at_the_words_or_the_page(card, words, anchor, page, address):
    assert place(card, words, anchor, page) == card.url + address


def test_a_passage_opens_at_its_words_not_at_the_heading_before_them():
    found = FoundPassage("1", "What we ask\n\nOne fair duty.", ("What we ask",), None, None, 0, 27, 1.0, ())
    assert place_of(UPDATE, found) == f"{UPDATE.url}#:~:text=One%20fair%20duty."


TEXT = """Fulling is no trade of ours; full members pay £2,400.

Kind | 2013 | 2023
Full | £1,850 | £2,400
Retired | free | free
Full | £2,100 | £2,400

A full member who leaves early pays on until March. A full member who leaves early pays on in full."""


@pytest.mark.parametrize(
    ("quote", "directive"),
    [
        ("Kind | 2013 | 2023\nFull | £1,850 | £2,400", "ours; full members pay £2,400.-,Kind,£2,400"),
        (
            "Kind | 2013 | 2023\nFull | £1,850 | £2,400\nRetired | free | free",
            "ours; full members pay £2,400.-,Kind,free,-Full",
        ),
        ("Full | £1,850 | £2,400", "2023-,Full,£2,400"),
        ("Retired | free | free\nFull | £2,100 | £2,400", "£2,400-,Retired,£2,400"),
        ("Full | £2,100 | £2,400", "free-,Full,£2,400"),
        ("A full member who leaves early pays on in full.", "A full member who leaves early pays on in full."),
    ],
)
def test_a_place_within_a_text_opens_at_these_words_and_not_at_the_like_before_them(quote, directive):
    opened = place(UPDATE, quote, text=TEXT, at=TEXT.index(quote))
    assert unquote(opened.split(":~:text=")[1]) == directive


GAPS = st.sampled_from([" ", " ", " ", " ", "  ", "\n", " | "])
PIECES = st.lists(st.tuples(st.sampled_from(["a", "a", "A", "(a", "ab", "İ"]), GAPS), min_size=12, max_size=30)


@example("A ab İ ab a a\na (a  a | ab  İ ab ab a (a | a  a a İ\nA a A a  a a A")
@given(PIECES.map(lambda pieces: "".join(word + gap for word, gap in pieces)).filter(str.strip))
def test_a_whole_text_whose_edges_stand_in_it_once_opens_where_a_look_at_it_says(words):
    quickly = place(UPDATE, words.strip())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(citing, "_once", lambda directive, text: False)
        assert place(UPDATE, words.strip()) == quickly


def test_a_place_takes_over_a_fragment_of_the_address_itself():
    assert place(replace(SURVEY, url=f"{SURVEY.url}#top"), "x", None, 3) == f"{SURVEY.url}#page=3"


@given(st.text(min_size=1, max_size=200).filter(str.strip))
def test_a_text_fragment_holds_words_of_the_passage_and_no_syntax_of_its_own(words):
    start, *end = place(UPDATE, words).split(":~:text=")[1].split(",")
    said = " ".join(words.split())
    assert said.startswith(unquote(start)) and all(said.endswith(unquote(part)) for part in end)
    assert not set("-& \n") & set(start + "".join(end)) and len(end) <= 1
