"""`muniment eval`: measure search on judged questions."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.commands.options import AS_JSON, HOME, progress, show

if TYPE_CHECKING:
    from eval.bench import Terms
    from eval.records import Dataset

SPLIT = click.option("--split", default="test", show_default=True, help="The judgements to use: qrels/SPLIT.tsv.")


@click.group("eval")
def command() -> None:
    """Measure search on judged questions."""


@command.command("run")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.argument("more", nargs=-1, metavar="[SYSTEM]...")
@click.option("--system", "systems", multiple=True, help="lexical, dense, hybrid, bm25, minilm, rrf, minmax, run:FILE.")
@SPLIT
@click.option("--measure", "measures", multiple=True, help="A measure as ir-measures names it, such as nDCG@10.")
@click.option("--depth", type=click.IntRange(1, 1000), default=100, show_default=True, help="Results per question.")
@click.option("--run", "run_file", type=click.Path(path_type=Path), help="Write a TREC run; {system} is filled in.")
@click.option("--keep-self", is_flag=True, help="Let a question that is a document find itself.")
@HOME
@AS_JSON
def run_command(
    dataset: Path,
    more: tuple[str, ...],
    systems: tuple[str, ...],
    split: str,
    measures: tuple[str, ...],
    depth: int,
    run_file: Path | None,
    keep_self: bool,
    home_path: Path,
    as_json: bool,
) -> None:
    """Put the judged questions of DATASET to each SYSTEM and print its figures, one line of JSON each."""
    from eval.bench import Terms
    from eval.datasets import read_dataset
    from eval.measures import DEFAULT_MEASURES

    names = [name for given in (*systems, *more) for name in given.split(",")] or ["hybrid"]
    if run_file and len(names) > 1 and "{system}" not in str(run_file):
        raise click.UsageError("--run writes one file for each system: put {system} into its name.")
    terms = Terms(depth, measures or DEFAULT_MEASURES, keep_self)
    _measure_all(read_dataset(dataset, split), names, terms, home_path, run_file, as_json)


def _measure_all(
    dataset: "Dataset", names: list[str], terms: "Terms", home: Path, run_file: Path | None, as_json: bool
) -> None:
    import time
    from datetime import UTC, datetime

    from eval.bench import measure
    from eval.datasets import describe
    from eval.homes import Workshop
    from eval.report import facts_text, result_text, summary
    from eval.runs import keep_run
    from eval.trec import format_run

    click.echo(facts_text(dataset, describe(dataset)), err=True)
    with progress() as report:
        workshop = Workshop(dataset, home, report)
        for name in names:
            result, run = measure(dataset, workshop.open(name), terms, time.perf_counter, report)
            keep_run(home / "eval" / "runs", result, run, datetime.now(UTC))
            if run_file:
                path = Path(str(run_file).replace("{system}", result.manifest.system))
                path.write_text(format_run(run, result.manifest.system), encoding="utf-8")
            show(summary(result), as_json, result_text(result))
