"""What to read next: near, but never the same thing twice."""

from dataclasses import replace
from pathlib import Path

import pytest
from room import Room, paper

from index.search import Searcher
from ingest.records import Document, Link

ORDERS = paper("orders", "The court may make a guardian order for the child.", title="Guardian orders", tags=("SGO",))
COURTS = paper("courts", "A guardian order is for the court and the child.", title="Court and orders", tags=("SGO",))
COPY = replace(ORDERS, url="https://example.org/copy")
FILE = paper("orders.pdf", "The court may make a guardian order for a child now.", title="Guardian orders paper")
BUSES = paper("buses", "Home to school transport costs more.", title="Buses")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    room = Room(tmp_path_factory.mktemp("related"))
    room.put(replace(ORDERS, attachments=(Link(FILE.url, "Paper"),)), COURTS, COPY, FILE, BUSES, paper("bare"))
    room.publish()
    return room.searcher()


def related(searcher: Searcher, document: Document) -> list[str]:
    return [item.document.url.rsplit("/", 1)[1] for item in searcher.related(document.id)]


def test_the_nearest_is_named_with_the_reason(searcher: Searcher) -> None:
    [item] = searcher.related(ORDERS.id)
    assert item.document.url == COURTS.url
    assert item.reason == "Both discuss guardian order"


def test_neither_itself_nor_a_copy_nor_its_own_attachment(searcher: Searcher) -> None:
    assert related(searcher, ORDERS) == ["courts"]
    assert "orders" not in related(searcher, FILE)


def test_of_two_copies_one_is_enough(searcher: Searcher) -> None:
    assert len({"orders", "copy"} & set(related(searcher, COURTS))) == 1


def test_fewer_rather_than_weak_ones(searcher: Searcher) -> None:
    assert related(searcher, BUSES) == []
    assert searcher.related(paper("bare").id) == ()
    assert searcher.related("0" * 16) == ()


def test_limit_is_kept(searcher: Searcher) -> None:
    assert len(searcher.related(COURTS.id, 1)) == 1


def test_a_withdrawn_document_is_related_to_nothing_from_then_on(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.put(ORDERS, COURTS)
    room.publish()
    assert related(room.searcher(), COURTS) == ["orders"]
    room.catalog.withdraw(ORDERS.url)
    room.publish()
    assert related(room.searcher(), COURTS) == []
