"""One sealed segment: written from the catalog, or put together from rows of segments that are finished.

What a segment holds of a document is its own, never told by the others beside it: only so can rows be moved.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from index import (
    coded,
    dense,
    lexical,
    likeness,
    neighbours,
    ragged,
    recommend,
    sentences,
    succession,
    texts,
    vocabulary,
    wording,
    works,
)
from index.analysis import analyse
from index.catalog import Catalog, Edition, StoredPassage
from index.columns import Columns, join, make_columns
from index.embed import EncoderSpec, embedded_text
from index.errors import IndexFault
from index.files import pack, unpack
from index.records import Vectors
from ingest.records import Document

_TEXTS, _VECTORS, _LEXICAL = "texts.sqlite", "vectors.faiss", "lexical"
_LEARNED = "learned.json.z"
_CODED = (sentences.FILE, wording.FILE)
_RAGGED = {
    likeness.TERMS: likeness.TERM,
    likeness.LABELS: np.dtype("<u4"),
    neighbours.LINKS: neighbours.LINK,
    works.TRACES: np.dtype("u1"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """Rows of documents that stand in a row in the segment at ``folder``."""

    folder: Path
    documents: range


class Learned(msgspec.Struct, array_like=True, frozen=True):
    """What was told of a document's text and is not told again: the analysed words of its passages, and more."""

    words: list[str]
    vocabulary: vocabulary.Vocabulary
    succession: succession.Pairs


def write(folder: Path, editions: Sequence[Edition], catalog: Catalog, encoder: EncoderSpec) -> None:
    """Write everything but the lexical index of ``editions`` into ``folder``."""
    documents = [edition.current for edition in editions]
    stored = [list(catalog.passages(document.id)) for document in documents]
    shelves = (
        texts.Shelf(edition.current, edition.versions, tuple(one.passage for one in passages))
        for edition, passages in zip(editions, stored, strict=True)
    )
    texts.build(folder / _TEXTS, shelves)
    flat = [(row, one) for row, passages in enumerate(stored) for one in passages]
    columns = make_columns(documents, [one.key for _, one in flat], [row for row, _ in flat])
    columns.save(folder)
    learned = [
        Learned([_words(one, each) for each in its], vocabulary.learn(one), list(succession.told(one)))
        for one, its in zip(documents, stored, strict=True)
    ]
    _keep(folder, learned)
    vectors, held, words = _vectors(catalog, encoder, [one for _, one in flat])
    dense.build(folder / _VECTORS, vectors)
    coded.build(folder, sentences.FILE, held)
    coded.build(folder, wording.FILE, words)
    terms = [likeness.terms(document) for document in documents]
    passages = [columns.passages_of(range(row, row + 1)) for row in range(len(documents))]
    sketches = [neighbours.sketch(vectors[own.start : own.stop], its) for own, its in zip(passages, terms, strict=True)]
    neighbours.save(folder, documents, sketches)
    parts: dict[str, list[Any]] = {
        likeness.TERMS: terms,
        likeness.LABELS: list(map(likeness.labels, documents)),
        neighbours.LINKS: list(map(neighbours.links, documents)),
        works.TRACES: list(map(works.packed, documents)),
    }
    for name, rows in parts.items():
        ragged.save(folder, name, rows, _RAGGED[name])
    np.save(folder / recommend.EDITIONS, np.array([mark(edition.digest) for edition in editions]))


def merge(folder: Path, runs: Sequence[Run]) -> None:
    """Write everything but the lexical index of the documents of ``runs`` into ``folder``."""
    columns = [Columns.load(run.folder) for run in runs]
    passages = [one.passages_of(run.documents) for one, run in zip(columns, runs, strict=True)]
    whole = list(zip(runs, passages, strict=True))
    join([one.cut(run.documents) for one, run in zip(columns, runs, strict=True)]).save(folder)
    texts.merge(folder / _TEXTS, ((run.folder / _TEXTS, run.documents, rows) for run, rows in whole))
    learned = (unpack(run.folder / _LEARNED, list[Learned])[run.documents.start : run.documents.stop] for run in runs)
    _keep(folder, [one for some in learned for one in some])
    vectors = [dense.DenseSegment(run.folder / _VECTORS).rows(np.arange(rows.start, rows.stop)) for run, rows in whole]
    dense.build(folder / _VECTORS, np.concatenate(vectors))
    for name in _CODED:
        held = (coded.Coded([run.folder], name).held(rows) for run, rows in whole)
        coded.build(folder, name, [one for some in held for one in some])
    neighbours.merge(folder, [(run.folder, run.documents) for run in runs])
    for name, dtype in _RAGGED.items():
        rows = (ragged.Ragged(run.folder, name).rows(run.documents) for run in runs)
        ragged.save(folder, name, [one for some in rows for one in some], dtype)
    editions = (np.load(run.folder / recommend.EDITIONS)[run.documents.start : run.documents.stop] for run in runs)
    np.save(folder / recommend.EDITIONS, np.concatenate(list(editions)))


def mark(digest: str) -> int:
    """A digest as the number by which a segment tells whether it has a document as it is."""
    return int(digest[:15], 16)


def seal(folder: Path) -> None:
    """Write the lexical index of a segment that has everything else."""
    columns = Columns.load(folder)
    words = [said for one in unpack(folder / _LEARNED, list[Learned]) for said in one.words]
    (folder / _LEXICAL).mkdir()
    with _disk_errors():
        lexical.build(folder / _LEXICAL, _lexical_rows(columns, words))


def _keep(folder: Path, learned: Sequence[Learned]) -> None:
    pack(folder / _LEARNED, learned)
    vocabulary.save(folder, [one.vocabulary for one in learned])
    succession.save(folder, (one.succession for one in learned))


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Tantivy tells of a disk that fails as of a wrong value: here it is an OSError like any other."""
    try:
        yield
    except ValueError as error:
        if not (told := re.search(r"\(os error (\d+)\)", str(error))):
            raise
        raise OSError(int(told[1]), str(error)) from error


def _words(document: Document, one: StoredPassage) -> str:
    return analyse(embedded_text(document.title, one.passage.heading, one.passage.text), document.lang)


def _vectors(
    catalog: Catalog, encoder: EncoderSpec, passages: Sequence[StoredPassage]
) -> tuple[Vectors, list[sentences.Codes], list[wording.Codes]]:
    """The vector of each passage, the codes of its sentences and those of its words."""
    vectors = np.empty((len(passages), encoder.dimension), dtype=np.float32)
    held: list[sentences.Codes] = []
    words: list[wording.Codes] = []
    for row, stored in enumerate(catalog.vectors(encoder.id, (one.text_hash for one in passages))):
        if stored is None:
            raise IndexFault("a vector for every passage", "a passage not encoded", "Run `muniment publish` again.")
        vectors[row] = np.frombuffer(stored[0], dtype=np.float16)
        held.append(np.frombuffer(stored[1], dtype=np.int8).reshape(-1, encoder.dimension))
        words.append(np.frombuffer(stored[2], dtype=np.uint8).reshape(-1, wording.width(encoder.dimension)))
    return vectors, held, words


def _lexical_rows(columns: Columns, words: Sequence[str]) -> Iterator[lexical.LexicalRow]:
    filed = [tuple(row.tolist()) for row in np.split(columns.label_ids, columns.label_bounds[1:-1])]
    ids, days = columns.ids.tolist(), columns.days.tolist()
    for key, owner, said in zip(columns.keys.tolist(), columns.owners.tolist(), words, strict=True):
        day_from, day_until = days[owner]
        yield lexical.LexicalRow(key, said, day_from, day_until, ids[owner], filed[owner])
