"""How alike two documents are: their words and neighbouring words, what their passages mean, and what surrounds them.

A segment keeps the terms of its documents; how rare each is and how alike two documents are is worked out over the
finished segments of a generation, in the order of its documents.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from index.analysis import STOPWORDS, each_word, term
from index.columns import UNDATED_FROM, Columns, join
from index.dense import DenseSegment
from index.embed import Vectors
from index.texts import TextStore
from ingest.records import Document, Kind, document_id

# Beyond these a document's terms weigh next to nothing.
MOST_TERMS = 256
# As many documents at a time are set against all others.
BLOCK = 128
# In days: about the distance between two updates of a committee.
NEARNESS_DAYS = 90
# News is read with the news of its day; guidance stands until it is replaced.
FADING = frozenset({Kind.UPDATE, Kind.ARTICLE, Kind.PRESS, Kind.EVENT, Kind.MINUTES})
PHRASE_WORDS, PHRASE_CHARACTERS = 4, 100
MOST_TOPICS = 8
# Two words name a subject better than the most frequent of them alone.
PAIR_WORTH = 3
_ENTRY = np.dtype([("term", "<u4"), ("start", "<u4"), ("count", "<u2")])
_TERMS, _BOUNDS = "terms.npy", "term_bounds.npy"
_BODY = re.compile(r"\b(?:[A-Z][\w'’-]+ (?:(?:and|of|for|on|the) )*)+(?:Committee|Board|Council|Forum|Panel|Group)\b")
_JOINING, _CAPITALS = np.array([ord(" "), ord("-")]), np.arange(ord("A"), ord("Z") + 1)
# Words for the form of a paper, and figures, say nothing of its subject.
_FORM = re.compile(r"\d|committee|council|meeting|update|report|minutes|conference", re.IGNORECASE)
Scores = NDArray[np.float32]
_Weighed = tuple[NDArray[np.uint32], NDArray[np.float64], sparse.csr_matrix, NDArray[np.uint32]]
Number = TypeVar("Number", int, NDArray[np.int64])


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence counts beside the cosine of the words, which counts one.

    Chosen on cisi, lee and half of a blog's own links; that of links by judgement, for they are the truth there.
    """

    meaning: float = 0.5
    labels: float = 0.03
    nearness: float = 0.12
    links: float = 0.1


ALL_EVIDENCE = Weights()


def save(folder: Path, documents: Iterable[Document]) -> None:
    """Write the terms of a segment's documents into its folder."""
    entries = [_entries(document) for document in documents]
    np.save(folder / _BOUNDS, np.cumsum([0, *map(len, entries)]))
    np.save(folder / _TERMS, np.concatenate(entries))


def _bodies(document: Document) -> set[str]:
    """The committees and the like whose paper a document is: those named in its title, among its authors or tags."""
    return {name for said in (document.title, *document.authors, *document.tags) for name in _BODY.findall(said)}


class Likeness:
    """The evidence over all ``documents`` of a generation, in its order."""

    def __init__(self, segments: Sequence[Path], weights: Weights = ALL_EVIDENCE) -> None:
        self.documents = documents = [document for folder in segments for document in _held(folder)]
        self._weights = weights
        self._texts = [_said(document) for document in documents]
        columns = join([Columns.load(folder) for folder in segments])
        self._vectors = np.concatenate([_vectors(folder) for folder in segments])
        self._first = np.searchsorted(columns.owners, np.arange(len(documents) + 1))
        self.means = _means(self._vectors, columns.owners, len(documents))
        self._names, self._rarity, self._terms, self._starts = _weighed(segments)
        self._bodies = [_bodies(document) for document in documents]
        self._labels = _labels(set(one.tags) | its for one, its in zip(documents, self._bodies, strict=True))
        self._links = _links(documents)
        self._days = columns.days[:, 0].astype(np.float64)
        self._days[self._days == UNDATED_FROM] = np.nan
        self._fading = np.array([document.kind in FADING for document in documents])

    def ranked(self, works: NDArray[np.int64], most: int) -> Iterator[tuple[int, NDArray[np.int64], Scores, Scores]]:
        """For each document, by position, up to ``most`` of other ``works``: how alike in content, how near in all.

        They are the best by the meaning of mean passages, and scored by that of their nearest ones.
        """
        for first in range(0, len(self.documents), BLOCK):
            for me, (words, meaning, beside) in enumerate(zip(*self._block(first, first + BLOCK), strict=True), first):
                hopes = np.where(works == works[me], -np.inf, words + meaning + beside)
                candidates = _best(hopes, most)
                content = words[candidates] + self._meaning(me, candidates)
                yield me, candidates, content, content + beside[candidates]

    def _block(self, first: int, until: int) -> tuple[Scores, Scores, Scores]:
        """What words count, the meaning of mean passages, and what surrounds them: shape (until - first, documents)."""
        words = (self._terms[first:until] @ self._terms.T).toarray()
        meaning = self._weights.meaning * np.maximum(self.means[first:until] @ self.means.T, 0)
        beside = self._weights.links * self._links[first:until].toarray()
        beside += self._weights.labels * (self._labels[first:until] @ self._labels.T).toarray()
        apart = np.abs(self._days[first:until, None] - self._days)
        near = np.nan_to_num(np.exp(-apart / NEARNESS_DAYS)) * self._fading
        return words, meaning, np.asarray(beside + self._weights.nearness * near, dtype=np.float32)

    def _meaning(self, me: int, others: NDArray[np.int64]) -> Scores:
        """What the nearest two passages of a document and each other count; below a cosine of zero nothing."""
        mine = self._passages(me).T
        best = [(self._passages(other) @ mine).max(initial=0.0) for other in others.tolist()]
        return np.asarray(self._weights.meaning * np.array(best, dtype=np.float32))

    def reason(self, me: int, other: int) -> str:
        """One line from what the two share, in the words of the first."""
        mine, its = self.documents[me], self.documents[other]
        topic = self._topic(me, other)
        tags = [tag for tag in mine.tags if tag in its.tags]
        said = f"Both discuss {topic}" if topic else f"Both are filed under {' and '.join(tags[:2])}" if tags else ""
        beside = ["same committee"] if self._bodies[me] & self._bodies[other] else []
        return "; ".join(filter(None, [said or "On a similar subject", *beside]))

    def _topic(self, me: int, other: int) -> str:
        mine, its = (slice(*self._terms.indptr[one : one + 2]) for one in (me, other))
        columns, here, there = np.intersect1d(
            self._terms.indices[mine], self._terms.indices[its], assume_unique=True, return_indices=True
        )
        # The square of a term's rarity is in the product once more than in BM25: what is rare by chance would win.
        worth = self._terms.data[mine][here] * self._terms.data[its][there] / self._rarity[columns]
        names = self._names[columns]
        worth[names % 2 == 1] *= PAIR_WORTH
        shared = set(names.tolist())
        best = self._starts[mine][here[np.argsort(-worth, kind="stable")[:MOST_TOPICS]]]
        phrases = (_phrase(self._texts[me], start, shared) for start in best.tolist())
        return next((phrase for phrase in phrases if not _FORM.search(phrase)), "")

    def _passages(self, document: int) -> Vectors:
        return self._vectors[self._first[document] : self._first[document + 1]]


def _best(hopes: Scores, most: int) -> NDArray[np.int64]:
    """The positions of the highest ``most``, best first, of those that have any hope."""
    hopeful = np.flatnonzero(np.isfinite(hopes))
    if len(hopeful) > most:
        hopeful = hopeful[np.argpartition(-hopes[hopeful], most)[:most]]
    return hopeful[np.lexsort((hopeful, -hopes[hopeful]))]


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


def _entries(document: Document) -> NDArray[np.void]:
    """Every word that says something and every two side by side: where it first stands, how often it does.

    A place in the midst of a sentence is rather kept than one at its beginning.
    """
    text = _said(document)
    found = [(_number(match.group()), *match.span()) for match in each_word(text)]
    said, starts, ends = np.array(found, dtype=np.int64).reshape(-1, 3).T
    characters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    telling = ~np.isin(said, _STOP)
    between = characters[ends[:-1]] if len(said) else characters
    beside = telling[:-1] & telling[1:] & (starts[1:] == ends[:-1] + 1) & np.isin(between, _JOINING)
    names = np.concatenate([said[telling], _pair(said[:-1], said[1:])[beside]])
    places = np.concatenate([starts[telling], starts[:-1][beside]])
    capital = np.isin(characters[places], _CAPITALS)
    order = np.lexsort((places, capital, names))
    _, first, counts = np.unique(names[order], return_index=True, return_counts=True)
    kept = order[first]
    return np.rec.fromarrays([names[kept], places[kept], np.minimum(counts, 65_535)], dtype=_ENTRY)


def _phrase(text: str, start: int, shared: set[int]) -> str:
    """The words at ``start`` for as long as each stands beside the one before it in both documents."""
    following = each_word(text[start : start + PHRASE_CHARACTERS])
    last = next(following)
    for word in islice(following, PHRASE_WORDS - 1):
        if word.start() != last.end() + 1 or _pair(_number(last.group()), _number(word.group())) not in shared:
            break
        last = word
    return text[start : start + last.end()]


def _weighed(segments: Sequence[Path]) -> _Weighed:
    """All terms, how rare each is, rows of unit length with the weights of each document's, where each first stands.

    A weight is (1 + log count) * log((n + 1) / (documents + .5)), as in Salton and Buckley 1988; a term that only one
    document has has none.
    """
    entries = np.concatenate([np.load(folder / _TERMS) for folder in segments])
    sizes = np.concatenate([np.diff(np.load(folder / _BOUNDS)) for folder in segments])
    owners = np.repeat(np.arange(len(sizes)), sizes)
    names, columns, spread = np.unique(entries["term"], return_inverse=True, return_counts=True)
    rarity = np.log((len(sizes) + 1) / (spread + 0.5))
    weights = (1 + np.log(entries["count"])) * rarity[columns]
    weights[spread[columns] < 2] = 0
    order = np.lexsort((columns, -weights, owners))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = np.sort(order[(rank < MOST_TERMS) & (weights[order] > 0)])
    kept = kept[np.lexsort((columns[kept], owners[kept]))]
    lengths = np.sqrt(np.bincount(owners[kept], weights[kept] ** 2, len(sizes)))
    data = (weights[kept] / lengths[owners[kept]]).astype(np.float32)
    bounds = np.searchsorted(owners[kept], np.arange(len(sizes) + 1))
    matrix = sparse.csr_matrix((data, columns[kept], bounds), shape=(len(sizes), len(names)))
    return names, rarity, matrix, entries["start"][kept]


def _labels(sets: Iterable[set[str]]) -> sparse.csr_matrix:
    """A row of unit length a set, a column a label: the rarer the heavier."""
    columns: dict[str, int] = {}
    cells = [[columns.setdefault(label, len(columns)) for label in sorted(labels)] for labels in sets]
    flat = np.array([cell for row in cells for cell in row], dtype=np.int64)
    shape, bounds = (len(cells), len(columns)), np.cumsum([0, *map(len, cells)])
    rows = sparse.csr_matrix((np.ones(len(flat), np.float32), flat, bounds), shape=shape)
    rarity = np.log((len(cells) + 1) / (np.bincount(rows.indices, minlength=rows.shape[1]) + 0.5))
    rows.data = np.asarray(rarity[rows.indices], dtype=np.float32)
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    return (sparse.diags(1 / np.maximum(lengths, 1e-9)) @ rows).astype(np.float32).tocsr()


def _links(documents: Sequence[Document]) -> sparse.csr_matrix:
    """One where either document links to the other."""
    places = {document.id: place for place, document in enumerate(documents)}
    linked = [{document_id(link.url) for link in document.links} for document in documents]
    pairs = [(place, places[id]) for place, ids in enumerate(linked) for id in sorted(ids) if id in places]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    size = (len(documents), len(documents))
    one_way = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=size)
    return one_way.maximum(one_way.T).tocsr()


def _held(folder: Path) -> Iterator[Document]:
    with closing(TextStore(folder / "texts.sqlite")) as store:
        yield from store.current()


def _vectors(folder: Path) -> Vectors:
    return DenseSegment(folder / "vectors.faiss").rows(np.arange(len(Columns.load(folder).keys)))


def _means(vectors: Vectors, owners: NDArray[np.int32], documents: int) -> Vectors:
    """The mean vector of each document's passages at unit length; zero where a document has none."""
    means = np.zeros((documents, vectors.shape[1]), dtype=np.float32)
    np.add.at(means, owners, vectors)
    return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9), dtype=np.float32)
