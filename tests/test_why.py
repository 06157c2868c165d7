"""Why a result is one, in words that are true of what is shown; and what a misspelt query may have meant."""

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient
from room import Room, paper

from index.analysis import query_terms, term
from index.records import NO_FILTERS, Hit
from index.search import Searcher
from service.operators import read_query
from service.why import respelled, why

QUESTION = "What share of weekly hours may be OAH?"
PAPERS = [
    paper("orders", "Special Guardianship Orders (SGOs) rose. Guardians wrote to the court."),
    paper("ecole", "La politique de l'école.", lang="fr"),
    paper("transport", "School transport > The minister replied on transport.", title="A reply"),
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    room = Room(tmp_path_factory.mktemp("why"))
    room.put(*PAPERS)
    room.publish()
    return room.searcher()


def hit(searcher: Searcher, question: str, place: int = 0) -> Hit:
    return searcher.search(question, NO_FILTERS).hits[place]


def test_the_words_that_a_result_says_and_those_it_lacks_are_named(searcher: Searcher) -> None:
    reasons = why(
        hit(searcher, "guardian of the courts in Ruritania"), "guardian of the courts in Ruritania", searcher.vocabulary
    )
    assert reasons[:2] == ("It says “Guardians”, “court”.", "It does not say “Ruritania” in what is shown.")


def test_a_word_of_the_title_or_the_heading_counts_as_said(searcher: Searcher) -> None:
    assert "It says “reply”, “transport”." in why(
        hit(searcher, "transport reply"), "transport reply", searcher.vocabulary
    )


def test_an_acronym_is_expanded_as_the_collection_explains_it(searcher: Searcher) -> None:
    reasons = why(hit(searcher, "SGO"), "SGO", searcher.vocabulary)
    assert "SGO stands for Special Guardianship Order." in reasons


def test_what_is_only_near_in_meaning_says_so(searcher: Searcher) -> None:
    found = hit(searcher, "guardian")
    near = replace(found, passages=tuple(replace(one, similarity=0.6) for one in found.passages))
    assert why(near, "carer", searcher.vocabulary) == ("It says none of your words, and is close in meaning.",)
    far = replace(found, passages=tuple(replace(one, similarity=0.1) for one in found.passages))
    assert why(far, "carer", searcher.vocabulary) == ()


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("gaurdians", "guardians"),
        ('transprot -court "the minster" kind:press', 'transport -court "the minister" kind:press'),
        ("transprot -transprot author:transprot", "transport -transprot author:transprot"),
        ("guardian", None),
        ("guardianed", None),
        ("Gaurdians or gaurdians", "guardians or guardians"),
        ("the gaurdians’s court", "the guardians court"),
        ("politique de l'ecole", None),
        ("Ruritania", None),
        ("kind:press", None),
    ],
)
def test_a_word_that_stands_nowhere_is_offered_as_the_nearest_that_does(
    searcher: Searcher, query: str, meant: str | None
) -> None:
    assert respelled(read_query(query), searcher) == meant


def test_every_reason_on_a_page_is_true_of_its_result(real: TestClient) -> None:
    page = BeautifulSoup(real.get("/", params={"q": QUESTION}).text, "lxml")
    hits = page.select(".hit")
    told = [hit.select_one(".why").get_text(" ", strip=True) for hit in hits if hit.select_one(".why")]
    assert len(told) == len(hits) and all(
        "OAH stands for open access hours." in one.lower().replace("oah", "OAH") for one in told
    )
    for one in hits:
        reasons = one.select_one(".why").extract().get_text().casefold()
        marked = {term(mark.get_text()) for mark in one.select("mark")}
        named = {term(word) for word in re.findall("“(.*?)”", reasons.split("it does not say")[0])}
        assert marked <= named and named <= set(query_terms(QUESTION)), reasons


def test_the_spelling_that_is_offered_is_a_link_that_keeps_the_filters(real: TestClient) -> None:
    page = BeautifulSoup(real.get("/", params={"q": "overdue chrages", "kind": "position"}).text, "lxml")
    assert page.select_one(".respelled a")["href"] == "?q=overdue+charges&kind=position"
    assert page.select_one("#q")["value"] == "overdue chrages"
    right = BeautifulSoup(real.get("/", params={"q": "overdue charges"}).text, "lxml")
    assert not right.select(".respelled")


def test_the_interface_says_it_where_asked(real: TestClient) -> None:
    asked = {"q": QUESTION, "limit": 3}
    assert {tuple(hit["why"]) for hit in real.get("/api/search", params=asked).json()["hits"]} == {()}
    told = real.get("/api/search", params={**asked, "explain": 1}).json()["hits"]
    assert all(any(said.startswith(("It says", "OAH stands for")) for said in hit["why"]) for hit in told)
