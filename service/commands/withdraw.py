"""`muniment withdraw`: out of the index now, without a crawl."""

from pathlib import Path

import click

from service.commands.options import HOME, NO_PUBLISH


@click.command()
@click.argument("urls", nargs=-1, required=True)
@NO_PUBLISH
@HOME
def command(urls: tuple[str, ...], no_publish: bool, home_path: Path) -> int:
    """Take the publications at URLS out of the index. Exit code 1 where one of them was not in it."""
    from index.catalog import Catalog
    from service.pipeline import edit_catalog

    missing = edit_catalog(home_path, "withdraw", Catalog.withdraw, urls, then_publish=not no_publish)
    for url in missing:
        click.echo(f"{url} was not in the index.", err=True)
    return 1 if missing else 0
