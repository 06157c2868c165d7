"""Several who write to one home: every commit is kept, nobody is shown that others were busy, one crawls at a time."""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import Event, Thread

import apsw
import pytest
from program import PROGRAM, ROOT, muniment
from room import cut, paper

from index.catalog import Catalog
from index.migrations import open_catalog
from ingest.frontier_schema import open_database
from ingest.lock import holding
from service.deskfile import opened

WRITES = 60


def write(path: Path, writer: int, count: int, mode: str, busy: "multiprocessing.Queue[str]", begin: Barrier) -> None:
    """One of the writers, in a process of its own."""
    with closing(Catalog(path)) as catalog:
        catalog._db.transaction_mode = mode
        # A process takes longer to start than to write all it has.
        begin.wait()
        for number in range(count):
            document = paper(f"{writer}-{number}", f"The guardian of {writer} met {number}.")
            try:
                catalog.put(document, cut(document))
            except apsw.BusyError as error:
                busy.put(str(error))


def written(path: Path, count: int, mode: str = "IMMEDIATE") -> tuple[int, int]:
    """Documents and failures after four processes wrote ``count`` each at the same time."""
    Catalog(path).close()
    spawn = multiprocessing.get_context("spawn")
    busy: multiprocessing.Queue[str] = spawn.Queue()
    begin = spawn.Barrier(4)
    writers = [spawn.Process(target=write, args=(path, writer, count, mode, busy, begin)) for writer in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    shown = 0
    while not busy.empty():
        busy.get()
        shown += 1
    with closing(Catalog(path)) as catalog:
        return catalog.count()["documents"], shown


def test_what_four_processes_write_is_all_there(tmp_path: Path) -> None:
    assert written(tmp_path / "catalog.sqlite", WRITES) == (4 * WRITES, 0)


def test_transactions_that_begin_by_reading_are_found_out(tmp_path: Path) -> None:
    documents, shown = written(tmp_path / "catalog.sqlite", WRITES, "DEFERRED")
    assert shown > 0 and documents < 4 * WRITES


def refused_beside_a_thread(path: Path, begin: Callable[[Catalog], AbstractContextManager[object]]) -> list[str]:
    """What a thread is told that begins to write while another of its process does, and can wait for a second."""
    told: list[str] = []

    def wait() -> None:
        with closing(Catalog(path)) as catalog:
            catalog._db.set_busy_timeout(1_000)
            try:
                waiting.set()
                with begin(catalog):
                    pass
            except apsw.BusyError as error:
                told.append(str(error))

    waiting, other = Event(), Thread(target=wait)
    with closing(Catalog(path)) as catalog, catalog.write():
        other.start()
        waiting.wait()
        for number in range(50):  # each lets the other thread begin
            catalog.put(document := paper(f"{number}", f"The guardian met {number}."), cut(document))
            time.sleep(0.001)
    other.join()
    return told


def test_a_thread_that_waits_for_another_to_write_does_not_hold_it_up(tmp_path: Path) -> None:
    assert refused_beside_a_thread(tmp_path / "catalog.sqlite", Catalog.write) == []


def test_waiting_with_the_interpreter_held_is_found_out(tmp_path: Path) -> None:
    assert refused_beside_a_thread(tmp_path / "catalog.sqlite", lambda catalog: catalog._db) != []


def test_two_that_open_an_old_home_at_once_bring_it_up_to_date_once(tmp_path: Path) -> None:
    for number in range(20):
        path = tmp_path / f"{number}.sqlite"
        with closing(apsw.Connection(str(path))) as db:
            db.pragma("journal_mode", "wal")
        with ThreadPoolExecutor(2) as pool:
            opened = pool.map(Catalog, [path] * 2)
            assert [one.count()["documents"] for one in opened] == [0, 0]


def open_desk(path: Path) -> None:
    with opened(path, "CREATE TABLE IF NOT EXISTS told(words TEXT)"):
        pass


def open_at_once(path: Path) -> None:
    """As SQLite by itself waits for others who open: not at all."""
    with closing(apsw.Connection(str(path))) as db:
        db.set_busy_timeout(5_000)
        db.execute("PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS told(words TEXT)").fetchall()


def refused(path: Path, opening: Callable[[Path], object]) -> list[str]:
    """What somebody is told who opens a new database while another is about to make it."""
    told: list[str] = []

    def attempt() -> None:
        try:
            opening(path)
        except apsw.BusyError as error:
            told.append(str(error))

    attempting = Thread(target=attempt)
    with closing(apsw.Connection(str(path))) as other:
        other.execute("BEGIN IMMEDIATE")
        attempting.start()
        attempting.join(1)  # who waits does longer
        other.execute("ROLLBACK")
        attempting.join()
    return told


@pytest.mark.parametrize("opening", [open_database, open_catalog, open_desk])
def test_who_opens_a_database_that_another_makes_waits(tmp_path: Path, opening: Callable[[Path], object]) -> None:
    assert refused(tmp_path / "new.sqlite", opening) == []


def test_who_opens_a_database_and_waits_for_nobody_is_found_out(tmp_path: Path) -> None:
    assert refused(tmp_path / "new.sqlite", open_at_once) != []


HOLDER = """
import sys, time
from pathlib import Path
from service.home import open_home, writing
with writing(open_home(Path(sys.argv[1])), "crawl"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_writer_is_told_who_holds_the_home_and_a_kill_frees_it(tmp_path: Path) -> None:
    import subprocess

    command = [PROGRAM[0], "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        for words in (("crawl", "http://127.0.0.1:9/"), ("publish",), ("withdraw", "http://127.0.0.1:9/")):
            refused = muniment(*words, "--home", tmp_path)
            assert refused.returncode == 75
            assert f"process {holder.pid}" in refused.stderr
        holder.kill()
        holder.wait()
    with holding(tmp_path / "writer.lock", "publish"):
        pass
