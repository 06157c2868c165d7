"""A disk that fails on order: every write and sync of SQLite, and every fsync of ours, can be the one that fails."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import apsw
import pytest


@dataclass(slots=True)
class Disk:
    """Counts writes and syncs; from the ``failing``-th on they fail, once or for ever, as a full or a broken disk."""

    failing: int = 0
    full: bool = False
    forever: bool = False
    done: int = 0

    def touch(self) -> bool:
        """Note one write or sync; True where it must fail."""
        self.done += 1
        return bool(self.failing) and (self.done >= self.failing if self.forever else self.done == self.failing)

    def sqlite(self) -> None:
        if self.touch():
            raise (apsw.FullError if self.full else apsw.IOError)("out of order")

    def plain(self) -> None:
        if self.touch():
            raise OSError(errno.ENOSPC if self.full else errno.EIO, "out of order")


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, base: str, name: Any, flags: list[int]) -> None:
        super().__init__(base, name, flags)
        self._disk = disk

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.sqlite()
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self._disk.sqlite()
        super().xSync(flags)

    def xTruncate(self, size: int) -> None:
        self._disk.sqlite()
        super().xTruncate(size)


class _VFS(apsw.VFS):
    def __init__(self, disk: Disk) -> None:
        self._disk, self._base = disk, apsw.vfs_names()[0]
        super().__init__("failing", self._base, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> _File:
        return _File(self._disk, self._base, name, flags)


@contextmanager
def on(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything inside is written to ``disk``."""
    vfs = _VFS(disk)
    with monkeypatch.context() as patch:
        for name in ("fsync", "fdatasync"):
            patch.setattr(os, name, _failing(disk, getattr(os, name)))
        try:
            yield
        finally:
            vfs.unregister()


def _failing(disk: Disk, real: Any) -> Any:
    def sync(handle: int) -> None:
        disk.plain()
        real(handle)

    return sync
