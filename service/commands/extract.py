"""`muniment extract`: what would be read from files, without keeping any of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ingest.records import Unreadable
from service.commands.options import AS_JSON

if TYPE_CHECKING:
    from service.learned import Outcome


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@AS_JSON
def command(paths: tuple[Path, ...], as_json: bool) -> int:
    """Print what is read from each file, one line each. Exit code 1 where one gave no document."""
    from service.pipeline import read_outcomes

    failed = 0
    folders = ((sorted(path.rglob("*")) if path.is_dir() else [path]) for path in paths)
    for path, outcome in read_outcomes([file for folder in folders for file in folder if file.is_file()]):
        fields = _fields(path, outcome)
        failed += "unreadable" in fields
        text = f"{fields['path']}: {fields.get('title') or fields.get('reason')}"
        click.echo(msgspec.json.encode(fields).decode() if as_json else text)
    return 1 if failed else 0


def _fields(path: Path, outcome: "Outcome") -> dict[str, Any]:
    name = click.format_filename(path)
    if isinstance(outcome, Unreadable):
        return {"path": name, "url": outcome.url, "unreadable": outcome.rule, "reason": outcome.reason}
    told = "url title dates kind tags authors committees evidence lang quotable text".split()
    published = {f"published_{name}": getattr(outcome.published, name) for name in ("until", "source", "precision")}
    return {
        "path": name,
        "published": outcome.published.first,
        "attachments": [link.url for link in outcome.attachments],
        **published,
        **{name: getattr(outcome, name) for name in told},
    }
