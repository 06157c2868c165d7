"""One conformance suite for searching over any engine; its thousands of cases are in the long tests."""

from random import Random

import numpy as np
import pytest
from conformance import Case, Library, Reader, both, faults, scores, some_cases, some_collection
from room import Room

from index.columns import Columns
from index.records import Filters, Mode
from index.search import Searcher

DOCUMENTS = some_collection(Random(31), 1_000)
CASES = list(some_cases(Random(32), 30))
ENGINES = ("embedded", "exact")


@pytest.fixture(scope="session")
def searchers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Searcher, Searcher]:
    room = Room(tmp_path_factory.mktemp("conformance"), segment=700)
    room.put(*DOCUMENTS)
    room.publish()
    return both(room)


@pytest.fixture(scope="session")
def library(searchers: tuple[Searcher, Searcher]) -> Library:
    return Library(DOCUMENTS, searchers[0])


@pytest.mark.parametrize("number", (0, 1), ids=ENGINES)
def test_filters_totals_facets_and_pages_are_what_a_reader_of_everything_says(
    searchers: tuple[Searcher, Searcher], library: Library, number: int
) -> None:
    wrong = {case: found for case in CASES if (found := faults(searchers[number], library, case))}
    assert wrong == {}


def test_both_engines_give_the_same_scores(searchers: tuple[Searcher, Searcher]) -> None:
    """Nearly: Tantivy keeps the length of a text in eight bits."""
    for case in CASES:
        found, expected = (one.search(case.question, case.filters, limit=50, mode=case.mode) for one in searchers)
        assert scores(found) == pytest.approx(scores(expected), abs=0.05), case


def test_the_documents_hold_every_selectivity_and_works_of_several_renditions(library: Library) -> None:
    reader = Reader(library, Case("", Filters(), Mode.HYBRID, 1))
    for tag, share in (("half", 2), ("twentieth", 20), ("thousandth", 1_000)):
        assert len(reader.works(Filters(tags=(tag,))) or ()) == 1_000 // share
    assert len(set(library.work.values())) < len(DOCUMENTS)


def test_an_engine_that_filters_after_ranking_is_found_out(
    searchers: tuple[Searcher, Searcher], library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def starved(columns: Columns, predicate: object) -> np.ndarray:
        passing = sound(columns, predicate)
        passing[np.cumsum(passing) > 20] = False
        return passing

    sound = Columns.documents_passing
    monkeypatch.setattr(Columns, "documents_passing", starved)
    assert any(faults(searchers[0], library, case) for case in CASES[:20])
