"""`muniment eval`: measure search on judged questions."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from eval.bench import Terms
    from eval.records import Dataset
    from eval.runs import Result

HOME = click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="MUNIMENT_HOME",
    default=Path("muniment-home"),
    show_default=True,
    help="The home; runs and what they need are kept below HOME/eval.",
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON and nothing else.")
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
    home: Path,
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
    _measure_all(read_dataset(dataset, split), names, terms, home, run_file, as_json)


def _measure_all(
    dataset: "Dataset", names: list[str], terms: "Terms", home: Path, run_file: Path | None, as_json: bool
) -> None:
    import time
    from datetime import UTC, datetime

    from eval.bench import measure
    from eval.datasets import describe
    from eval.homes import Workshop
    from eval.report import facts_text
    from eval.runs import keep_run
    from eval.trec import format_run

    click.echo(facts_text(dataset, describe(dataset)), err=True)
    workshop = Workshop(dataset, home)
    for name in names:
        system = workshop.open(name)
        with _progress(len(dataset.judged), name) as advance:
            result, run = measure(dataset, system, terms, time.perf_counter, advance)
        keep_run(home / "eval" / "runs", result, run, datetime.now(UTC))
        if run_file:
            path = Path(str(run_file).replace("{system}", system.name))
            path.write_text(format_run(run, system.name), encoding="utf-8")
        _print_result(result, as_json)


def _print_result(result: "Result", as_json: bool) -> None:
    from eval.report import result_text, summary

    click.echo(json.dumps(summary(result), ensure_ascii=False) if as_json else result_text(result))


class _progress:
    """A bar on a terminal; nothing where output is read by a program."""

    def __init__(self, total: int, what: str) -> None:
        self._bar: Any = None
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(what, total=total)

    def __enter__(self) -> Any:
        if self._bar:
            self._bar.start()
        return self._advance

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar.stop()

    def _advance(self) -> None:
        if self._bar:
            self._bar.advance(self._task)
