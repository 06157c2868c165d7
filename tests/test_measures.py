"""Figures equal ir-measures' and trec_eval's own, and the quiet faults of benchmarks are loud."""

import math
from dataclasses import replace
from pathlib import Path
from random import Random

import ir_measures
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import EvalError
from eval.measures import Scores, drop_self_matches, known_measures, score_run
from eval.records import Dataset, Qrels, Query, Run, Terms, Text
from eval.trec import format_run, strictly_falling

QRELS: Qrels = {
    "q1": {"a": 2, "b": 1, "c": 0},
    "q2": {"d": 1},
    "q3": {"e": 1, "f": 3},
    "q4": {"g": 0},
}
PLAIN: Run = {
    "q1": {"c": 4.0, "a": 3.0, "x": 2.5, "b": 1.0},
    "q2": {"y": 2.0, "d": 1.0},
    "q3": {"f": 9.0, "e": 8.0},
    "q4": {"g": 1.0},
}
UNJUDGED: Run = {**PLAIN, "q2": {"u1": 3.0, "u2": 2.0}, "q9": {"a": 1.0}}
ABSENT: Run = {"q1": PLAIN["q1"], "q3": {}}
TIED: Run = {**PLAIN, "q1": {"c": 1.0, "a": 1.0, "b": 1.0, "x": 0.5}, "q2": {"y": 1.0, "d": 1.0}}


def _scored(qrels: Qrels, run: Run, terms: Terms) -> Scores:
    return score_run(qrels, run, known_measures(qrels, terms))


@pytest.mark.parametrize("run", [PLAIN, UNJUDGED, ABSENT, TIED])
def test_means_are_those_of_ir_measures_over_every_judged_question(run: Run) -> None:
    names = [*Terms().measures, "AP", "P@5", "Success@5", "RR"]
    found = {query: ranking for query, ranking in run.items() if ranking}
    expected = ir_measures.calc_aggregate([ir_measures.parse_measure(name) for name in names], QRELS, found)
    scores = _scored(QRELS, run, Terms(measures=tuple(names)))
    assert scores.measures == pytest.approx({str(measure): value for measure, value in expected.items()}, abs=1e-6)


@pytest.mark.parametrize("run", [PLAIN, UNJUDGED, ABSENT, TIED])
def test_values_of_each_question_are_those_of_trec_eval(run: Run) -> None:
    found = {query: ranking for query, ranking in run.items() if ranking and query in QRELS}
    trec = pytrec_eval.RelevanceEvaluator(QRELS, {"ndcg_cut_10", "recall_100", "map", "recip_rank"}).evaluate(found)
    scores = _scored(QRELS, run, Terms(measures=("nDCG@10", "R@100", "AP", "RR")))
    for name, theirs in (("nDCG@10", "ndcg_cut_10"), ("R@100", "recall_100"), ("AP", "map"), ("RR", "recip_rank")):
        expected = {query: trec.get(query, {}).get(theirs, 0.0) for query in QRELS}
        assert scores.per_query[name] == pytest.approx(expected, abs=1e-6)


def test_values_by_hand() -> None:
    scores = _scored(QRELS, PLAIN, Terms())
    ideal = 2 / math.log2(2) + 1 / math.log2(3)
    assert scores.per_query["nDCG@10"]["q1"] == pytest.approx((2 / math.log2(3) + 1 / math.log2(5)) / ideal)
    assert scores.per_query["RR@10"] == {"q1": 0.5, "q2": 0.5, "q3": 1.0, "q4": 0.0}
    assert scores.per_query["Judged@10"] == {"q1": 0.75, "q2": 0.5, "q3": 1.0, "q4": 1.0}
    assert scores.measures["RR@10"] == 0.5


def test_a_question_without_results_counts_nothing_and_is_listed() -> None:
    scores = _scored(QRELS, ABSENT, Terms())
    assert scores.empty == ("q2", "q3", "q4")
    assert scores.per_query["nDCG@10"]["q3"] == 0.0
    assert scores.measures["RR@10"] == 0.5 / 4


def test_the_range_that_equal_scores_leave_open_is_told() -> None:
    ties = _scored({"q": {"good": 1}}, {"q": {"good": 1.0, "bad": 1.0}}, Terms(measures=("RR@10",))).ties["RR@10"]
    assert (ties.best, ties.worst) == (1.0, 0.5)
    assert 0.5 < ties.mean < 1.0


def test_equal_scores_change_places_among_themselves_alone() -> None:
    run = {"q": {"first": 3.0, "good": 2.0, "bad": 2.0}}
    ties = _scored({"q": {"good": 1}}, run, Terms(measures=("RR@10",))).ties["RR@10"]
    assert (ties.best, ties.worst) == (1 / 2, 1 / 3)
    assert ties.worst < ties.mean < ties.best


def test_ties_that_cannot_change_a_figure_are_not_reported() -> None:
    assert _scored({"q": {"good": 1}}, {"q": {"good": 2.0, "x": 1.0, "y": 1.0}}, Terms()).ties == {}


def _dataset(query: str, document: str) -> Dataset:
    text = Text("1", "A title", document)
    return Dataset("d", Path(), "test", {"1": Query("1", query)}, {"1": {"2": 1}}, {"1": text}, {}, (), {})


def test_a_question_that_is_a_document_does_not_find_itself() -> None:
    run, dropped = drop_self_matches(_dataset("The same  words.", "the same words."), {"1": {"1": 9.0, "2": 1.0}})
    assert (run, dropped) == ({"1": {"2": 1.0}}, 1)


def test_a_document_that_merely_has_the_number_of_the_question_stays() -> None:
    run, dropped = drop_self_matches(_dataset("What?", "Something else."), {"1": {"1": 9.0, "2": 1.0}})
    assert (run, dropped) == ({"1": {"1": 9.0, "2": 1.0}}, 0)
    assert drop_self_matches(replace(_dataset("What?", "x"), corpus={}), run) == (run, 0)


@pytest.mark.parametrize("name", [
    "nDCG@ten", "Magic", "", "nDCG@10 or so", "alpha_nDCG@10",
    "nDCG@0", "R@0", "RR@0", "Judged@0", "P(rel=0)@5", "BPM", "nDCG@1.5", "ERR@20",
])  # fmt: skip
def test_a_measure_that_is_unknown_or_cannot_be_computed_is_refused(name: str) -> None:
    with pytest.raises(EvalError):
        known_measures(QRELS, Terms(measures=(name,)))


def test_a_measure_that_looks_deeper_than_the_rankings_go_is_refused_and_told_how_deep() -> None:
    with pytest.raises(EvalError, match=r"a depth of 5 or more for R@5, found 2\. Raise --depth"):
        known_measures(QRELS, Terms(2, ("RR", "R@2", "R@5")))


def test_a_measure_by_two_of_its_names_has_its_figure_under_both() -> None:
    assert set(_scored(QRELS, PLAIN, Terms(measures=("RR@10", "MRR@10"))).measures.values()) == {0.5}


@given(st.lists(st.floats(-1e6, 1e6), max_size=20))
def test_evaluators_see_the_order_of_a_ranking(scores: list[float]) -> None:
    falling = strictly_falling(scores)
    assert falling == sorted(set(falling), reverse=True)
    assert len(falling) == len(scores)


def test_scores_that_fall_already_stay() -> None:
    assert strictly_falling([3.0, 2.0, 2.0, 1.0])[::3] == [3.0, 1.0]


def test_a_run_lists_the_best_first() -> None:
    assert format_run({"q": {"a": 0.5, "b": 2.0}}, "tag") == "q Q0 b 1 2.0 tag\nq Q0 a 2 0.5 tag\n"


def test_grades_below_none_count_as_none_and_harm_nothing() -> None:
    rng = Random(0)
    qrels = {f"q{n}": {f"d{i}": rng.choice((-2, 0, 1)) for i in range(n + 2)} for n in range(58)}
    run = {query: {id: float(i) for i, id in enumerate(grades)} for query, grades in qrels.items()}
    plain = {query: {id: max(grade, 0) for id, grade in grades.items()} for query, grades in qrels.items()}
    assert _scored(qrels, run, Terms()).measures == _scored(plain, run, Terms()).measures


def test_scores_that_single_precision_holds_for_equal_are_told_apart() -> None:
    found = _scored(
        {"q": {"a": 1}}, {"q": {"z": 100_000.001, "a": 100_000.002}}, Terms(measures=("nDCG@10", "AP", "RR@10"))
    )
    assert set(found.measures.values()) == {1.0} and not found.ties


def test_what_nobody_judged_may_stand_anywhere_among_equals() -> None:
    run = {"q": {f"d{n}": 1.0 for n in range(20)}}
    found = _scored({"q": {f"d{n}": int(n == 0) for n in range(10)}}, run, Terms(measures=("Judged@10",)))
    assert (found.ties["Judged@10"].best, found.ties["Judged@10"].worst) == (1.0, 0.0)
