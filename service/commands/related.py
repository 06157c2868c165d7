"""`muniment related`: what to read next to a publication."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, AUDIENCE, HOME, show


@click.command()
@click.argument("url", default="")
@click.option("--limit", type=click.IntRange(1, 12), default=5, show_default=True)
@AUDIENCE
@HOME
@AS_JSON
def command(url: str, limit: int, audience: str, home_path: Path, as_json: bool) -> int | None:
    """Show what to read next to the publication at URL; without URL, what is never recommended and what ends there."""
    from ingest.records import Audience
    from ingest.urls import canonical
    from service.home import open_home
    from service.opening import open_searcher
    from service.pins import Pins, orphans, related

    home = open_home(home_path)
    searcher, pins = open_searcher(home, Audience(audience)), Pins(home.pins)
    if not url:
        report = orphans(searcher, pins, limit)
        said = [f"{name}: {card.title}\n  {card.url}" for name, cards in report.items() for card in cards]
        show(report, as_json, "\n".join(said) or "Every publication is recommended, and recommends another.")
        return None
    found = searcher.find(canonical(url))
    if found is None:
        click.echo(f"{url} is not in the index. `muniment why {url}` says what was decided about it.", err=True)
        return 1
    items = related(searcher, pins, found, limit)
    lines = (f"{item.document.title}\n  {item.document.url}\n  {item.reason}" for item in items)
    show({"url": url, "items": items}, as_json, "\n".join(lines) or "Nothing is near enough to recommend.")
    return None
