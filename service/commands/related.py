"""`muniment related`: what to read next to a publication."""

import click

from service.commands.options import AUDIENCE, Call, showing


@click.command()
@click.argument("url", default="")
@click.option("--limit", type=click.IntRange(1, 12), default=5, show_default=True)
@AUDIENCE
@showing
def command(call: Call, url: str, limit: int) -> int | None:
    """Show what to read next to the publication at URL; without URL, what is never recommended and what ends there."""
    from service.pins import Pins, orphans, related

    searcher, pins = call.searcher(), Pins(call.home().pins)
    if not url:
        report = orphans(searcher, pins, limit)
        said = [f"{name}: {card.title}\n  {card.url}" for name, cards in report.items() for card in cards]
        call.show(report, "\n".join(said) or "Every publication is recommended, and recommends another.")
        return None
    found = searcher.find(url)
    if found is None:
        click.echo(f"{url} is not in the index. `muniment why {url}` says what was decided about it.", err=True)
        return 1
    items = related(searcher, pins, found, limit)
    lines = (f"{item.document.title}\n  {item.document.url}\n  {item.reason}" for item in items)
    call.show({"url": url, "items": items}, "\n".join(lines) or "Nothing is near enough to recommend.")
    return None
