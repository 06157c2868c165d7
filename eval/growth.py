"""Larger collections to time things on: the real documents of a home, then documents recombined from them.

A passage of a recombined document is one half of a real passage before one half of another; its vector is the
direction between theirs. Such text is no one's, but its words, lengths and vectors are spread as real ones are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from index.catalog import Catalog
from index.embed import Vectors, embedded_text, text_hash
from ingest.records import Audience, Document, Passage, Section
from ingest.sentences import split

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage with its vector and those of its sentences, shape (sentences, dimension)."""

    passage: Passage
    vector: Vectors
    sentences: Vectors


Grown = tuple[Document, list[Piece]]


def grow(source: Catalog, target: Catalog, encoder: str, dimension: int, passages: int) -> None:
    """Fill the empty ``target`` with ``passages`` passages, encoded already: what ``source`` has, then recombined."""
    real = list(_held(source, encoder, dimension))
    for batch in _batches(_endless(real), passages):
        with target.write():
            for document, pieces in batch:
                target.put(document, [piece.passage for piece in pieces])
            flat = [(_hash(document, piece), piece) for document, pieces in batch for piece in pieces]
            vectors = np.array([piece.vector for _, piece in flat])
            target.put_vectors(encoder, [hash for hash, _ in flat], vectors, [piece.sentences for _, piece in flat])


def _hash(document: Document, piece: Piece) -> str:
    return text_hash(embedded_text(document.title, piece.passage.heading, piece.passage.text))


def _batches(endless: Iterator[Grown], passages: int) -> Iterator[list[Grown]]:
    batch: list[Grown] = []
    while passages > 0:
        document, pieces = next(endless)
        batch.append((document, pieces[:passages]))
        passages -= len(pieces)
        if len(batch) == _BATCH or passages <= 0:
            yield batch
            batch = []


def _held(source: Catalog, encoder: str, dimension: int) -> Iterator[Grown]:
    for edition in source.editions(Audience.PUBLIC):
        stored = list(source.passages(edition.current.id))
        pieces = []
        for one, kept in zip(stored, source.vectors(encoder, (one.text_hash for one in stored)), strict=True):
            if kept:
                codes = np.frombuffer(kept[1], np.int8).reshape(-1, dimension).astype(np.float32)
                pieces.append(Piece(one.passage, np.frombuffer(kept[0], np.float16).astype(np.float32), codes))
        if pieces:
            yield edition.current, pieces


def _endless(real: Sequence[Grown]) -> Iterator[Grown]:
    yield from real
    rng = Random(len(real))
    pool = [piece for _, pieces in real for piece in pieces]
    number = 0
    while True:
        number += 1
        document, pieces = rng.choice(real)
        mixed = [_mixed(piece, rng.choice(pool)) for piece in pieces]
        yield _assembled(replace(document, url=f"{document.url}?again={number}", links=(), attachments=()), mixed)


def _mixed(one: Piece, other: Piece) -> Piece:
    (first, ahead), (second, behind) = _half(one, 0), _half(other, 1)
    between = one.vector + other.vector
    vector = between / max(float(np.linalg.norm(between)), 1e-9)
    text = f"{first} {second}"
    return Piece(Passage(0, len(text), text, one.passage.heading), vector, np.concatenate([ahead, behind]))


def _half(piece: Piece, half: int) -> tuple[str, Vectors]:
    spans = split(piece.passage.text)
    middle = (len(spans) + 1) // 2
    kept = slice(0, middle) if half == 0 else slice(middle, None)
    text = " ".join(piece.passage.text[start:end] for start, end in spans[kept])
    return text, piece.sentences[kept]


def _assembled(document: Document, pieces: Sequence[Piece]) -> Grown:
    starts: NDArray[np.int64] = np.cumsum([0, *(len(piece.passage.text) + 2 for piece in pieces)])
    placed = [
        replace(piece, passage=replace(piece.passage, start=int(at), end=int(at) + len(piece.passage.text)))
        for at, piece in zip(starts, pieces, strict=False)
    ]
    sections = tuple(Section(one.passage.start, one.passage.end, one.passage.heading) for one in placed)
    text = "\n\n".join(one.passage.text for one in placed)
    return replace(document, text=text, sections=sections), placed
