"""How alike two documents are: their words and neighbouring words, what their passages mean, and what surrounds them.

A segment keeps the terms of its documents; how rare each is and how alike two documents are is worked out over the
finished segments of a generation, in the order of its documents.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy import sparse  # type: ignore[import-untyped]

from index.analysis import STOPWORDS, term, tokens
from index.columns import UNDATED_FROM, Columns, join
from index.dense import DenseSegment
from index.embed import Vectors
from ingest.records import Document, Kind, document_id

# Beyond these a document's terms weigh next to nothing.
MOST_TERMS = 256
# In days: about the distance between two updates of a committee.
NEARNESS_DAYS = 90
# News is read with the news of its day; guidance stands until it is replaced.
FADING = frozenset({Kind.UPDATE, Kind.ARTICLE, Kind.PRESS, Kind.EVENT, Kind.MINUTES})
PHRASE_WORDS, PHRASE_CHARACTERS = 4, 100
_ENTRY = np.dtype([("term", "<u4"), ("start", "<u4"), ("count", "<u2")])
_TERMS, _BOUNDS = "terms.npy", "term_bounds.npy"
_STOP = frozenset(map(term, STOPWORDS))
_BODY = re.compile(r"\b(?:[A-Z][\w'’-]+ (?:(?:and|of|for|on|the) )*)+(?:Committee|Board|Council|Forum|Panel|Group)\b")
Scores = NDArray[np.float32]


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
    """The evidence over all documents of a generation; ``documents`` in its order."""

    def __init__(self, segments: Sequence[Path], documents: Sequence[Document], weights: Weights) -> None:
        self._documents, self._weights = documents, weights
        self._texts = [_said(document) for document in documents]
        columns = join([Columns.load(folder) for folder in segments])
        self._vectors = np.concatenate([_vectors(folder) for folder in segments])
        self._first = np.searchsorted(columns.owners, np.arange(len(documents) + 1))
        self.means = _means(self._vectors, columns.owners, len(documents))
        self._names, self._terms, self._starts = _weighed(segments)
        self._bodies = [_bodies(document) for document in documents]
        self._labels = _labels(set(one.tags) | its for one, its in zip(documents, self._bodies, strict=True))
        self._links = _links(documents)
        self._days = columns.days[:, 0].astype(np.float64)
        self._days[self._days == UNDATED_FROM] = np.nan
        self._fading = np.array([document.kind in FADING for document in documents])

    def block(self, first: int, until: int) -> tuple[Scores, Scores]:
        """For documents ``first`` to ``until``, shape (until - first, documents): content, and what surrounds it.

        Content is words and the meaning of the mean passage here: near enough to choose candidates by.
        """
        content = (self._terms[first:until] @ self._terms.T).toarray()
        content += self._weights.meaning * np.maximum(self.means[first:until] @ self.means.T, 0)
        beside = self._weights.links * self._links[first:until].toarray()
        beside += self._weights.labels * (self._labels[first:until] @ self._labels.T).toarray()
        apart = np.abs(self._days[first:until, None] - self._days)
        near = np.nan_to_num(np.exp(-apart / NEARNESS_DAYS)) * self._fading
        return content, np.asarray(beside + self._weights.nearness * near, dtype=np.float32)

    def content(self, me: int, others: NDArray[np.int64]) -> Scores:
        """What words count, and the meaning of the nearest two passages; below a cosine of zero nothing."""
        words = (self._terms[others] @ self._terms[[me]].T).toarray()[:, 0]
        mine = self._passages(me).T
        best = [(self._passages(other) @ mine).max(initial=0.0) for other in others.tolist()]
        return np.asarray(words + self._weights.meaning * np.array(best, dtype=np.float32))

    def reason(self, me: int, other: int) -> str:
        """One line from what the two share, in the words of the first."""
        mine, its = self._documents[me], self._documents[other]
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
        if not len(columns):
            return ""
        names = self._names[columns]
        weight = self._terms.data[mine][here] * self._terms.data[its][there]
        best = np.lexsort((-weight, names % 2 == 0))[0]
        return _phrase(self._texts[me], int(self._starts[mine][here[best]]), set(names.tolist()))

    def _passages(self, document: int) -> Vectors:
        return self._vectors[self._first[document] : self._first[document + 1]]


def _said(document: Document) -> str:
    return f"{document.title}\n{document.text}"


@lru_cache(maxsize=500_000)
def _name(*words: str) -> int:
    """A term as a number: odd for neighbours, even for a word alone."""
    return crc32(" ".join(words).encode()) & ~1 | (len(words) > 1)


def _neighbours(text: str, before: int, start: int) -> bool:
    return text[before:start] in (" ", "-")


def _entries(document: Document) -> NDArray[np.void]:
    """Every word that says something and every two side by side: where it first stands, how often it does.

    A place in the midst of a sentence is rather kept than one at its beginning.
    """
    text = _said(document)
    found: dict[int, list[int]] = {}
    before, begun, ended = "", 0, 0
    for word, start, end in tokens(text):
        if word in _STOP:
            before = ""
            continue
        _note(found, text, _name(word), start)
        if before and _neighbours(text, ended, start):
            _note(found, text, _name(before, word), begun)
        before, begun, ended = word, start, end
    return np.array([(name, *held) for name, held in found.items()], dtype=_ENTRY)


def _note(found: dict[int, list[int]], text: str, name: int, start: int) -> None:
    held = found.setdefault(name, [start, 0])
    held[1] = min(held[1] + 1, np.iinfo(np.uint16).max)
    if text[held[0]].isupper() and text[start].islower():
        held[0] = start


def _phrase(text: str, start: int, shared: set[int]) -> str:
    """The words at ``start`` for as long as each stands beside the one before it in both documents."""
    words = tokens(text[start : start + PHRASE_CHARACTERS])
    last, _, end = next(words)
    for word, _, ends in islice(words, PHRASE_WORDS - 1):
        if _name(last, word) not in shared:
            break
        last, end = word, ends
    return text[start : start + end]


def _weighed(segments: Sequence[Path]) -> tuple[NDArray[np.uint32], sparse.csr_matrix, NDArray[np.uint32]]:
    """The terms that more than one document has, their weights as rows of unit length, and where each first stands.

    A weight is (1 + log count) * log((n + 1) / (documents + .5)), as in Salton and Buckley 1988.
    """
    entries = np.concatenate([np.load(folder / _TERMS) for folder in segments])
    sizes = np.concatenate([np.diff(np.load(folder / _BOUNDS)) for folder in segments])
    owners = np.repeat(np.arange(len(sizes)), sizes)
    names, columns, spread = np.unique(entries["term"], return_inverse=True, return_counts=True)
    weights = (1 + np.log(entries["count"])) * np.log((len(sizes) + 1) / (spread + 0.5))[columns]
    weights[spread[columns] < 2] = 0
    order = np.lexsort((columns, -weights, owners))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = np.sort(order[(rank < MOST_TERMS) & (weights[order] > 0)])
    kept = kept[np.lexsort((columns[kept], owners[kept]))]
    lengths = np.sqrt(np.bincount(owners[kept], weights[kept] ** 2, len(sizes)))
    data = (weights[kept] / lengths[owners[kept]]).astype(np.float32)
    bounds = np.searchsorted(owners[kept], np.arange(len(sizes) + 1))
    matrix = sparse.csr_matrix((data, columns[kept], bounds), shape=(len(sizes), len(names)))
    return names, matrix, entries["start"][kept]


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


def _vectors(folder: Path) -> Vectors:
    return DenseSegment(folder / "vectors.faiss").rows(np.arange(len(Columns.load(folder).keys)))


def _means(vectors: Vectors, owners: NDArray[np.int32], documents: int) -> Vectors:
    """The mean vector of each document's passages at unit length; zero where a document has none."""
    means = np.zeros((documents, vectors.shape[1]), dtype=np.float32)
    np.add.at(means, owners, vectors)
    return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9), dtype=np.float32)
