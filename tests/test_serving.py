"""The serving desk: a new generation is taken up without a restart, a damaged one is not."""

import socket
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import apsw
import pytest
from damage import desk_of
from room import Room, paper

from index.errors import NothingPublished
from index.generation import current_folder
from ingest.records import Audience, Kind
from service.errors import BadSetting
from service.running import listen
from service.serving import CrawlNote, Failure, ServingDesk, write_note


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(tmp_path)
    room.put(paper("fines", "Fines for late books should end.", kind=Kind.POSITION))
    room.put(paper("vans", "Mobile libraries reach the valleys.", kind=Kind.REPORT))
    room.publish()
    return room


def titles(desk: ServingDesk) -> set[str]:
    return {hit.document.title for hit in desk.searcher.search("").hits}


def test_a_withdrawn_publication_is_gone_as_soon_as_that_is_published(room: Room) -> None:
    desk = desk_of(room)
    assert titles(desk) == {"Fines", "Vans"}
    assert desk.refresh() is False
    room.catalog.withdraw("https://example.org/fines")
    room.publish()
    assert desk.refresh() is True
    assert titles(desk) == {"Vans"}


def test_a_searcher_in_use_goes_on_answering_from_its_own_generation(room: Room) -> None:
    desk = desk_of(room)
    held = desk.searcher
    room.catalog.withdraw("https://example.org/fines")
    room.publish()
    desk.refresh()
    assert {hit.document.title for hit in held.search("").hits} == {"Fines", "Vans"}
    assert held.generation != desk.searcher.generation


def test_a_damaged_generation_is_refused_and_the_old_one_stays(room: Room) -> None:
    desk = desk_of(room)
    room.put(paper("prisons", "Every prison has a library."))
    room.publish()
    newest = current_folder(room.generations, Audience.PUBLIC)
    assert newest is not None
    victim = next(newest.rglob("vectors.faiss"))
    victim.unlink()
    victim.write_bytes(b"not an index")
    assert not desk.refresh()
    assert desk.degraded
    assert titles(desk) == {"Fines", "Vans"}


def test_the_watcher_takes_up_what_is_published(room: Room) -> None:
    desk = desk_of(room)
    desk.start()
    try:
        before = desk.searcher.generation
        room.put(paper("prisons", "Every prison has a library."))
        room.publish()
        for _ in range(600):
            if desk.searcher.generation != before:
                break
            desk._stopped.wait(0.1)
        assert titles(desk) == {"Fines", "Prisons", "Vans"}
    finally:
        desk.stop()


def test_a_home_that_was_out_of_reach_for_a_while_is_watched_on(room: Room) -> None:
    desk = desk_of(room)
    aside = room.generations.rename(room.folder / "aside")
    room.generations.write_text("no folder")
    assert not desk.refresh()
    assert desk.degraded
    room.generations.unlink()
    aside.rename(room.generations)
    assert not desk.refresh()
    assert not desk.degraded


def test_what_cannot_be_opened_is_told_and_the_old_one_stays_until_it_can(room: Room) -> None:
    desk = desk_of(room)
    room.put(paper("prisons", "Every prison has a library."))
    room.publish()
    opened = desk._opened
    desk._opened = Mock(side_effect=apsw.CantOpenError("unable to open database file"))
    assert not desk.refresh()
    assert desk.degraded
    assert titles(desk) == {"Fines", "Vans"}
    desk._opened = opened
    assert desk.refresh()
    assert titles(desk) == {"Fines", "Vans", "Prisons"}


def test_nothing_is_served_before_anything_is_published(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished):
        desk_of(Room(tmp_path))


def test_the_status_tells_what_is_held_and_what_the_last_crawl_could_not_take(room: Room) -> None:
    desk = desk_of(room)
    assert desk.note().crawled_at is None
    failure = Failure("https://example.org/broken.pdf", "The file is broken.", "Ask for another copy.")
    when = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    seen = "https://example.org/vans", when
    write_note(room.folder / "crawl.json", CrawlNote(when, (failure,), seen))
    assert desk.note() == CrawlNote(when, (failure,), seen)
    assert sorted(desk.searcher.census()) == [
        (Kind.POSITION, None, 1),
        (Kind.REPORT, None, 1),
    ]


@pytest.mark.parametrize("host", ["127.0.0.1", "name.invalid"])
def test_an_address_that_cannot_be_had_is_named_with_the_remedy(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadSetting, match=rf"{host}:{port}.*another port, or an address of this machine"):
            listen(host, port)


def test_an_answer_does_not_wait_for_its_beginning_to_be_acknowledged() -> None:
    with (
        listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
