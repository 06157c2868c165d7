"""Whether a difference between runs is more than chance (paired tests, intervals, effect sizes, plain words), and
whether a run holds the floors that were pinned beside a fingerprint of the data they were measured on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from eval.errors import BadData, NotComparable
from eval.lines import digest, hashes
from eval.records import Dataset
from eval.runs import Result, judged_queries
from eval.sources import open_dataset

RESAMPLES = 10_000
ALPHA = 0.05
FEW_QUERIES = 50
# A difference of sums that only rounding makes is no difference.
ROUNDING = 1e-9
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
    p_holm: float = 1.0
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Floors:
    """What ``system`` reached on a ``split``; it may lose ``margin`` of each figure. ``data`` is the fingerprint."""

    split: str
    system: str
    data: str
    margin: float
    measured: dict[str, float]


def compare_runs(results: Sequence[Result], measures: Sequence[str] = ()) -> list[Comparison]:
    """Every later run against the first, in every measure that all of them have. Raises NotComparable."""
    baseline, *others = results
    for other in others:
        check_comparable(baseline, other)
    shared = shared_measures(results)
    if not shared or not {*measures} <= {*shared}:
        remedy = f"Choose among {', '.join(shared) or 'none'}, or make the runs again with a --measure in common."
        raise NotComparable("measures that every run has", ", ".join(measures) or "none", remedy)
    compared = [_compare(name, baseline, other) for name in dict.fromkeys(measures or shared) for other in others]
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
    observed = abs(moved.sum()) - ROUNDING
    draw = np.random.default_rng(seed)
    extreme = 0
    for start in range(0, resamples, _CHUNK):
        kept = draw.integers(0, 2, (min(_CHUNK, resamples - start), len(moved)), dtype=np.int8).astype(np.float64)
        extreme += int((np.abs(2 * (kept @ moved) - moved.sum()) >= observed).sum())
    return (1 + extreme) / (1 + resamples)


def t_test_p(differences: Values) -> float:
    """Two-sided paired t-test; 1 where nothing differs, and for one question, which shows nothing."""
    from scipy.stats import ttest_1samp  # type: ignore[import-untyped]

    if np.ptp(differences) <= ROUNDING:
        return float(len(differences) < 2 or abs(differences.mean()) <= ROUNDING)
    return float(ttest_1samp(differences, 0.0).pvalue)


def bootstrap_interval(values: Values, resamples: int, seed: int) -> tuple[float, float]:
    """The 95 % percentile interval of the mean over resampled questions; one alone tells no other."""
    # Read late, here and above: it takes two seconds, which only who compares should wait for.
    from scipy.stats import bootstrap

    if len(values) < 2:
        return float(values[0]), float(values[0])
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


def open_floors(path: Path, folder: Path) -> tuple[Floors, Dataset]:
    """The floors of a file and the data set that they are for. Raises BadData where they were pinned on other data."""
    try:
        floors = msgspec.json.decode(path.read_bytes(), type=Floors)
    except (OSError, ValueError) as error:
        raise BadData(path, None, "split, system, data, margin and measured", str(error), "Mend it.") from None
    dataset = open_dataset(folder, floors.split)
    if (found := fingerprint(dataset)) != floors.data:
        remedy = "Look at what changed in the data; then measure again and pin that, with this fingerprint."
        raise BadData(path, None, f"floors of the data {found}", f"of {floors.data!r}", remedy)
    return floors, dataset


def fingerprint(dataset: Dataset) -> str:
    """16 hexadecimal digits over the files of the data set, and of its folder "site" where it has one."""
    pages = sorted(file for file in dataset.folder.glob("site/*") if file.is_file())
    parts = sorted({**dataset.sha256, **hashes(dataset.folder, *pages)}.items())
    return digest(msgspec.json.encode(parts))[:16]


def misses(floors: Floors, result: Result) -> list[str]:
    """A sentence for each figure that lost more than the margin; none where every floor holds."""
    return [
        _sentence(floors, name, result)
        for name, pinned in floors.measured.items()
        if result.scores.measures[name] < pinned - floors.margin - ROUNDING
    ]


def _compare(name: str, baseline: Result, other: Result) -> Comparison:
    ours, theirs = baseline.scores.per_query[name], other.scores.per_query[name]
    differences = np.array([theirs[query] - value for query, value in ours.items()])
    spread = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    low, high = bootstrap_interval(differences, RESAMPLES, seed=0)
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
        effect=float(differences.mean()) / spread if spread > ROUNDING else 0.0,
        p_randomisation=randomisation_p(differences, RESAMPLES, seed=0),
        p_t=t_test_p(differences),
    )


def _judged(one: Comparison) -> Comparison:
    change = f"{one.difference:+.4f} ({one.low:+.4f} to {one.high:+.4f})"
    if one.p_holm < ALPHA:
        words = f"{one.other} is {'better' if one.difference > 0 else 'worse'} than {one.baseline} in {one.measure}"
    else:
        words = f"no difference shown between {one.other} and {one.baseline} in {one.measure}"
    few = f"; only {one.queries} questions, too few to rely on" if one.queries < FEW_QUERIES else ""
    return replace(one, verdict=f"{words}: {change}{few}")


def _sentence(floors: Floors, name: str, result: Result) -> str:
    found, pinned = result.scores.measures[name], floors.measured[name]
    low, high = bootstrap_interval(np.array(list(result.scores.per_query[name].values())), RESAMPLES, seed=0)
    interval = f"95 % interval {low:.4f} to {high:.4f}"
    return f"{floors.system} {name}: {found:.4f} ({interval}) is {found - pinned:+.4f} from the pinned {pinned:.4f}"
