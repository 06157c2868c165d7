"""Two models over one home, each with an index of its own, before one takes the other's place."""

import time
from dataclasses import replace
from pathlib import Path

from eval.bench import measure
from eval.compare import FEW_QUERIES, Comparison, compare_runs
from eval.errors import EvalError
from eval.feedback import judged
from eval.homes import Workshop
from eval.judge import ledger_of, settle
from eval.records import Dataset, Terms
from eval.sources import open_dataset
from service.feedback import FeedbackBook
from service.home import Home
from service.intake import Progress

MEASURE = "nDCG@10"


def judged_questions(home: Home, path: Path | None, split: str) -> Dataset:
    """The data set at ``path`` with what staff graded in its place, or else what readers said of answers.

    Raises EvalError where nothing in it helps with any question: no model could be told from another.
    """
    if path:
        read = open_dataset(path, split)
        read = replace(read, qrels=settle(read, ledger_of(home.path, read)))
    else:
        read = judged(FeedbackBook(home.desk).read(), home.path / "feedback")
    if not any(grade > 0 for row in read.qrels.values() for grade in row.values()):
        found = f"none in {path}" if path else "no answer of this home that a reader called helpful"
        remedy = "Name a data set with --judged, or switch unmeasured with --unmeasured."
        raise EvalError("judged questions to compare models by", found, remedy)
    return read


def compare_models(read: Dataset, homes: tuple[Home, Home], progress: Progress) -> Comparison:
    """nDCG@10 of the whole search over the public index of each, the second against the first."""
    terms = Terms(measures=(MEASURE,))
    results = [
        measure(Workshop(read, home, progress), "hybrid", terms, time.perf_counter, progress)[0] for home in homes
    ]
    return compare_runs(results)[0]


def told(found: Comparison, baseline: str, other: str) -> str:
    """A comparison of two models in words."""
    few = ", too few to rely on" if found.queries < FEW_QUERIES else ""
    return (
        f"{MEASURE} {found.baseline_mean:.4f} with {baseline}, {found.other_mean:.4f} with {other}: "
        f"{found.difference:+.4f} ({found.low:+.4f} to {found.high:+.4f}), p = {found.p_randomisation:.4f} "
        f"(paired randomisation) over {found.queries} judged questions{few}."
    )
