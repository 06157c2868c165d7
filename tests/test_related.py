"""What to read next: near, but never the same thing twice."""

from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from random import Random
from weakref import ref

import pytest
from damage import desk_of
from fastapi.testclient import TestClient
from room import Room, paper, some_papers

from eval.records import Query
from eval.related import EVIDENCE, broken_promises, likeness_system, related_system
from index import recommend
from index.generation import open_current
from index.neighbours import ALL_EVIDENCE, Weights
from index.recommend import RelatedTable
from index.search import Searcher
from ingest.records import Audience, DateSpan, Document, Kind, Link, Precision, document_id
from service.api import create_app
from service.home import Home
from service.opening import open_searcher

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


def test_evidence_left_out_is_out_of_the_score(tmp_path: Path) -> None:
    linked, tagged = paper("linked", "Of the court and the child."), paper("tagged", "Of courts.", tags=("SGO",))
    here = paper("here", "A guardian order for the child.", tags=("SGO",), links=(Link(linked.url, "more"),))
    room = Room(tmp_path)
    room.put(here, linked, tagged, *some_papers(Random(3), 8))
    room.publish()
    current = open_current(room.generations, Audience.PUBLIC)

    def scores(weights: Weights) -> dict[str, float]:
        system = likeness_system("some", current, weights, lambda url: [url.rsplit("/", 1)[1]])
        return dict(system.rank(Query("here", ""), 100))

    whole, unlinked, content = map(scores, (ALL_EVIDENCE, EVIDENCE["related-no-links"], EVIDENCE["related-content"]))
    assert len(content) == 10
    assert "here" not in content
    assert whole["linked"] - unlinked["linked"] == pytest.approx(ALL_EVIDENCE.links, abs=1e-6)
    assert whole["tagged"] == unlinked["tagged"] > content["tagged"]


@pytest.mark.parametrize(
    "written",
    [
        "{}",
        "{}?utm_source=newsletter",
        "{}#part",
        " {} ",
        "HTTPS://EXAMPLE.org/orders",
        "https://example.org:443/orders",
    ],
)
def test_a_page_is_found_however_its_address_is_spelled(tmp_path: Path, written: str) -> None:
    room, address = Room(tmp_path), written.format(ORDERS.url)
    room.put(ORDERS, COURTS)
    room.publish()
    asking = TestClient(create_app(desk_of(room)))
    [item] = asking.get("/api/related", params={"url": address}).json()["items"]
    assert item["document"]["url"] == COURTS.url
    assert COURTS.title in asking.get("/related", params={"url": address}).text
    near = asking.post("/api/related", json={"url": address, "text": ORDERS.text}).json()["items"]
    assert [one["document"]["url"] for one in near] == [COURTS.url]


@pytest.mark.parametrize("address", ["file:///srv/a b.html?utm_source=x", "https://EXAMPLE.org/raw?b=1&a=2#x"])
def test_an_address_that_is_not_canonical_is_found_as_it_stands(tmp_path: Path, address: str) -> None:
    room = Room(tmp_path)
    room.put(replace(ORDERS, url=address))
    room.publish()
    assert room.searcher().find(address) == document_id(address)


def test_fewer_rather_than_weak_ones(searcher: Searcher) -> None:
    assert related(searcher, BUSES) == []
    assert searcher.related(paper("bare").id) == ()
    assert searcher.related("0" * 16) == ()


def test_limit_is_kept(searcher: Searcher) -> None:
    assert len(searcher.related(COURTS.id, 1)) == 1


def test_what_a_change_leaves_to_be_worked_out_is_when_it_is_asked_for_and_written_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path)
    room.put(*some_papers(Random(5), 12))
    room.publish()
    monkeypatch.setattr(recommend, "AT_ONCE", 0)
    monkeypatch.setattr(recommend, "_MANY", 1.0)
    room.put(ORDERS, COURTS)
    room.publish()
    late = room.searcher()
    assert "orders" in related(late, COURTS)
    assert late._related._worked_out.cache_info().currsize == 1
    monkeypatch.undo()
    room.put(BUSES)
    room.publish()
    written = room.searcher()
    assert "orders" in related(written, COURTS)
    assert written._related._worked_out.cache_info().currsize == 0


def test_rows_worked_out_in_several_processes_are_those_worked_out_in_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, papers = [], (ORDERS, COURTS, COPY, FILE, BUSES, *some_papers(Random(7), 30))
    for name, worth in (("one", 500), ("several", 15)):
        monkeypatch.setattr(recommend, "WORTH_A_PROCESS", worth)
        room = Room(tmp_path / name, segment=16)
        room.put(*papers)
        room.publish()
        folder = open_current(room.generations, Audience.PUBLIC).folder
        rows.append((folder / recommend.RELATED).read_bytes())
    assert rows[0] == rows[1]


def test_a_withdrawn_document_is_related_to_nothing_from_then_on(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.put(ORDERS, COURTS)
    room.publish()
    assert related(room.searcher(), COURTS) == ["orders"]
    room.catalog.withdraw(ORDERS.url)
    room.publish()
    assert related(room.searcher(), COURTS) == []


def test_the_reason_is_in_the_order_and_the_form_in_which_both_texts_have_it(searcher: Searcher) -> None:
    room_for = {COURTS.id: COURTS, ORDERS.id: ORDERS}
    for mine, its in ((ORDERS, COURTS), (COURTS, ORDERS)):
        [said] = [item.reason for item in searcher.related(mine.id) if item.document.id in room_for]
        topic = said.removeprefix("Both discuss ").split(";")[0]
        assert topic in f"{mine.title}\n{mine.text}" and topic.lower() in f"{its.title}\n{its.text}".lower()


@pytest.mark.parametrize(
    ("shared", "titles", "reason"),
    [
        ("vans became slow", ("Rounds", "Stops"), "Both discuss vans became slow"),
        ("became", ("Rounds", "Stops"), "On a similar subject"),
        ("they're", ("Rounds", "Stops"), "On a similar subject"),
        ("fines", ("An end to fines", "No more fines"), "Both discuss fines"),
        ("the Hallowmere", ("Rounds", "Stops"), "Both discuss Hallowmere"),
        ("in February", ("Rounds", "Stops"), "On a similar subject"),
    ],
)
def test_one_word_alone_is_a_subject_where_it_is_a_name_or_in_both_titles(
    tmp_path: Path, shared: str, titles: tuple[str, str], reason: str
) -> None:
    room, others = Room(tmp_path), (("mice", "ran"), ("oaks", "grew"))
    for number, (title, (one, other)) in enumerate(zip(titles, others, strict=True)):
        room.put(paper(f"p{number}", f"Here {one} {other} as {shared}. So {other} {one} and {shared}.", title=title))
    room.put(paper("q", "Nurses were counted.", title="Something else"))
    room.publish()
    reasons = {item.document.title: item.reason for item in room.searcher().related(paper("p0").id)}
    assert reasons[titles[1]] == reason


def test_neighbours_in_a_committees_papers_are_told(tmp_path: Path) -> None:
    room, words = Room(tmp_path), "The budget of the fund is under review this year."
    titles = ("Schools and Transport Committee: spring", "Schools and Transport Committee: autumn")
    room.put(*(paper(f"p{n}", words + f" Tariff {title[-6:]}.", title=title) for n, title in enumerate(titles)))
    room.put(paper("q", f"{words} Nurse.", title="Something else"))
    room.publish()
    reasons = {item.document.title: item.reason for item in room.searcher().related(paper("p0").id)}
    assert "same committee" in reasons[titles[1]]
    assert "same committee" not in reasons["Something else"]


def test_news_is_read_with_the_news_of_its_day(tmp_path: Path) -> None:
    room, words = Room(tmp_path), "The budget of the fund is under review."
    days = {"here": date(2020, 5, 1), "far": date(2011, 5, 1), "near": date(2020, 6, 1)}
    for name, day in days.items():
        room.put(
            replace(
                paper(name, f"{words} {name}", title=name), kind=Kind.PRESS, published=DateSpan(day, day, Precision.DAY)
            )
        )
    room.publish()
    assert related(room.searcher(), paper("here")) == ["near", "far"]


@pytest.mark.parametrize("audience", list(Audience))
def test_the_promises_hold_on_every_page_of_the_sample(sample_home: Home, audience: Audience) -> None:
    """Distinct works; never the page, its attachment or a copy, nothing for members in public, the same each time."""
    searcher = open_searcher(sample_home, audience)
    hits = searcher.search("", limit=1_000).hits
    work_of = {card.id: hit.document.id for hit in hits for card in (hit.document, *hit.renditions)}
    assert len(work_of) > 50
    for id, work in work_of.items():
        items, page = searcher.related(id, 12), searcher.document(id)
        works = [work, *(work_of[item.document.id] for item in items)]
        assert len(works) == len(set(works)), page.url
        assert not {item.document.url for item in items} & {page.url, *(link.url for link in page.attachments)}
        assert audience is Audience.MEMBERS or {item.document.audience for item in items} <= {Audience.PUBLIC}
        assert items == searcher.related(id, 12)
        assert all(item.reason for item in items)
        texts = [page.text, *(searcher.document(item.document.id).text for item in items)]
        assert not [pair for pair in combinations(texts, 2) if copied(*pair)], page.url


def test_the_bench_counts_the_pages_whose_promises_are_broken(
    sample_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    searcher = open_searcher(sample_home, Audience.PUBLIC)
    assert broken_promises(searcher) == []
    kept = searcher.related
    monkeypatch.setattr(searcher, "related", lambda id, limit: kept(id, limit) * 2)
    assert len(broken_promises(searcher)) > 50


def copied(one: str, other: str) -> bool:
    """Whether three quarters of the runs of eight words of the shorter are in the other too."""
    runs = [{tuple(words[i : i + 8]) for i in range(len(words) - 7)} for words in (one.split(), other.split())]
    least = min(map(len, runs))
    return least >= 20 and len(runs[0] & runs[1]) >= 0.75 * least


@pytest.mark.parametrize("text", ["...", "***", "?!"])
def test_a_document_without_a_word_is_published_with_the_others(tmp_path: Path, text: str) -> None:
    room = Room(tmp_path)
    room.put(paper("silent", text, title="…"), *some_papers(Random(1), 3))
    assert room.publish().manifest.documents == 4
    assert room.searcher().related(document_id("https://example.org/silent")) == ()


def test_what_the_index_lacks_is_related_to_nothing(searcher: Searcher) -> None:
    assert related_system(searcher, {}, lambda url: (url,)).rank(Query("q", ""), 10) == []


def test_a_table_goes_with_who_asked_it(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.put(*some_papers(Random(1), 3))
    room.publish()
    table = RelatedTable(open_current(room.generations, Audience.PUBLIC))
    gone = ref(table)
    del table
    assert gone() is None
