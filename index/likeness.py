"""How alike a document and its candidates are: their words and neighbouring words, what their passages mean, and what
surrounds them.

How rare a word is is told by the document and its candidates alone, like all else: see index.neighbours.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index.analysis import STOPWORDS, each_word, placed, term, words
from index.columns import UNDATED_FROM
from index.dense import DenseSegment
from index.neighbours import ALL_EVIDENCE, LINKED, NEARNESS_DAYS, Neighbours, Places, Weights
from index.ragged import Ragged, locate
from index.records import Card, Vectors
from index.texts import Texts
from ingest.dates import MONTH_NAMES
from ingest.records import Document

# Beyond these a document's terms weigh next to nothing.
MOST_TERMS = 512
PHRASE_WORDS, PHRASE_CHARACTERS = 4, 100
MOST_TOPICS = 8
# Two words name a subject better than the most frequent of them alone.
PAIR_WORTH = 3
# A pair in likeness; one that nobody else has is no one's habit, but chance.
PAIR_WEIGHT = 1.5
# Terms and labels are counted in so many places: of two that share one the rarer seems more frequent.
_MANY, _FEW = 2**18, 2**12
TERMS, LABELS = "terms", "labels"
TERM = np.dtype([("term", "<u4"), ("start", "<u4"), ("count", "<u2")])
_BODY = re.compile(r"\b(?:[A-Z][\w'’-]+ (?:(?:and|of|for|on|the) )*)+(?:Committee|Board|Council|Forum|Panel|Group)\b")
_JOINING = np.array([ord(" "), ord("-")])
# Words for the form of a paper, months, and figures, say nothing of its subject.
_FORM = re.compile(
    rf"\d|committee|council|meeting|update|report|minutes|conference|\b(?:{MONTH_NAMES})\b", re.IGNORECASE
)
_TELLING = 1 + np.log(np.maximum(np.arange(2**16), 1))
Scores = NDArray[np.float64]
Number = TypeVar("Number", int, NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class Alike:
    """A document's candidates, by position: how alike in content, how near in all; and how rare its terms are."""

    candidates: Places
    content: Scores
    scores: Scores
    rarity: Scores


def labels(document: Document) -> NDArray[np.uint32]:
    """What a document is filed under, and the bodies whose paper it is, as numbers."""
    return np.array(sorted({crc32(name.encode()) & ~1 for name in (*document.tags, *_bodies(document))}), np.uint32)


def _bodies(document: Document | Card) -> set[str]:
    """The committees and the like whose paper a document is: those named in its title, among its authors or tags."""
    return {name for said in (document.title, *document.authors, *document.tags) for name in _BODY.findall(said)}


class Likeness:
    """The evidence over the documents of ``segments``, by position."""

    def __init__(self, segments: Sequence[Path], near: Neighbours, weights: Weights = ALL_EVIDENCE) -> None:
        self._near, self._weights = near, weights
        self._terms, self._labels = Ragged(segments, TERMS), Ragged(segments, LABELS)
        self._owners = [np.load(folder / "owners.npy") for folder in segments]
        self._vectors = list(map(DenseSegment, segments))
        self._texts = Texts(segments)
        # Those near one document are mostly near the next one too.
        self._passages = lru_cache(maxsize=4_096)(self._read_passages)
        self.card = lru_cache(maxsize=4_096)(self._texts.card)
        self._text = lru_cache(maxsize=1)(lambda place: _said(self._texts.document(place)))

    def close(self) -> None:
        self._texts.close()

    def of(self, me: int) -> Alike:
        """The candidates of a document that the neighbours were told to look for."""
        candidates, kinds = self._near.candidates(me)
        whole = [me, *candidates.tolist()]
        said = [self._terms[one] for one in whole]
        alike, rarity = _cosines([one["term"] for one in said], [one["count"] for one in said], _MANY)
        filed = [self._labels[one] for one in whole]
        shared, _ = _cosines(filed, [np.ones(sum(map(len, filed)), np.uint16)], _FEW)
        content = alike + self._weights.meaning * self._meaning(whole)
        beside = self._weights.links * (kinds & LINKED > 0) + self._weights.labels * shared
        near = content + beside + self._weights.nearness * self._nearness(me, candidates)
        return Alike(candidates, content, near, rarity)

    def _meaning(self, whole: Sequence[int]) -> Scores:
        """The cosine of the nearest two passages of the first and each other; nothing below zero."""
        mine, *others = (self._passages(one) for one in whole)
        return np.array([(one @ mine.T).max(initial=0.0) for one in others], dtype=np.float64)

    def _nearness(self, me: int, candidates: Places) -> Scores:
        days = self._near.days
        dated = (days[candidates] != UNDATED_FROM) & (days[me] != UNDATED_FROM)
        apart = np.where(dated, np.abs(days[candidates] - days[me]), np.inf)
        return np.asarray(np.exp(-apart / NEARNESS_DAYS) * self._near.facts["fading"][candidates])

    def reason(self, me: int, other: int, rarity: Scores) -> str:
        """One line from what the two share, in the words of the first; ``rarity`` is that of its terms."""
        mine, its = self.card(me), self.card(other)
        topic = self._topic(me, other, rarity)
        tags = [tag for tag in mine.tags if tag in its.tags]
        said = f"Both discuss {topic}" if topic else f"Both are filed under {' and '.join(tags[:2])}" if tags else ""
        beside = ["same committee"] if _bodies(mine) & _bodies(its) else []
        return "; ".join(filter(None, [said or "On a similar subject", *beside]))

    def _topic(self, me: int, other: int, rarity: Scores) -> str:
        mine, its = self._terms[me], self._terms[other]
        names, here, there = np.intersect1d(mine["term"], its["term"], assume_unique=True, return_indices=True)
        worth = _TELLING[mine["count"][here]] * _TELLING[its["count"][there]] * rarity[here]
        worth[names % 2 == 1] *= PAIR_WORTH
        shared, text = set(names.tolist()), self._text(me)
        best = mine["start"][here[np.argsort(-worth, kind="stable")[:MOST_TOPICS]]]
        phrases = (_phrase(text, start, shared) for start in best.tolist())
        of_both = set.intersection(*(set(map(_number, words(self.card(one).title))) for one in (me, other)))
        return next((phrase for phrase in phrases if _names_a_subject(phrase, of_both)), "")

    def _read_passages(self, place: int) -> Vectors:
        segment, row = locate(self._terms.firsts, place)
        return self._vectors[segment].rows(np.arange(*np.searchsorted(self._owners[segment], (row, row + 1))))


def _cosines(
    names: Sequence[NDArray[np.uint32]], counts: Sequence[NDArray[np.uint16]], buckets: int
) -> tuple[Scores, Scores]:
    """The cosine of the first row with each other one, and how rare each name of the first is among all.

    A name weighs (1 + log count) * log((n + 1) / (rows that have it + .5)), as in Salton and Buckley 1988.
    """
    said, sizes = np.concatenate(names, dtype=np.int64), np.array(list(map(len, names)))
    owners, places = np.repeat(np.arange(len(sizes)), sizes), said & (buckets - 1)
    # By place how many have it, and above that which name of the first it is: one look-up for both.
    held = np.bincount(places, minlength=buckets)
    held[places[: sizes[0]]] |= np.arange(1, sizes[0] + 1) << 32
    found = held[places]
    spread, mine = found & 0xFFFFFFFF, found >> 32
    rarity = np.maximum(np.log((len(names) + 1) / (np.arange(spread.max(initial=0) + 1) + 0.5)), 0)
    # Of names and, behind each, of pairs.
    worth = np.stack([rarity, PAIR_WEIGHT * rarity * (np.arange(len(rarity)) > 1)], axis=1).ravel()
    weights = _TELLING[np.concatenate(counts)] * worth[2 * spread + (said & 1)]
    lengths = np.maximum(np.sqrt(np.bincount(owners, weights**2, len(sizes))), 1e-9)
    shared = np.flatnonzero(mine)
    products = np.bincount(owners[shared], weights[mine[shared] - 1] * weights[shared], len(sizes))
    return products[1:] / lengths[1:] / lengths[0], rarity[spread[: sizes[0]]]


def _said(document: Document) -> str:
    """What a document is known by: its title counts as if it stood there three times."""
    return f"{document.title}\n" * 3 + document.text


@lru_cache(maxsize=200_000)
def _number(word: str) -> int:
    """The term of a word as a number: an even one, below 2**32."""
    return crc32(term(word).encode()) & ~1


_STOP = np.array([_number(word) for word in STOPWORDS], dtype=np.int64)


def _pair(first: Number, second: Number) -> Number:
    """Two neighbours as a number: an odd one, below 2**32."""
    return (first * 0x9E3779B1 + second) & 0xFFFFFFFF | 1


def terms(document: Document) -> NDArray[np.void]:
    """Every word that says something and every two side by side: where it first stands, how often it does.

    A place in the midst of a sentence is rather kept than one at its beginning.
    """
    text = _said(document)
    each, starts, ends = placed(text)
    said = np.fromiter(map(_number, each), np.int64, len(each))
    characters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    telling = ~np.isin(said, _STOP)
    between = characters[ends[:-1]]
    beside = telling[:-1] & telling[1:] & (starts[1:] == ends[:-1] + 1) & np.isin(between, _JOINING)
    names = np.concatenate([said[telling], _pair(said[:-1], said[1:])[beside]])
    places = np.concatenate([starts[telling], starts[:-1][beside]])
    capital = (characters[places] >= ord("A")) & (characters[places] <= ord("Z"))
    order = np.sort(names.astype(np.uint64) << 32 | capital.astype(np.uint64) << 31 | places.astype(np.uint64))
    _, first, counts = np.unique(order >> 32, return_index=True, return_counts=True)
    entries = np.empty(len(first), TERM)
    entries["term"], entries["start"] = order[first] >> 32, order[first] & 0x7FFFFFFF
    entries["count"] = np.minimum(counts, 65_535)
    return entries[np.sort(np.argsort(-counts, kind="stable")[:MOST_TERMS])]


def _names_a_subject(phrase: str, titles: set[int]) -> bool:
    """Two words do; one alone ("become", "they're") where both titles have it or it is written as a name."""
    alone = len(words(phrase)) == 1 and _number(phrase) not in titles
    return not _FORM.search(phrase) and not (alone and (phrase.islower() or "'" in phrase or "’" in phrase))


def _phrase(text: str, start: int, shared: set[int]) -> str:
    """The words at ``start`` for as long as each stands beside the one before it in both documents."""
    following = each_word(text[start : start + PHRASE_CHARACTERS])
    last = next(following)
    for word in islice(following, PHRASE_WORDS - 1):
        if word.start() != last.end() + 1 or _pair(_number(last.group()), _number(word.group())) not in shared:
            break
        last = word
    return text[start : start + last.end()]
