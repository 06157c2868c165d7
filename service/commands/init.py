"""`muniment init`: a home with a settings file that explains itself."""

from pathlib import Path

import click

from service.commands.options import HOME


@click.command()
@click.argument("url")
@HOME
def command(url: str, home_path: Path) -> None:
    """Write a commented muniment.toml for the site at URL into the home. A file that is there stays as it is."""
    from service.config import write_settings

    file = write_settings(home_path, url)
    click.echo(f"Settings written to {file}. Next: `muniment crawl --dry-run`, then `muniment crawl`.")
