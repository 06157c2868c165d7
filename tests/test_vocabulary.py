"""What is learned of a collection's words: the same however it is cut, and of nothing that is not for everyone."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from room import BagEncoder, Room, paper, some_papers

from index.generation import open_current
from index.records import ALL_PARTS, Vectors
from index.search import Searcher
from index.vocabulary import FILE, Vocabulary
from index.wording import Words
from ingest.glossary import Expansion
from ingest.records import Audience
from service.suggesting import Suggestion, suggest

PAPERS = [
    paper("orders", "Special Guardianship Orders (SGOs) rose. Guardians wrote.", committees=("Standards Committee",)),
    paper("more-orders", "Each Special Guardianship Order (SGO) needs a review.", title="Guardianship: a note"),
    paper(
        "libraries",
        "The School Library Service (SLS) lends.",
        title="School libraries",
        committees=("Libraries Board",),
    ),
]
SECRET = paper(
    "secret",
    "The Zeppelin Landing Group (ZLG) met in camera.",
    title="Minutes of the closed session",
    audience=Audience.MEMBERS,
    committees=("Closed Committee",),
)
BARRED = paper("barred", "The Unquotable Matter Register (UMR) is kept.", title="A register", quotable=False)


def vocabulary(folder: Path, *papers: object, segment: int = 12, audience: Audience = Audience.PUBLIC) -> Vocabulary:
    room = Room(folder, segment=segment)
    room.put(*papers)  # type: ignore[arg-type]
    room.publish(audience)
    return room.searcher(audience).vocabulary


def test_acronyms_words_titles_and_committees_are_kept_with_the_generation(tmp_path: Path) -> None:
    learned = vocabulary(tmp_path, *PAPERS)
    assert learned.glossary["SGO"] == (Expansion("Special Guardianship Order", 2),)
    assert learned.titles == ("Guardianship: a note", "Orders", "School libraries")
    assert learned.committees == ("Libraries Board", "Standards Committee")
    assert (learned.words["guardianship"], learned.words["guardians"]) == (2, 1)


def test_it_does_not_depend_on_how_documents_are_cut_into_segments(tmp_path: Path) -> None:
    assert vocabulary(tmp_path / "one", *PAPERS, segment=1) == vocabulary(tmp_path / "all", *PAPERS)


def test_counted_on_through_edits_and_withdrawals_it_is_what_counting_all_gives(tmp_path: Path) -> None:
    room = Room(tmp_path, segment=2)
    room.put(*some_papers(Random(3), 30), *PAPERS)
    room.publish()
    room.put(*(paper(f"paper-{number}", f"Draft {number} was replaced.") for number in range(4)))
    room.publish()
    for one in (PAPERS[2], *some_papers(Random(3), 30)[10:14]):
        assert room.catalog.withdraw(one.url)
    made = {room.generations: room.publish(), room.folder / "fresh": room.publish_afresh()}
    counted, whole = (
        (generations / Audience.PUBLIC / one.manifest.id / FILE).read_bytes() for generations, one in made.items()
    )
    assert counted == whole
    assert "lends" not in room.searcher().vocabulary.words


def test_nothing_of_members_papers_is_in_what_the_public_is_offered(tmp_path: Path) -> None:
    assert vocabulary(tmp_path / "with", *PAPERS, SECRET) == vocabulary(tmp_path / "without", *PAPERS)


def test_members_are_offered_titles_but_nothing_is_learned_from_closed_text(tmp_path: Path) -> None:
    learned = vocabulary(tmp_path, *PAPERS, SECRET, audience=Audience.MEMBERS)
    assert SECRET.title in learned.titles and "Closed Committee" in learned.committees
    assert "ZLG" not in learned.glossary and "zeppelin" not in learned.words


def test_text_that_may_not_be_shown_teaches_nothing(tmp_path: Path) -> None:
    learned = vocabulary(tmp_path, *PAPERS, BARRED)
    assert "UMR" not in learned.glossary and "unquotable" not in learned.words
    assert BARRED.title in learned.titles


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("gaurdian", "guardian"),
        ("gardian", "guardian"),
        ("guardiann", "guardian"),
        ("guardean", "guardian"),
        ("gaurdianshop", "guardianship"),
        ("commitee", "committee"),
        ("zeppelin", None),
        ("cat", None),
        ("2019x", None),
    ],
)
def test_a_misspelt_word_is_near_the_right_one(typed: str, nearest: str | None) -> None:
    words = {"guardian": 9, "guardians": 2, "guardianship": 5, "committee": 7, "commit": 1, "cart": 3}
    assert Vocabulary({}, (), (), words).nearest(typed) == nearest


OFFERED = Vocabulary(
    {"SGO": (Expansion("special guardianship order", 2),), "SLS": (Expansion("School Library Service", 1),)},
    (
        "Guardianship: a note",
        "Special guardianship",
        "A note on special schools",
        "École nouvelle",
        "1 -16 August - news",
    ),
    ("Special Needs Committee",),
    {},
)
ASKED = ("What is a special guardian?",)


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        (
            "special g",
            ["SGO", "What is a special guardian?", "Special guardianship"],
        ),
        ("s.g.o.", ["SGO"]),
        ("sls", ["SLS"]),
        ("special needs", ['committee:"Special Needs Committee"']),
        ("note", ["A note on special schools", "Guardianship: a note"]),
        ("guardianship", ["Guardianship: a note", "SGO", "Special guardianship"]),
        ("ecole", ["École nouvelle"]),
        ("1 -1", ["1 16 August - news"]),
        ("uardian", []),
        ("  ", []),
    ],
)
def test_what_is_offered_begins_word_by_word_as_it_was_typed(typed: str, texts: list[str]) -> None:
    assert sorted(one.text for one in suggest(typed, OFFERED, ASKED, 8)) == sorted(texts)


def test_what_is_offered_says_what_it_is_and_titles_that_begin_so_come_before_others() -> None:
    found = suggest("special", OFFERED, ASKED, 8)
    assert found[0] == Suggestion("SGO", "SGO: special guardianship order", "acronym")
    assert [one.sort for one in found] == ["acronym", "question", "committee", "title", "title"]
    assert [one.text for one in found[-2:]] == ["Special guardianship", "A note on special schools"]
    assert suggest("special", OFFERED, ASKED, 2) == found[:2]


@pytest.mark.parametrize(
    ("query", "spelled"),
    [
        ("What did we say of SGOs?", "What did we say of SGOs (Special Guardianship Order)?"),
        ("sgo and SLS", "sgo (Special Guardianship Order) and SLS (School Library Service)"),
        ("the sls of a plan", "the sls of a plan"),
        ("guardianship orders", "guardianship orders"),
        ("", ""),
    ],
)
def test_acronyms_of_a_query_are_followed_by_what_they_stand_for(tmp_path: Path, query: str, spelled: str) -> None:
    # As for a model that has "sls" for one word of its language.
    assert vocabulary(tmp_path, *PAPERS).spelled_out(query, lambda word: word == "sls") == spelled


@pytest.mark.parametrize(("library", "spelled"), [(9, "SLS (School Library Service)"), (4, "SLS")])
def test_an_acronym_of_which_texts_say_different_things_is_not_spelled_out(library: int, spelled: str) -> None:
    meanings = (
        Expansion("School Library Service", library),
        Expansion("school library services", 1),
        Expansion("Sound Loan", 3),
    )
    learned = Vocabulary({"SLS": meanings}, (), (), {})
    assert learned.spelled_out("SLS", lambda _: False) == spelled


def test_a_function_word_is_no_acronym() -> None:
    learned = Vocabulary({"US": (Expansion("United Services", 3),)}, (), (), {})
    assert learned.spelled_out("what is it to us", lambda _: False) == "what is it to us"


def test_what_is_encoded_is_the_query_spelled_out_unless_it_is_words_or_that_part_is_left_out(tmp_path: Path) -> None:
    read = list[str]()

    class Listening(BagEncoder):
        def encode_query(self, text: str) -> tuple[Vectors, Words]:
            read.append(text)
            return super().encode_query(text)

    room = Room(tmp_path, encoder=Listening())
    room.put(*PAPERS)
    room.publish()
    for query, parts in (
        ("SLS lending", ALL_PARTS),
        ("sls lending", ALL_PARTS),
        ("SLS", replace(ALL_PARTS, glossary=False)),
    ):
        Searcher(*open_current(room.generations, Audience.PUBLIC), room.encoder, parts).search(query)
    assert read == ["SLS (School Library Service) lending", "sls lending", "SLS"], (
        "each word is one piece to this model"
    )
