"""Another model in the place of the one in force: both are measured first, each on an index of its own."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from eval.compare import FEW_QUERIES, Comparison, compare_runs
from eval.errors import EvalError
from eval.homes import Workshop
from eval.judge import ledger_of, settle
from eval.records import Dataset, Terms
from eval.runs import measure
from eval.sources import judged, open_dataset
from index.publish import Published
from ingest.records import Audience
from service.feedback import FeedbackBook
from service.home import Home
from service.intake import Progress
from service.pipeline import publish_home, switch, writing_encoder


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
        raise EvalError("judged questions to compare models by", found, "Give --judged DATASET, or --unmeasured.")
    return read


def change_model(
    home: Home, other: Home, questions: Dataset | None, progress: Progress, say: Callable[[str], None]
) -> tuple[dict[Audience, Published], Comparison | None]:
    """Publish both, say how the ``other`` compares by nDCG@10 of the whole search for the public, and switch to it."""
    encoder = writing_encoder(other)  # a model that cannot be used is told before anything is encoded
    publish_home(home, writing_encoder(home), progress, trusting=False)
    published = publish_home(other, encoder, progress, trusting=False)
    terms, compared = Terms(measures=("nDCG@10",)), None
    if questions:
        shops = (Workshop(questions, each, progress) for each in (home, other))
        compared = compare_runs([measure(shop, "hybrid", terms, time.perf_counter, progress)[0] for shop in shops])[0]
        say(_told(compared, home.settings.model.name, other.settings.model.name))
    switch(other, encoder, published)
    say(f"{other.settings.model.name} is in force; `--model {home.settings.model.name}` switches back.")
    return published, compared


def _told(found: Comparison, baseline: str, other: str) -> str:
    few = ", too few to rely on" if found.queries < FEW_QUERIES else ""
    return (
        f"{found.measure} {found.baseline_mean:.4f} with {baseline}, {found.other_mean:.4f} with {other}: "
        f"{found.difference:+.4f} ({found.low:+.4f} to {found.high:+.4f}), p = {found.p_randomisation:.4f} "
        f"(paired randomisation) over {found.queries} judged questions{few}."
    )
