"""Two hundred kills and more over crawl, extraction, encoding, publishing, migration, backup and restoration."""

from pathlib import Path
from random import Random

import pytest
from rounds import serving
from test_kills import broken_backups, broken_migrations, broken_rounds


def test_a_hundred_and_forty_killed_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as site:
        assert list(broken_rounds(site, tmp_path, monkeypatch, Random(41), 140)) == []


def test_fifty_killed_migrations(tmp_path: Path) -> None:
    assert list(broken_migrations(tmp_path, Random(42), 50)) == []


def test_forty_killed_backups_and_restorations(tmp_path: Path) -> None:
    assert list(broken_backups(tmp_path, Random(43), 40)) == []
