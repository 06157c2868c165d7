"""Candidates: the nearest of all by whole numbers, and a change reaches those near it and no others."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
from room import Room, some_papers

from index import neighbours
from index.generation import open_current
from index.neighbours import Neighbours
from ingest.records import Audience


@pytest.fixture
def near(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Neighbours:
    monkeypatch.setattr(neighbours, "MOST", 5)
    room = Room(tmp_path)
    room.put(*some_papers(Random(2), 40))
    room.publish()
    folder, manifest = open_current(room.generations, Audience.PUBLIC)
    found = Neighbours([folder / "segments" / segment.id for segment in manifest.segments])
    found.find(np.arange(40))
    return found


def score(near: Neighbours, one: int, other: int) -> float:
    """How near the second is to the first, written out."""
    first, second = (near._sketch(place).astype(int).tolist() for place in (one, other))
    days = near.days[[one, other]].tolist()
    undated = neighbours.UNDATED_FROM in days
    apart = neighbours._FAR if undated else min(abs(days[0] - days[1]), neighbours._FAR)
    return sum(a * b for a, b in zip(first, second, strict=True)) + near._worth[apart] * near.facts["fading"][other]


def test_the_candidates_are_the_best_of_all_and_what_links_bind(near: Neighbours) -> None:
    for me in range(40):
        scores = {other: score(near, me, other) for other in range(40) if other != me}
        best = sorted(scores, key=lambda other: (-scores[other], near.ids[other]))[:5]
        bound, _ = near.bound(me)
        candidates, _ = near.candidates(me)
        assert set(candidates.tolist()) == {*best, *bound.tolist()}
        assert near.reach[me] == scores[best[-1]]


def test_a_document_reaches_those_that_have_it_among_their_candidates(near: Neighbours) -> None:
    for place in range(40):
        reached = near.affected(near, np.array([place]))
        assert {me for me in range(40) if place in near.found[me].tolist()} <= set(np.flatnonzero(reached).tolist())
        assert 0 < reached.sum() < 40


def test_in_any_portions_the_same(near: Neighbours, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {place: found.tolist() for place, found in near.found.items()}
    monkeypatch.setattr(neighbours, "_PAIRS", 41)
    near.found.clear()
    near.find(np.arange(39, -1, -1))
    assert {place: found.tolist() for place, found in sorted(near.found.items())} == before
