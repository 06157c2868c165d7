"""From a question and its hits to an answer: the sentences that say so, each quoted word for word.

Nothing is composed. Every sentence is a span of a stored version, compared with it before it leaves.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.analysis import query_terms, tokens
from index.embed import Vectors
from index.records import NO_FILTERS, Card, Filters, FoundPassage, Hit, Results
from index.search import Searcher
from ingest.records import Document
from ingest.sentences import split
from service.citing import place
from service.records import Answer, Citation, Sentence, State

CONSIDERED_HITS = 8
# Encoding a sentence costs milliseconds: only those that the words and their passage speak for are encoded.
CONSIDERED_SENTENCES = 16
MOST_SENTENCES = 3
# Weights of a sentence's cosine with the question, the share of the question's words in it, and its passage's rank;
# the cuts below them. How they were chosen stands in docs/measurements.md.
MEANING, WORDS, PLACE = 1.0, 0.5, 0.3
ANSWERS = 0.75
BESIDE_THE_BEST = 0.85
REPEATS = 0.93
_SPECIFIC = re.compile(r"\b(?:\d[\d,.]*\d|\d|[A-Z][A-Z]+s?)\b")
_LEANS_BACK = re.compile(r"(?:It|They|This|These|That|Those|He|She|Both)\b")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that may answer: where it stands, and what speaks for it."""

    card: Card
    passage: FoundPassage
    start: int
    end: int
    text: str
    prior: float


def answer(question: str, searcher: Searcher, filters: Filters = NO_FILTERS, hits: int = 10) -> Answer:
    """Answer from the generation that ``searcher`` reads; the nearest works are given in every state."""
    results = searcher.search(question, filters, limit=max(hits, CONSIDERED_HITS))
    shown = results.hits[:hits]
    likely = [hit for hit in results.hits[:CONSIDERED_HITS] if hit.likely]
    if not likely:
        return _without(question, State.OUT_OF_SCOPE, shown, results)
    chosen = _choose(question, likely, searcher)
    citations = [_cite(number, one, searcher) for number, one in enumerate(chosen, start=1)]
    verified = tuple(citation for citation in citations if citation)
    if not verified:
        return _without(question, State.NOT_FOUND, shown, results)
    sentences = tuple(Sentence(citation.quote, (citation.number,)) for citation in verified)
    return Answer(question, _state(question, verified), sentences, verified, shown, results.generation)


def _choose(question: str, hits: Sequence[Hit], searcher: Searcher) -> list[_Candidate]:
    """The best sentences, best first, none saying again what another said."""
    terms = frozenset(query_terms(question))
    candidates = sorted(_candidates(hits, terms), key=lambda one: -one.prior)[:CONSIDERED_SENTENCES]
    if not candidates:
        return []
    vectors = searcher.encode([one.text for one in candidates])
    scores = MEANING * (vectors @ searcher.encode_query(question)) + np.array([one.prior for one in candidates])
    taken: list[int] = []
    for i in np.argsort(-scores, kind="stable").tolist():
        if scores[i] < max(ANSWERS, BESIDE_THE_BEST * scores.max()) or len(taken) == MOST_SENTENCES:
            break
        if not _repeats(vectors, taken, i):
            taken.append(i)
    return [candidates[i] for i in taken]


def _candidates(hits: Sequence[Hit], terms: frozenset[str]) -> Iterator[_Candidate]:
    for rank, hit in enumerate(hits):
        for passage in hit.passages:
            for start, end in _units(passage.text):
                text = passage.text[start:end]
                said = tokens(f"{text} {hit.document.title} {' '.join(passage.heading)}")
                found = terms & {term for term, _, _ in said}
                prior = WORDS * len(found) / max(len(terms), 1) + PLACE / (1 + rank)
                yield _Candidate(hit.document, passage, passage.start + start, passage.start + end, text, prior)


def _units(text: str) -> Iterator[tuple[int, int]]:
    """Sentences; one that leans back on the sentence before it ("It …", "They …") is taken together with it."""
    spans = split(text)
    for i, (start, end) in enumerate(spans):
        leans = i > 0 and _LEANS_BACK.match(text, start) and "\n\n" not in text[spans[i - 1][1] : start]
        yield (spans[i - 1][0], end) if leans else (start, end)


def _repeats(vectors: Vectors, taken: list[int], new: int) -> bool:
    return bool(taken) and float((vectors[taken] @ vectors[new]).max()) >= REPEATS


def _cite(number: int, one: _Candidate, searcher: Searcher) -> Citation | None:
    """The citation, or None where the stored version does not say these words at this place."""
    document = searcher.document(one.card.id, one.card.version)
    if document is None or not quotes(document, one.start, one.end, one.text):
        return None
    return Citation(
        number=number,
        document=one.card,
        quote=one.text,
        start=one.start,
        end=one.end,
        heading=one.passage.heading,
        page=one.passage.page,
        url=place(one.card, one.text, one.passage.anchor, one.passage.page),
        version=one.card.version,
    )


def quotes(document: Document, start: int, end: int, words: str) -> bool:
    """Whether ``document`` says exactly ``words`` from ``start`` to ``end``."""
    return 0 <= start < end and document.text[start:end] == words


def _state(question: str, citations: Sequence[Citation]) -> State:
    """Partly, where a number, a date or an acronym that was asked about stands nowhere in what is cited."""
    cited = " ".join(f"{c.quote} {c.document.title} {_years(c.document)}" for c in citations)
    said = {term for term, _, _ in tokens(cited)}
    asked = {term for match in _SPECIFIC.findall(question) for term, _, _ in tokens(match)}
    return State.ANSWERED if asked <= said else State.PARTLY


def _years(card: Card) -> str:
    first = card.published.first
    return str(first.year) if first else ""


def _without(question: str, state: State, hits: tuple[Hit, ...], results: Results) -> Answer:
    return Answer(question, state, (), (), hits, results.generation)
