"""A backup is what the home was, one byte of it changed is refused, and a home made from it answers the same."""

import errno
import resource
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from damage import mutate
from room import BagEncoder, Room, cut, paper, some_papers, some_questions
from rounds import go, home_at, in_one_process, serving, state

from index.catalog import Catalog
from index.errors import Damaged
from service import backup, pipeline
from service.errors import BadSetting
from service.home import open_home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    in_one_process(monkeypatch)
    with serving() as site:
        assert go(site, tmp_path / "home") == 0
        (tmp_path / "home" / "muniment.toml").write_text('name = "An association"\n')
        yield tmp_path / "home"


def test_a_restored_home_is_what_it_was_to_the_generations_name(home: Path, tmp_path: Path) -> None:
    receipt = backup.back_up(home_at(home), tmp_path / "kept")
    assert receipt.documents == 5
    assert backup.restore(tmp_path / "kept", open_home(tmp_path / "again")) == receipt
    again = open_home(tmp_path / "again")
    pipeline.publish_home(again, BagEncoder())
    assert state(again.path) == state(home)
    assert again.settings.name == "An association"


def test_one_byte_changed_is_refused_before_anything_is_touched(home: Path, tmp_path: Path) -> None:
    backup.back_up(home_at(home), tmp_path / "kept")
    files = [path for path in sorted((tmp_path / "kept").rglob("*")) if path.is_file()]
    rng, refused = Random(3), 0
    for number in range(100):
        harmed = shutil.copytree(tmp_path / "kept", tmp_path / "harmed")
        victim = harmed / rng.choice(files).relative_to(tmp_path / "kept")
        whole = victim.read_bytes()
        at = rng.randrange(len(whole))
        victim.write_bytes(whole[:at] + bytes([whole[at] ^ (1 << number % 8)]) + whole[at + 1 :])
        with pytest.raises(Damaged):
            backup.restore(harmed, open_home(tmp_path / "empty"))
        refused += not (tmp_path / "empty" / "catalog.sqlite").exists()
        shutil.rmtree(harmed)
    assert refused == 100


def test_a_check_that_looks_away_is_found_out(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup.back_up(home_at(home), tmp_path / "kept")
    mutate(Random(4), next((tmp_path / "kept" / "archive").iterdir()))
    monkeypatch.setattr(backup, "check", lambda *_: None)
    backup.verify(tmp_path / "kept")
    monkeypatch.undo()
    with pytest.raises(Damaged):
        backup.verify(tmp_path / "kept")


def test_a_disk_that_fills_is_told_and_nothing_is_left_of_the_backup(home: Path, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = next((home / "archive").iterdir())
    largest.write_bytes(largest.read_bytes() + bytes(10_000_000))
    resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, before[1]))
    try:
        with pytest.raises(OSError) as full:
            backup.back_up(home_at(home), tmp_path / "disk" / "kept")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert full.value.errno == errno.EFBIG
    assert not list((tmp_path / "disk").iterdir())


def test_nothing_is_written_over(home: Path, tmp_path: Path) -> None:
    backup.back_up(home_at(home), tmp_path / "kept")
    with pytest.raises(BadSetting, match="not there yet"):
        backup.back_up(home_at(home), tmp_path / "kept")
    with pytest.raises(BadSetting, match="empty"):
        backup.restore(tmp_path / "kept", home_at(home))
    with pytest.raises(BadSetting, match="no catalog"):
        backup.back_up(open_home(tmp_path / "nothing"), tmp_path / "other")


def test_what_a_killed_process_left_beside_a_catalog_does_not_reach_the_one_restored(
    home: Path, tmp_path: Path
) -> None:
    backup.back_up(home_at(home), tmp_path / "kept")
    left = [home / f"catalog.sqlite{end}" for end in ("-wal", "-shm", "-journal")]
    for file in left:
        file.write_bytes(b"of another database")
    (home / "catalog.sqlite").unlink()
    backup.restore(tmp_path / "kept", home_at(home))
    assert not any(file.exists() for file in left)
    assert (home / "catalog.sqlite").read_bytes() == (tmp_path / "kept" / "catalog.sqlite").read_bytes()


def test_what_people_made_is_kept_and_what_is_half_written_is_not(home: Path, tmp_path: Path) -> None:
    for name in ("eval/judgements/sample.jsonl", "logo.svg", "templates/half.json.tmp"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("<svg/>")
    (home / "muniment.toml").write_text('[look]\nlogo = "logo.svg"\n')
    backup.back_up(home_at(home), tmp_path / "kept")
    backup.restore(tmp_path / "kept", open_home(tmp_path / "again"))
    assert (tmp_path / "again" / "eval" / "judgements" / "sample.jsonl").read_text() == "<svg/>"
    assert (tmp_path / "again" / "logo.svg").exists() and not list((tmp_path / "again").rglob("*.tmp"))
    with pytest.raises(BadSetting, match="outside"):
        backup.back_up(home_at(home), home / "archive" / "kept")


def cycles(folder: Path, count: int, rows_a_second: float) -> Iterator[str]:
    """What was wrong with each of ``count`` backups of a home that is written to meanwhile."""
    room, stop = Room(folder / "home"), threading.Event()
    room.put(*some_papers(Random(5), 20))

    def write() -> None:
        with closing(Catalog(room.folder / "catalog.sqlite")) as catalog:
            number = 0
            while not stop.wait(1 / rows_a_second):
                number += 1
                document = paper(f"row-{number}", f"The guardian met {number}.")
                catalog.put(document, cut(document))

    writer = threading.Thread(target=write)
    writer.start()
    held = 0
    try:
        for number in range(count):
            receipt = backup.back_up(open_home(room.folder), folder / f"kept-{number}")
            if backup.verify(folder / f"kept-{number}") != receipt or receipt.documents < held:
                yield f"backup {number} of {held} documents"
            held = receipt.documents
            with closing(Catalog(folder / f"kept-{number}" / "catalog.sqlite")) as catalog:
                if catalog._db.pragma("integrity_check") != "ok" or catalog.count()["documents"] != held:
                    yield f"the catalog of backup {number}"
            time.sleep(0.05)
    finally:
        stop.set()
        writer.join()
    if held <= 20:
        yield "nothing was written meanwhile"


def test_a_home_is_backed_up_whole_while_it_is_written_to(tmp_path: Path) -> None:
    assert list(cycles(tmp_path, 5, 100)) == []


def test_every_answer_is_the_same_after_the_way_there_and_back(tmp_path: Path) -> None:
    room = Room(tmp_path / "home")
    room.put(*some_papers(Random(6), 30))
    room.publish()
    backup.back_up(open_home(room.folder), tmp_path / "kept")
    backup.restore(tmp_path / "kept", open_home(tmp_path / "again"))
    again = Room(tmp_path / "again")
    assert again.embed() == 0
    again.publish()
    questions = some_questions(Random(7), 20)
    assert [again.searcher().search(one) for one in questions] == [room.searcher().search(one) for one in questions]
