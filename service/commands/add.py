"""`muniment add`: files in, catalogued and published."""

from functools import partial
from pathlib import Path

import click

from service.commands.options import NO_PUBLISH, Call, progress, showing
from service.home import writing


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@NO_PUBLISH
@showing
def command(call: Call, paths: tuple[Path, ...], no_publish: bool) -> None:
    """Take in files and folders: HTML, PDF, DOCX, Markdown, text, WARC, or a BEIR corpus.jsonl.

    A file's address is its path within PATH: adding it again updates it, and no other file may have that address.
    """
    from service.pipeline import take_and_publish, take_paths, writing_encoder

    home = call.begin()
    with writing(home, "add"), progress() as report:
        encoder = writing_encoder(home)
        take = partial(take_paths, home, paths, encoder, report)
        intake = take() if no_publish else take_and_publish(home, encoder, take, report)
    for unreadable in intake.unreadable:
        click.echo(f"Not taken ({unreadable.rule}): {unreadable.url}: {unreadable.reason}", err=True)
    text = f"{intake.changed} new or changed, {intake.unchanged} unchanged, {len(intake.unreadable)} not taken."
    call.show(intake, "\n".join((text, *(f"Alarm: {alarm}" for alarm in intake.alarms))))
