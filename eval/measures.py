"""Retrieval measures through ir-measures, under its names, with the quiet faults of benchmarks made loud.

Every judged question counts: one that found nothing counts 0 and is listed. A question that finds itself is
dropped from its own ranking. Where scores are equal, the order is nobody's: the range over all orders is told.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from statistics import fmean

import ir_measures

from eval.errors import EvalError
from eval.records import Dataset, Qrels, Run, Terms

TIE_ORDERS = 32
# What is computed, by name.
Measures = Mapping[str, ir_measures.Measure]


@dataclass(frozen=True, slots=True)
class Ties:
    """Means over the judged questions if equal scores fell best, worst, or at random (mean of seeded orders)."""

    best: float
    worst: float
    mean: float


@dataclass(frozen=True, slots=True)
class Scores:
    """The figures of one run. ``measures`` and ``per_query`` have the same names; ``empty`` found nothing.

    ``self_matches`` counts the documents dropped because they are the question itself; ``ties`` holds the
    measures that the order of equal scores can change.
    """

    measures: dict[str, float]
    per_query: dict[str, dict[str, float]]
    empty: tuple[str, ...]
    self_matches: int
    ties: dict[str, Ties]


def score_run(qrels: Qrels, run: Run, measures: Measures, seed: int = 0, self_matches: int = 0) -> Scores:
    """Each of ``measures``, for each question of ``qrels`` and as the mean over all of them."""
    qrels, judged = _known(qrels), {query: _levels(run.get(query, {})) for query in qrels}
    per_query = _per_query(measures, qrels, judged)
    return Scores(
        measures={name: fmean(values.values()) for name, values in per_query.items()},
        per_query=per_query,
        empty=tuple(query for query, ranking in judged.items() if not ranking),
        self_matches=self_matches,
        ties=_ties(measures, qrels, judged, per_query, seed),
    )


def known_measures(qrels: Qrels, terms: Terms) -> Measures:
    """The measures of ``terms`` by name, each tried on a ranking of what is judged.

    Raises EvalError for one that ir-measures does not know or cannot compute here, or that looks deeper than the run.
    """
    qrels, judged = _known(qrels), {query: _by_rank(list(grades)) for query, grades in qrels.items()}
    measures = {name: _known_measure(name, qrels, judged) for name in terms.measures}
    for name, measure in measures.items():
        if (least := measure.params.get("cutoff", 0)) > terms.depth:
            remedy = "Raise --depth, or name measures by --measure that look no deeper."
            raise EvalError(f"a depth of {least} or more for {name}", str(terms.depth), remedy)
    return measures


def drop_self_matches(dataset: Dataset, run: Run) -> tuple[Run, int]:
    """The run without documents that are the question itself, and how many those were.

    An equal id is not enough, since questions and documents are often numbered alike: the texts must agree too.
    """
    itself = [query for query, ranking in run.items() if query in ranking and _is_itself(dataset, query)]
    others = {query: {id: score for id, score in run[query].items() if id != query} for query in itself}
    return run | others, len(itself)


def _known_measure(name: str, qrels: Qrels, run: Run) -> ir_measures.Measure:
    try:
        measure = ir_measures.parse_measure(name)
        # At a cut-off below 1 the C code would end the whole process.
        computed = measure.params.get("cutoff", 1) > 0 and list(ir_measures.iter_calc([measure], qrels, run))
    except Exception:  # each provider has faults of its own
        computed = False
    if not computed:
        remedy = 'Correct its name, cut-off or levels, install its provider, or try "nDCG@10" or "RR@10".'
        raise EvalError("a measure that ir-measures can compute here", repr(name), remedy)
    return measure


def _per_query(measures: Measures, qrels: Qrels, run: Run) -> dict[str, dict[str, float]]:
    values = {measure: dict.fromkeys(run, 0.0) for measure in measures.values()}
    found = {query: ranking for query, ranking in run.items() if ranking}
    judged = {query: qrels[query] for query in found}
    for metric in ir_measures.iter_calc(list(values), judged, found) if found else ():
        values[metric.measure][metric.query_id] = float(metric.value)
    return {name: values[measure] for name, measure in measures.items()}


def _ties(measures: Measures, qrels: Qrels, run: Run, as_is: dict[str, dict[str, float]], seed: int) -> dict[str, Ties]:
    tied = {query: ranking for query, ranking in run.items() if len(set(ranking.values())) < len(ranking)}
    best, worst = (
        _per_query(measures, qrels, {query: _reorder(ranking, qrels[query], sign) for query, ranking in tied.items()})
        for sign in (1, -1)
    )
    moved = {query: tied[query] for query in tied if any(best[name][query] != worst[name][query] for name in measures)}
    orders = [_per_query(measures, qrels, _shuffled(moved, seed + n)) for n in range(TIE_ORDERS if moved else 0)]

    def mean(name: str, changed: Mapping[str, float]) -> float:
        return fmean({**as_is[name], **changed}.values())

    return {
        name: Ties(mean(name, best[name]), mean(name, worst[name]), fmean(mean(name, order[name]) for order in orders))
        for name in measures
        if best[name] != worst[name]
    }


def _reorder(ranking: Mapping[str, float], grades: Mapping[str, int], sign: int) -> dict[str, float]:
    return _by_rank(sorted(ranking, key=lambda id: (-ranking[id], -sign * grades.get(id, -inf))))


def _shuffled(run: Run, seed: int) -> Run:
    draw = random.Random(seed)
    return {q: _by_rank(sorted(ranking, key=lambda id: (-ranking[id], draw.random()))) for q, ranking in run.items()}


def _known(qrels: Qrels) -> Qrels:
    """Grades below 0 as 0, which they count as: the C code of trec_eval writes where it should not for them."""
    return {query: {id: max(grade, 0) for id, grade in grades.items()} for query, grades in qrels.items()}


def _levels(ranking: Mapping[str, float]) -> dict[str, float]:
    """Scores as small whole numbers in the same order: trec_eval reads them in single precision, where some are one."""
    levels = {score: float(level) for level, score in enumerate(sorted(set(ranking.values())))}
    return {id: levels[score] for id, score in ranking.items()}


def _by_rank(order: Sequence[str]) -> dict[str, float]:
    return {id: float(len(order) - rank) for rank, id in enumerate(order)}


def _is_itself(dataset: Dataset, query: str) -> bool:
    asked, held = _normal(dataset.queries[query].text), dataset.corpus.get(query)
    return held is not None and asked in map(_normal, (held.title, held.text, f"{held.title} {held.text}"))


def _normal(text: str) -> str:
    return " ".join(text.casefold().split())
