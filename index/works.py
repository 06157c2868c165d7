"""Works: which documents are renditions of one publication, and which publication another says that it replaces.

A page, its PDF and its press note are one work, and so is the same text at another address. Learned from the
documents of one generation alone, always in the same order: an incremental generation finds what a fresh one finds.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from index.analysis import query_terms
from index.columns import UNDATED_FROM, day_bounds
from ingest.records import Document, Kind, document_id

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
# A run of words that begins more works than this is the site's, not theirs.
MOST_SHARING = 50
_FILE = "traces.json"
_WORD = re.compile(r"\w+")
_POWERS = np.array([0x9E3779B97F4A7C15**power % 2**64 for power in range(1, SHINGLE_WORDS + 1)], dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Trace:
    """What a segment keeps of a document to tell its work by.

    ``sketch`` holds the least ``SKETCH`` of the hashes of its ``shingles`` runs of eight words, in order (a bottom-k
    sketch, Broder 1997); ``links`` the ids of what it links to.
    """

    id: str
    press: bool
    media_type: str
    days: tuple[int, int]
    title: tuple[str, ...]
    links: tuple[str, ...]
    sketch: tuple[int, ...]
    shingles: int

    @property
    def preference(self) -> tuple[bool, bool, int, str]:
        """In this order documents speak for their work: what is announced before its announcement, a page first."""
        return self.press, self.media_type != "text/html", self.days[0], self.id

    @property
    def numbers(self) -> set[str]:
        """The figures of the title: a year, a part."""
        return {term for term in self.title if term.isdigit()}


def trace(document: Document) -> Trace:
    """The trace of a document."""
    hashes = _shingles(document.text)
    return Trace(
        id=document.id,
        press=document.kind is Kind.PRESS,
        media_type=document.media_type,
        days=day_bounds(document.published),
        title=tuple(query_terms(document.title)),
        links=tuple(document_id(link.url) for link in (*document.attachments, *document.links)),
        sketch=tuple(hashes[:SKETCH].tolist()),
        shingles=len(hashes),
    )


def save(folder: Path, documents: Iterable[Document]) -> None:
    """Write the traces of a segment's documents into its folder, by row."""
    (folder / _FILE).write_bytes(msgspec.json.encode([trace(document) for document in documents]))


def build(path: Path, segments: Sequence[Path]) -> None:
    """Write the work of every document of the finished ``segments``; see ``load``."""
    found = [msgspec.json.decode((folder / _FILE).read_bytes(), type=list[Trace]) for folder in segments]
    with path.open("wb") as stream:
        np.save(stream, leaders([one for segment in found for one in segment]))


def load(path: Path) -> NDArray[np.int64]:
    """For each document position the position of the document that stands for its work: itself, or another."""
    return np.asarray(np.load(path))


def leaders(traces: Sequence[Trace]) -> NDArray[np.int64]:
    """The position of each document's leader. A document joins the first leader that it is a rendition of.

    Renditions are held to their leader, never to one another: likeness is not passed along a chain.
    """
    chosen = np.arange(len(traces))
    places = {one.id: place for place, one in enumerate(traces)}
    linking = _linking(traces, places)
    leading: dict[int, list[int]] = defaultdict(list)
    for place in sorted(range(len(traces)), key=lambda place: traces[place].preference):
        me = traces[place]
        sharing = Counter(leader for hash in me.sketch for leader in leading[hash])
        near = [leader for leader, count in sharing.items() if count >= len(me.sketch) * QUOTED_PART / 2]
        linked = [one for one in linking[place] if chosen[one] == one and traces[one].preference < me.preference]
        candidates = sorted({*near, *linked}, key=lambda one: traces[one].preference)
        found = next((one for one in candidates if same_work(me, traces[one], one in linked)), None)
        if found is not None:
            chosen[place] = found
            continue
        for hash in me.sketch:
            if len(leading[hash]) < MOST_SHARING:
                leading[hash].append(place)
    return chosen


def same_work(one: Trace, other: Trace, linked: bool) -> bool:
    """Whether two documents are renditions of one work; ``linked`` says that one links to the other."""
    apart = _days_apart(one, other)
    if one.numbers and other.numbers and one.numbers != other.numbers:
        return False
    alike, part = _resemblance(one, other)
    agree = _titles_agree(one, other)
    if linked and one.media_type != other.media_type and apart <= FILE_DAYS_APART and (agree or part >= QUOTED_PART):
        return True
    if linked and one.press != other.press and UNDATED_FROM not in (one.days[0], other.days[0]):
        return apart <= DAYS_APART
    # The very same text under another title is what a site repeats.
    same = SAME_TEXT <= alike < 1 or (part >= SAME_PART and agree)
    return same and apart <= DAYS_APART


def _linking(traces: Sequence[Trace], places: dict[str, int]) -> list[set[int]]:
    """The documents that each is linked with, from either side."""
    linking: list[set[int]] = [set() for _ in traces]
    for place, target in _links(traces, places):
        linking[place].add(target)
        linking[target].add(place)
    return linking


def _links(traces: Sequence[Trace], places: dict[str, int]) -> Iterator[tuple[int, int]]:
    for place, one in enumerate(traces):
        yield from ((place, places[id]) for id in one.links if id in places and id != one.id)


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
    if min(one.shingles, other.shingles) < LEAST_SHINGLES:
        return 0.0, 0.0
    first, second = set(one.sketch), set(other.sketch)
    least = sorted(first | second)[:SKETCH]
    alike = sum(hash in first and hash in second for hash in least) / len(least)
    shared = alike / (1 + alike) * (one.shingles + other.shingles)
    return alike, shared / min(one.shingles, other.shingles)


def _shingles(text: str) -> NDArray[np.uint64]:
    """The hashes of every run of eight words, each once and in order."""
    words = np.array([crc32(word.encode()) for word in _WORD.findall(text.casefold())], dtype=np.uint64)
    if len(words) < SHINGLE_WORDS:
        return np.empty(0, np.uint64)
    hashes = np.lib.stride_tricks.sliding_window_view(words, SHINGLE_WORDS) @ _POWERS
    # The product's low bits know little of the high ones; a round of mixing spreads them (SplitMix64's constants).
    hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return np.unique(hashes ^ (hashes >> np.uint64(27)))
