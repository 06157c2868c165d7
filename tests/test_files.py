"""Sealed databases: many threads ask one at once, and each is answered."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import apsw
import pytest

from index.files import Sealed

AT_ONCE = 4
# APSW tries for a third of a second before it refuses: the last of four waits longer, on any machine.
LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT max(i) FROM n"


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "some.sqlite"
    with closing(apsw.Connection(str(path))) as db:
        db.execute("CREATE TABLE word(said TEXT)")
        db.executemany("INSERT INTO word VALUES (?)", [("guardian",), ("order",)])
    yield path


def at_once(ask: Callable[[str], object]) -> list[object]:
    """What each of several threads is told that begin together."""
    begin = Barrier(AT_ONCE)

    def one(_: int) -> object:
        begin.wait()
        try:
            return ask(LONG)
        except apsw.ThreadingViolationError as refused:
            return type(refused)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def test_threads_that_ask_at_once_are_all_answered(path: Path) -> None:
    with closing(Sealed(path)) as db:
        assert at_once(db.value) == [2_000_000] * AT_ONCE


def test_a_connection_that_is_shared_as_it_is_refuses_some_and_is_found_out(path: Path) -> None:
    with closing(apsw.Connection(str(path))) as db:
        assert apsw.ThreadingViolationError in at_once(lambda query: db.execute(query).get)


def test_a_value_is_that_of_the_row_asked_for_or_none(path: Path) -> None:
    with closing(Sealed(path)) as db:
        assert db.value("SELECT rowid FROM word WHERE said=?", "order") == 2
        assert db.value("SELECT rowid FROM word WHERE said=?", "panel") is None
        assert db.rows("SELECT said FROM word ORDER BY said") == [("guardian",), ("order",)]


def test_nothing_is_written_through_it(path: Path) -> None:
    with closing(Sealed(path)) as db, pytest.raises(apsw.ReadOnlyError):
        db.value("INSERT INTO word VALUES ('panel') RETURNING said")


@pytest.mark.parametrize("name", ["agm #2", "what?", "100 %41"])
def test_a_folder_may_have_any_name(path: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with closing(Sealed(path.rename(tmp_path / name / "words.sqlite"))) as db:
        assert db.rows("SELECT said FROM word ORDER BY said") == [("guardian",), ("order",)]
