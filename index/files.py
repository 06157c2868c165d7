"""Files as they must be: their checksum, and on the disk."""

import os
from hashlib import file_digest
from pathlib import Path


def digest(path: Path) -> str:
    """The SHA-256 of a file; of a missing one, ""."""
    try:
        with path.open("rb") as stream:
            return file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def sync(path: Path) -> None:
    """Bring a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
