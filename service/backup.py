"""Backups: everything of a home that cannot be made again, in one folder under checksums, and the way back.

What is derived, the index and the compiled model, is made again by publishing.
"""

import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import msgspec

from index.catalog import Catalog
from index.errors import Damaged
from index.files import check, digests, names_below, read_sealed, write_sealed
from ingest.durable import sync
from service.config import CHOICE_FILE, SETTINGS_FILE
from service.errors import BadSetting
from service.home import Home

_RECEIPT = "backup.json"
_REMEDY = "Use another backup."


class Receipt(msgspec.Struct, frozen=True):
    """What a backup holds: how many documents and bytes, and the SHA-256 of each file."""

    made_at: str
    documents: int
    bytes: int
    files: dict[str, str]


def back_up(home: Home, target: Path) -> Receipt:
    """Copy ``home`` into the new folder ``target``, whole or not at all, while others may read and write it."""
    copied = home.archive, home.templates, home.path / "eval" / "judgements"
    if any(target.resolve().is_relative_to(folder.resolve()) for folder in copied):
        raise BadSetting("a folder beside what is copied", str(target), "Name a folder outside of it.")
    if target.exists() or not home.catalog.is_file():
        found = f"{target}" if target.exists() else f"no catalog in {home.path}"
        raise BadSetting("a home, and a folder that is not there yet", found, "Name another folder or home.")
    target.parent.mkdir(parents=True, exist_ok=True)
    # Nothing of one that was broken off is left to fill the disk: the next has the name of another day.
    with TemporaryDirectory(prefix=f"{target.name}.", suffix=".tmp", dir=target.parent) as aside:
        building = Path(aside, target.name)
        building.mkdir()
        # In this order: a page whose document came in between is read again, and none is taken for read that is not.
        for database in filter(Path.is_file, (home.frontier, home.catalog, home.desk)):
            with closing(apsw.Connection(str(database))) as db:
                db.execute("VACUUM INTO ?", (str(building / database.name),))
        files = [file for folder in copied for file in folder.rglob("*") if file.suffix != ".tmp"]
        files += home.pins, home.note, home.path / CHOICE_FILE, home.path / SETTINGS_FILE
        logo = Path(home.settings.look.logo).resolve()
        if logo.is_file() and logo.is_relative_to(home.path.resolve()):
            files.append(home.path / logo.relative_to(home.path.resolve()))
        for file in filter(Path.is_file, files):
            place = building / file.relative_to(home.path)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, place)
        receipt = _receipt(building)
        write_sealed(building / _RECEIPT, msgspec.json.format(msgspec.json.encode(receipt), indent=1))
        for path in (*building.rglob("*"), building):
            sync(path)
        building.rename(target)
        sync(target.parent)
    return receipt


def restore(source: Path, home: Home) -> Receipt:
    """Put a backup in the place of an empty ``home``. Raises Damaged where one byte of it is another."""
    receipt = verify(source)
    if home.catalog.exists():
        raise BadSetting(f"no catalog in {home.path} yet", "one", "Name an empty --home.")
    for name in sorted(receipt.files, key=lambda name: name == home.catalog.name):  # the catalog last: it makes a home
        file = home.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"{file.name}.tmp")
        shutil.copyfile(source / name, fresh)
        sync(fresh)
        # SQLite would play what a database that stood here left into this one.
        for left in ("-wal", "-shm", "-journal"):
            file.with_name(file.name + left).unlink(missing_ok=True)
        fresh.replace(file)
        sync(file.parent)
    check(home.path, receipt.files, "Restore again.")
    return receipt


def verify(source: Path) -> Receipt:
    """The receipt of a backup, after each of its files was looked at. Raises Damaged."""
    try:
        receipt = msgspec.json.decode(read_sealed(source / _RECEIPT, _REMEDY), type=Receipt)
    except msgspec.DecodeError as error:
        raise Damaged("a backup of this version", str(error), _REMEDY) from error
    check(source, receipt.files, _REMEDY)
    return receipt


def _receipt(folder: Path) -> Receipt:
    with closing(Catalog(folder / "catalog.sqlite")) as catalog:
        documents = catalog.count()["documents"]
    files = digests(folder, names_below(folder))
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Receipt(made_at, documents, sum((folder / name).stat().st_size for name in files), files)
