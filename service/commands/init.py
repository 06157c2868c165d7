"""`muniment init`: a home with a settings file that explains itself."""

import click

from service.commands.options import Call, in_home
from service.config import write_settings


@click.command()
@click.argument("url")
@in_home
def command(call: Call, url: str) -> None:
    """Write a commented muniment.toml for the site at URL into the home. A file that is there stays as it is."""
    file = write_settings(call.path, url)
    click.echo(f"Settings written to {file}. Next: `muniment crawl --dry-run`, then `muniment crawl`.")
