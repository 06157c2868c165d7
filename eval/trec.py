"""TREC's own files: topics, qrels and runs."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from eval.errors import BadData
from eval.lines import check_id, check_new, finite_number, read_lines, whole_number
from eval.records import Qrels, Query, Run

_TOPIC = re.compile(r"<top>(.*?)</top>", re.S | re.I)
_FIELD = re.compile(r"<(num|title)>\s*(?:Number:|Topic:)?\s*(.*?)\s*(?=<|\Z)", re.S | re.I)


def read_run(path: Path) -> tuple[Run, str]:
    """A TREC run and its tag. Six columns, no document or rank twice in a question, finite scores, one tag."""
    run: Run = {}
    ranks: dict[str, set[int]] = {}
    tags: dict[str, int] = {}
    for number, text in enumerate(read_lines(path), 1):
        query, _, document, rank, score, tag = _columns(path, number, text, 6)
        ranking = run.setdefault(query, {})
        check_new(path, number, f"document of {query}", document, ranking)
        ranking[document] = finite_number(path, number, score, "the score")
        place = whole_number(path, number, rank, "the rank")
        check_new(path, number, f"rank of {query}", place, ranks.setdefault(query, set()))
        ranks[query].add(place)
        tags.setdefault(tag, number)
    if len(tags) != 1:
        raise BadData(
            path,
            max(tags.values(), default=None),
            "one run with one tag",
            f"{sorted(tags)}",
            "Write each system's run to its own file.",
        )
    return run, next(iter(tags))


def read_trec_qrels(path: Path) -> Qrels:
    """TREC judgements: question, iteration, document, grade."""
    qrels: Qrels = {}
    for line, text in enumerate(read_lines(path), 1):
        query, _, document, grade = _columns(path, line, text, 4)
        judged = qrels.setdefault(query, {})
        check_new(path, line, f"document of {query}", document, judged)
        judged[document] = whole_number(path, line, grade, "the grade")
    if not qrels:
        raise BadData(path, None, "at least one judgement", "an empty file", "Check the path.")
    return qrels


def format_trec_qrels(qrels: Qrels) -> str:
    """Judgements as TREC writes them."""
    return "".join(f"{query} 0 {id} {grade}\n" for query, row in qrels.items() for id, grade in row.items())


def read_topics(path: Path) -> dict[str, Query]:
    """TREC topics: the number and the title of each ``<top>``."""
    content = "\n".join(read_lines(path))
    queries: dict[str, Query] = {}
    for block in _TOPIC.finditer(content):
        line = content.count("\n", 0, block.start()) + 1
        fields = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(block[1])}
        if not fields.get("num") or not fields.get("title"):
            raise BadData(path, line, "a <num> and a <title> in each <top>", f"{sorted(fields)}", "Complete the topic.")
        id = check_id(path, line, fields["num"])
        check_new(path, line, "topic", id, queries)
        queries[id] = Query(id, fields["title"], {"_id": id, "text": fields["title"]})
    if not queries:
        raise BadData(path, None, "at least one <top> with its </top>", "none", "Check that these are TREC topics.")
    return queries


def format_run(run: Run, tag: str) -> str:
    """The run as TREC writes it: ranked by score, equal scores as they stand in the run."""
    lines = []
    for query, ranking in run.items():
        order = sorted(ranking, key=lambda id: -ranking[id])
        lines += [f"{query} Q0 {id} {rank} {ranking[id]!r} {tag}\n" for rank, id in enumerate(order, 1)]
    return "".join(lines)


def strictly_falling(scores: Iterable[float]) -> list[float]:
    """Scores in rank order, lowered as little as needed for every evaluator to see that order.

    Single precision, since trec_eval reads scores as such: what differs only beyond it would be a tie there.
    """
    falling: list[float] = []
    for score in map(np.float32, scores):
        if falling and score >= falling[-1]:
            score = np.nextafter(np.float32(falling[-1]), np.float32(-np.inf))  # noqa: PLW2901
        falling.append(float(score))
    return falling


def _columns(path: Path, line: int, text: str, count: int) -> list[str]:
    columns = text.split()
    if len(columns) != count:
        raise BadData(path, line, f"{count} columns", f"{len(columns)} in {text[:60]!r}", "Repair the row.")
    return columns
