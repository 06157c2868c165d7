"""`muniment keys`: who of the staff may come in."""

from datetime import UTC, datetime
from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, show
from service.home import open_home
from service.keys import Keys, Scope


@click.group(name="keys")
def command() -> None:
    """Give, list and revoke the keys of staff. The public's pages and the widget need none."""


@command.command()
@click.argument("name")
@click.option(
    "--scope", type=click.Choice(["staff", "admin"]), default="staff", show_default=True, help="What it opens."
)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Its last day (UTC); without, it holds until revoked.")
@HOME
@AS_JSON
def add(name: str, scope: str, until: datetime | None, home_path: Path, as_json: bool) -> None:
    """Give NAME a key. It is shown now and never again."""
    key = Keys(open_home(home_path).desk).add(name, Scope(scope), until.date() if until else None)
    show({"key": key}, as_json, key)


@command.command(name="list")
@HOME
@AS_JSON
def list_keys(home_path: Path, as_json: bool) -> None:
    """List all keys that were given, by their ids; the keys themselves are nowhere."""
    keys, today = Keys(open_home(home_path).desk).all(), datetime.now(UTC).date()
    rows = [
        {"id": one.id, "name": one.name, "scope": one.scope, "made_at": one.made_at, "holds": one.holds(today)}
        for one in keys
    ]
    lines = (f"{row['id']}  {row['scope']:5}  {'holds' if row['holds'] else 'ended'}  {row['name']}" for row in rows)
    show(rows, as_json, "\n".join(lines))


@command.command()
@click.argument("id")
@HOME
def revoke(id: str, home_path: Path) -> int:
    """Revoke the key with this ID at once and for ever. Exit code 1 where there is none that holds."""
    return 0 if Keys(open_home(home_path).desk).revoke(id) else 1
