"""Whether a difference between runs is more than chance: paired tests, intervals, effect sizes, and plain words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap, ttest_1samp  # type: ignore[import-untyped]

from eval.errors import NotComparable
from eval.runs import Result, judged_queries

RESAMPLES = 10_000
ALPHA = 0.05
FEW_QUERIES = 50
# A difference of sums that only rounding makes is no difference.
_ROUNDING = 1e-9
_CHUNK = 500

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One run against the baseline in one measure. Differences are other minus baseline.

    ``low`` and ``high`` bound the mean difference (95 %, percentile bootstrap over questions); ``effect`` is
    Cohen's d of the paired differences; ``p_holm`` is ``p_randomisation`` corrected for all comparisons made together.
    """

    measure: str
    baseline: str
    other: str
    queries: int
    baseline_mean: float
    other_mean: float
    difference: float
    low: float
    high: float
    effect: float
    p_randomisation: float
    p_t: float
    p_holm: float
    verdict: str


def compare_runs(
    results: Sequence[Result], measures: Sequence[str] = (), resamples: int = RESAMPLES, seed: int = 0
) -> list[Comparison]:
    """Every later run against the first, in every measure that all of them have. Raises NotComparable."""
    baseline, *others = results
    for other in others:
        check_comparable(baseline, other)
    shared = shared_measures(results)
    if missing := [name for name in measures if name not in shared]:
        raise NotComparable("measures that every run has", f"{missing}", f"Choose among {', '.join(shared)}.")
    pairs = product(measures or shared, others)
    compared = [_compare(name, baseline, other, resamples, seed) for name, other in pairs]
    corrected = holm([one.p_randomisation for one in compared])
    return [_judged(replace(one, p_holm=p)) for one, p in zip(compared, corrected, strict=True)]


def shared_measures(results: Sequence[Result]) -> list[str]:
    """The measures that all of them have, in the order of the first."""
    first, *others = (result.scores.measures for result in results)
    return [name for name in first if all(name in other for other in others)]


def check_comparable(baseline: Result, other: Result) -> None:
    """Raises NotComparable where the runs answer other questions or one of them did not finish."""
    if baseline.manifest.files != other.manifest.files or baseline.manifest.split != other.manifest.split:
        found = f"{baseline.manifest.dataset} against {other.manifest.dataset}, or one of them changed since"
        raise NotComparable("runs over the same files and split", found, "Make both runs again on one data set.")
    for result in (baseline, other):
        empty, asked = result.scores.empty, judged_queries(result.scores)
        # An own system that finds nothing has answered; a file that lacks a question may never have been asked it.
        if len(empty) == len(asked) or (empty and "file" in result.manifest.settings):
            found = f"{len(empty)} of {len(asked)} without results in {result.manifest.system}: {', '.join(empty[:5])}"
            raise NotComparable("complete runs", found, "Let the system answer every question and run it again.")


def randomisation_p(differences: Values, resamples: int, seed: int) -> float:
    """Two-sided paired randomisation test: how often random signs give as large a sum (Fisher; add-one corrected)."""
    moved = differences[differences != 0]
    observed = abs(moved.sum()) - _ROUNDING
    draw = np.random.default_rng(seed)
    extreme = 0
    for start in range(0, resamples, _CHUNK):
        kept = draw.integers(0, 2, (min(_CHUNK, resamples - start), len(moved)), dtype=np.int8).astype(np.float64)
        extreme += int((np.abs(2 * (kept @ moved) - moved.sum()) >= observed).sum())
    return (1 + extreme) / (1 + resamples)


def t_test_p(differences: Values) -> float:
    """Two-sided paired t-test; 1 where nothing differs."""
    if np.ptp(differences) <= _ROUNDING:
        return float(abs(differences.mean()) <= _ROUNDING)
    return float(ttest_1samp(differences, 0.0).pvalue)


def bootstrap_interval(values: Values, resamples: int, seed: int) -> tuple[float, float]:
    """The 95 % percentile interval of the mean over resampled questions."""
    draw = np.random.default_rng(seed)
    made = bootstrap((values,), np.mean, n_resamples=resamples, batch=_CHUNK, method="percentile", rng=draw)
    low, high = map(float, made.confidence_interval)
    return low, high


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction, in the given order."""
    order = np.argsort(p_values)
    falling = np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.maximum.accumulate(np.minimum(falling * np.asarray(p_values)[order], 1.0))
    return [float(p) for p in corrected]


def _compare(name: str, baseline: Result, other: Result, resamples: int, seed: int) -> Comparison:
    ours, theirs = baseline.scores.per_query[name], other.scores.per_query[name]
    differences = np.array([theirs[query] - value for query, value in ours.items()])
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    low, high = bootstrap_interval(differences, resamples, seed)
    return Comparison(
        measure=name,
        baseline=f"{baseline.manifest.system} {baseline.id}",
        other=f"{other.manifest.system} {other.id}",
        queries=len(differences),
        baseline_mean=baseline.scores.measures[name],
        other_mean=other.scores.measures[name],
        difference=float(differences.mean()),
        low=low,
        high=high,
        effect=float(differences.mean()) / spread if spread > _ROUNDING else 0.0,
        p_randomisation=randomisation_p(differences, resamples, seed),
        p_t=t_test_p(differences),
        p_holm=1.0,
        verdict="",
    )


def _judged(one: Comparison) -> Comparison:
    change = f"{one.difference:+.4f} ({one.low:+.4f} to {one.high:+.4f})"
    if one.p_holm < ALPHA:
        words = f"{one.other} is {'better' if one.difference > 0 else 'worse'} than {one.baseline} in {one.measure}"
    else:
        words = f"no difference shown between {one.other} and {one.baseline} in {one.measure}"
    few = f"; only {one.queries} questions, too few to rely on" if one.queries < FEW_QUERIES else ""
    return replace(one, verdict=f"{words}: {change}{few}")
