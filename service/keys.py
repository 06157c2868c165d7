"""Keys of staff: shown once when they are given, kept as hashes in the home's desk, revoked at once."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from zlib import crc32

from service.deskfile import opened, rows

_TABLE = """
CREATE TABLE IF NOT EXISTS key(
    id TEXT PRIMARY KEY, hash TEXT NOT NULL, name TEXT NOT NULL, scope TEXT NOT NULL, made_at TEXT NOT NULL,
    until TEXT, revoked_at TEXT
) STRICT
"""
# 128 random bits and their CRC-32, so that a slip of the pen is told from a wrong key, and scanners find a leaked one.
_FORM = re.compile(r"muniment_([0-9a-f]{32})([0-9a-f]{8})")


class Scope(StrEnum):
    """What a key opens. An admin's opens all that a staff member's does."""

    STAFF = "staff"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key: ``id`` is the beginning of the SHA-256 of it; ``until`` is its last day."""

    id: str
    hash: str
    name: str
    scope: Scope
    made_at: str
    until: str | None
    revoked_at: str | None

    def holds(self, today: date) -> bool:
        """Whether it opens anything today."""
        return not self.revoked_at and (not self.until or today.isoformat() <= self.until)


class Keys:
    """The keys in a desk file; read at every question, so that what is revoked is revoked at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, name: str, scope: Scope, until: date | None = None) -> str:
        """A new key, which nobody can be told again."""
        bits = secrets.token_hex(16)
        key = f"muniment_{bits}{crc32(bits.encode()):08x}"
        hash = sha256(key.encode()).hexdigest()
        row = (hash[:8], hash, name, scope.value, _now(), until.isoformat() if until else None, None)
        with opened(self._path, _TABLE) as db:
            db.execute("INSERT INTO key VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return key

    def revoke(self, id: str) -> bool:
        """Revoke a key for ever. True where there was one to revoke."""
        with opened(self._path, _TABLE) as db:
            db.execute("UPDATE key SET revoked_at=? WHERE id=? AND revoked_at IS NULL", (_now(), id))
            return db.changes() > 0

    def all(self) -> list[Key]:
        """Every key that was ever given, oldest first."""
        kept = rows(self._path, _TABLE, "SELECT * FROM key ORDER BY made_at, id")
        return [Key(id, hash, name, Scope(scope), *rest) for id, hash, name, scope, *rest in kept]

    def held(self, key: str, today: date) -> Key | None:
        """What is kept of ``key``; None for one that is unknown, misspelt, revoked or past its last day."""
        form = _FORM.fullmatch(key)
        if not form or f"{crc32(form[1].encode()):08x}" != form[2]:
            return None
        hash = sha256(key.encode()).hexdigest()
        # Each is compared whole, whichever it is: time tells nothing.
        found = [one for one in self.all() if compare_digest(one.hash, hash)]
        return found[0] if found and found[0].holds(today) else None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
