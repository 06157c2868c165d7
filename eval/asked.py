"""Questions with what a right answer must say: gold spans, gold sentences, or the answer's own words."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eval.errors import BadData
from eval.lines import json_rows
from eval.records import Dataset, Query


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
        return tuple(_span(dataset, line, row) for line, row in json_rows(spans))
    asked = tuple(_told(dataset, query) for query in dataset.queries.values() if _belongs(dataset, query))
    if not asked:
        raise BadData(
            dataset.folder, None, f"questions of the split {dataset.split!r}", "none", "Name another --split."
        )
    return asked


def _span(dataset: Dataset, line: int, row: dict[str, Any]) -> Asked:
    try:
        gold = tuple(Gold(row["doc_id"], one["text"].strip(), _start(one)) for one in row["answers"])
        return Asked(dataset.queries[row["query_id"]], gold if row["answerable"] else ())
    except (KeyError, TypeError, AttributeError) as error:
        path, found = dataset.folder / "qa.jsonl", f"{type(error).__name__} {error} in {json.dumps(row)[:60]}"
        raise BadData(path, line, "query_id, doc_id, answerable and answers", found, "Repair the row.") from None


def _start(answer: dict[str, Any]) -> int:
    text: str = answer["text"]
    return int(answer["start"]) + len(text) - len(text.lstrip())


def _belongs(dataset: Dataset, query: Query) -> bool:
    facts = _facts(query)
    return bool(facts.get("split", dataset.split) == dataset.split and facts.get("audience", "public") == "public")


def _told(dataset: Dataset, query: Query) -> Asked:
    facts = _facts(query)
    if facts.get("answerable") is False:
        return Asked(query, ())
    gold = tuple(_golds(dataset, query, facts))
    if not gold:
        expected, found = 'metadata that tells the answer, or "answerable": false', f"none for {query.id}"
        raise BadData(dataset.folder / "queries.jsonl", None, expected, found, "Add it.")
    return Asked(query, gold)


def _golds(dataset: Dataset, query: Query, facts: dict[str, Any]) -> Iterator[Gold]:
    yield from (Gold(one["article"], one["sentence"]) for one in facts.get("gold", ()))
    if "answer" in facts or ("gold" not in facts and facts.get("answerable")):
        relevant = (id for id, grade in dataset.qrels.get(query.id, {}).items() if grade > 0)
        yield from (Gold(id, facts.get("answer", "")) for id in relevant)


def _facts(query: Query) -> dict[str, Any]:
    return query.fields.get("metadata") or {}
