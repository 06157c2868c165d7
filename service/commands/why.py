"""`muniment why`: everything that was decided about one address."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, show

_SCREEN = 20


@click.command()
@click.argument("url")
@HOME
@AS_JSON
def command(url: str, home_path: Path, as_json: bool) -> int:
    """Say what was decided about URL, when, by which rule, and which page led to it. Exit code 1: never seen."""
    from contextlib import closing

    from index.catalog import Catalog
    from ingest.frontier import Frontier
    from ingest.urls import canonical
    from service.home import open_home

    home, address = open_home(home_path), canonical(url) or url
    with Frontier(home.frontier) as frontier:
        decisions = frontier.why(address)
    rulings = []
    if home.catalog.is_file():
        with closing(Catalog(home.catalog)) as catalog:
            rulings = catalog.rulings(address)
    lines = [
        f"{one.at:%Y-%m-%d %H:%M} {one.state}: {one.reason} (rule {one.rule}"
        + (f", linked from {one.referrer})" if one.referrer else ")")
        for one in decisions
    ]
    earlier = [f"{len(lines) - _SCREEN} earlier decisions: --json shows them."] if len(lines) > _SCREEN else []
    said = [f"{at:%Y-%m-%d %H:%M} {ruling}: An editor's decision, which holds until --undo." for ruling, at in rulings]
    text = "\n".join((*earlier, *lines[-_SCREEN:], *said)) or "No crawl here has seen that address."
    show({"url": url, "decisions": decisions, "rulings": rulings}, as_json, text)
    return 0 if decisions or rulings else 1
