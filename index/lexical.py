"""The lexical side of a generation: a Tantivy index sealed per segment, searched as one.

A segment's files never change. The index of a generation is their hard links and a composed ``meta.json``,
so Tantivy itself sums the collection statistics over segments: scores do not depend on how passages are cut
into segments, and nothing deleted lingers in them.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import tantivy
from numpy.typing import NDArray

from index.analysis import Phrase
from index.columns import Columns, Predicate
from index.engine import NOTHING, Ranked, with_ties
from index.errors import Damaged

HEAP_BYTES = 64_000_000
_MOST_FREQUENCIES = 10_000
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
        (folder / name).unlink(missing_ok=True)


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

    def __init__(self, folder: Path) -> None:
        self._schema = _schema()
        try:
            self._searcher = tantivy.Index.open(str(folder)).searcher()
        except ValueError as error:  # it takes a lock there, also to read
            remedy = "Run this as the user to whom the home belongs; if that does not help, run `muniment publish`."
            raise Damaged(f"an index that can be opened in {folder}", str(error), remedy) from error
        # Each asks all segments, and a question's words are weighed more than once.
        self._frequency = lru_cache(_MOST_FREQUENCIES)(partial(self._searcher.doc_freq, "words"))

    def search(self, terms: Sequence[str], predicate: Predicate, limit: int) -> Ranked:
        """The best ``limit`` passages by BM25. Ties at the cut are settled by key, not by where Tantivy stopped."""
        if not terms or not self._searcher.num_docs:
            return NOTHING
        query = self._query(terms, predicate)

        def best(wanted: int) -> tuple[list[tantivy.DocAddress], NDArray[np.float64]]:
            hits = self._searcher.search(query, limit=wanted, count=False).hits
            return [address for _, address in hits], np.array([score for score, _ in hits], dtype=np.float64)

        addresses, scores = with_ties(best, limit)
        return Ranked.of(self._keys(addresses), scores, limit)

    def frequencies(self, terms: Sequence[str]) -> list[int]:
        """In how many passages each of ``terms`` stands, title and heading counted."""
        return list(map(self._frequency, terms))

    def holding(self, phrase: Phrase) -> NDArray[np.int64]:
        """The keys of the passages that hold ``phrase``."""
        hits = self._searcher.search(self._phrase(phrase), limit=max(self._searcher.num_docs, 1), count=False).hits
        return self._keys([address for _, address in hits])

    def _keys(self, addresses: list[tantivy.DocAddress]) -> NDArray[np.int64]:
        return np.array(self._searcher.fast_field_values("key", addresses), dtype=np.int64)

    def _query(self, terms: Sequence[str], predicate: Predicate) -> tantivy.Query:
        said, query, must = [self._in_a_row([term]) for term in terms], tantivy.Query, tantivy.Occur.Must
        # A filter takes part in matching with a score of nothing.
        conditions = [(must, query.const_score_query(part, 0.0)) for part in self._conditions(predicate)]
        if predicate.barred:
            barred = query.term_set_query(self._schema, "document", list(predicate.barred))
            conditions.append((tantivy.Occur.MustNot, barred))
        return query.boolean_query([(must, _any(said)), *conditions])

    def _phrase(self, phrase: Phrase) -> tantivy.Query:
        return _any(map(self._in_a_row, phrase))

    def _in_a_row(self, terms: Sequence[str]) -> tantivy.Query:
        if len(terms) == 1:
            return tantivy.Query.term_query(self._schema, "words", terms[0])
        return tantivy.Query.phrase_query(self._schema, "words", list(terms))

    def _conditions(self, predicate: Predicate) -> Iterator[tantivy.Query]:
        query, integer = tantivy.Query, tantivy.FieldType.Integer
        if predicate.day_from is not None:
            yield query.range_query(self._schema, "day_until", integer, lower_bound=predicate.day_from)
        if predicate.day_until is not None:
            yield query.range_query(self._schema, "day_from", integer, upper_bound=predicate.day_until)
        for wanted in predicate.labels:
            yield query.term_set_query(self._schema, "label", list(wanted))
        yield from map(self._phrase, predicate.phrases)


def _any(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="position")
    for name in ("key", "day_from", "day_until"):
        builder.add_integer_field(name, fast=True)
    for name in ("document", "label"):
        builder.add_integer_field(name, indexed=True)
    return builder.build()
