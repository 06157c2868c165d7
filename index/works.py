"""Works: which documents are renditions of one publication, and which publication another says that it replaces.

A page, its PDF and its press note are one work, and so is the same text at another address. Each document is held to
its candidates, those that speak for works first: an incremental generation finds what a fresh one finds.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index.analysis import query_terms
from index.columns import UNDATED_FROM, day_bounds
from index.neighbours import Neighbours, Places
from ingest.records import Document, Kind

# Eight words in a row are seldom said twice by chance. The shares and days were chosen on a blog that two sites carried
# and on a paper with its page; docs/measurements.md says what they fold.
SHINGLE_WORDS = 8
SKETCH = 64
LEAST_SHINGLES = 20
SAME_TEXT = 0.6
SAME_PART = 0.75
QUOTED_PART = 0.3
SAME_TITLE = 2 / 3
# The same words weeks apart are the next call, the next notice; a file keeps the day it was made on.
DAYS_APART = 7
FILE_DAYS_APART = 31
TRACES = "traces"
UNKNOWN, GONE = -1, -2
_WORD = re.compile(r"\w+")
_POWERS = np.array([0x9E3779B97F4A7C15**power % 2**64 for power in range(1, SHINGLE_WORDS + 1)], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Trace:
    """What a segment keeps of a document to tell its work by.

    ``sketch`` holds the least ``SKETCH`` of the hashes of its ``shingles`` runs of eight words (a bottom-k sketch,
    Broder 1997).
    """

    press: bool
    media_type: str
    days: tuple[int, int]
    title: tuple[str, ...]
    sketch: frozenset[int]
    shingles: int

    @property
    def numbers(self) -> set[str]:
        """The figures of the title: a year, a part."""
        return {term for term in self.title if term.isdigit()}


def trace(document: Document) -> Trace:
    """The trace of a document."""
    hashes = _shingles(document.text)
    return Trace(
        press=document.kind is Kind.PRESS,
        media_type=document.media_type,
        days=day_bounds(document.published),
        title=tuple(query_terms(document.title)),
        sketch=frozenset(hashes[:SKETCH].tolist()),
        shingles=len(hashes),
    )


def settle(leaders: Places, doubtful: Places, near: Neighbours, traces: Callable[[int], Trace]) -> None:
    """Find the leader of each ``doubtful`` document anew, and of every one that this bears on, in ``leaders``.

    ``leaders`` has the leader of each position, UNKNOWN, or GONE where it followed one that is. A document joins the
    first leader that it is a rendition of. Renditions are held to their leader, never to one another: likeness is not
    passed along a chain.
    """
    ranks = near.ranks()
    order = np.argsort(ranks)
    near.find(doubtful)
    waiting = sorted(ranks[doubtful].tolist())
    queued = set(waiting)
    while waiting:
        place = int(order[heappop(waiting)])
        queued.discard(int(ranks[place]))
        was, leaders[place] = leaders[place], _leader(place, leaders, ranks, near, traces)
        if was != UNKNOWN and (was == place) != (leaders[place] == place):
            touched = np.flatnonzero(near.affected(near, np.array([place])))
            later = {int(rank) for rank in ranks[touched] if rank > ranks[place]} - queued
            near.find(order[sorted(later)])
            queued |= later
            for rank in later:
                heappush(waiting, rank)


def _leader(place: int, leaders: Places, ranks: Places, near: Neighbours, traces: Callable[[int], Trace]) -> int:
    candidates, kinds = near.candidates(place)
    leading = (ranks[candidates] < ranks[place]) & (leaders[candidates] == candidates)
    candidates, kinds = candidates[leading], kinds[leading]
    mine = traces(place)
    for at in np.argsort(ranks[candidates]).tolist():
        if same_work(mine, traces(int(candidates[at])), bool(kinds[at])):
            return int(candidates[at])
    return place


def same_work(one: Trace, other: Trace, linked: bool) -> bool:
    """Whether two documents are renditions of one work; ``linked`` says that one links to the other."""
    apart = _days_apart(one, other)
    if apart > FILE_DAYS_APART or (one.numbers and other.numbers and one.numbers != other.numbers):
        return False
    alike, part = _resemblance(one, other)
    agree = _titles_agree(one, other)
    if linked and one.media_type != other.media_type and (agree or part >= QUOTED_PART):
        return True
    if linked and one.press != other.press and UNDATED_FROM not in (one.days[0], other.days[0]):
        return apart <= DAYS_APART
    # The very same text under another title is what a site repeats.
    same = SAME_TEXT <= alike < 1 or (part >= SAME_PART and agree)
    return same and apart <= DAYS_APART


def _days_apart(one: Trace, other: Trace) -> int:
    """Days between two spans; none where one is undated."""
    if UNDATED_FROM in (one.days[0], other.days[0]):
        return 0
    return max(one.days[0] - other.days[1], other.days[0] - one.days[1], 0)


def _titles_agree(one: Trace, other: Trace) -> bool:
    first, second = set(one.title), set(other.title)
    return first == second or len(first & second) >= max(2, SAME_TITLE * min(len(first), len(second)))


def _resemblance(one: Trace, other: Trace) -> tuple[float, float]:
    """The share of all runs of words that are in both, and of the shorter's that are; nothing for a few lines."""
    shared = one.sketch & other.sketch
    if min(one.shingles, other.shingles) < LEAST_SHINGLES or not shared:
        return 0.0, 0.0
    least = sorted(one.sketch | other.sketch)[:SKETCH]
    alike = sum(hash in shared for hash in least) / len(least)
    return alike, alike / (1 + alike) * (one.shingles + other.shingles) / min(one.shingles, other.shingles)


def _shingles(text: str) -> NDArray[np.uint64]:
    """The hashes of every run of eight words, each once and in order."""
    words = np.array([crc32(word.encode()) for word in _WORD.findall(text.casefold())], dtype=np.uint64)
    if len(words) < SHINGLE_WORDS:
        return np.empty(0, np.uint64)
    hashes = np.lib.stride_tricks.sliding_window_view(words, SHINGLE_WORDS) @ _POWERS
    # The product's low bits know little of the high ones; a round of mixing spreads them (SplitMix64's constants).
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.unique(hashes ^ (hashes >> np.uint64(27)))
