"""`muniment config show`: every setting, its value and where it comes from."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, show

SECRET = {"crawl.login_value"}


@click.group()
def command() -> None:
    """Show the settings."""


@command.command("show")
@HOME
@AS_JSON
def show_command(home_path: Path, as_json: bool) -> None:
    """Print every setting, its value and its origin; secrets are masked."""
    from functools import reduce

    from service.config import names, read_settings

    configured = read_settings(home_path)
    rows = {}
    for name in names():
        value = reduce(getattr, name.split("."), configured.settings)
        masked = "********" if name in SECRET and value else value
        rows[name] = {"value": masked, "origin": configured.origins.get(name, "default")}
    show(rows, as_json, "\n".join(f"{name} = {row['value']!r}  ({row['origin']})" for name, row in rows.items()))
