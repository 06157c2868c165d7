"""What to read next, as it was worked out when the generation was made."""

from pathlib import Path

import apsw
import msgspec

from index.columns import document_number

# A document's id, its score and the reason.
Item = tuple[str, float, str]


class RelatedTable:
    """The finished table, open for reading: a look-up is one key read."""

    def __init__(self, path: Path) -> None:
        self._db = apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)

    def close(self) -> None:
        self._db.close()

    def items(self, document: str) -> list[Item]:
        """(document id, score, reason) of the related documents, nearest first."""
        row = self._db.execute("SELECT items FROM related WHERE document=?", (document_number(document),)).fetchone()
        return msgspec.json.decode(row[0], type=list[Item]) if row else []
