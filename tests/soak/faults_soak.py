"""Every write and every sync of a round fails once and for ever, fully and with an error. Minutes; `make soak`."""

from pathlib import Path

import pytest
from rounds import serving
from test_faults import Round, filled, small_disk, spread

__all__ = ["small_disk"]


def test_every_write_and_sync_of_a_round_may_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as site:
        tried = Round(site, tmp_path, monkeypatch)
        broken = list(tried.faults(spread(tried.points, tried.points)))
        print(f"\n{tried.points} writes and syncs, {4 * tried.points} faults")
        assert broken == []


def test_fifty_levels_of_a_disk_that_fills(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as site:
        levels = [int(2_048 * 1.15**step) for step in range(50)]
        assert list(filled(site, small_disk, levels, monkeypatch)) == []
