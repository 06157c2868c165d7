"""The searcher: one opened generation, asked in plain words. Written once, above every engine.

The result set of a query under filters: the passages that pass, the best ``LEG_LIMIT`` by each leg, their union fused
and grouped into works. Totals and facets speak of all of it; a page is a slice of it.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial, reduce
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import vocabulary
from index.analysis import phrase, query_terms
from index.columns import Predicate, compile_filters
from index.embed import Encoder
from index.embedded import EmbeddedEngine
from index.engine import NOTHING, Engine, Ranked
from index.errors import WrongModel
from index.fuse import Fused, Nearest, fuse
from index.generation import Generation, Manifest
from index.hits import FACETS, Found, Told, facets, hit
from index.holdings import Holdings, Positions
from index.proximity import neighbours
from index.query import FULLEST, PreparedQuery, encode
from index.recency import OF_A_YEAR_NAMED, freshness, years_named
from index.recommend import RelatedTable
from index.records import ALL_PARTS, NO_FILTERS, Card, Filters, Mode, Order, Parts, RelatedItem, Results, Vectors
from index.relevance import relevance
from index.remembering import remembering
from ingest.records import MEMBERS, Document, Kind
from ingest.urls import canonical

LEG_LIMIT = 1_000
PASSAGES_SHOWN = 3
RECENT = 64


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that a page of results depends on beside the generation."""

    query: str
    filters: Filters
    limit: int
    offset: int
    mode: Mode
    order: Order
    shown: int
    facets: tuple[str, ...]


class Searcher:
    """Answers searches from one generation. Raises WrongModel for an encoder other than the generation's."""

    def __init__(
        self, folder: Path, manifest: Manifest, encoder: Encoder, parts: Parts = ALL_PARTS, recent: int = RECENT
    ) -> None:
        self.manifest, self._encoder, self._parts = manifest, encoder, parts
        self._holdings = Holdings(folder, manifest)
        self._engine: Engine = EmbeddedEngine(folder, self._holdings)
        self._related = RelatedTable(Generation(folder, manifest))
        self.vocabulary = vocabulary.load(folder)
        # Where the model and what is near are looked for, while the search itself looks for words.
        self._beside = ThreadPoolExecutor()
        self._answered = remembering(self._page, recent)
        # Last: the encoder may still be loading while files are opened.
        if encoder.spec.id != manifest.encoder.id:
            remedy = "Run `muniment publish`, which encodes again what the new model has not seen."
            raise WrongModel(f"an index made with {encoder.spec.id}", manifest.encoder.id, remedy)

    @property
    def generation(self) -> str:
        """The id of the generation that answers."""
        return self.manifest.id

    @property
    def made_at(self) -> datetime:
        """When the generation was made."""
        return datetime.fromisoformat(self.manifest.made_at)

    def close(self) -> None:
        self._beside.shutdown()
        self._holdings.texts.close()
        self._related.close()

    def search(
        self,
        query: str,
        filters: Filters = NO_FILTERS,
        limit: int = 10,
        offset: int = 0,
        mode: Mode = Mode.HYBRID,
        order: Order = Order.RELEVANCE,
        shown: int = PASSAGES_SHOWN,
        facets: Sequence[str] = FACETS,
    ) -> Results:
        """One page of the works that match ``query`` under ``filters``; an empty query means all, newest first.

        ``shown`` bounds the passages of each hit, ``facets`` says which are counted. The last ``RECENT`` pages are
        remembered: the search page and the answer on it ask for the same.
        """
        return self._answered(_Asked(query, filters, limit, offset, mode, order, shown, tuple(facets)))

    def related(self, document_id: str, limit: int = 5) -> tuple[RelatedItem, ...]:
        """What to read after a document, nearest first; empty where it is unknown."""
        cards = ((self.card(id), score, reason) for id, score, reason in self._related.items(document_id)[:limit])
        return tuple(RelatedItem(card, score, reason) for card, score, reason in cards if card)

    def document(self, document_id: str, version: str | None = None) -> Document | None:
        """The stored text of a document, now or as the version that was once cited."""
        wanted = version or ((card := self.card(document_id)) and card.version)
        return self._holdings.texts.version(document_id, wanted) if wanted else None

    def card(self, document_id: str) -> Card | None:
        """The catalogue card of a document."""
        position = self._holdings.texts.row_of(document_id)
        return None if position is None else self._holdings.cards([position])[0]

    def find(self, url: str) -> str | None:
        """The id of the document at an address, however spelled: what members are shown there, else the public."""
        # As it is written first: a file's address and a corpus's own have no canonical form.
        places = (place for bare in (url, canonical(url)) for place in (bare + MEMBERS, bare))
        return next(filter(None, map(self._holdings.texts.id_of, places)), None)

    def kinds(self) -> set[Kind]:
        """The kinds that any document has."""
        return self._holdings.kinds()

    def census(self) -> list[tuple[Kind, int | None, int]]:
        """How many documents of each kind bear each year (None: undated)."""
        return self._holdings.census()

    def rarity(self, terms: Sequence[str]) -> dict[str, float]:
        """The inverse document frequency of each term over all passages, as BM25 weighs it."""
        held, counts = self.manifest.passages, self._engine.frequencies(self.manifest.scope, terms)
        return {term: log(1 + (held - n + 0.5) / (n + 0.5)) for term, n in zip(terms, counts, strict=True)}

    def _page(self, asked: _Asked) -> Results:
        terms = tuple(query_terms(asked.query))
        if not self._parts.repeats:
            terms = tuple(dict.fromkeys(terms))
        question = self._question(asked, terms) if terms else None
        found = self._found(question, asked.filters)
        shown = self._ordered(found, asked.order)[asked.offset : asked.offset + asked.limit].tolist()
        return Results(
            query=asked.query,
            total=len(found.documents),
            undated=self._undated(question, asked.filters, found),
            hits=tuple(hit(self._holdings, found, document, terms, asked.shown) for document in shown),
            facets=facets(self._holdings, asked.facets, asked.filters, found, partial(self._matching, question)),
            generation=self.generation,
        )

    def _ordered(self, found: Found, order: Order) -> Positions:
        match order:
            case Order.DATE:
                return self._holdings.newest_first(found.documents)
            case Order.RECENCY:
                fresh = freshness(*self._holdings.ages(found.documents, self.made_at.date()))
                return found.documents[np.argsort(-found.relevance * fresh, kind="stable")]
        return found.documents

    def _question(self, asked: _Asked, terms: tuple[str, ...]) -> PreparedQuery:
        spelled = self.vocabulary.spelled_out(asked.query, self._knows) if self._parts.glossary else asked.query
        encoded = self._beside.submit(encode, spelled, self._encoder, self.rarity)
        written = query_terms(asked.query, stemmed=False)
        rarity = self.rarity(["", *terms, *written])
        most, rarest = (FULLEST * one for one in (sum(rarity[term] for term in terms), rarity[""]))
        both = *terms, *(word for word in written if word not in terms)
        beside = neighbours((terms, written), rarity)
        years = years_named(asked.query) if self._parts.years and asked.mode is Mode.HYBRID else ()
        return PreparedQuery(both, most, rarest, beside, years, asked.mode, encoded)

    def _knows(self, word: str) -> bool:
        """Whether the model has one piece for a word, as for the words of a language and for few initials."""
        return self._encoder.count_tokens([word.lower()]) == [1]

    def _found(self, question: PreparedQuery | None, filters: Filters) -> Found:
        if question is None:
            matching = self._matching(None, filters)
            chosen = matching[self._rank(matching, np.zeros(len(matching)))]
            listed = self._holdings.newest_first(chosen)
            return Found(matching, listed, np.ones(len(listed)), NOTHING, NOTHING.keys, NOTHING.scores, {}, {})
        dense, lexical = self._legs(question, self._predicate(filters))
        keys, scope = np.union1d(dense.keys, lexical.keys), self.manifest.scope
        encoded, sentences, matches = question.encoded.result(), Told(), Told()
        similarities = self._similarities(encoded.vector, keys, dense)
        nearest = _best_of(partial(self._engine.sentences, scope, encoded.vector), sentences)
        likest = _best_of(partial(self._engine.matches, scope, encoded.wanted), matches)
        by_sentence = nearest if self._parts.sentences else None
        by_word = likest if self._parts.wording and len(encoded.wanted.weights) else None
        by_pair = partial(self._engine.following, scope, question.neighbours) if self._parts.pairs else None
        most, rarest, mode = question.most, question.rarest, question.mode
        fused = fuse(keys, similarities, lexical, most, rarest, by_sentence, mode, by_word, by_pair)
        owners = self._holdings.owners(self._holdings.positions(keys))
        if question.years:
            named = self._holdings.of_years(owners, question.years)
            fused = replace(fused, scores=fused.scores + OF_A_YEAR_NAMED * named)
        return self._group(fused, owners, similarities, sentences, matches)

    def _matching(self, question: PreparedQuery | None, filters: Filters) -> Positions:
        """The documents of a result set without their order."""
        predicate = self._predicate(filters)
        if question is None:
            return self._listed(predicate)
        return self._of(np.concatenate([leg.keys for leg in self._legs(question, predicate)]))

    def _listed(self, predicate: Predicate) -> Positions:
        """The documents that pass; where phrases are asked for, by a passage that holds them all."""
        passing = np.flatnonzero(self._holdings.columns.documents_passing(predicate))
        if not predicate.phrases:
            return passing
        held = (self._engine.holding(self.manifest.scope, phrase) for phrase in predicate.phrases)
        return np.intersect1d(passing, self._of(reduce(np.intersect1d, held)))

    def _of(self, keys: NDArray[np.int64]) -> Positions:
        """The documents that these passages are of, each once."""
        return np.unique(self._holdings.owners(self._holdings.positions(keys)))

    def _predicate(self, filters: Filters) -> Predicate:
        unwanted = (said for words in filters.without if (said := phrase(words)))
        barred = [self._of(self._engine.holding(self.manifest.scope, said)) for said in unwanted]
        ids = self._holdings.columns.ids[np.concatenate([NOTHING.keys, *barred])]
        return replace(compile_filters(filters), barred=tuple(ids.tolist()))

    def _legs(self, question: PreparedQuery, predicate: Predicate) -> tuple[Ranked, Ranked]:
        near, lexical = self._beside.submit(self._near, question, predicate), NOTHING
        if question.mode is not Mode.DENSE:
            lexical = self._engine.lexical(self.manifest.scope, question.terms, predicate, LEG_LIMIT)
        return near.result(), lexical

    def _near(self, question: PreparedQuery, predicate: Predicate) -> Ranked:
        if question.mode is Mode.LEXICAL:
            return NOTHING
        return self._engine.dense(self.manifest.scope, question.encoded.result().vector, predicate, LEG_LIMIT)

    def _similarities(self, vector: Vectors, keys: NDArray[np.int64], dense: Ranked) -> NDArray[np.float64]:
        """The similarity of each of ``keys``, which are in order: those of the dense leg are known."""
        similarities, others = np.empty(len(keys)), np.ones(len(keys), dtype=bool)
        known = np.searchsorted(keys, dense.keys)
        similarities[known], others[known] = dense.scores, False
        similarities[others] = self._engine.similarities(self.manifest.scope, vector, keys[others])
        return similarities

    def _group(
        self, fused: Fused, owners: Positions, similarities: NDArray[np.float64], sentences: Told, matches: Told
    ) -> Found:
        """Works by their best passage, each shown as the document that has it; equal ones by document id."""
        order = np.argsort(-fused.scores, kind="stable")  # as they stand, equal ones are in order of key
        passages = Ranked(fused.keys[order], fused.scores[order])
        owners = owners[order]
        documents, best, inverse = np.unique(owners, return_index=True, return_inverse=True)
        chances = np.zeros(len(documents))
        np.maximum.at(chances, inverse, relevance(fused.meaning, fused.words)[order])
        ranks = self._rank(documents, passages.scores[best])
        similar = similarities[order]
        return Found(documents, documents[ranks], chances[ranks], passages, owners, similar, sentences, matches)

    def _rank(self, documents: Positions, scores: NDArray[np.float64]) -> Positions:
        """Where among ``documents`` each work's best stands, the best work first; equal ones by document id.

        Of renditions that score the same the one that stands for the work is chosen.
        """
        ids, follows = self._holdings.columns.ids[documents], self._holdings.works[documents] != documents
        order = np.lexsort((ids, follows, -scores))
        chosen = order[self._holdings.firsts(documents[order])]
        return chosen[np.lexsort((ids[chosen], -scores[chosen]))]

    def _undated(self, question: PreparedQuery | None, filters: Filters, found: Found) -> int:
        if filters.since is None and filters.until is None:
            return 0
        ever = self._matching(question, replace(filters, since=None, until=None))
        works = self._holdings.works
        return len(np.setdiff1d(works[self._holdings.undated(ever)], works[found.matching]))


def _best_of(ask: Callable[[NDArray[np.int64]], list[NDArray[np.float64]]], told: Told) -> Nearest:
    """The best that ``ask`` tells of any sentence of passages; all of it is kept in ``told``."""

    def best(keys: NDArray[np.int64]) -> NDArray[np.float64]:
        told.update(zip(keys.tolist(), ask(keys), strict=True))
        return np.array([told[key].max(initial=0.0) for key in keys.tolist()])

    return best
