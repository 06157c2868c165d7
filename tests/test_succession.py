"""What took the place of what, told by the publications themselves, and shown wherever the older one is."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from room import BagEncoder, Room, paper

from index.succession import told
from ingest.records import Link, document_id

OTHER = Link("https://example.org/other", "our other paper")


@pytest.mark.parametrize(
    ("words", "later"),
    [
        ("This replaces our other paper.", "own"),
        ("Replaces our other paper of June 2014.", "own"),
        ("The present text replaced our other paper.", "own"),
        ("This position supersedes our other paper, which asked for more.", "own"),
        ("Superseded in October 2016 by our other paper.", "other"),
        ("This has been superseded. It was replaced by our other paper and is kept for the record.", "other"),
        ("Our current advice is our other paper (May 2022).", "other"),
        ("Since 2018 the association's view is that of our other paper.", "other"),
        ("It replaces our other paper.", None),
        ("Nothing replaced them, says our other paper.", None),
        ("The window was replaced. See our other paper.", None),
        ("Staff must not be replaced by volunteers.", None),
        ("This replaces an older paper.", None),
        ("In 2019 the local boards were replaced by our other paper.", None),
        ("We ask that the levy be replaced by our other paper.", None),
        ("Note: this position was adopted in 2014 and replaced in 2017 by our other paper.", "other"),
    ],
)
def test_a_sentence_with_a_link_tells_which_came_later(words: str, later: str | None) -> None:
    own = replace(paper("own", words), links=(OTHER,))
    other = paper("other", "Old.").id
    expected = {"own": [(other, own.id)], "other": [(own.id, other)], None: []}[later]
    assert list(told(own)) == expected


def test_the_last_of_a_chain_stands_today_and_a_circle_tells_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path, BagEncoder())
    links = {name: (Link(paper(name, "").url, "that paper"),) for name in ("first", "second", "third")}
    room.put(
        replace(paper("first", "Replaced by that paper."), links=links["second"]),
        replace(paper("second", "Superseded by that paper."), links=links["third"]),
        paper("third", "Stands."),
        replace(paper("left", "Replaced by that paper."), links=(Link(paper("right", "").url, "that paper"),)),
        replace(paper("right", "Replaced by that paper."), links=(Link(paper("left", "").url, "that paper"),)),
        replace(paper("lost", "Replaced by that paper."), links=(Link(paper("gone", "").url, "that paper"),)),
    )
    room.publish()
    searcher = room.searcher()
    cards = {name: searcher.card(paper(name, "").id) for name in ("first", "second", "third", "left", "right", "lost")}
    stands = {name: card.replaced_by.title for name, card in cards.items() if card and card.replaced_by}
    assert stands == {"first": "Third", "second": "Third"}


def test_it_is_shown_on_the_page_and_told_by_the_interface(real: TestClient) -> None:
    hits = real.get("/api/search", params={"q": "overdue charges fair for adults 2012", "limit": 50}).json()["hits"]
    told = {hit["document"]["url"].rsplit("/", 2)[-2]: hit["document"]["replaced_by"] for hit in hits}
    assert told["overdue-charges-2012"]["url"].endswith("/overdue-charges-2021/")
    old = next(hit["document"]["id"] for hit in hits if hit["document"]["replaced_by"])
    assert real.get(f"/api/documents/{old}").json()["document"]["replaced_by"]
    assert "Replaced by" in real.get(f"/documents/{old}").text


def test_of_two_links_that_one_is_told_which_stands_in_the_sentence() -> None:
    topic, earlier = (
        Link(f"https://example.org/{name}", said) for name, said in (("t", "guardianship"), ("e", "May 2017"))
    )
    own = replace(
        paper("own", "See our work on guardianship.", "This replaces our guardianship position of May 2017."),
        links=(topic, earlier),
    )
    assert list(told(own)) == [(document_id(earlier.url), own.id)]
    there = replace(paper("own", "This replaces what was said there."), links=(Link(OTHER.url, "here"),))
    assert list(told(there)) == []
