"""`muniment keys`: who of the staff may come in."""

from datetime import UTC, date, datetime

import click

from service.commands.options import LAST_DAY, Call, in_home, showing
from service.keys import Keys, Scope


@click.group(name="keys")
def command() -> None:
    """Give, list and revoke the keys of staff. The public's pages and the widget need none."""


@command.command()
@click.argument("name")
@click.option(
    "--scope", type=click.Choice(["staff", "admin"]), default="staff", show_default=True, help="What it opens."
)
@LAST_DAY
@showing
def add(call: Call, name: str, scope: str, until: date | None) -> None:
    """Give NAME a key. It is shown now and never again."""
    key = Keys(call.begin().desk).add(name, Scope(scope), until)
    call.show({"key": key}, key)


@command.command(name="list")
@showing
def list_keys(call: Call) -> None:
    """List all keys that were given, by their ids; the keys themselves are nowhere."""
    keys, today = Keys(call.home().desk).all(), datetime.now(UTC).date()
    rows = [
        {"id": one.id, "name": one.name, "scope": one.scope, "made_at": one.made_at, "holds": one.holds(today)}
        for one in keys
    ]
    lines = (f"{row['id']}  {row['scope']:5}  {'holds' if row['holds'] else 'ended'}  {row['name']}" for row in rows)
    call.show(rows, "\n".join(lines) or "No key was given yet: `muniment keys add NAME`.")


@command.command()
@click.argument("id")
@in_home
def revoke(call: Call, id: str) -> None:
    """Revoke the key with this ID at once and for ever. Exit code 1 where there is none that holds."""
    if not Keys(call.home().desk).revoke(id):
        raise click.ClickException(f"No key that holds has the id {id!r}: `muniment keys list` shows which do.")
