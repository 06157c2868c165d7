"""Working out what to read next: for every document its nearest others, once when a generation is made.

Never the document itself, another rendition of its work, its own attachment or a near-duplicate; of each work one;
fewer rather than weak ones.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import msgspec
import numpy as np
from numpy.typing import NDArray

from index.likeness import Likeness, Scores
from index.related import Item
from ingest.records import Document

KEPT = 12
# As many are looked at by their passages as can be left out and still fill the table.
CONSIDERED = 4 * KEPT
# Below this, words and meaning together, two documents share little but the association's manner of speaking.
LEAST_LIKENESS = 0.3
# The cosine of mean passages.
NEAR_DUPLICATE = 0.97


def build(path: Path, segments: Sequence[Path], works: NDArray[np.int64]) -> None:
    """Write the table of related documents over the finished ``segments``; ``works`` as index.works makes them."""
    db = apsw.Connection(str(path))
    db.execute("PRAGMA journal_mode=OFF").fetchall()
    db.execute("BEGIN")
    db.execute("CREATE TABLE related(document TEXT PRIMARY KEY, items BLOB NOT NULL) WITHOUT ROWID")
    rows = ((document, msgspec.json.encode(items)) for document, items in recommend(segments, works))
    db.executemany("INSERT INTO related VALUES (?, ?)", rows)
    db.execute("COMMIT")
    db.close()


def recommend(segments: Sequence[Path], works: NDArray[np.int64]) -> Iterator[tuple[str, list[Item]]]:
    """For every document's id the ids of what to read next, nearest first, each with its score and the reason."""
    if not segments:
        return
    likeness = Likeness(segments)
    for me, candidates, content, scores in likeness.ranked(works, CONSIDERED):
        chosen = _chosen(me, candidates, content, scores, works, likeness)
        items = [(likeness.documents[other].id, round(score, 4), likeness.reason(me, other)) for other, score in chosen]
        yield likeness.documents[me].id, items


def _chosen(
    me: int,
    candidates: NDArray[np.int64],
    content: Scores,
    scores: Scores,
    works: NDArray[np.int64],
    likeness: Likeness,
) -> list[tuple[int, float]]:
    """The positions of what to read next with their scores; a work is shown as the document that stands for it."""
    taken: dict[int, float] = {}
    for place in np.lexsort((candidates, -scores)):
        other = int(works[candidates[place]])
        if (
            content[place] < LEAST_LIKENESS
            or other in taken
            or _attached(*(likeness.documents[one] for one in (me, other)))
        ):
            continue
        if (likeness.means[[me, *taken]] @ likeness.means[other]).max() < NEAR_DUPLICATE:
            taken[other] = float(scores[place])
        if len(taken) == KEPT:
            break
    return list(taken.items())


def _attached(one: Document, other: Document) -> bool:
    return other.url in {link.url for link in one.attachments} or one.url in {link.url for link in other.attachments}
