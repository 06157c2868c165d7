"""What readers say of answers: kept in the desk's file, without anything about who said it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from service.deskfile import opened, rows

MOST_SAID = 500
_TABLE = "CREATE TABLE IF NOT EXISTS feedback(id INTEGER PRIMARY KEY, opinion TEXT NOT NULL) STRICT"


@dataclass(frozen=True, slots=True)
class Opinion:
    """One yes or no to the answer that ``generation`` gave to ``question``; ``sources`` are (id, address) it quoted."""

    day: date
    generation: str
    question: str
    state: str
    helpful: bool
    reason: str
    sources: tuple[tuple[str, str], ...]


class FeedbackBook:
    """The opinions in a file, which is made with the first of them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, opinion: Opinion) -> None:
        """Keep an opinion; it is on the disk when this returns."""
        with opened(self._path, _TABLE) as db:
            db.execute("INSERT INTO feedback(opinion) VALUES (?)", (msgspec.json.encode(opinion).decode(),))

    def read(self) -> list[Opinion]:
        """All opinions, the oldest first; none where there is no file."""
        kept = rows(self._path, _TABLE, "SELECT opinion FROM feedback ORDER BY id")
        return [msgspec.json.decode(one, type=Opinion) for (one,) in kept]
