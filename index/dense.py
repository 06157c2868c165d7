"""The dense side: vectors in half precision, compared exactly, and codes of two bits a component that say which.

Codes are those of a fixed quantiser and depend on their vector alone. So does what is found, however passages are cut
into segments; filters apply before ranking, by an exact scan.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.engine import Ranked, with_ties
from index.records import Vectors

Rows = NDArray[np.int64]
Products = NDArray[np.float64]
# From so many passages on candidates are found by their codes. An exact scan of as many takes 1.6 ms.
CODED_FROM = 20_000
# So many times as many candidates as are asked for hold .994 of the best thousand; see docs/measurements.md.
CANDIDATES = 3
# What codes find is measured with so many of the vectors themselves, at equal distances: 20 ms each over 100,000.
SAMPLED, RECALLED = 4, (10, 1_000)
# The levels of two bits that lose least of a normal distribution (Max 1960): components of unit vectors are nearly so.
_LEVELS = np.array([-1.5104, -0.4528, 0.4528, 1.5104])
NOTHING = np.empty(0, np.int64), np.empty(0)
_VECTORS, _CODES = "vectors.faiss", "codes.npy"


def build(folder: Path, vectors: Vectors) -> None:
    """Write the vectors of a segment, float32, shape (n, dimension), and their codes into its folder."""
    index = _exact(vectors.shape[1])
    index.add(vectors)
    # FAISS's own writer does not report a full disk; writing the bytes ourselves does.
    (folder / _VECTORS).write_bytes(faiss.serialize_index(index).tobytes())
    np.save(folder / _CODES, _quantiser(vectors.shape[1]).sa_encode(vectors))


class DenseSegment:
    """The vectors of one segment, mapped from its folder."""

    def __init__(self, folder: Path) -> None:
        self._index = faiss.read_index(str(folder / _VECTORS), faiss.IO_FLAG_MMAP_IFC)
        self.codes = _bytes(self._index)

    def search(self, vector: Vectors, passing: NDArray[np.bool_] | None, limit: int) -> tuple[Rows, Products]:
        """Rows and inner products of the best ``limit`` of the rows that are ``passing`` (None: all), best first, and
        of a few more: all that are as good as the last of them.
        """
        parameters, available = None, self._index.ntotal
        if passing is not None:
            bits = np.packbits(passing, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(passing), faiss.swig_ptr(bits))
            parameters, available = faiss.SearchParameters(sel=selector), int(passing.sum())  # type: ignore[call-arg]
        if not available:
            return NOTHING
        return with_ties(lambda wanted: _best(self._index, vector, min(wanted, available), parameters), limit)

    def rows(self, rows: Sequence[int] | Rows) -> Vectors:
        """The vectors of ``rows``, float32."""
        return self.codes[rows].view(np.float16).astype(np.float32)


class DenseIndex:
    """The vectors of all segments, of which a row counts on from segment to segment."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._segments = list(map(DenseSegment, folders))
        self._firsts = np.cumsum([0, *(len(one.codes) for one in self._segments)])
        self._dimension = self._segments[0].codes.shape[1] // 2 if folders else 0
        self._codes = _joined(folders, self._firsts, self._dimension) if self._firsts[-1] >= CODED_FROM else None

    def search(self, vector: Vectors, passing: NDArray[np.bool_] | None, limit: int) -> tuple[Rows, Products]:
        """Rows and inner products of the best ``limit`` of the rows that are ``passing`` and a few more, in no order.

        Where all pass (None) a large index leaves a few of the last of them out: see ``CANDIDATES``.
        """
        if passing is None and self._codes and limit * CANDIDATES < self._codes.ntotal:
            found = self._candidates(vector, limit * CANDIDATES)
            if len(found) >= limit:
                return found, self.products(vector, found)
        return self.scan(vector, passing, limit)

    def scan(self, vector: Vectors, passing: NDArray[np.bool_] | None, limit: int) -> tuple[Rows, Products]:
        """As ``search``, by comparing with each of the rows: none is left out."""
        rows, products = [NOTHING[0]], [NOTHING[1]]
        for segment, (first, until) in zip(self._segments, pairwise(self._firsts), strict=True):
            found = segment.search(vector, None if passing is None else passing[first:until], limit)
            rows.append(found[0] + first)
            products.append(found[1])
        return np.concatenate(rows), np.concatenate(products)

    def recall(self, vectors: Iterable[Vectors], limits: Sequence[int]) -> dict[int, float]:
        """By limit: of the best so many by ``scan`` the share that ``search`` finds too, a mean over ``vectors``."""
        shares, most = [], max(limits)
        for vector in vectors:
            found, exact = (Ranked.of(*find(vector, None, most), most).keys for find in (self.search, self.scan))
            shares.append([np.isin(exact[:limit], found[:limit]).mean() for limit in limits])
        return dict(zip(limits, np.mean(shares, axis=0).tolist(), strict=True))

    def own_recall(self) -> dict[int, float] | None:
        """``recall`` of some of the vectors themselves; None where no codes are used, and all is found."""
        if self._codes is None:
            return None
        sample = self._gathered(np.linspace(0, self._firsts[-1] - 1, SAMPLED, dtype=np.int64))
        return self.recall(_bytes(sample).view(np.float16).astype(np.float32), RECALLED)

    def products(self, vector: Vectors, rows: Rows) -> Products:
        """The inner product of ``vector`` with each of ``rows``, the same whatever rows are asked for beside it."""
        order = np.argsort(rows)
        found, products = _best(self._gathered(rows[order]), vector, len(rows)) if len(rows) else NOTHING
        out = np.empty_like(products)
        out[order[found]] = products
        return out

    def _gathered(self, rows: Rows) -> Any:
        """An index of these rows alone, which are in order."""
        index = _sized(_exact(self._dimension), len(rows))
        held, bounds = _bytes(index), np.searchsorted(rows, self._firsts)
        for number, (start, end) in enumerate(pairwise(bounds)):
            wanted = rows[start:end] - self._firsts[number]
            # In any mode but its own numpy writes where it is told to. All rows are there.
            np.take(self._segments[number].codes, wanted, axis=0, out=held[start:end], mode="clip")
        return index

    def _candidates(self, vector: Vectors, wanted: int) -> Rows:
        """The rows whose codes are nearest, fewer than ``wanted``: of those as near as the last all are left out."""
        rows, guessed = _best(self._codes, vector, wanted)
        return np.asarray(rows[guessed > guessed[-1]])


def _best(index: Any, vector: Vectors, limit: int, parameters: Any = None) -> tuple[Rows, Products]:
    """Rows and inner products, best first. A product is that of the two vectors alone, in single precision, which is
    good for six digits.
    """
    # Threads that wait for one another cost more than they bring. This holds for the calling thread alone.
    faiss.omp_set_num_threads(1)
    products, rows = index.search(vector[None, :], limit, params=parameters)
    return rows[0], np.round(products[0].astype(np.float64), 6)


def _exact(dimension: int) -> Any:
    index: Any = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.is_trained = True
    return index


def _quantiser(dimension: int) -> Any:
    """A product quantiser that is none: each pair of components has the same levels, so that nothing is learned."""
    pairs = dimension // 2
    index: Any = faiss.IndexPQ(dimension, pairs, 4, faiss.METRIC_INNER_PRODUCT)
    levels = np.stack(np.meshgrid(_LEVELS, _LEVELS), axis=-1) / np.sqrt(dimension)
    faiss.copy_array_to_vector(np.tile(levels.ravel(), pairs).astype(np.float32), index.pq.centroids)
    index.is_trained = True
    return index


def _joined(folders: Sequence[Path], firsts: Rows, dimension: int) -> Any:
    """The codes of all segments, whose rows begin at ``firsts``, as one index."""
    index = _sized(_quantiser(dimension), firsts[-1])
    held = _bytes(index)
    for folder, (first, until) in zip(folders, pairwise(firsts), strict=True):
        held[first:until] = np.load(folder / _CODES)
    return faiss.IndexPQFastScan(index)


def _sized(index: Any, rows: int) -> Any:
    """The same with room for so many rows, still to be written."""
    index.codes.resize(int(rows) * index.code_size)
    index.ntotal = int(rows)
    return index


def _bytes(index: Any) -> NDArray[np.uint8]:
    """The vectors where the index has them, nothing copied: a row of bytes each, for they lie at any address."""
    shape = (index.ntotal, index.code_size)
    if not index.ntotal:
        return np.empty(shape, np.uint8)
    return np.asarray(faiss.rev_swig_ptr(index.codes.data(), index.ntotal * index.code_size)).reshape(shape)
