"""Files as they must be: their checksum, and on the disk."""

import os
import zlib
from collections import ChainMap
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from hashlib import file_digest, sha256
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import apsw
import msgspec

from index.errors import Damaged
from ingest.durable import sync

Packed = TypeVar("Packed")

# Device, inode, size and time of writing.
Written = tuple[int, int, int, int]
_READ: dict[Written, str] = {}
# What was taken for read, as it was listed. It counts for those alone who trust: a service in the same process reads.
_TRUSTED: dict[Written, str] = {}


def digest(path: Path) -> str:
    """The SHA-256 of a file; of a missing one, ""."""
    try:
        with path.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def digests(folder: Path, names: Iterable[str], trusting: bool = False) -> dict[str, str]:
    """The SHA-256 of each file below ``folder``; to the ``trusting`` as listed, where ``check`` was told to trust it.

    What this process has read once is not read again until it is written, under whatever name it stands: generations
    share most of their files by hard links.
    """
    places = {name: written(f"{folder}/{name}") for name in names}
    known = ChainMap(_READ, _TRUSTED) if trusting else _READ
    once = {place: folder / name for name, place in places.items() if place and place not in known}
    if once:
        # Hashing leaves the interpreter to others.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            _READ.update(zip(once, pool.map(digest, once.values()), strict=True))
    return {name: known[place] if place else "" for name, place in places.items()}


def _trust(folder: Path, files: Mapping[str, str], moment: int) -> None:
    """Take those of ``files`` that were written before a moment (nanoseconds of the epoch) for read, as listed."""
    for name, listed in files.items():
        # A clock that ticks slowly gives both one moment.
        if (place := written(f"{folder}/{name}")) and place[-1] < moment:
            _TRUSTED[place] = listed


def unread(folder: Path, names: Iterable[str]) -> list[str]:
    """Those of ``names`` that ``digests`` of the trusting would read."""
    known = ChainMap(_READ, _TRUSTED)
    return [name for name in names if written(f"{folder}/{name}") not in known]


def names_below(folder: Path) -> list[str]:
    """The files below ``folder`` by relative path, in order."""
    base = len(str(folder)) + 1
    return sorted(f"{root}/{name}"[base:] for root, _, names in os.walk(folder) for name in names)


def written(path: Path | str) -> Written | None:
    """What tells a file, as it was last written, under each of its names."""
    try:
        about = os.stat(path)  # noqa: PTH116  thousands are looked at for one change, and a Path costs as much
    except FileNotFoundError:
        return None
    return about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


def pack(path: Path, value: object) -> None:
    """Write what only publishing reads again, small rather than fast."""
    path.write_bytes(zlib.compress(msgspec.json.encode(value), 1))


def unpack(path: Path, type: type[Packed]) -> Packed:
    """What ``pack`` wrote."""
    return msgspec.json.decode(zlib.decompress(path.read_bytes()), type=type)


class Sealed:
    """A database that never changes again, open for reading: its file is not locked.

    Threads may share it and are heard one at a time: APSW itself would have them try again and again, and then refuse.
    """

    def __init__(self, path: Path) -> None:
        flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
        self._db, self._lock = apsw.Connection(f"{path.absolute().as_uri()}?immutable=1", flags=flags), Lock()

    def close(self) -> None:
        self._db.close()

    def rows(self, query: str) -> list[Any]:
        """All rows that a query gives."""
        with self._lock:
            return self._db.execute(query).fetchall()

    def value(self, query: str, *values: str | int) -> Any:
        """The one value that a query gives; None where it gives no row."""
        with self._lock:
            return self._db.execute(query, values).get


def replace(path: Path, content: bytes) -> None:
    """Make ``content`` the file's in one step: whoever reads finds the old or the new, and so does a power cut."""
    fresh = path.with_name(f"{path.name}.tmp")
    fresh.write_bytes(content)
    sync(fresh)
    fresh.replace(path)
    sync(path.parent)


def write_sealed(path: Path, content: bytes) -> None:
    """Bring a file that lists others to disk, with its own checksum beside it, as sha256sum writes it."""
    for each, said in ((path, content), (_seal_of(path), _seal(path, content))):
        each.write_bytes(said)
        sync(each)


def read_sealed(path: Path, remedy: str) -> bytes:
    """What ``write_sealed`` wrote. Raises Damaged, with the ``remedy``, for anything else."""
    try:
        content = path.read_bytes()
        if _seal_of(path).read_bytes() == _seal(path, content):
            return content
    except (OSError, ValueError) as error:
        raise Damaged(f"a readable {path.name}", str(error), remedy) from error
    raise Damaged(f"{path.name} as it was written", "other bytes", remedy)


def check(folder: Path, files: dict[str, str], remedy: str, trusted: Path | None = None) -> None:
    """Raise Damaged unless each of ``files`` below ``folder`` has the SHA-256 it is listed with.

    What was written before the ``trusted`` file is taken for read, as listed.
    """
    if trusted:
        _trust(folder, files, trusted.stat().st_mtime_ns)
    for name, found in digests(folder, files, trusting=trusted is not None).items():
        if found != files[name]:
            raise Damaged(f"{name} as it was written", "other bytes", remedy)


def _seal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _seal(path: Path, content: bytes) -> bytes:
    return f"{sha256(content).hexdigest()}  {path.name}\n".encode()
