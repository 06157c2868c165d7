"""`muniment doctor`: is this home well?"""

from datetime import UTC, datetime
from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, show


@click.command()
@HOME
@AS_JSON
def command(home_path: Path, as_json: bool) -> int:
    """Examine the home: whether the index is what the catalog holds, what waits, what failed, and what to do.

    Exit code 1 where something is wrong.
    """
    from service.health import examine
    from service.home import open_home

    findings = list(examine(open_home(home_path), datetime.now(UTC)))
    lines = (f"{'WRONG' if one.wrong else 'ok   '} {one.check}: {one.found}. {one.remedy}".rstrip() for one in findings)
    show(findings, as_json, "\n".join(lines))
    return 1 if any(one.wrong for one in findings) else 0
