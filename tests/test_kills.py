"""kill -9 at any touch of the disk: what was acknowledged is there, nothing is half done, the same command completes.

A few points of crawl, extraction, encoding, publishing, migration and backup; two hundred in `make soak`.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import apsw
import pytest
from damage import desk_of
from killing import killed
from room import Room, cut, some_papers
from rounds import AFTER, Site, fresh, go, home_at, in_one_process, serving, state, wrong

from index import catalog as cataloguing
from index import migrations
from index.catalog import Catalog
from index.embed import text_hash
from index.errors import Damaged
from index.migrations import FORMAT, MIGRATIONS
from service import backup, pipeline


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


def a_round(folder: str, url: str) -> None:
    """The work of the process that is killed: a crawl with all that follows."""
    site = type("Elsewhere", (), {"url": url})
    with pytest.MonkeyPatch.context() as patch:
        in_one_process(patch)
        assert go(site, Path(folder)) == 0  # type: ignore[arg-type]


def a_hasty_round(folder: str, url: str) -> None:
    """The same by a program that calls a page read before its document is durable, and is killed in between."""

    def hasty(catalog: Any, encoder: Any, outcomes: Any, on_durable: Any) -> None:
        on_durable(list(outcomes))
        os.kill(os.getpid(), signal.SIGKILL)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "catalogue", hasty)
        a_round(folder, url)


def reopened(folder: Path) -> float:
    """Seconds until a home answers again."""
    started = time.monotonic()
    desk_of(Room(folder)).searcher.search("guardian")
    return time.monotonic() - started


def broken_rounds(
    site: Site, folder: Path, patch: pytest.MonkeyPatch, rng: Random, count: int, work: str = "a_round"
) -> Iterator[str]:
    """What was wrong after each of ``count`` kills, and where the round that follows does not complete."""
    in_one_process(patch)
    assert go(site, folder / "base") == 0
    before = state(folder / "base")
    site.pages = dict(AFTER)
    among = killed("test_kills.a_round", 0, fresh(folder / "base", folder / "tried"), site.url)
    after, slowest = state(folder / "tried"), 0.0
    for point in [rng.randint(1, among) for _ in range(count)]:
        tried = fresh(folder / "base", folder / "tried")
        # The hasty kill themselves.
        if killed(f"test_kills.{work}", point if work == "a_round" else 0, tried, site.url):
            yield f"{point} of {among}: not killed"
        yield from (f"{point} of {among}: {one}" for one in wrong(tried, before, after))
        slowest = max(slowest, reopened(tried))
        if go(site, tried) or state(tried) != after:
            yield f"{point} of {among}: the next round did not complete"
    print(f"\n{count} kills at {among} touches of the disk; reopened after at most {slowest:.2f} s")


@pytest.mark.slow
def test_a_killed_round_loses_nothing_and_the_next_completes_it(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(broken_rounds(site, tmp_path, monkeypatch, Random(31), 4)) == []


@pytest.mark.slow
def test_a_round_that_settles_pages_too_early_is_found_out(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = list(broken_rounds(site, tmp_path, monkeypatch, Random(31), 1, "a_hasty_round"))
    assert any("did not complete" in one for one in found)


def old_home(path: Path, format: int) -> None:
    """A catalog as an earlier version of the program left it, with documents in it."""
    with closing(apsw.Connection(str(path))) as db:
        db.create_scalar_function("sha256", migrations._sha256, 1)
        for script in MIGRATIONS[:format]:
            db.execute(script)
        db.pragma("user_version", format)
        if not format:
            return
        for seq, document in enumerate(some_papers(Random(32), 6), start=1):
            record = cataloguing.msgspec.json.encode(document)
            row = (seq, document.id, document.version, "public", document.title, record, "2026-01-01")
            db.execute("INSERT INTO revision VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            db.execute(
                "INSERT INTO document(seq, id, url, state, revision, changed_at) VALUES (?, ?, ?, 'live', ?, '')",
                (seq, document.id, document.url, seq),
            )
            for ordinal, one in enumerate(cut(document)):
                key = cataloguing.passage_key(document, one)
                hash = text_hash(cataloguing.embedded_text(document.title, one))
                row = (key, document.id, seq, ordinal, hash, cataloguing.msgspec.json.encode(one))
                db.execute("INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?)", row)


@pytest.mark.parametrize("format", range(FORMAT + 1))
def test_a_home_of_every_earlier_format_opens_and_answers(tmp_path: Path, format: int) -> None:
    old_home(tmp_path / "catalog.sqlite", format)
    room = Room(tmp_path)
    assert room.catalog.count()["documents"] == (6 if format else 0)
    assert room.publish().manifest.documents == (6 if format else 0)
    assert room.catalog._db.pragma("user_version") == FORMAT


def a_migration(file: str) -> None:
    """The work of the process that is killed: opening an old home."""
    Catalog(Path(file)).close()


def schema(file: Path) -> tuple[Any, ...]:
    with closing(apsw.Connection(str(file))) as db:
        assert db.pragma("integrity_check") == "ok"
        return db.pragma("user_version"), *db.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()


def broken_migrations(folder: Path, rng: Random, count: int) -> Iterator[str]:
    """What was half done after each of ``count`` kills in the opening of an old home."""
    whole = []
    for format in range(FORMAT + 1):
        old_home(folder / f"whole-{format}.sqlite", format)
        whole.append(schema(folder / f"whole-{format}.sqlite"))
    for number in range(count):
        format, file = number % FORMAT, folder / f"{number}.sqlite"
        old_home(folder / f"spare-{number}.sqlite", format)
        among = killed("test_kills.a_migration", 0, folder / f"spare-{number}.sqlite")
        old_home(file, format)
        killed("test_kills.a_migration", rng.randint(1, among), file)
        if schema(file) not in whole:
            yield f"{file.name}: half migrated"
        Catalog(file).close()
        if schema(file)[0] != FORMAT:
            yield f"{file.name}: not opened"


@pytest.mark.slow
def test_a_killed_migration_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    assert list(broken_migrations(tmp_path, Random(33), 3)) == []


def a_backup(target: str, home: str) -> None:
    """The work of the process that is killed."""
    backup.back_up(home_at(Path(home)), Path(target))


def a_restore(home: str, source: str) -> None:
    """The work of the process that is killed."""
    backup.restore(Path(source), home_at(Path(home)))


def broken_backups(folder: Path, rng: Random, count: int) -> Iterator[str]:
    """Half backups and half homes after each of ``count`` kills, in turn of a backup and of its restoration."""
    room = Room(folder / "home")
    room.put(*some_papers(Random(34), 12))
    room.embed()
    made = killed("test_kills.a_backup", 0, folder / "whole", room.folder)
    restored = killed("test_kills.a_restore", 0, folder / "again", folder / "whole")
    for number in range(count):
        target, home = folder / f"backup-{number}", folder / f"home-{number}"
        if number % 2:
            killed("test_kills.a_restore", rng.randint(1, restored), home, folder / "whole")
            if not (home / "catalog.sqlite").exists():
                a_restore(str(home), str(folder / "whole"))
            with closing(Catalog(home / "catalog.sqlite")) as catalog:
                if catalog.count() != room.catalog.count():
                    yield f"{home.name}: half a home"
            continue
        killed("test_kills.a_backup", rng.randint(1, made), target, room.folder)
        if not target.exists():
            a_backup(str(target), str(room.folder))
        try:
            backup.verify(target)
        except Damaged as fault:
            yield f"{target.name}: {fault}"


@pytest.mark.slow
def test_a_killed_backup_is_whole_or_not_there(tmp_path: Path) -> None:
    assert list(broken_backups(tmp_path, Random(35), 4)) == []
