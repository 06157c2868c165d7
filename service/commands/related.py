"""`muniment related`: what to read next to a publication."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, AUDIENCE, HOME, show


@click.command()
@click.argument("url")
@click.option("--limit", type=click.IntRange(1, 12), default=5, show_default=True)
@AUDIENCE
@HOME
@AS_JSON
def command(url: str, limit: int, audience: str, home_path: Path, as_json: bool) -> int | None:
    """Show what to read next to the publication at URL."""
    from ingest.records import Audience
    from ingest.urls import canonical
    from service.home import open_home
    from service.pipeline import open_searcher

    searcher = open_searcher(open_home(home_path), Audience(audience))
    found = searcher.find(canonical(url))
    if found is None:
        click.echo(f"{url} is not in the index. `muniment why {url}` says what was decided about it.", err=True)
        return 1
    items = searcher.related(found, limit)
    lines = (f"{item.document.title}\n  {item.document.url}\n  {item.reason}" for item in items)
    show({"url": url, "items": items}, as_json, "\n".join(lines) or "Nothing is near enough to recommend.")
    return None
