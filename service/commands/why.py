"""`muniment why`: everything that was decided about one address."""

from contextlib import closing

import click

from ingest.records import MEMBERS
from ingest.urls import canonical
from service.commands.options import Call, showing

_SCREEN = 20


@click.command()
@click.argument("url")
@showing
def command(call: Call, url: str) -> int:
    """Say what was decided about URL, when, by which rule, and which page led to it. Exit code 1: never seen."""
    from index.catalog import Catalog
    from ingest.frontier import Frontier
    from service.pipeline import texts_at

    home, addresses = call.home(), texts_at(url)
    decisions, rulings = [], []
    if home.frontier.is_file():
        with Frontier(home.frontier) as frontier:
            decisions = sorted((one for each in addresses for one in frontier.why(each)), key=lambda one: one.at)
    if home.catalog.is_file():
        with closing(Catalog(home.catalog)) as catalog:
            rulings = catalog.rulings(addresses[0])
    lines = [
        f"{one.at:%Y-%m-%d %H:%M} {one.state}{' for members' * one.url.endswith(MEMBERS)}: "
        f"{one.reason} (rule {one.rule}" + (f", linked from {one.referrer})" if one.referrer else ")")
        for one in decisions
    ]
    earlier = [f"{len(lines) - _SCREEN} earlier decisions: --json shows them."] if len(lines) > _SCREEN else []
    said = [f"{at:%Y-%m-%d %H:%M} {ruling}: An editor's decision, which holds until --undo." for ruling, at in rulings]
    unseen = "No crawl here has seen it. Crawl its site first."
    if not (canonical(url) or url.startswith("file:")):
        unseen = 'This is no address. Write it like "https://www.example.org/about/" or "file:minutes.pdf".'
    text = "\n".join((*earlier, *lines[-_SCREEN:], *said)) or unseen
    call.show({"url": url, "decisions": decisions, "rulings": rulings}, text)
    return 0 if decisions or rulings else 1
