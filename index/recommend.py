"""What belongs together in a generation: the works, and for every document what to read next.

Never the document itself, another rendition of its work, its own attachment or a near-duplicate; of each work one;
fewer rather than weak ones. What rests on nothing that changed is taken over from the generation before.
"""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import cached_property, lru_cache, partial
from itertools import chain
from pathlib import Path
from threading import Lock

import apsw
import msgspec
import numpy as np
from numpy.typing import NDArray

from index import works
from index.columns import document_number
from index.files import Sealed
from index.generation import Generation
from index.likeness import Likeness
from index.neighbours import ATTACHED, Neighbours, Places
from index.ragged import Ragged
from index.remembering import remembering

# A document's id, its score and the reason.
Item = tuple[str, float, str]
# A document's number, and its items as they are kept.
Row = tuple[int, bytes]
KEPT = 12
# Below this, words and meaning together, two documents share little but the association's manner of speaking.
LEAST_LIKENESS = 0.27
# The cosine of mean passages.
NEAR_DUPLICATE = 0.97
# So many rows that a change touched are worked out before it is served, in about a quarter of a second. Each of the
# others is when it is first asked for, and is written with a later generation.
AT_ONCE = 64
# So many rows are worth a process of their own, which takes half a second to start and 150 MB.
WORTH_A_PROCESS, MOST_PROCESSES = 500, 4
# Where more than this share of the documents is new, all is worked out anew.
_MANY = 0.25
EDITIONS = "editions.npy"
_ALL_ROWS = "SELECT document FROM related"
WORKS, RELATED, REACH = "works.npy", "related.sqlite", "reach.npy"


def build(folder: Path, segments: Sequence[Path], before: Generation | None) -> None:
    """Write the works and the related documents of the finished ``segments`` into ``folder``.

    ``before`` is a generation to take over from.
    """
    near = Neighbours(segments)
    past = _Past(near, segments, before) if segments and before and before.segments else None
    if past and len(past.fresh) > _MANY * len(near.ids):
        past = None
    leaders, doubtful = _settled(near, segments, past)
    np.save(folder / WORKS, leaders)
    with closing(_table(folder / RELATED, past.table if past else None)) as db:
        told = _numbers(db.execute(_ALL_ROWS))
        stale = np.setdiff1d(told, near.ids[~doubtful])
        db.executemany("DELETE FROM related WHERE document=?", ((number,) for number in stale.tolist()))
        missing = np.flatnonzero(doubtful | ~np.isin(near.ids, told))
        missing = missing[np.argsort(~doubtful[missing], kind="stable")][: AT_ONCE if past else None]
        db.executemany("INSERT INTO related VALUES (?, ?)", _rows_of_many(missing, near, leaders, segments))
        db.execute("COMMIT")
    np.save(folder / REACH, near.reach)


def _settled(near: Neighbours, segments: Sequence[Path], past: "_Past | None") -> tuple[Places, NDArray[np.bool_]]:
    """The leader of each document, and which documents a change has to do with: all without a ``past``."""
    leaders, doubtful = np.full(len(near.ids), works.UNKNOWN), np.ones(len(near.ids), dtype=bool)
    if past:
        doubtful = past.touched()
        leaders[past.kept] = past.leaders()
        near.find(np.union1d(np.flatnonzero(doubtful), past.left_out()[:AT_ONCE]))
    known = leaders.copy()
    traces = Ragged(segments, works.TRACES)
    read = lru_cache(maxsize=50_000)(lambda place: msgspec.json.decode(traces[place].tobytes(), type=works.Trace))
    works.settle(leaders, np.flatnonzero(doubtful), near, read)
    if past:
        moved = np.setdiff1d(np.flatnonzero((leaders != known) | np.isin(leaders, past.fresh)), past.fresh)
        doubtful |= near.affected(near, moved)
        doubtful[moved] = True
    return leaders, doubtful


class _Past:
    """A generation before, held against the documents that are there now."""

    def __init__(self, near: Neighbours, segments: Sequence[Path], before: Generation) -> None:
        self._near, self._folder, self.table = near, before.folder, before.folder / RELATED
        now, then = _editions(segments), _editions(before.segments.values())
        _, self.kept, self._kept_then = np.intersect1d(now, then, return_indices=True)
        self.fresh = np.setdiff1d(np.arange(len(now)), self.kept)
        self._places = np.full(len(then), works.GONE)
        self._places[self._kept_then] = self.kept
        near.reach[self.kept] = np.load(self._folder / REACH)[self._kept_then]
        # What is gone stands in segments that are.
        left = [one for id, one in before.segments.items() if id not in {segment.name for segment in segments}]
        self._was, self._gone = Neighbours(left), np.flatnonzero(~np.isin(_editions(left), now))

    def leaders(self) -> Places:
        """The leader of each kept document as it was, by its position now."""
        return np.asarray(self._places[np.load(self._folder / WORKS)[self._kept_then]])

    def touched(self) -> NDArray[np.bool_]:
        """Which documents are new, or have to do with one that is new or gone."""
        found = self._near.affected(self._near, self.fresh) | self._near.affected(self._was, self._gone)
        found[self.fresh] = True
        return found

    def left_out(self) -> Places:
        """Those that a change before touched and that have no row yet."""
        with closing(Sealed(self.table)) as db:
            return np.flatnonzero(~np.isin(self._near.ids, _numbers(db.rows(_ALL_ROWS))))


class RelatedTable:
    """The finished table, open for reading: a look-up is one key read."""

    def __init__(self, generation: Generation) -> None:
        self._db, self._generation = Sealed(generation.folder / RELATED), generation
        self._lock, self._worked_out = Lock(), remembering(self._work_out, 4_096)

    def close(self) -> None:
        self._db.close()

    def items(self, document: str) -> list[Item]:
        """(document id, score, reason) of the related documents, nearest first."""
        number = document_number(document)
        if items := self._db.value("SELECT items FROM related WHERE document=?", number):
            return msgspec.json.decode(items, type=list[Item])
        return self._worked_out(number)

    def _work_out(self, number: int) -> list[Item]:
        with self._lock:
            near, likeness, leaders = self._evidence
            places = np.flatnonzero(near.ids == number)
            near.find(places)
            return [item for place in places.tolist() for item in chosen(place, near, leaders, likeness)]

    @cached_property
    def _evidence(self) -> tuple[Neighbours, Likeness, Places]:
        segments = list(self._generation.segments.values())
        near = Neighbours(segments)
        return near, Likeness(segments, near), np.load(self._generation.folder / WORKS)


def _numbers(rows: Iterable[tuple[int]]) -> NDArray[np.int64]:
    """The numbers of the documents that have a row."""
    return np.array([number for (number,) in rows], dtype=np.int64)


def _editions(segments: Iterable[Path]) -> Places:
    return np.concatenate([np.empty(0, np.int64), *(np.load(one / EDITIONS) for one in segments)])


def _table(path: Path, source: Path | None) -> apsw.Connection:
    """The table of related documents, open for writing: empty, or a copy."""
    if source:
        shutil.copyfile(source, path)
    db = apsw.Connection(str(path))
    db.execute("PRAGMA journal_mode=OFF").fetchall()
    db.execute("BEGIN")
    db.execute("CREATE TABLE IF NOT EXISTS related(document INTEGER PRIMARY KEY, items BLOB NOT NULL)")
    return db


def _rows_of_many(places: Places, near: Neighbours, leaders: Places, segments: Sequence[Path]) -> Iterator[Row]:
    """As ``_rows``, of many by several processes."""
    near.find(places)
    count = min(os.cpu_count() or 1, MOST_PROCESSES, len(places) // WORTH_A_PROCESS)
    if count < 2:
        yield from _rows(places, near, leaders, segments)
        return
    from index.workers import workers  # read late: who only reads an index starts no process

    parts = ({place: near.found[place] for place in part.tolist()} for part in np.array_split(places, count))
    with workers(count) as pool:
        yield from chain.from_iterable(pool.map(partial(_rows_apart, leaders, segments), parts))


def _rows_apart(leaders: Places, segments: Sequence[Path], found: dict[int, Places]) -> list[Row]:
    near = Neighbours(segments)
    near.found.update(found)
    return list(_rows(np.array(list(found)), near, leaders, segments))


def _rows(places: Places, near: Neighbours, leaders: Places, segments: Sequence[Path]) -> Iterator[Row]:
    """The number of each document, and the ids of what to read next, nearest first, with score and reason."""
    with closing(Likeness(segments, near)) as likeness:
        for me in places.tolist():
            yield int(near.ids[me]), msgspec.json.encode(list(chosen(me, near, leaders, likeness)))


def chosen(me: int, near: Neighbours, leaders: Places, likeness: Likeness) -> Iterator[Item]:
    """What to read next; a work is shown as the document that stands for it."""
    alike, taken = likeness.of(me), [me]
    bound, kinds = near.bound(me)
    barred = {*bound[kinds & ATTACHED > 0].tolist(), *np.flatnonzero(leaders == leaders[me]).tolist()}
    for place in np.argsort(-alike.scores, kind="stable"):
        other = int(leaders[alike.candidates[place]])
        if alike.content[place] < LEAST_LIKENESS or other in barred:
            continue
        barred.add(other)
        if near.alike(other, taken).max() < NEAR_DUPLICATE:
            taken.append(other)
            score = round(float(alike.scores[place]), 4)
            yield likeness.card(other).id, score, likeness.reason(me, other, alike.rarity)
        if len(taken) > KEPT:
            return
