"""The bench of speeds: what it grows is as real text is, what it times it times in turn, whom it asks it waits for."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from queue import Queue
from random import Random
from threading import Event, get_native_id
from typing import Any

import numpy as np
import pytest
from browser import served
from room import Room, some_papers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from eval.errors import EvalError
from eval.growth import grow
from eval.load import served as service_over
from eval.load import visit
from eval.speed import in_turn, indexing, on_one_processor
from index.catalog import Catalog
from index.generation import open_current
from ingest.records import Audience
from service.home import Home, open_home
from service.pipeline import take_and_publish


@pytest.fixture(scope="module")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Room, Catalog]]:
    room = Room(tmp_path_factory.mktemp("real"))
    room.put(*some_papers(Random(1), 12))
    room.embed()
    spec = room.encoder.spec
    with closing(Catalog(tmp_path_factory.mktemp("grown") / "catalog.sqlite")) as target:
        grow(room.catalog, target, spec, 100)
        yield room, target


def test_as_many_passages_as_asked_for_the_real_ones_first(rooms: tuple[Room, Catalog]) -> None:
    room, grown = rooms
    real = [edition.current for edition in room.catalog.editions(Audience.PUBLIC)]
    held = [edition.current for edition in grown.editions(Audience.PUBLIC)]
    with_text = [document for document in real if document.text]
    assert held[: len(with_text)] == with_text
    assert grown.count()["passages"] == 100


def test_every_passage_stands_in_its_document_and_has_its_vector(rooms: tuple[Room, Catalog]) -> None:
    room, grown = rooms
    for edition in grown.editions(Audience.PUBLIC):
        stored = list(grown.passages(edition.current.id))
        for one, kept in zip(stored, grown.vectors(room.encoder.spec.id, [o.text_hash for o in stored]), strict=True):
            assert edition.current.text[one.passage.start : one.passage.end] == one.passage.text
            assert kept is not None
            assert np.linalg.norm(np.frombuffer(kept[0], np.float16).astype(float)) == pytest.approx(1, abs=0.01)
    assert grown.unembedded(room.encoder.spec.id) == []


def test_a_question_goes_to_each_before_the_next_one() -> None:
    asked: list[tuple[str, str]] = []
    tasks = {name: (lambda question, name=name: asked.append((name, question))) for name in ("mine", "other")}
    figures = in_turn("search", 10, tasks, ["a", "b"])
    assert asked == [(name, question) for question in ("a", "a", "b") for name in ("mine", "other")]
    assert [(one.system, one.passages) for one in figures] == [("mine", 10), ("other", 10)]
    assert figures[0].ratio == 1


def test_what_is_indexed_to_be_timed_was_in_force_and_leaves_nothing(
    sample_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []

    def looking(home: Home, *work: Any) -> None:
        take_and_publish(home, *work)
        held.append(open_current(home.generations, Audience.PUBLIC).manifest.passages)

    before = sorted(sample_home.path.iterdir())
    monkeypatch.setattr("eval.speed.ROUNDS", 1)
    monkeypatch.setattr("eval.speed.take_and_publish", looking)
    told = [one.what for one in indexing(sample_home, 8, ())]
    # Each once before, unmeasured.
    (passages,) = set(held)
    assert len(held) == 4 and passages >= 8
    assert told == [f"index {passages} passages", f"index {passages} passages on one processor"]
    assert sorted(sample_home.path.iterdir()) == before


def test_a_thread_that_has_ended_is_no_hindrance(monkeypatch: pytest.MonkeyPatch) -> None:
    # No process has this number: it is beyond the greatest.
    monkeypatch.setattr(Path, "iterdir", lambda _: iter([Path(str(2**22 + 1))]))
    with on_one_processor():
        pass


def test_what_is_bound_to_one_processor_is_set_free_again() -> None:
    end, begun = Event(), Queue[int]()

    def work() -> None:
        begun.put(get_native_id())
        end.wait()

    with ThreadPoolExecutor(2) as pool:
        pool.submit(work)
        before = begun.get()
        with on_one_processor():
            pool.submit(work)
            threads = (get_native_id(), before, begun.get())
            bound = list(map(os.sched_getaffinity, threads))
        free = list(map(os.sched_getaffinity, threads))
        end.set()
    assert {len(processors) for processors in bound} == {1}
    assert {frozenset(processors) for processors in free} == {frozenset(os.sched_getaffinity(0))}


class Counting:
    """Answers with ``bad`` once it was asked ``good`` times; says how many it was asked at once."""

    def __init__(self, good: int, bad: int = 503) -> None:
        self.good, self.bad, self.now, self.most = good, bad, 0, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.now, self.good = self.now + 1, self.good - 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.2)
        self.now -= 1
        await PlainTextResponse("", 200 if self.good >= 0 else self.bad)(scope, receive, send)


@pytest.mark.parametrize(("rate", "at_once"), [(None, 1), (1_000, 5)])
def test_visitors_wait_their_turn_or_come_when_they_are_due(rate: float | None, at_once: int) -> None:
    app = Counting(good=5)
    with served(app) as address:
        waited, refused = asyncio.run(visit(f"{address}/", ["q"] * 5, rate))
    assert (len(waited), refused, app.most) == (5, 0, at_once)


def test_who_is_refused_is_counted_and_does_not_make_the_others_faster() -> None:
    with served(Counting(good=2)) as address:
        waited, refused = asyncio.run(visit(f"{address}/", ["q"] * 5, None))
    assert (len(waited), refused) == (2, 3)


def test_an_answer_that_is_none_is_no_figure() -> None:
    with served(Counting(good=1, bad=422)) as address, pytest.raises(EvalError, match="422"):
        asyncio.run(visit(f"{address}/", ["q", "q"], None))


def test_an_empty_home_grows_into_nothing(tmp_path: Path) -> None:
    room = Room(tmp_path / "empty")
    with closing(Catalog(tmp_path / "catalog.sqlite")) as target, pytest.raises(EvalError, match="publications"):
        grow(room.catalog, target, room.encoder.spec, 10)


def test_passages_that_were_never_encoded_are_told_not_left_out(tmp_path: Path) -> None:
    room = Room(tmp_path / "raw")
    room.put(*some_papers(Random(2), 5))
    with closing(Catalog(tmp_path / "catalog.sqlite")) as target, pytest.raises(EvalError, match="publish"):
        grow(room.catalog, target, room.encoder.spec, 10)


def test_a_service_that_does_not_start_is_told_with_its_exit_code(tmp_path: Path) -> None:
    with pytest.raises(EvalError, match=f"exit code {os.EX_UNAVAILABLE}") as told, service_over(open_home(tmp_path)):
        pass
    assert f"muniment serve --home {tmp_path}" in told.value.remedy
