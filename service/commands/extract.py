"""`muniment extract`: what would be read from files, without keeping any of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service.commands.options import AS_JSON, show

if TYPE_CHECKING:
    from service.learned import Outcome


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@AS_JSON
def command(paths: tuple[Path, ...], as_json: bool) -> int:
    """Print what is read from each file, one line each. Exit code 1 where one gave no document."""
    failed = 0
    for path, outcome in _outcomes(paths):
        fields = _fields(path, outcome)
        failed += "unreadable" in fields
        show(fields, as_json, f"{path}: {fields.get('title') or fields.get('reason')}")
    return 1 if failed else 0


def _outcomes(paths: tuple[Path, ...]) -> "Iterator[tuple[Path, Outcome]]":
    from service.pipeline import read_outcomes

    folders = ((sorted(path.rglob("*")) if path.is_dir() else [path]) for path in paths)
    return read_outcomes([file for folder in folders for file in folder if file.is_file()])


def _fields(path: Path, outcome: "Outcome") -> dict[str, Any]:
    from ingest.records import Unreadable

    if isinstance(outcome, Unreadable):
        return {"path": str(path), "url": outcome.url, "unreadable": outcome.rule, "reason": outcome.reason}
    published = outcome.published
    return {
        "path": str(path),
        "url": outcome.url,
        "title": outcome.title,
        "published": published.first,
        "published_until": published.until,
        "published_source": published.source,
        "published_precision": published.precision,
        "dates": outcome.dates,
        "kind": outcome.kind,
        "tags": outcome.tags,
        "authors": outcome.authors,
        "committees": outcome.committees,
        "evidence": outcome.evidence,
        "lang": outcome.lang,
        "quotable": outcome.quotable,
        "attachments": [link.url for link in outcome.attachments],
        "text": outcome.text,
    }
