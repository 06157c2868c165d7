"""A disk that fails at any write or sync: nothing is lost or half done, it is said, and the next round completes.

At length in `make soak`.
"""

import errno
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from faults import Disk, on
from room import Room, some_papers
from rounds import AFTER, BEFORE, Site, fresh, go, in_one_process, serving, state, wrong

from index import publish as publishing
from index.errors import NoRoom
from index.generation import open_sound
from index.publish import BYTES_PER_PASSAGE
from ingest.records import Audience
from service import pipeline


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


class Round:
    """A home before and after a round, and the same round on a disk that fails."""

    def __init__(self, site: Site, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        in_one_process(monkeypatch)
        self._site, self._folder, self._monkeypatch = site, folder, monkeypatch
        assert go(site, folder / "base") == 0
        self.before = state(folder / "base")
        site.pages = dict(AFTER)
        disk = Disk()
        self._go(disk)
        self.points, self.after = disk.done, state(folder / "tried")
        assert self.after["public"] != self.before["public"]

    def faults(self, points: Iterable[int]) -> Iterator[str]:
        """What was wrong after the disk failed at each of ``points``, fully or not, once or for ever."""
        for point, full, forever in product(points, (True, False), (True, False)):
            disk = Disk(point, full, forever)
            code, tried = self._go(disk), self._folder / "tried"
            name = f"{disk} of {self.points}"
            yield from (f"{name}: {one}" for one in wrong(tried, self.before, self.after))
            # A fault that was overcome is none; else it shows in the exit code.
            if code != os.EX_IOERR and (code or state(tried) != self.after):
                yield f"{name}: exit code {code}"
            if go(self._site, tried) or state(tried) != self.after:
                yield f"{name}: the next round did not complete"

    def _go(self, disk: Disk) -> int:
        folder = fresh(self._folder / "base", self._folder / "tried")
        with on(disk, self._monkeypatch):
            return go(self._site, folder)


def spread(points: int, count: int) -> Sequence[int]:
    """``count`` of the points 1 to ``points``, the same distance apart."""
    return range(1, points + 1, max(1, points // count))


@pytest.mark.slow
def test_whatever_write_or_sync_fails_nothing_is_lost_it_is_said_and_made_good(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = Round(site, tmp_path, monkeypatch)
    assert tried.points > 100
    assert list(tried.faults(spread(tried.points, 6))) == []


@pytest.mark.slow
def test_settling_pages_before_their_documents_are_durable_is_found_out(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = Round(site, tmp_path, monkeypatch)
    real = pipeline.catalogue

    def hasty(catalog: Any, encoder: Any, outcomes: Any, on_durable: Callable[[Any], None]) -> Any:
        batch = list(outcomes)
        on_durable(batch)
        return real(catalog, encoder, batch, lambda _: None)

    monkeypatch.setattr(pipeline, "catalogue", hasty)
    assert any("did not complete" in one for one in tried.faults(range(tried.points // 3, tried.points // 2)))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def filled(site: Site, disk: Path, levels: Sequence[int], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What was wrong after a round on ``disk`` with so many bytes free."""
    in_one_process(monkeypatch)
    site.pages = dict(BEFORE)
    base = disk.parent / "base"
    assert go(site, base) == 0
    before = state(base)
    site.pages = dict(AFTER)
    assert go(site, fresh(base, disk.parent / "whole")) == 0
    after, codes = state(disk.parent / "whole"), Counter[int]()
    for free in levels:
        tried, filler = fresh(base, disk / "home"), disk / "filler"
        filler.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - free)))
        code = go(site, tried)
        codes[code] += 1
        if open_sound(tried / "generations", Audience.PUBLIC)[2]:
            yield f"{free} bytes free: no generation answers"
        filler.unlink()
        yield from (f"{free} bytes free: {one}" for one in wrong(tried, before, after))
        if code != os.EX_IOERR and (code or state(tried) != after):
            yield f"{free} bytes free: exit code {code}"
        if go(site, tried) or state(tried) != after:
            yield f"{free} bytes free: the next round did not complete"
    print(f"\n{len(levels)} levels, exit codes {dict(codes)}")
    if not codes[os.EX_IOERR]:
        yield "the disk was never full"


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_generation_and_the_next_round_completes(
    site: Site, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(filled(site, small_disk, (4_096, 65_536, 200_000, 400_000, 4_000_000), monkeypatch)) == []


def test_publishing_says_how_many_bytes_it_needs_before_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(tmp_path)
    room.put(*some_papers(Random(1), 8))
    passages = room.catalog.count()["passages"]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000))
    with pytest.raises(NoRoom, match=f"{passages * BYTES_PER_PASSAGE} bytes free .* found 1000"):
        room.publish()
    assert not list(room.generations.rglob("*.tmp"))


@pytest.mark.parametrize(("said", "expected"), [("An IO error: 'full (os error 28)'", OSError), ("odd", ValueError)])
def test_what_tantivy_says_of_the_disk_is_an_error_of_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, expected: type[Exception]
) -> None:
    def build(*_: Any) -> None:
        raise ValueError(said)

    room = Room(tmp_path)
    room.put(*some_papers(Random(1), 2))
    monkeypatch.setattr(publishing.lexical, "build", build)
    with pytest.raises(expected) as caught:
        room.publish()
    assert expected is ValueError or caught.value.errno == errno.ENOSPC  # type: ignore[attr-defined]
