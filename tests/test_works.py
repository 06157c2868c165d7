"""Works: what was published once is one result, however many files it comes in; what was published twice is two."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from room import Room, paper, some_papers

from index.generation import open_current
from index.recommend import WORKS
from index.records import Filters, Hit, Mode
from ingest.records import Audience, DateSpan, Document, Kind, Link, Precision

PDF = "application/pdf"


def prose(seed: int, words: int = 120) -> str:
    """Words that nobody else says in this order."""
    rng = Random(seed)
    return " ".join(f"w{rng.randrange(10_000)}" for _ in range(words)) + "."


def on(day: str, until: str = "") -> DateSpan:
    return DateSpan(date.fromisoformat(day), date.fromisoformat(until or day), Precision.DAY, "test")


def linking(document: Document, *others: Document) -> Document:
    return replace(document, links=tuple(Link(other.url, "here") for other in others))


def works(*documents: Document) -> list[set[str]]:
    """The names of the documents of each work, in the order of the first of each."""
    with TemporaryDirectory() as folder:
        room = Room(Path(folder))
        room.put(*documents)
        room.publish()
        leaders = np.load(open_current(room.generations, Audience.PUBLIC)[0] / WORKS)
    found: dict[int, set[str]] = {}
    for document, leader in zip(documents, leaders.tolist(), strict=True):
        found.setdefault(leader, set()).add(document.url.rsplit("/", 1)[1])
    return list(found.values())


TEXT = prose(1)
PAGE = paper("page", TEXT, title="An end to overdue charges", published=on("2021-10-14"), kind=Kind.POSITION)
FILE = paper(
    "paper.pdf", f"{prose(2, 900)} {TEXT}", title="Overdue charges, an end: full paper", media_type=PDF,
    published=on("2021-10-20"),
)  # fmt: skip
NOTE = paper("note", prose(3), title="Directors call time on fines", published=on("2021-10-14"), kind=Kind.PRESS)


def test_a_page_its_file_and_its_press_note_are_one_work() -> None:
    assert works(linking(PAGE, FILE), FILE, linking(NOTE, PAGE)) == [{"page", "paper.pdf", "note"}]


@pytest.mark.parametrize(
    ("why", "one", "other"),
    [
        ("no link", PAGE, replace(FILE, title="Annex B", text=prose(4))),
        ("another title and other words", linking(PAGE, FILE), replace(FILE, title="Annex B", text=prose(4))),
        ("two words of two long titles",
         linking(replace(PAGE, title="What readers, schools and boards say of overdue charges"), FILE),
         replace(FILE, title="Tables, maps and figures: overdue charges in spring", text=prose(4))),
        ("another year", linking(PAGE, FILE), replace(FILE, published=on("2017-03-16"))),
        ("the report of another year", linking(replace(PAGE, title="Annual report 2016"), FILE),
         replace(FILE, title="Annual report 2015")),
        ("two pages", linking(PAGE, NOTE), replace(NOTE, kind=Kind.POSITION)),
        ("a press note of another week", linking(PAGE, NOTE), replace(NOTE, published=on("2021-11-14"))),
        ("a press note without a day", linking(PAGE, NOTE), replace(NOTE, published=DateSpan())),
    ],
)  # fmt: skip
def test_what_else_is_linked_is_another_work(why: str, one: Document, other: Document) -> None:
    assert len(works(one, other)) == 2, why


def test_a_file_named_by_a_machine_is_known_by_the_words_it_shares() -> None:
    named = replace(FILE, title="Microsoft Word - final3", text=f"{TEXT} {prose(5, 200)}")
    assert len(works(linking(PAGE, named), named)) == 1
    assert len(works(PAGE, replace(named, published=on("2021-12-24")))) == 2


def test_the_same_words_at_another_address_are_the_same_work() -> None:
    again = replace(PAGE, url="https://other.example.org/copy", title="Charges to end", text=f"{TEXT} Posted twice.")
    assert len(works(PAGE, again)) == 1
    assert len(works(PAGE, replace(again, text=TEXT, title=PAGE.title))) == 1


def test_updates_of_two_quarters_with_the_same_boilerplate_are_two_works() -> None:
    summer, autumn = (
        paper(season, f"{prose(6, 400)} {prose(seed, 30)}", title=f"Committee update: {season}", kind=Kind.UPDATE,
              published=on(first, until))
        for season, seed, first, until in (
            ("Summer 2015", 7, "2015-06-01", "2015-08-31"), ("Winter 2015", 8, "2015-12-01", "2016-02-29"),
        )
    )  # fmt: skip
    assert len(works(summer, autumn)) == 2
    assert len(works(summer, replace(autumn, published=summer.published))) == 1


def test_a_text_that_stands_under_titles_with_nothing_in_common_is_the_sites_own() -> None:
    elsewhere = replace(PAGE, url="https://example.org/hiring", title="We are hiring a librarian")
    assert len(works(PAGE, elsewhere)) == 2


def test_a_few_words_are_nobodys_mark() -> None:
    assert len(works(paper("a", "Find out more."), paper("b", "Find out more."))) == 2


def test_likeness_is_not_passed_along_a_chain() -> None:
    words = prose(9, 300).split()
    first, middle, last = (
        paper(name, " ".join(words[start : start + 150]), title="Waiting lists", published=on(f"2020-01-0{day}"))
        for day, (name, start) in enumerate((("first", 0), ("middle", 25), ("last", 50)), start=1)
    )
    assert len(works(first, middle)) == len(works(middle, last)) == 1
    assert len(works(first, middle, last)) == 2


def test_works_are_the_same_in_whatever_order_documents_came() -> None:
    documents = [linking(PAGE, FILE), FILE, linking(NOTE, PAGE), *some_papers(Random(1), 20)]
    whole = {frozenset(names) for names in works(*documents)}
    for seed in range(5):
        assert {frozenset(names) for names in works(*Random(seed).sample(documents, len(documents)))} == whole


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    made = Room(tmp_path_factory.mktemp("works"))
    made.put(linking(PAGE, FILE), FILE, linking(NOTE, PAGE), *some_papers(Random(3), 12))
    made.publish()
    return made


def names(hits: tuple[Hit, ...]) -> list[tuple[str, ...]]:
    return [tuple(card.url.rsplit("/", 1)[1] for card in (hit.document, *hit.renditions)) for hit in hits]


@pytest.mark.parametrize("mode", Mode)
def test_a_work_is_one_hit_and_shows_the_rendition_that_says_it_best(room: Room, mode: Mode) -> None:
    for document in (PAGE, FILE, NOTE):
        found = room.searcher().search(document.text.split(".")[0], limit=50, mode=mode)
        first, *others = (hit for hit in names(found.hits) if "page" in hit)
        assert not others
        assert first[0] == document.url.rsplit("/", 1)[1]
        assert set(first) == {"page", "paper.pdf", "note"}
        assert found.total == len(found.hits)


def test_totals_and_facets_count_works(room: Room) -> None:
    found = room.searcher().search("", limit=50)
    assert found.total == 13
    assert sum(one.count for one in found.facets["year"] if one.value == "2021") >= 1
    assert room.searcher().search("", Filters(kinds=(Kind.PRESS,), since=date(2021, 10, 14))).total == 1
    counts = {one.value: one.count for one in found.facets["kind"]}
    for kind, count in counts.items():
        assert room.searcher().search("", Filters(kinds=(Kind(kind),))).total == count


def test_a_filter_chooses_among_renditions_and_the_others_are_still_named(room: Room) -> None:
    [hit] = names(room.searcher().search("", Filters(kinds=(Kind.PRESS,), since=date(2021, 10, 1))).hits)
    assert hit[0] == "note"
    assert set(hit) == {"page", "paper.pdf", "note"}


def test_a_members_rendition_is_unheard_of_in_public(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.put(linking(PAGE, FILE), replace(FILE, audience=Audience.MEMBERS))
    for audience in Audience:
        room.publish(audience)
    assert names(room.searcher().search("").hits) == [("page",)]
    assert names(room.searcher(Audience.MEMBERS).search("").hits) == [("page", "paper.pdf")]
