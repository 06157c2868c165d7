"""`muniment why`: everything that was decided about one address."""

from pathlib import Path

import click

from service.commands.options import AS_JSON, HOME, show


@click.command()
@click.argument("url")
@HOME
@AS_JSON
def command(url: str, home_path: Path, as_json: bool) -> int:
    """Say what was decided about URL, when, by which rule, and which page led to it. Exit code 1: never seen."""
    from ingest.frontier import Frontier
    from ingest.urls import canonical
    from service.home import open_home

    with Frontier(open_home(home_path).frontier) as frontier:
        decisions = frontier.why(canonical(url))
    lines = (
        f"{one.at:%Y-%m-%d %H:%M} {one.state}: {one.reason} (rule {one.rule}"
        + (f", linked from {one.referrer})" if one.referrer else ")")
        for one in decisions
    )
    show({"url": url, "decisions": decisions}, as_json, "\n".join(lines) or "No crawl here has seen that address.")
    return 0 if decisions else 1
