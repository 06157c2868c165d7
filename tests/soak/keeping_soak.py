"""What keepers rely on, at length: four writers, backups under load, ten thousand documents restored. `make soak`."""

import time
from pathlib import Path
from random import Random

from room import Room, some_papers
from test_backup import cycles
from test_writers import written

from service import backup
from service.home import open_home


def test_four_processes_write_five_hundred_each(tmp_path: Path) -> None:
    assert written(tmp_path / "catalog.sqlite", 500) == (2_000, 0)


def test_thirty_backups_while_a_hundred_rows_a_second_are_written(tmp_path: Path) -> None:
    assert list(cycles(tmp_path, 30, 100)) == []


def test_ten_thousand_documents_are_restored(tmp_path: Path) -> None:
    room = Room(tmp_path / "home", segment=32_768)
    documents = some_papers(Random(97), 10_000)
    with room.catalog.write():
        room.put(*documents)
    room.embed()
    receipt = backup.back_up(open_home(room.folder), tmp_path / "kept")
    began = time.monotonic()
    backup.restore(tmp_path / "kept", open_home(tmp_path / "again"))
    restored = time.monotonic() - began
    again = Room(tmp_path / "again", segment=32_768)
    assert again.catalog.count() == room.catalog.count()
    print(f"\n{receipt.documents} documents, {receipt.bytes / 1e6:.0f} MB: restored in {restored:.1f} s", end="")
    began = time.monotonic()
    again.publish()
    print(f", published in {time.monotonic() - began:.1f} s")
