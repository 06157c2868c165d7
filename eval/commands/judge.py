"""`muniment eval judge`: staff grade what systems find."""

from pathlib import Path

import click

from service.commands.options import SPLIT, Call, Writable, progress, showing


@click.command("judge")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.argument("systems", nargs=-1, metavar="[SYSTEM]...")
@SPLIT
@click.option("--depth", type=click.IntRange(1, 100), default=10, show_default=True, help="Results of each system.")
@click.option("--candidates", type=click.Path(path_type=Path), help="A .csv or .json of question and address to grade.")
@click.option("--export", type=Writable(), help="Write TREC qrels (a .tsv: BEIR's) instead of serving.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on; by default a free one.")
@showing
def command(
    call: Call,
    dataset: Path,
    systems: tuple[str, ...],
    split: str,
    depth: int,
    candidates: Path | None,
    export: Path | None,
    port: int,
) -> None:
    """Pool what each SYSTEM (lexical, dense and hybrid) finds for DATASET and serve a page on which it is graded."""
    from datetime import UTC, datetime

    import uvicorn

    from eval.datasets import format_qrels
    from eval.homes import Workshop
    from eval.judge import Judging, create_app, ledger_of, pool, settle, take_candidates
    from eval.sources import open_dataset
    from eval.trec import format_trec_qrels
    from service.running import listen

    own = open_dataset(dataset, split)
    read, more = take_candidates(own, open_dataset(candidates)) if candidates else (own, ())
    ledger = ledger_of(call.path, read)
    with progress() as report:
        workshop = Workshop(read, call.begin(), report)
        opened = [workshop.open(name) for name in systems or ("lexical", "dense", "hybrid")]
        judging = Judging(read, workshop.texts, pool(read, opened, depth, more, report), ledger)
    if export:
        form = format_qrels if export.suffix == ".tsv" else format_trec_qrels
        if strangers := settle(read, ledger).keys() - own.queries.keys():
            click.echo(f"{len(strangers)} graded questions that {read.name} does not hold are left out.", err=True)
        export.write_text(form(settle(own, ledger)), encoding="utf-8")
    so_far = judging.summary()
    call.show(so_far, "\n".join(f"{name}: {value}" for name, value in so_far.items()))
    if not export:
        listening = listen("127.0.0.1", port)
        click.echo(f"Judging at http://127.0.0.1:{listening.getsockname()[1]}/", err=True)
        app = create_app(judging, workshop.outer.settings, lambda: datetime.now(UTC))
        uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listening])
