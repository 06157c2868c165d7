"""Larger collections to time things on: the real documents of a home, then documents recombined from them.

A passage of a recombined document is one half of a real passage before one half of another; its vector is the
direction between theirs. Such text is no one's, but its words, lengths and vectors are spread as real ones are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random

import numpy as np
from numpy.typing import NDArray

from eval.errors import EvalError
from index.catalog import Catalog
from index.embed import EncoderSpec, Read
from index.records import Vectors
from index.wording import width
from ingest.records import Audience, Document, Passage, Section
from ingest.sentences import split
from service.intake import portions

_BATCH = 256


@dataclass(frozen=True, slots=True)
class Piece:
    """A passage with its vector and what its parts have."""

    passage: Passage
    vector: Vectors
    parts: Read


Encoded = tuple[Document, list[Piece]]


def grow(source: Catalog, target: Catalog, encoder: EncoderSpec, passages: int) -> None:
    """Fill the empty ``target`` with ``passages`` passages, encoded already: what ``source`` has, then recombined.

    Raises EvalError where ``source`` has none.
    """
    real = [(document, pieces) for document, pieces in encoded(source, encoder) if pieces]
    if not real:
        raise EvalError("a home with publications", "one without", "Crawl a site or add a folder first.")
    for batch in portions(_first(_endless(real), passages), _BATCH):
        with target.write():
            for document, pieces in batch:
                target.put(document, [piece.passage for piece in pieces])
            flat = [piece for _, pieces in batch for piece in pieces]
            hashes = [one.text_hash for document, _ in batch for one in target.passages(document.id)]
            target.put_vectors(encoder.id, hashes, np.array([one.vector for one in flat]), [one.parts for one in flat])


def encoded(catalog: Catalog, encoder: EncoderSpec) -> Iterator[Encoded]:
    """Every public document with its passages. Raises EvalError where one has not been encoded."""
    for edition in catalog.editions(Audience.PUBLIC):
        stored = list(catalog.passages(edition.current.id))
        kept = catalog.vectors(encoder.id, (one.text_hash for one in stored))
        yield edition.current, [_piece(one.passage, two, encoder) for one, two in zip(stored, kept, strict=True)]


def _piece(passage: Passage, kept: tuple[bytes, bytes, bytes] | None, encoder: EncoderSpec) -> Piece:
    if kept is None:
        raise EvalError(f"passages encoded by {encoder.id}", "one that is not", "Run `muniment publish` first.")
    codes = np.frombuffer(kept[1], np.int8).reshape(-1, encoder.dimension).astype(np.float32)
    words = np.frombuffer(kept[2], np.uint8).reshape(-1, width(encoder.dimension))
    return Piece(passage, np.frombuffer(kept[0], np.float16).astype(np.float32), Read(codes, words))


def _first(endless: Iterator[Encoded], passages: int) -> Iterator[Encoded]:
    """The first documents that together have so many passages, the last one cut short."""
    while passages > 0:
        document, pieces = next(endless)
        yield document, pieces[:passages]
        passages -= len(pieces)


def _endless(real: Sequence[Encoded]) -> Iterator[Encoded]:
    yield from real
    rng = Random(len(real))
    pool = [piece for _, pieces in real for piece in pieces]
    for number in count(1):
        document, pieces = rng.choice(real)
        mixed = [_mixed(piece, rng.choice(pool)) for piece in pieces]
        yield _assembled(replace(document, url=f"{document.url}?again={number}", links=(), attachments=()), mixed)


def _mixed(one: Piece, other: Piece) -> Piece:
    (first, ahead), (second, behind) = _half(one, 0), _half(other, 1)
    between = one.vector + other.vector
    vector = between / max(float(np.linalg.norm(between)), 1e-9)
    text = f"{first} {second}"
    behind.words[:, 0] += len(ahead.sentences)
    sentences, words = np.concatenate([ahead.sentences, behind.sentences]), np.concatenate([ahead.words, behind.words])
    return Piece(Passage(0, len(text), text, one.passage.heading), vector, Read(sentences, words))


def _half(piece: Piece, half: int) -> tuple[str, Read]:
    spans = split(piece.passage.text)
    middle = (len(spans) + 1) // 2
    kept = slice(0, middle) if half == 0 else slice(middle, None)
    numbers = piece.parts.words[:, 0]
    words = piece.parts.words[numbers <= middle if half == 0 else numbers > middle]
    words[:, 0] -= half * middle
    text = " ".join(piece.passage.text[start:end] for start, end in spans[kept])
    return text, Read(piece.parts.sentences[kept], words)


def _assembled(document: Document, pieces: Sequence[Piece]) -> Encoded:
    starts: NDArray[np.int64] = np.cumsum([0, *(len(piece.passage.text) + 2 for piece in pieces)])
    placed = [
        replace(piece, passage=replace(piece.passage, start=int(at), end=int(at) + len(piece.passage.text)))
        for at, piece in zip(starts, pieces, strict=False)
    ]
    sections = tuple(Section(one.passage.start, one.passage.end, one.passage.heading) for one in placed)
    text = "\n\n".join(one.passage.text for one in placed)
    return replace(document, text=text, sections=sections), placed
