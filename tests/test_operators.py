"""Operators in a query: read as they are meant, words where they are none, told in plain words where unusable."""

import json
from datetime import date

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from fastapi.testclient import TestClient

from index.records import NO_FILTERS, Filters
from ingest.records import Kind
from service.cli import muniment
from service.home import Home
from service.operators import BadFilter, read_query


@pytest.mark.parametrize(
    ("query", "words", "filters"),
    [
        ("overdue charges", "overdue charges", NO_FILTERS),
        ('"late books" charges', "late books charges", Filters(phrases=("late books",))),
        ("“late books”", "late books", Filters(phrases=("late books",))),
        ("charges -school", "charges", Filters(without=("school",))),
        ('charges -"school charter"', "charges", Filters(without=("school charter",))),
        ("kind:press Kind:report fines", "fines", Filters(kinds=(Kind.PRESS, Kind.REPORT))),
        ('committee:"Resources and Performance" fines', "fines", Filters(committees=("Resources and Performance",))),
        ("author:marlow tag:SGO", "", Filters(authors=("marlow",), tags=("SGO",))),
        ("fines after:2019 before:2021", "fines", Filters(since=date(2019, 1, 1), until=date(2020, 12, 31))),
        ('after:"May 2019"', "", Filters(since=date(2019, 5, 1))),
        ("the 2015-16 return - all of it", "the 2015-16 return - all of it", NO_FILTERS),
        ("SEND: a guide, note:this", "SEND: a guide, note:this", NO_FILTERS),
        ("Standards Committee: roles", "Standards Committee: roles", NO_FILTERS),
        ('6" pipes and a "broken quote', '6" pipes and a "broken quote', NO_FILTERS),
        ("well-being e-books", "well-being e-books", NO_FILTERS),
    ],
)
def test_a_query_is_words_and_filters(query: str, words: str, filters: Filters) -> None:
    typed = read_query(query)
    assert (typed.words, typed.narrow(NO_FILTERS)) == (words, filters)


@pytest.mark.parametrize(
    ("query", "named", "said"),
    [
        ("kind:pamphlet", "kind:pamphlet", "no such kind"),
        ("fines after:soon", "after:soon", "not a date"),
        ("kind: press", "kind:", "no value"),
        ("-kind:press", "-kind:press", "minus"),
        ("after:2020 fines before:2020", "before:2020", "no day is from 2020-01-01 on and until 2019-12-31"),
    ],
)
def test_what_cannot_be_used_is_named_with_a_remedy(query: str, named: str, said: str) -> None:
    with pytest.raises(BadFilter, match=said) as told:
        read_query(query).narrow(NO_FILTERS)
    assert told.value.name == named
    assert told.value.remedy


def test_operators_narrow_what_the_fields_chose() -> None:
    chosen = Filters(kinds=(Kind.PRESS,), since=date(2020, 5, 1), until=date(2022, 1, 1))
    assert read_query("after:2019 before:2021").narrow(chosen) == Filters(
        kinds=(Kind.PRESS,), since=date(2020, 5, 1), until=date(2020, 12, 31)
    )


def test_each_operator_can_be_left_out_alone() -> None:
    typed = read_query("fines “late books” -school kind:press")
    assert [typed.left_out(one.typed) for one in typed.operators] == [
        "fines -school kind:press",
        'fines "late books" kind:press',
        'fines "late books" -school',
    ]
    for query, operator, rest in [
        ("reading-ages report -ages", "-ages", "reading-ages report"),
        ("tag:SGO2 tag:SGO fees", "tag:SGO", "tag:SGO2 fees"),
        ('tag:"a b" fees', 'tag:"a b"', "fees"),
    ]:
        assert read_query(query).left_out(operator) == rest


ALIKE = [
    '"overdue charges" kind:position',
    "charges -e-books after:2015 before:2020",
    "committee:standards volunteers",
    'author:"Nobody At All" charges',
    'after:"May 2019" kind:report',
]


@pytest.mark.parametrize("query", ALIKE)
def test_page_interface_and_terminal_read_a_query_alike(real: TestClient, sample_home: Home, query: str) -> None:
    found = real.get("/api/search", params={"q": query, "limit": 10}).json()
    arguments = ["search", query, "--home", str(sample_home.path), "--json"]
    typed = json.loads(CliRunner().invoke(muniment, arguments).output)
    page = BeautifulSoup(real.get("/", params={"q": query}).text, "lxml")
    urls = [hit["document"]["url"] for hit in found["hits"]]
    assert [hit["document"]["url"] for hit in typed["hits"]] == urls
    assert [link["href"] for link in page.select(".hit h3 a")] == urls
    assert typed["total"] == found["total"]


def test_a_phrase_and_an_unwanted_word_hold_over_a_real_collection(real: TestClient) -> None:
    def found(query: str) -> tuple[int, dict[str, list[dict]]]:
        answer = real.get("/api/search", params={"q": query, "limit": 50}).json()
        return answer["total"], {hit["document"]["id"]: hit["passages"] for hit in answer["hits"]}

    everything, _ = found("overdue charges")
    (several, phrase), (fewer, without) = found('"overdue charges"'), found("overdue charges -fines")
    assert 0 < several == len(phrase) < fewer < everything
    said = [" ".join([*p["heading"], p["text"]]).casefold() for passages in phrase.values() for p in passages]
    assert sum("overdue charge" in one for one in said) >= len(said) // 2  # else it stands in the title
    for id in without:
        stored = real.get(f"/api/documents/{id}").json()
        assert "fines" not in f"{stored['document']['title']} {stored['text']}".casefold().split()


def test_operators_are_chips_that_can_be_taken_away(real: TestClient) -> None:
    page = BeautifulSoup(real.get("/", params={"q": 'charges "late returns" -school kind:position'}).text, "lxml")
    chips = page.select(".chips a")
    assert [chip.get_text().split(" – ")[0] for chip in chips] == ["“late returns”", "without school", "Position paper"]
    assert chips[1]["href"] == "?q=charges+%22late+returns%22+kind%3Aposition"


@pytest.mark.parametrize("query", ["charges kind:pamphlet", "charges after:soon", "charges -kind:press"])
def test_an_operator_that_cannot_be_used_is_told_and_the_page_still_answers(
    real: TestClient, sample_home: Home, query: str
) -> None:
    page = BeautifulSoup(real.get("/", params={"q": query}).text, "lxml")
    box = page.select_one("#q")
    assert (box["value"], box["aria-invalid"]) == (query, "true")
    assert query.split()[1] in page.find(id=box["aria-describedby"]).get_text()
    plain = BeautifulSoup(real.get("/", params={"q": "charges"}).text, "lxml")
    assert page.select_one("#results") == plain.select_one("#results")
    assert real.get("/api/search", params={"q": query}).status_code == 422
    assert CliRunner().invoke(muniment, ["ask", query, "--home", str(sample_home.path)]).exit_code == 2


@pytest.mark.parametrize("query", ["", "kind:press", "-school", "?", "🙂 kind:press"])
def test_what_asks_nothing_is_not_answered_that_we_have_not_published_on_it(sample_home: Home, query: str) -> None:
    done = CliRunner().invoke(muniment, ["ask", "--home", str(sample_home.path), "--", query])
    assert done.exit_code == 2 and "There is no question." in done.output
