"""TREC's own files: topics, qrels and runs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from eval.errors import BadData
from eval.lines import Filled, Finite, Id, Row, check_new, columns, grouped, read_lines
from eval.records import Qrels, Query, Run

_RUN = ("question", "Q0", "document", "rank", "score", "tag")
_QRELS = ("question", "iteration", "document", "grade")
_TOPIC_FIELDS = ("num", "title")
_TOPIC = re.compile(r"<top>(.*?)</top>", re.S | re.I)
_FIELD = re.compile(r"<(num|title)>\s*(?:Number:|Topic:)?\s*(.*?)\s*(?=</?[a-z]|\Z)", re.S | re.I)


def read_run(path: Path) -> tuple[Run, str]:
    """A TREC run and its tag. Six columns, no document or rank twice in a question, finite scores, one tag."""
    rows = list(_rows(path, _RUN, tuple[str, str, str, int, Finite, str]))
    run = grouped(path, "document", ((line, query, id, score) for line, (query, _, id, _, score, _) in rows))
    grouped(path, "rank", ((line, query, rank, line) for line, (query, _, _, rank, *_) in rows))
    tags = {row[-1]: line for line, row in reversed(rows)}
    if len(tags) != 1:
        last = max(tags.values(), default=None)
        raise BadData(path, last, "one run with one tag", f"{sorted(tags)}", "Write each system's run to its own file.")
    return run, next(iter(tags))


def read_trec_qrels(path: Path) -> Qrels:
    """TREC judgements: question, iteration, document, grade."""
    rows = _rows(path, _QRELS, tuple[str, str, str, int])
    qrels = grouped(path, "document", ((line, query, id, grade) for line, (query, _, id, grade) in rows))
    if not qrels:
        raise BadData(path, None, "at least one judgement", "an empty file", "Check the path.")
    return qrels


def format_trec_qrels(qrels: Qrels) -> str:
    """Judgements as TREC writes them."""
    return "".join(f"{query} 0 {id} {grade}\n" for query, row in qrels.items() for id, grade in row.items())


def read_topics(path: Path) -> dict[str, Query]:
    """TREC topics: the number and the title of each ``<top>``."""
    content, queries = "\n".join(read_lines(path)), dict[str, Query]()
    for block in _TOPIC.finditer(content):
        line = content.count("\n", 0, block.start()) + 1
        fields = {name.lower(): " ".join(value.split()) for name, value in _FIELD.findall(block[1])}
        id, text = columns(path, line, _TOPIC_FIELDS, list(map(fields.get, _TOPIC_FIELDS)), tuple[Id, Filled])
        check_new(path, line, "topic", id, queries)
        queries[id] = Query(id, text)
    if not queries:
        raise BadData(path, None, "at least one <top> with its </top>", "none", "Check that these are TREC topics.")
    return queries


def _rows(path: Path, names: Sequence[str], kind: type[Row]) -> Iterator[tuple[int, Row]]:
    return ((line, columns(path, line, names, text.split(), kind)) for line, text in enumerate(read_lines(path), 1))


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
