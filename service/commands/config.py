"""`muniment config show`: every setting, its value and where it comes from."""

from functools import reduce

import click

from service.commands.options import Call, showing
from service.config import names, read_settings

SECRET = {"crawl.login_value"}


@click.group()
def command() -> None:
    """Show the settings."""


@command.command("show")
@showing
def show_command(call: Call) -> None:
    """Print every setting, its value and its origin; secrets are masked."""
    configured = read_settings(call.path)
    rows = {}
    for name in names():
        value = reduce(getattr, name.split("."), configured.settings)
        masked = "********" if name in SECRET and value else value
        rows[name] = {"value": masked, "origin": configured.origins.get(name, "default")}
    call.show(rows, "\n".join(f"{name} = {row['value']!r}  ({row['origin']})" for name, row in rows.items()))
