"""The lexical side of a generation: a Tantivy index sealed per segment, searched as one.

A segment's files never change. The index of a generation is their hard links and a composed ``meta.json``,
so Tantivy itself sums the collection statistics over segments: scores do not depend on how passages are cut
into segments, and nothing deleted lingers in them.
"""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from index.analysis import Phrase
from index.columns import Columns, Predicate
from index.engine import NOTHING, Ranked

HEAP_BYTES = 64_000_000
# Words of the question that follow each other in a passage, with at most ``PAIR_GAP`` words between, count for more.
# Chosen on developer parts: see the ablation in docs/measurements.md.
PAIR_WEIGHT = 0.3
PAIR_GAP = 1
# As many more are asked for, so that equal scores at the cut seldom need a second look.
TIES = 32
_META = "meta.json"


def build(folder: Path, columns: Columns, words: Sequence[str]) -> None:
    """Write a sealed index of the passages of a segment into ``folder``, which is made.

    ``words`` are the analysed words of each passage after its document's title and its heading, as they are embedded.
    """
    folder.mkdir()
    schema = _schema()
    index = tantivy.Index(schema, path=str(folder))
    writer = index.writer(heap_size=HEAP_BYTES, num_threads=1)
    filed = [row.tolist() for row in np.split(columns.label_ids, columns.label_bounds[1:-1])]
    about = list(zip(columns.ids.tolist(), columns.days.tolist(), filed, strict=True))
    for key, owner, said in zip(columns.keys.tolist(), columns.owners.tolist(), words, strict=True):
        document, (first, until), labels = about[owner]
        row = {"words": said, "key": key, "day_from": first, "day_until": until, "document": document, "label": labels}
        writer.add_document(tantivy.Document.from_dict(row, schema))
    writer.commit()
    writer.wait_merging_threads()
    for name in (".managed.json", ".tantivy-meta.lock", ".tantivy-writer.lock"):
        with suppress(FileNotFoundError):
            (folder / name).unlink()


def compose(segments: Sequence[Path], folder: Path) -> None:
    """Make ``folder`` the index over all ``segments``: hard links and one meta.json naming them all."""
    metas = [json.loads((segment / _META).read_bytes()) for segment in segments]
    for segment in segments:
        for file in segment.iterdir():
            if file.name != _META:
                os.link(file, folder / file.name)
    meta = metas[0] | {"segments": [part for meta in metas for part in meta["segments"]]}
    (folder / _META).write_text(json.dumps(meta))


class LexicalIndex:
    """A composed index, open for reading."""

    def __init__(self, folder: Path, pairs: bool = True) -> None:
        self._schema, self._pairs = _schema(), pairs
        self._searcher = tantivy.Index.open(str(folder)).searcher()

    def search(self, terms: Sequence[str], predicate: Predicate, limit: int) -> Ranked:
        """The best ``limit`` passages by BM25. Ties at the cut are settled by key, not by where Tantivy stopped."""
        if not terms or not self._searcher.num_docs:
            return NOTHING
        query, wanted = self._query(terms, predicate), limit + TIES
        while True:
            hits = self._searcher.search(query, limit=wanted, count=False).hits
            scores = np.array([score for score, _ in hits], dtype=np.float64)
            if len(hits) < wanted or scores[-1] < scores[limit - 1]:
                break
            wanted *= 2
        keys = np.array(self._searcher.fast_field_values("key", [address for _, address in hits]), dtype=np.int64)
        return Ranked.of(keys, scores, limit)

    def frequencies(self, terms: Sequence[str]) -> list[int]:
        """In how many passages each of ``terms`` stands, title and heading counted."""
        return [self._searcher.doc_freq("words", term) for term in terms]

    def holding(self, phrase: Phrase) -> NDArray[np.int64]:
        """The keys of the passages that hold ``phrase``."""
        hits = self._searcher.search(self._phrase(phrase), limit=max(self._searcher.num_docs, 1), count=False).hits
        return np.array(self._searcher.fast_field_values("key", [address for _, address in hits]), dtype=np.int64)

    def _query(self, terms: Sequence[str], predicate: Predicate) -> tantivy.Query:
        query = tantivy.Query
        should = [(tantivy.Occur.Should, query.term_query(self._schema, "words", term)) for term in terms]
        should += [
            (tantivy.Occur.Should, query.boost_query(self._pair(first, second), PAIR_WEIGHT))
            for first, second in (pairwise(terms) if self._pairs else ())
        ]
        # A filter takes part in matching with a score of nothing.
        must = [(tantivy.Occur.Must, query.const_score_query(part, 0.0)) for part in self._conditions(predicate)]
        barred = query.term_set_query(self._schema, "document", list(predicate.barred))
        return query.boolean_query(
            [(tantivy.Occur.Must, query.boolean_query(should)), *must, (tantivy.Occur.MustNot, barred)]
        )

    def _phrase(self, phrase: Phrase) -> tantivy.Query:
        query = tantivy.Query
        forms = (
            query.phrase_query(self._schema, "words", list(terms))
            if len(terms) > 1
            else query.term_query(self._schema, "words", terms[0])
            for terms in phrase
        )
        return query.boolean_query([(tantivy.Occur.Should, form) for form in forms])

    def _pair(self, first: str, second: str) -> tantivy.Query:
        return tantivy.Query.phrase_query(self._schema, "words", [first, second], slop=PAIR_GAP)

    def _conditions(self, predicate: Predicate) -> Iterator[tantivy.Query]:
        query, integer = tantivy.Query, tantivy.FieldType.Integer
        if predicate.day_from is not None:
            yield query.range_query(self._schema, "day_until", integer, lower_bound=predicate.day_from)
        if predicate.day_until is not None:
            yield query.range_query(self._schema, "day_from", integer, upper_bound=predicate.day_until)
        for wanted in predicate.labels:
            yield query.term_set_query(self._schema, "label", list(wanted))
        yield from map(self._phrase, predicate.phrases)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="position")
    builder.add_integer_field("key", fast=True)
    builder.add_integer_field("day_from", fast=True)
    builder.add_integer_field("day_until", fast=True)
    builder.add_integer_field("document", indexed=True)
    builder.add_integer_field("label", indexed=True)
    return builder.build()
