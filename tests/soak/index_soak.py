"""The promises of the index at length: thousands of random searches, hundreds of edits. Minutes; run by `make soak`."""

from pathlib import Path
from random import Random

import pytest
from conformance import Library, both, faults, some_cases, some_collection
from edits import differing, some_edits
from room import Room, some_papers, some_questions

from index import neighbours, recommend
from ingest.records import Audience


def test_two_thousand_searches_over_either_engine_are_what_a_reader_of_everything_says(tmp_path: Path) -> None:
    room, documents = Room(tmp_path, segment=700), some_collection(Random(41), 1_000)
    room.put(*documents)
    room.publish()
    searchers = both(room)
    library = Library(documents, searchers[0])
    wrong = [
        (number, case, found)
        for case in some_cases(Random(42), 2_000)
        for number, searcher in enumerate(searchers)
        if (found := faults(searcher, library, case))
    ]
    assert wrong == []


@pytest.mark.parametrize(("seed", "candidates"), [(0, neighbours.MOST), (1, 8), (2, 8)])
def test_after_two_hundred_edits_five_hundred_answers_are_those_of_a_fresh_index(
    tmp_path: Path, seed: int, candidates: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With fewer candidates than documents most are taken over, and some are worked out late.
    monkeypatch.setattr(neighbours, "MOST", candidates)
    monkeypatch.setattr(recommend, "AT_ONCE", 2 * candidates)
    rng, room = Random(seed), Room(tmp_path, segment=40)
    documents = some_papers(rng, 100)
    room.put(*documents)
    some_edits(room, rng, documents, 200, at_once=10)
    for audience in Audience:
        assert differing(room, audience, some_questions(rng, 500)) == []
