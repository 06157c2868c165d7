"""Questions with what a right answer must say: gold spans, gold sentences, or the answer's own words."""

from dataclasses import dataclass

import msgspec

from eval.errors import BadData
from eval.lines import json_rows
from eval.records import Dataset, Query


class _Span(msgspec.Struct):
    text: str
    start: int


class _Spans(msgspec.Struct):
    query_id: str
    doc_id: str
    answerable: bool
    answers: list[_Span]


class _Sentence(msgspec.Struct):
    article: str
    sentence: str


class _Facts(msgspec.Struct):
    split: str | None = None
    audience: str = "public"
    answerable: bool | None = None
    answer: str | None = None
    gold: list[_Sentence] | None = None


@dataclass(frozen=True, slots=True)
class Gold:
    """Words that answer ("" for any): in which document of the data set, and where its text says so, if known."""

    document: str
    words: str
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """One question. Without ``gold`` the publications do not answer it."""

    query: Query
    gold: tuple[Gold, ...]

    @property
    def answerable(self) -> bool:
        return bool(self.gold)


def read_asked(dataset: Dataset) -> tuple[Asked, ...]:
    """The questions of a data set's split, unanswerable ones among them.

    Gold spans come from qa.jsonl; else each question's metadata says "answerable" and gives "gold" sentences of
    articles, or one "answer" that stands in every relevant document; where it says no more than "answerable", as of a
    document that is sought by name, whatever a relevant document says answers. Raises BadData where nothing does.
    """
    spans = dataset.folder / "qa.jsonl"
    if spans.is_file():
        asked = tuple(_span(dataset, line, row) for line, row in json_rows(spans, "a question's spans", _Spans))
    else:
        facts = {id: _facts(dataset, query) for id, query in dataset.queries.items()}
        belong = (id for id, one in facts.items() if one.split in (None, dataset.split) and one.audience == "public")
        asked = tuple(_told(dataset, dataset.queries[id], facts[id]) for id in belong)
    if not asked:
        expected = f"questions of the split {dataset.split!r}"
        raise BadData(dataset.folder, None, expected, "none", "Name another --split.")
    return asked


def _span(dataset: Dataset, line: int, row: _Spans) -> Asked:
    path = dataset.folder / "qa.jsonl"
    if row.query_id not in dataset.queries:
        raise BadData(path, line, "a question of queries.jsonl", repr(row.query_id), "Add it there or drop the row.")
    words = ((one.text.strip(), one.start + len(one.text) - len(one.text.lstrip())) for one in row.answers)
    gold = tuple(Gold(row.doc_id, *at) for at in words) if row.answerable else ()
    text = dataset.corpus[row.doc_id].text if row.doc_id in dataset.corpus else ""
    # Without a corpus nobody can tell what stands there.
    said = (one.words and (not dataset.corpus or text.startswith(one.words, one.start)) for one in gold)
    if row.answerable and not (gold and all(said)):
        raise BadData(path, line, "answers that stand where they begin", f"others in {row.doc_id!r}", "Mend the row.")
    return Asked(dataset.queries[row.query_id], gold)


def _facts(dataset: Dataset, query: Query) -> _Facts:
    try:
        return msgspec.convert(query.metadata or {}, _Facts)
    except msgspec.ValidationError as error:
        found = f"{query.id}: {error}"
        raise BadData(dataset.folder / "queries.jsonl", None, "metadata of a question", found, "Mend it.") from None


def _told(dataset: Dataset, query: Query, facts: _Facts) -> Asked:
    if facts.answerable is False:
        return Asked(query, ())
    gold = [Gold(one.article, one.sentence) for one in facts.gold or ()]
    if facts.answer is not None or (facts.gold is None and facts.answerable):
        relevant = (id for id, grade in dataset.qrels.get(query.id, {}).items() if grade > 0)
        gold += [Gold(id, facts.answer or "") for id in relevant]
    if not gold:
        expected, found = 'metadata that tells the answer, or "answerable": false', f"none for {query.id}"
        raise BadData(dataset.folder / "queries.jsonl", None, expected, found, "Add it.")
    return Asked(query, tuple(gold))
