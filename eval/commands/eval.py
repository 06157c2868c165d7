"""`muniment eval`: measure search on judged questions."""

import time
from datetime import UTC, datetime
from pathlib import Path

import click
from click.exceptions import Exit

from eval.answers import ask_all, figures
from eval.asked import read_asked
from eval.commands.judge import command as judge_command
from eval.commands.reports import OUT, write
from eval.commands.speed import command as speed_command
from eval.compare import ROUNDING, compare_runs, misses, open_floors
from eval.datasets import describe, read_dataset, write_dataset
from eval.homes import ABLATION, SYSTEMS, Workshop, check_system
from eval.page import as_markdown
from eval.records import RELATED, Dataset, Terms
from eval.related import broken_promises, correlate
from eval.report import facts_text, make_report, report_answers, result_text, summary
from eval.runs import Manifest, Result, keep_run, load_result, load_run, measure
from eval.sources import open_dataset
from eval.systems import ids_of
from eval.trec import format_run
from ingest.records import Audience
from service.commands.options import AUDIENCE, SPLIT, Call, Writable, progress, showing
from service.home import open_home
from service.intake import Progress


@click.group("eval")
def command() -> None:
    """Measure search on judged questions."""


@command.command("run")
@click.argument("words", nargs=-1, required=True, metavar="DATASET... [SYSTEM]...")
@click.option("--system", "systems", multiple=True, help=f"{', '.join(SYSTEMS)}, run:FILE, a service's address.")
@SPLIT
@click.option("--measure", "measures", multiple=True, help="A measure as ir-measures names it, such as nDCG@10.")
@click.option("--depth", type=click.IntRange(1, 1000), default=100, show_default=True, help="Results per question.")
@click.option("--run", "run_file", help="Write a TREC run; {dataset} and {system} are filled in.")
@click.option("--keep-self", is_flag=True, help="Let a question that is a document find itself.")
@click.option("--ablate", is_flag=True, help="Run hybrid whole and without each of its parts, and compare.")
@AUDIENCE
@showing
def run_command(
    call: Call,
    words: tuple[str, ...],
    systems: tuple[str, ...],
    split: str,
    measures: tuple[str, ...],
    depth: int,
    run_file: str | None,
    keep_self: bool,
    ablate: bool,
) -> None:
    """Put the judged questions of each DATASET to each SYSTEM and print the figures, one line of JSON each."""
    paths = [word for word in words if Path(word).exists()] or [words[0]]
    asked = (*(ABLATION if ablate else ()), *systems, *(word for word in words if word not in paths))
    names = [name for given in asked for name in given.split(",")] or ["related" if split == RELATED else "hybrid"]
    for name in names:
        check_system(name)
    for part, many in (("{system}", names), ("{dataset}", paths)):
        if run_file and len(many) > 1 and part not in run_file:
            raise click.UsageError(f"--run writes one file for each: put {part} into its name.")
    if run_file:
        # What a folder is called after is made with the file; what stands before it must be there.
        Writable().convert("".join(run_file.partition("{")[:2]), None, None)
    terms = Terms(depth, measures or Terms().measures, keep_self)
    # All are read before any is measured: a broken row is told at once.
    for dataset in [open_dataset(Path(path), split) for path in paths]:
        click.echo(facts_text(dataset, describe(dataset)), err=True)
        with progress() as report:
            workshop = Workshop(dataset, call.begin(), report, call.audience)
            results = [_run(call, workshop, name, terms, run_file, report) for name in names]
        if ablate:
            click.echo("\n".join(one.verdict for one in compare_runs(results)), err=True)


def _run(call: Call, workshop: Workshop, name: str, terms: Terms, run_file: str | None, report: Progress) -> Result:
    result, run = measure(workshop, name, terms, time.perf_counter, report)
    keep_run(_registry(workshop.outer.path), result, run, datetime.now(UTC))
    system, more = result.manifest.system, correlate(workshop.dataset, run)
    if system == RELATED:
        more["promises broken"] = len(broken_promises(workshop.searcher))
    if run_file:
        file = Path(run_file.replace("{system}", system).replace("{dataset}", workshop.dataset.name))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(format_run(run, system), encoding="utf-8")
    call.show(summary(result, more), result_text(result, more))
    return result


command.add_command(
    click.Command(
        "related",
        params=[option for option in run_command.params if option.name != "split"],
        callback=lambda **given: click.get_current_context().invoke(run_command, split=RELATED, **given),
        help="Measure what SYSTEM recommends beside each document by related.tsv, links.tsv or similarity.tsv.",
    )
)


@command.command("answers")
@click.argument("dataset", type=click.Path(path_type=Path))
@SPLIT
@OUT
@showing
def answers_command(call: Call, dataset: Path, split: str, out: tuple[Path, ...]) -> None:
    """Ask the questions of DATASET and print how often the answers hold the gold, and refuse where they should."""
    with progress() as report:
        read = read_dataset(dataset, split)
        searcher = Workshop(read, call.begin(), report).searcher
        outcomes = ask_all(read_asked(read), searcher, ids_of(read), time.perf_counter, report)
    made = {"dataset": read.name, "split": read.split, "generation": searcher.generation, **figures(outcomes)}
    write(report_answers(made), out)
    call.show(made, "\n".join(f"{name}: {value}" for name, value in made.items()))


command.add_command(judge_command)
command.add_command(speed_command)


@command.command("convert")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.argument("folder", type=Writable(file_okay=False))
@SPLIT
def convert_command(dataset: Path, folder: Path, split: str) -> None:
    """Write DATASET, of whatever shape, as a BEIR FOLDER."""
    write_dataset(open_dataset(dataset, split), folder)


@command.command("compare")
@click.argument("runs", nargs=-1, required=True, metavar="BASELINE RUN...")
@click.option("--measure", "measures", multiple=True, help="Only these; by default all that the runs share.")
@showing
def compare_command(call: Call, runs: tuple[str, ...], measures: tuple[str, ...]) -> None:
    """Test whether runs differ from the first one by more than chance. A RUN is an id, or a result.json."""
    if len(runs) < 2:
        raise click.UsageError("Name a baseline and at least one other run.")
    compared = compare_runs([load_result(_registry(call.path), run) for run in runs], measures)
    call.show(compared, "\n".join(one.verdict for one in compared))


@command.command("gate")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option("--baseline", metavar="RUN", help="An id of the registry, or a result.json.")
@click.option("--floors", "floors_file", type=click.Path(path_type=Path), help="A file of floors instead of a RUN.")
@click.option("--max-drop", type=click.FloatRange(0), default=0.0, show_default=True, help="What may be lost.")
@click.option("--measure", "names", multiple=True, default=("nDCG@10",), show_default=True)
@showing
def gate_command(
    call: Call, dataset: Path, baseline: str | None, floors_file: Path | None, max_drop: float, names: tuple[str, ...]
) -> None:
    """Run DATASET with the baseline's system and exit 1 where a measure fell too far, or below a floor."""
    if (baseline is None) == (floors_file is None):
        raise click.UsageError("Name a --baseline, or a file of --floors.")
    if floors_file:
        floors, data = open_floors(floors_file, dataset)
        missed = misses(floors, _measured(data, floors.system, Terms(measures=tuple(floors.measured)), call.path))
        call.show(missed, "\n".join(missed) or "Every floor holds.")
        raise Exit(int(bool(missed)))
    floor = load_result(_registry(call.path), str(baseline))
    compared = compare_runs([floor, _again(floor.manifest, dataset, call.path)], names)
    call.show(compared, "\n".join(one.verdict for one in compared))
    raise Exit(int(any(one.difference < -max_drop - ROUNDING for one in compared)))


@command.command("reproduce")
@click.argument("run")
@showing
def reproduce_command(call: Call, run: str) -> None:
    """Make a kept RUN again from its manifest; exit 1 where its run file comes out differently."""
    kept = load_result(_registry(call.path), run)
    result = _again(kept.manifest, Path(kept.manifest.path), Path(kept.manifest.home))
    equal = result.manifest.run_sha256 == kept.manifest.run_sha256
    said = "equal" if equal else "different"
    call.show({"run": kept.id, "equal": equal, "again": result.id}, f"{kept.id}: the run file came out {said}.")
    raise Exit(int(not equal))


def _again(kept: Manifest, path: Path, home: Path) -> Result:
    return _measured(open_dataset(path, kept.split), kept.asked, kept.terms, home, kept.audience)


def _measured(dataset: Dataset, asked: str, terms: Terms, home: Path, audience: str = "public") -> Result:
    with progress() as report:
        workshop = Workshop(dataset, open_home(home), report, Audience(audience))
        return measure(workshop, asked, terms, time.perf_counter, report)[0]


def _registry(home: Path) -> Path:
    return home / "eval" / "runs"


@command.command("report")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@OUT
@showing
def report_command(call: Call, runs: tuple[str, ...], out: tuple[Path, ...]) -> None:
    """Report on kept runs over one data set, each compared with the first, down to the questions they differ on."""
    kept = [load_run(_registry(call.path), run) for run in runs]
    manifest = kept[0][0].manifest
    dataset = open_dataset(Path(manifest.path), manifest.split)
    with progress() as report:
        texts = Workshop(dataset, open_home(Path(manifest.home)), report, Audience(manifest.audience)).texts
    made = make_report(kept, dataset, texts)
    write(made, out)
    call.show(made, as_markdown(made))
