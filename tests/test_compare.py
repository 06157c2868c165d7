"""A difference is called one only where it is more than chance, and runs that cannot be compared are not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import permutation_test

from eval.compare import Floors, bootstrap_interval, compare_runs, holm, misses, randomisation_p, t_test_p
from eval.datasets import Facts, read_dataset
from eval.errors import BadData, NotComparable
from eval.measures import Scores, known_measures, score_run
from eval.records import Qrels, Run, Terms, Text, Timing
from eval.runs import Manifest, Result, keep_run, load_result, load_run
from eval.trec import format_run

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
QRELS = {f"q{n}": {"good": 1} for n in range(60)}
TERMS = Terms(measures=("nDCG@10", "RR@10"))


def _scored(qrels: Qrels, run: Run) -> Scores:
    return score_run(qrels, run, known_measures(qrels, TERMS))


def result_of(system: str, run: Run, files: dict[str, str] | None = None, file: bool = False) -> Result:
    manifest = Manifest(
        "data",
        "/data",
        "test",
        "/home",
        files or {"q": "1"},
        system,
        system,
        {"file": "x"} if file else {},
        TERMS,
        {},
        {},
        "",
    )
    facts = Facts(1, 60, 60, 60, {}, (), (), (), 0, 0, ())
    return Result(f"id-{system}", manifest, facts, _scored(QRELS, run), Timing(1, 1, 1, 1, 1), {})


def run_with_good_at(rank: Callable[[int], int]) -> Run:
    return {
        f"q{n}": {("good" if place == rank(n) else f"d{place}"): -float(place) for place in range(1, 6)}
        for n in range(60)
    }


FIRST, SECOND = run_with_good_at(lambda n: 1), run_with_good_at(lambda n: 2)
MIXED = run_with_good_at(lambda n: 1 + n % 2)
MIXED_OTHERWISE = run_with_good_at(lambda n: 2 - n % 2)


def test_a_clear_difference_is_named_with_its_direction() -> None:
    worse, better = (
        compare_runs([result_of("a", FIRST), result_of("b", SECOND)], ["RR@10"]),
        compare_runs([result_of("a", SECOND), result_of("b", FIRST)], ["RR@10"]),
    )
    assert worse[0].verdict == "b id-b is worse than a id-a in RR@10: -0.5000 (-0.5000 to -0.5000)"
    assert better[0].verdict.startswith("b id-b is better than a id-a in RR@10: +0.5000")


def test_chance_is_called_no_difference() -> None:
    compared = compare_runs([result_of("a", MIXED), result_of("b", MIXED_OTHERWISE)])
    assert [one.measure for one in compared] == ["nDCG@10", "RR@10"]
    assert all(one.verdict.startswith("no difference shown") for one in compared)
    assert all(one.low < 0 < one.high for one in compared)


def test_equal_runs_do_not_differ() -> None:
    (one,) = compare_runs([result_of("a", MIXED), result_of("b", MIXED)], ["RR@10"])
    assert (one.difference, one.effect, one.p_randomisation, one.p_t) == (0.0, 0.0, 1.0, 1.0)


def test_few_questions_are_warned_of() -> None:
    few = {f"q{n}": {"good": 1} for n in range(10)}
    results = [replace(result_of(name, FIRST), scores=_scored(few, run)) for name, run in (("a", FIRST), ("b", MIXED))]
    assert "only 10 questions" in compare_runs(results, ["RR@10"])[0].verdict


@pytest.mark.parametrize(
    "other",
    [
        result_of("b", SECOND, files={"q": "2"}),
        replace(result_of("b", SECOND), manifest=replace(result_of("b", SECOND).manifest, split="dev")),
        result_of("b", {}),
        result_of("b", dict(list(SECOND.items())[:59]), file=True),
    ],
    ids=["other files", "another split", "never ran", "one question missing from a run file"],
)
def test_runs_that_cannot_be_compared_are_refused(other: Result) -> None:
    with pytest.raises(NotComparable):
        compare_runs([result_of("a", FIRST), other])


def test_a_search_that_found_nothing_for_one_question_still_ran() -> None:
    (one,) = compare_runs([result_of("a", FIRST), result_of("b", {**FIRST, "q7": {}})], ["RR@10"])
    assert one.difference == pytest.approx(-1 / 60)


def test_an_unshared_measure_is_refused() -> None:
    with pytest.raises(NotComparable, match="AP"):
        compare_runs([result_of("a", FIRST), result_of("b", SECOND)], ["AP"])
    other = result_of("b", SECOND)
    with pytest.raises(NotComparable, match="in common"):
        compare_runs([result_of("a", FIRST), replace(other, scores=replace(other.scores, measures={"AP": 0.5}))])


def test_what_rounding_alone_loses_misses_no_floor() -> None:
    assert misses(Floors("test", "b", "", 0.6, {"RR@10": 1.1}), result_of("b", SECOND)) == []
    assert len(misses(Floors("test", "b", "", 0.59, {"RR@10": 1.1}), result_of("b", SECOND))) == 1


def test_a_measure_named_twice_is_one_comparison() -> None:
    assert len(compare_runs([result_of("a", FIRST), result_of("b", SECOND)], ["RR@10", "RR@10"])) == 1


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_randomisation_test_agrees_with_scipy() -> None:
    differences = np.random.default_rng(3).normal(0.1, 1.0, 80)
    theirs = permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(1)
    ).pvalue
    assert randomisation_p(differences, 20_000, seed=2) == pytest.approx(theirs, abs=0.02)


def test_the_interval_holds_the_mean_and_narrows_with_more_questions() -> None:
    draw = np.random.default_rng(4)
    few, many = draw.normal(0.2, 1.0, 50), draw.normal(0.2, 1.0, 5_000)
    (a, b), (c, d) = bootstrap_interval(few, 2_000, 0), bootstrap_interval(many, 2_000, 0)
    assert a < few.mean() < b
    assert c < many.mean() < d
    assert (d - c) < (b - a) / 5


def _real_differences() -> np.ndarray:
    from eval.baselines import Bm25, Windows
    from eval.runs import run_queries

    dataset = read_dataset(SHARED / "cisi")
    texts = list(dataset.corpus.values())
    systems = [
        Bm25(Windows(texts)),
        Bm25(Windows(Text(text.id, "", text.text) for text in texts if text.text)),
    ]
    runs = [run_queries(one, dataset.judged, 100, lambda: 0.0, lambda *_: None)[0] for one in systems]
    ours, theirs = (_scored(dataset.qrels, run).per_query["nDCG@10"] for run in runs)
    return np.array([theirs[query] - ours[query] for query in ours])


def test_false_alarms_come_as_often_as_promised() -> None:
    if not (SHARED / "cisi").is_dir():
        pytest.skip("the collection cisi is not beside this checkout")
    differences = _real_differences()
    assert np.count_nonzero(differences) > 30
    draw = np.random.default_rng(5)
    swapped = [differences * draw.choice([-1.0, 1.0], len(differences)) for _ in range(1_000)]
    for p_value in (lambda trial, n: randomisation_p(trial, 1_000, n), lambda trial, _: t_test_p(trial)):
        alarms = sum(p_value(trial, n) < 0.05 for n, trial in enumerate(swapped))
        assert alarms / 1_000 == pytest.approx(0.05, abs=0.015)


def test_the_registry_keeps_a_run_once_and_notices_a_change(tmp_path: Path) -> None:
    run = {**FIRST, "q7": {}}
    result = result_of("a", run)
    result = replace(result, manifest=replace(result.manifest, run_sha256=_sha(format_run(run, "a"))))
    for _ in range(2):
        keep_run(tmp_path, result, run, datetime(2026, 1, 1, tzinfo=UTC))
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 2
    assert load_result(tmp_path, result.id) == result
    assert load_run(tmp_path, result.id) == (result, run)
    (tmp_path / result.id / "run.trec").write_text("q1 Q0 d 1 1.0 a\n")
    with pytest.raises(BadData):
        load_result(tmp_path, result.id)


@pytest.mark.parametrize("content", [None, "{}", "not JSON"])
def test_a_result_that_is_none_is_refused(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "id").mkdir()
    if content is not None:
        (tmp_path / "id" / "result.json").write_text(content)
    with pytest.raises(BadData):
        load_result(tmp_path, "id")


def _sha(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def test_one_question_tells_nothing_of_others() -> None:
    values = np.array([0.25])
    assert t_test_p(values) == 1.0
    assert bootstrap_interval(values, 100, 0) == (0.25, 0.25)
