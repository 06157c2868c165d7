"""One sealed segment: written from the entries of its documents, which are made from the catalog or taken over.

What a segment holds of a document is its own, never told by the others beside it: only so can an entry be taken over.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from index import dense, lexical, likeness, neighbours, proximity, sentences, succession, texts, vocabulary, wording
from index.analysis import analyse
from index.catalog import Catalog, Edition, StoredPassage
from index.columns import Columns, make_columns
from index.embed import EncoderSpec, embedded_text
from index.errors import IndexFault
from index.files import pack, unpack
from index.ragged import Ragged, save
from index.recommend import EDITIONS
from index.records import Vectors
from index.works import TRACES, trace

_LEARNED = "learned.json.z"


class Learned(msgspec.Struct, array_like=True, frozen=True):
    """What was told of a document's text and is not told again: the analysed words of its passages, and more."""

    words: list[str]
    vocabulary: vocabulary.Vocabulary
    succession: succession.Pairs


@dataclass(frozen=True, slots=True)
class Entry:
    """A document as a segment takes it: its texts, and what they were turned into. A ``mark`` tells its state."""

    mark: int
    shelf: texts.Shelf
    keys: Sequence[int]
    learned: Learned
    vectors: Vectors
    sentences: list[sentences.Codes]
    words: list[wording.Codes]
    order: list[proximity.Codes]
    terms: NDArray[np.void]
    trace: NDArray[np.uint8]
    sketch: NDArray[np.int8]


def make(editions: Sequence[Edition], catalog: Catalog, encoder: EncoderSpec) -> Iterator[Entry]:
    """The entries of documents that are new or changed. Raises IndexFault where a passage has no vector."""
    for edition in editions:
        document, passages = edition.current, list(catalog.passages(edition.current.id))
        said = [analyse(embedded_text(document.title, one.passage), document.lang) for one in passages]
        vectors, codes, words = _encoded(catalog, encoder, passages)
        terms = likeness.terms(document)
        yield Entry(
            mark=mark(edition.digest),
            shelf=texts.Shelf(document, edition.versions, tuple(one.passage for one in passages)),
            keys=[one.key for one in passages],
            learned=Learned(said, vocabulary.learn(document), list(succession.told(document))),
            vectors=vectors,
            sentences=codes,
            words=words,
            order=[proximity.codes(each.split()) for each in said],
            terms=terms,
            trace=np.frombuffer(msgspec.json.encode(trace(document)), np.uint8),
            sketch=neighbours.sketch(vectors, terms),
        )


def read(folder: Path) -> list[Entry]:
    """The entries of which the segment in ``folder`` was written."""
    columns = Columns.load(folder)
    bounds = np.searchsorted(columns.owners, np.arange(len(columns.ids) + 1)).tolist()
    passages = [slice(first, until) for first, until in pairwise(bounds)]
    keys, vectors = columns.keys.tolist(), dense.DenseSegment(folder).rows(range(bounds[-1]))
    names = (sentences.FILE, wording.FILE, proximity.FILE, likeness.TERMS, TRACES)
    sentence_codes, word_codes, orders, terms, traces = (Ragged([folder], name) for name in names)
    marks, sketches = np.load(folder / EDITIONS).tolist(), np.load(folder / neighbours.SKETCHES)
    told = zip(texts.shelves(folder, passages), unpack(folder / _LEARNED, list[Learned]), passages, strict=True)
    return [
        Entry(
            mark=marks[row],
            shelf=shelf,
            keys=keys[its],
            learned=learned,
            vectors=vectors[its],
            sentences=[sentence_codes[place] for place in range(its.start, its.stop)],
            words=[word_codes[place] for place in range(its.start, its.stop)],
            order=[orders[place] for place in range(its.start, its.stop)],
            terms=terms[row],
            trace=traces[row],
            sketch=sketches[row],
        )
        for row, (shelf, learned, its) in enumerate(told)
    ]


def write(folder: Path, entries: Sequence[Entry]) -> None:
    """Write a segment of ``entries`` into the empty ``folder``."""
    documents = [entry.shelf.current for entry in entries]
    owners = [row for row, entry in enumerate(entries) for _ in entry.keys]
    columns = make_columns(documents, [key for entry in entries for key in entry.keys], owners)
    columns.save(folder)
    texts.build(folder, [entry.shelf for entry in entries])
    learned = [entry.learned for entry in entries]
    pack(folder / _LEARNED, learned)
    vocabulary.save(folder, [one.vocabulary for one in learned])
    succession.save(folder, [one.succession for one in learned])
    dense.build(folder, np.concatenate([entry.vectors for entry in entries]))
    save(folder, sentences.FILE, [each for entry in entries for each in entry.sentences])
    save(folder, wording.FILE, [each for entry in entries for each in entry.words])
    save(folder, proximity.FILE, [each for entry in entries for each in entry.order])
    save(folder, likeness.TERMS, [entry.terms for entry in entries])
    save(folder, likeness.LABELS, list(map(likeness.labels, documents)))
    save(folder, neighbours.LINKS, list(map(neighbours.links, documents)))
    save(folder, TRACES, [entry.trace for entry in entries])
    np.save(folder / neighbours.SKETCHES, np.array([entry.sketch for entry in entries]))
    np.save(folder / neighbours.FACTS, neighbours.facts(documents))
    np.save(folder / EDITIONS, np.array([entry.mark for entry in entries]))
    try:
        lexical.build(folder / "lexical", columns, [said for one in learned for said in one.words])
    except ValueError as error:
        # Tantivy tells of a disk that fails as of a wrong value: here it is an OSError like any other.
        if not (told := re.search(r"\(os error (\d+)\)", str(error))):
            raise
        raise OSError(int(told[1]), str(error)) from error


def mark(digest: str) -> int:
    """A digest as the number by which a segment tells whether it has a document as it is."""
    return int(digest[:15], 16)


def _encoded(
    catalog: Catalog, encoder: EncoderSpec, passages: Sequence[StoredPassage]
) -> tuple[Vectors, list[sentences.Codes], list[wording.Codes]]:
    """The vector of each passage, the codes of its sentences and those of its words."""
    kept = [one for one in catalog.vectors(encoder.id, (one.text_hash for one in passages)) if one]
    if len(kept) < len(passages):
        raise IndexFault("a vector for every passage", "a passage not encoded", "Run `muniment publish` again.")
    vectors = np.array([np.frombuffer(its, np.float16) for its, _, _ in kept], np.float32)
    codes = [np.frombuffer(its, np.int8).reshape(-1, encoder.dimension) for _, its, _ in kept]
    words = [np.frombuffer(its, np.uint8).reshape(-1, wording.width(encoder.dimension)) for _, _, its in kept]
    return vectors.reshape(-1, encoder.dimension), codes, words
