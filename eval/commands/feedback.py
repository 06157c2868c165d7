"""`muniment feedback`: what readers said of answers, and the same as judged pairs."""

from pathlib import Path

import click

from service.commands.options import Call, Writable, showing
from service.feedback import FeedbackBook, Opinion


@click.command()
@click.option("--export", type=Writable(file_okay=False), help="Write the judged pairs as a data set for `eval`.")
@showing
def command(call: Call, export: Path | None) -> None:
    """Show what readers said of answers; questions without an answer are worth reading."""
    from eval.datasets import write_dataset
    from eval.sources import judged

    opinions = FeedbackBook(call.home().desk).read()
    if export:
        write_dataset(judged(opinions, export), export)
    call.show(opinions, "\n".join(map(_line, opinions)) or "Nobody has said anything yet.")


def _line(one: Opinion) -> str:
    said = f"{one.day}  {'yes' if one.helpful else 'no '}  {one.state:12}  {one.question}"
    return f"{said}\n      {one.reason}" if one.reason else said
