"""A generation is whole and named by what it holds, or it is not opened."""

import os
from dataclasses import replace
from pathlib import Path
from random import Random

import msgspec
import pytest
from room import Room, paper, some_papers

from index import publish as publishing
from index.errors import Damaged, NothingPublished, OtherFormat
from index.files import write_sealed
from index.generation import FORMAT, current_folder, open_current, put_in_force, read_manifest
from ingest.records import Audience

PUBLIC = Audience.PUBLIC


@pytest.fixture
def room(tmp_path: Path) -> Room:
    made = Room(tmp_path)
    made.put(*some_papers(Random(1), 8))
    made.publish()
    return made


def everything(room: Room) -> list[str]:
    home = room.generations / PUBLIC
    return sorted(str(path.relative_to(home)) for path in home.rglob("*"))


def test_before_the_first_there_is_nothing_to_open(tmp_path: Path) -> None:
    with pytest.raises(NothingPublished, match="then publish"):
        open_current(tmp_path, PUBLIC)


def test_equal_content_has_an_equal_id_in_another_home_at_another_time(room: Room, tmp_path: Path) -> None:
    other = Room(tmp_path / "other")
    other.put(*some_papers(Random(1), 8))
    assert other.publish().manifest.id == open_current(room.generations, PUBLIC)[1].id


def test_any_change_gives_another_id(room: Room) -> None:
    ids = [open_current(room.generations, PUBLIC)[1].id]
    first = next(room.catalog.editions(PUBLIC)).current
    for change in (
        lambda: room.put(paper("one-more", "A word.")),
        lambda: room.put(paper("one-more", "Another word.")),
        lambda: room.catalog.withdraw(first.url),
    ):
        change()
        ids.append(room.publish().manifest.id)
    assert len(set(ids)) == 4


def test_every_file_of_the_folder_is_in_the_manifest(room: Room) -> None:
    folder, manifest = open_current(room.generations, PUBLIC)
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert held == {*manifest.files, "manifest.json", "manifest.json.sha256"}


def test_one_flipped_bit_anywhere_is_refused_and_publishing_again_heals(room: Room) -> None:
    folder, manifest = open_current(room.generations, PUBLIC)
    question = room.searcher().search("guardian order")
    for name in (name for name in manifest.files if (folder / name).stat().st_size):
        file = folder / name
        sound = file.read_bytes()
        place = Random(name).randrange(len(sound))
        file.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
        with pytest.raises(Damaged, match="muniment publish"):
            open_current(room.generations, PUBLIC)
        with pytest.raises(Damaged, match="muniment publish"):
            read_manifest(folder, trusting=True)
        file.write_bytes(sound)
    (folder / "related.sqlite").write_bytes(b"")
    room.publish()
    assert room.searcher().search("guardian order") == question


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(b"{")])
def test_a_missing_or_broken_manifest_is_refused(room: Room, harm) -> None:
    folder, _ = open_current(room.generations, PUBLIC)
    harm(folder / "manifest.json")
    with pytest.raises(Damaged, match="muniment publish"):
        open_current(room.generations, PUBLIC)


def test_an_index_of_an_earlier_format_is_told_as_that_and_made_anew_by_publishing(room: Room) -> None:
    folder, manifest = open_current(room.generations, PUBLIC)
    earlier = msgspec.json.encode(replace(manifest, format=FORMAT - 1))
    write_sealed(folder / "manifest.json", earlier)
    with pytest.raises(OtherFormat, match="muniment publish") as told:
        open_current(room.generations, PUBLIC)
    assert (told.value.exit_code, told.value.found) == (os.EX_CONFIG, f"format {FORMAT - 1}")
    room.publish()
    assert open_current(room.generations, PUBLIC)[1].format == FORMAT


def test_what_a_reader_opened_answers_on_while_later_ones_are_put_in_force(room: Room) -> None:
    reader = room.searcher()
    before = reader.search("guardian")
    for number in range(3):
        room.put(paper(f"later-{number}", "The guardian came later."))
        room.publish()
    assert reader.search("guardian") == before
    assert room.searcher().search("guardian").total == before.total + 3


def test_one_generation_is_kept_beside_the_one_in_force(room: Room) -> None:
    for number in range(4):
        room.put(paper(f"later-{number}", "The guardian came later."))
        room.publish()
    folders = [path for path in (room.generations / PUBLIC).iterdir() if path.is_dir()]
    assert len(folders) == 2
    assert current_folder(room.generations, PUBLIC) in folders


@pytest.mark.parametrize("step", ["_write_segments", "_finish", "put_in_force"])
def test_a_publish_that_fails_leaves_the_old_one_in_force_and_nothing_half_made(
    room: Room, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(room)
    room.put(paper("one-more", "The guardian came later."))

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, step, fail)
    with pytest.raises(OSError, match="No space"):
        room.publish()
    assert everything(room) == before
    monkeypatch.undo()
    assert room.publish().manifest.documents == 9


def test_what_a_killed_publish_left_behind_is_swept_away_and_costs_no_kept_generation(room: Room) -> None:
    home = room.generations / PUBLIC
    (home / "building.1.tmp" / "segments").mkdir(parents=True)
    before = current_folder(room.generations, PUBLIC)
    room.put(paper("one-more", "The guardian came later."))
    room.publish()
    assert before is not None and before.is_dir()
    assert not list(home.glob("*.tmp"))


def test_the_same_generation_put_in_force_twice_is_the_one_that_was_there(room: Room) -> None:
    folder, manifest = open_current(room.generations, PUBLIC)
    spare = room.generations / PUBLIC / "spare"
    spare.mkdir()
    put_in_force(room.generations, PUBLIC, spare, manifest.id)
    assert open_current(room.generations, PUBLIC) == (folder, manifest)
