"""`muniment feedback`: what readers said of answers, and the same as judged pairs."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, show


@click.command()
@click.option("--export", type=click.Path(path_type=Path), help="Write the judged pairs as a data set for `eval`.")
@HOME
@AS_JSON
def command(export: Path | None, home_path: Path, as_json: bool) -> None:
    """Show what readers said of answers; questions without an answer are worth reading."""
    from eval.datasets import write_dataset
    from eval.sources import judged
    from service.feedback import FeedbackBook
    from service.home import open_home

    opinions = FeedbackBook(open_home(home_path).desk).read()
    if export:
        write_dataset(judged(opinions, export), export)
    lines = (f"{one.day}  {'yes' if one.helpful else 'no '}  {one.state:12}  {one.question}" for one in opinions)
    reasons = (f"\n      {one.reason}" if one.reason else "" for one in opinions)
    show(
        opinions, as_json, "\n".join(map("".join, zip(lines, reasons, strict=True))) or "Nobody has said anything yet."
    )
