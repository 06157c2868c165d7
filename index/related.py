"""What to read next: for every document its nearest others, worked out once when a generation is made.

Never the document itself, its own attachment, a near-duplicate of it or of another item; fewer rather than weak ones.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import msgspec
import numpy as np

from index.analysis import query_terms
from index.columns import Columns
from index.dense import DenseSegment
from index.embed import Vectors
from index.texts import TextStore
from ingest.records import Document

KEPT = 12
BLOCK = 512
# Below this cosine of mean vectors two documents share little but the association's manner of speaking.
LEAST_SIMILARITY = 0.45
NEAR_DUPLICATE = 0.97
TAG_WEIGHT = 0.1
_Item = tuple[str, float, str]


def build(path: Path, segments: Sequence[Path]) -> None:
    """Write the table of related documents over the finished ``segments`` of a generation."""
    documents = [document for folder in segments for document in _documents(folder)]
    vectors = np.concatenate([_means(folder) for folder in segments]) if segments else np.empty((0, 1), np.float32)
    db = apsw.Connection(str(path))
    db.execute("PRAGMA journal_mode=OFF").fetchall()
    db.execute("BEGIN")
    db.execute("CREATE TABLE related(document TEXT PRIMARY KEY, items BLOB NOT NULL) WITHOUT ROWID")
    for first in range(0, len(documents), BLOCK):
        similarities = vectors[first : first + BLOCK] @ vectors.T
        rows = (
            (documents[first + i].id, msgspec.json.encode(_nearest(first + i, row, documents, vectors)))
            for i, row in enumerate(similarities)
        )
        db.executemany("INSERT INTO related VALUES (?, ?)", rows)
    db.execute("COMMIT")
    db.close()


class RelatedTable:
    """The finished table, open for reading: a look-up is one key read."""

    def __init__(self, path: Path) -> None:
        self._db = apsw.Connection(f"file:{path}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)

    def close(self) -> None:
        self._db.close()

    def items(self, document: str) -> list[_Item]:
        """(document id, score, reason) of the related documents, nearest first."""
        row = self._db.execute("SELECT items FROM related WHERE document=?", (document,)).fetchone()
        return msgspec.json.decode(row[0], type=list[_Item]) if row else []


def _nearest(me: int, similarities: Vectors, documents: Sequence[Document], vectors: Vectors) -> list[_Item]:
    mine = documents[me]
    taken: list[int] = []
    candidates = np.argsort(-similarities, kind="stable")[: KEPT * 4]
    for other in (int(candidate) for candidate in candidates if similarities[candidate] >= LEAST_SIMILARITY):
        copies = [me, *taken]
        if (
            other == me
            or _attached(mine, documents[other])
            or (vectors[copies] @ vectors[other]).max() >= NEAR_DUPLICATE
        ):
            continue
        taken.append(other)
    scored = [(float(similarities[other]) + TAG_WEIGHT * _overlap(mine, documents[other]), other) for other in taken]
    scored.sort(key=lambda pair: (-pair[0], documents[pair[1]].id))
    return [(documents[other].id, round(score, 4), _reason(mine, documents[other])) for score, other in scored[:KEPT]]


def _attached(one: Document, other: Document) -> bool:
    return other.url in {link.url for link in one.attachments} or one.url in {link.url for link in other.attachments}


def _overlap(one: Document, other: Document) -> float:
    shared, either = set(one.tags) & set(other.tags), set(one.tags) | set(other.tags)
    return len(shared) / len(either) if either else 0.0


def _reason(one: Document, other: Document) -> str:
    words = [word for word in one.title.split() if set(query_terms(word)) & set(query_terms(other.title))]
    if words:
        return f"Both are about {' '.join(words[:5])}"
    shared = [tag for tag in one.tags if tag in other.tags]
    return f"Both are filed under {' and '.join(shared[:2])}" if shared else "On a similar subject"


def _documents(folder: Path) -> Iterator[Document]:
    store = TextStore(folder / "texts.sqlite")
    yield from store.current()
    store.close()


def _means(folder: Path) -> Vectors:
    """The unit mean vector of each document's passages; zero where a document has none."""
    columns, dense = Columns.load(folder), DenseSegment(folder / "vectors.faiss")
    rows = dense.rows(np.arange(len(columns.keys)))
    means = np.zeros((len(columns.kinds), rows.shape[1]), dtype=np.float32)
    np.add.at(means, columns.owners, rows)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return np.asarray(means / np.maximum(lengths, 1e-9), dtype=np.float32)
