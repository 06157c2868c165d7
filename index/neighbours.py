"""Which documents may have to do with one another: for each the few hundred of all that are nearest, and what it links.

How near two documents are is theirs alone: it rests on no statistics over all of them, so that a change reaches those
near it and no others. It is counted in whole numbers, which sum to the same in any order.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.columns import UNDATED_FROM, Columns, document_number, join
from index.ragged import Ragged, locate, mapped
from index.records import Vectors
from ingest.records import Document, Kind, document_id

# A change reaches about as many documents; docs/measurements.md has what is lost of the links of a blog.
MOST = 96
# A sketch is the mean direction of a document's passages beside its words, hashed to so many numbers with signs
# (Weinberger et al. 2009), in eight bits: such a share of it is the words', a pair of them counts for more, and the
# mean's components are about this size.
HASHED, _SHARE, _PAIR = 1_664, 0.6, 3
_SIZE = 24
# In days: about the distance between two updates of a committee; from the last on it counts nothing.
NEARNESS_DAYS, _FAR, _BEYOND = 90, 900, 10**8
# News is read with the news of its day; guidance stands until it is replaced.
FADING = frozenset({Kind.UPDATE, Kind.ARTICLE, Kind.PRESS, Kind.EVENT, Kind.MINUTES})
# So many pairs are compared at once, in four bytes each: the more, the less often sketches are made ready for it.
_PAIRS = 2**25
SKETCHES, FACTS = "sketches.npy", "facts.npy"
LINKS = "links"
LINK = np.dtype([("to", "<i8"), ("attached", "?")])
LINKED, ATTACHED = 1, 2
_FACT = np.dtype([("fading", "?"), ("press", "?"), ("file", "?")])
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence counts beside the cosine of the words, which counts one.

    Chosen on cisi, lee and a blog's own links, on which figures are also reported; that of links by judgement, for they
    are the truth there.
    """

    meaning: float = 0.5
    labels: float = 0.03
    nearness: float = 0.12
    links: float = 0.1


ALL_EVIDENCE = Weights()


def sketch(vectors: Vectors, terms: NDArray[np.void]) -> NDArray[np.int8]:
    """The sketch of a document by the vectors of its passages and its terms, as index.likeness has them."""
    hashed = terms["term"] * np.uint32(0x9E3779B1)
    counted = np.sqrt(1 + np.log(terms["count"])) * np.where(terms["term"] % 2, _PAIR, 1)
    words = np.bincount((hashed >> 8) % HASHED, counted * np.where(hashed >> 31, 1, -1), HASHED)
    whole = ((1 - _SHARE, np.asarray(vectors.sum(axis=0), dtype=np.float64)), (_SHARE, words))
    square = _square(vectors.shape[1])
    parts = [np.sqrt(share * square) / max(float(np.linalg.norm(part)), 1e-9) * part for share, part in whole]
    return np.asarray(np.clip(np.rint(np.concatenate(parts)), -127, 127), dtype=np.int8)


def links(document: Document) -> NDArray[np.void]:
    """What a document links to and what is attached to it, by number."""
    told = ((document.links, False), (document.attachments, True))
    rows = [(document_number(document_id(link.url)), attached) for some, attached in told for link in some]
    return np.array(rows, dtype=LINK)


def facts(documents: Sequence[Document]) -> NDArray[np.void]:
    """What is compared of documents beside sketch and day: a row each."""
    told = [(one.kind in FADING, one.kind is Kind.PRESS, one.media_type != "text/html") for one in documents]
    return np.array(told, dtype=_FACT)


class Neighbours:
    """The documents of ``segments`` by position, and the candidates of each that was looked for."""

    def __init__(self, segments: Sequence[Path], weights: Weights = ALL_EVIDENCE) -> None:
        columns = join([Columns.load(folder) for folder in segments])
        self.ids, self.days = columns.ids, columns.days[:, 0]
        self.facts = np.concatenate([np.empty(0, _FACT), *(np.load(folder / FACTS) for folder in segments)])
        self._sketches = [mapped(folder, SKETCHES) for folder in segments]
        self._links, self._weights = Ragged(segments, LINKS), weights
        self._pool = ThreadPoolExecutor(os.cpu_count())
        self._dimension = max((one.shape[1] - HASHED for one in self._sketches), default=0)
        apart = np.arange(_FAR + 1)
        worth = weights.nearness * _square(self._dimension) * np.exp(-apart / NEARNESS_DAYS)
        self._worth = np.where(apart < _FAR, np.rint(worth), 0).astype(np.float32)
        # The least score of a document's candidates; of each that was looked for, wherever, the nearest.
        self.reach = np.full(len(self.ids), np.nan, dtype=np.float32)
        self.found: dict[int, Places] = {}

    def find(self, places: Places) -> None:
        """Look for the nearest of each of ``places``; equally near ones by id."""
        places = np.array([one for one in places.tolist() if one not in self.found], dtype=np.int64)
        for some in self._portions(places):
            scores = self._scores(self, some, self.facts["fading"])
            scores[np.arange(len(some)), some] = -np.inf
            self.found.update(zip(some.tolist(), self._pool.map(self._nearest, some.tolist(), scores), strict=True))

    def candidates(self, place: int) -> tuple[Places, NDArray[np.uint8]]:
        """The nearest documents of one that was looked for and all that links bind to it, by id; LINKED, ATTACHED."""
        bound, how = self.bound(place)
        if not self._weights.links:
            bound, how = bound[:0], how[:0]
        places = np.union1d(self.found[place], bound)
        kinds = np.zeros(len(places), np.uint8)
        kinds[np.searchsorted(places, bound)] = how
        order = np.argsort(self.ids[places])
        return places[order], kinds[order]

    def bound(self, place: int) -> tuple[Places, NDArray[np.uint8]]:
        """The documents that link to one or are linked by it, by place, and how."""
        targets, kinds, bounds = self._graph
        mine = slice(bounds[place], bounds[place + 1])
        return targets[mine], kinds[mine]

    def ranks(self) -> Places:
        """In this order documents speak for their work: what is announced before its announcement, a page first."""
        return np.argsort(np.lexsort((self.ids, self.days, self.facts["file"], self.facts["press"])))

    def affected(self, others: "Neighbours", places: Places) -> NDArray[np.bool_]:
        """Which documents have any of ``places`` of ``others`` among their nearest, or would if it were here.

        So have those that it links to or is linked by.
        """
        owners, to = self._edges
        linked = np.concatenate([np.empty(0, np.int64), *(others._links[place]["to"] for place in places.tolist())])
        found = np.isin(self.ids, linked)
        found[owners[np.isin(to, others.ids[places])]] = True
        for some in self._portions(places):
            found |= (self._scores(others, some, others.facts["fading"][some, None]) >= self.reach).any(axis=0)
        return found

    def alike(self, place: int, others: Sequence[int]) -> NDArray[np.float64]:
        """The cosine of the mean passage of one with those of others."""
        means = np.array([self._sketch(one)[: self._dimension] for one in (place, *others)], dtype=np.float64)
        lengths = np.maximum(np.sqrt((means**2).sum(axis=1)), 1e-9)
        return np.asarray(means[1:] @ means[0] / lengths[1:] / lengths[0])

    def _portions(self, places: Places) -> list[Places]:
        return np.array_split(places, 1 + len(places) * len(self.ids) // _PAIRS) if len(places) else []

    def _nearest(self, place: int, scores: NDArray[np.float32]) -> Places:
        if len(scores) <= MOST + 1:
            self.reach[place] = -np.inf
            return np.delete(np.arange(len(scores)), place)
        self.reach[place] = least = np.partition(scores, -MOST)[-MOST]
        above, level = np.flatnonzero(scores > least), np.flatnonzero(scores == least)
        return np.concatenate([above, level[np.argsort(self.ids[level])][: MOST - len(above)]])

    def _scores(self, others: "Neighbours", places: Places, fading: NDArray[np.bool_]) -> NDArray[np.float32]:
        """How near ``places`` of ``others`` are to every document, a row each, exact: no sum comes near 2 ** 24.

        Where ``fading``, nearness of days counts; what is undated is far from everything.
        """
        sketches = np.array([others._sketch(place) for place in places.tolist()], dtype=np.float32)
        # Without a day these lie as far ahead of all others as those lie behind.
        days = np.where(others.days[places] == UNDATED_FROM, _BEYOND, others.days[places])[:, None]
        scores = np.empty((len(places), len(self.ids)), dtype=np.float32)
        fades = np.broadcast_to(fading, scores.shape)

        def fill(block: NDArray[np.int8], first: int) -> None:
            its = slice(first, first + len(block))
            apart = days - np.where(self.days[its] == UNDATED_FROM, -_BEYOND, self.days[its])
            near = self._worth.take(np.abs(apart, out=apart), mode="clip")
            scores[:, its] = sketches @ block.astype(np.float32).T + near * fades[:, its]

        list(self._pool.map(fill, self._sketches, self._links.firsts))
        return scores

    def _sketch(self, place: int) -> NDArray[np.int8]:
        segment, row = locate(self._links.firsts, place)
        return np.asarray(self._sketches[segment][row])

    @cached_property
    def _edges(self) -> tuple[Places, Places]:
        """Which document links, by position, and the number of what it links to."""
        return self._links.owners, self._links.all("to")

    @cached_property
    def _graph(self) -> tuple[Places, NDArray[np.uint8], Places]:
        """For each document those that links bind it to, in either direction: places, how, and where each begins."""
        owners, to = self._edges
        order = np.argsort(self.ids)
        at = np.minimum(np.searchsorted(self.ids[order], to), len(order) - 1)
        targets = order[at]
        kept = (self.ids[targets] == to) & (targets != owners)
        owners, targets = owners[kept], targets[kept]
        how = np.where(self._links.all("attached")[kept], ATTACHED, LINKED).astype(np.uint8)
        pairs = np.concatenate([owners * len(order) + targets, targets * len(order) + owners])
        found, which = np.unique(pairs, return_inverse=True)
        kinds = np.zeros(len(found), np.uint8)
        np.bitwise_or.at(kinds, which, np.tile(how, 2))
        bounds = np.searchsorted(found // len(order), np.arange(len(order) + 1))
        return found % len(order), kinds, bounds


def _square(dimension: int) -> float:
    """The product of a sketch with itself."""
    return _SIZE**2 * dimension / (1 - _SHARE)
