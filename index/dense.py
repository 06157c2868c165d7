"""The dense side of a segment: half-precision codes in FAISS, searched exactly, filtered before ranking."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embed import Vectors


def build(path: Path, vectors: Vectors) -> None:
    """Write an index of the rows of ``vectors``, float32, shape (n, dimension)."""
    index = faiss.IndexScalarQuantizer(vectors.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors)
    index.add(vectors)
    # FAISS's own writer does not report a full disk; writing the bytes ourselves does.
    path.write_bytes(faiss.serialize_index(index).tobytes())


class DenseSegment:
    """The vectors of one segment, mapped from its file."""

    def __init__(self, path: Path) -> None:
        self._index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        self._codes = _codes(self._index)

    def search(
        self, vector: Vectors, passing: NDArray[np.bool_] | None, limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Rows and inner products of the best ``limit`` of the rows that are ``passing`` (None: all)."""
        parameters, available = None, self._index.ntotal
        if passing is not None:
            bits = np.packbits(passing, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(passing), faiss.swig_ptr(bits))
            parameters, available = _selecting(selector), int(passing.sum())
        if not available:
            return np.empty(0, np.int64), np.empty(0)
        # Threads that wait for one another cost more than they bring. This holds for the calling thread alone.
        faiss.omp_set_num_threads(1)
        scores, rows = self._index.search(vector[None, :], min(limit, available), params=parameters)
        return rows[0], scores[0].astype(np.float64)

    def similarities(self, vector: Vectors, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The inner product of ``vector`` with each of ``rows``, the same whatever rows are asked for beside it."""
        # A product of matrices would sum in an order that depends on how many rows there are. Single precision is good
        # for six digits.
        products = np.einsum("ij,j->i", self.rows(rows), vector)
        return np.asarray(np.round(products, 6), dtype=np.float64)

    def rows(self, rows: Sequence[int] | NDArray[np.int64]) -> Vectors:
        """The vectors of ``rows``, float32."""
        return self._codes[rows].astype(np.float32)


def _codes(index: Any) -> NDArray[np.float16]:
    """The vectors where the index has them, nothing copied."""
    shape = (index.ntotal, index.d)
    if not index.ntotal:
        return np.empty(shape, np.float16)
    raw = faiss.rev_swig_ptr(index.codes.data(), index.ntotal * index.code_size)
    return np.asarray(raw).view(np.float16).reshape(shape)


def _selecting(selector: Any) -> Any:
    parameters: Any = faiss.SearchParameters()
    parameters.sel = selector
    return parameters
