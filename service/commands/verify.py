"""`muniment verify`: is this what was published, word for word?"""

from pathlib import Path

import click

from service.commands.options import AS_JSON, AUDIENCE, HOME, show


@click.command()
@click.argument("document")
@click.argument("version")
@click.argument("start", type=int)
@click.argument("end", type=int)
@click.argument("quote")
@AUDIENCE
@HOME
@AS_JSON
def command(
    document: str, version: str, start: int, end: int, quote: str, audience: str, home_path: Path, as_json: bool
) -> int:
    """Check that VERSION of DOCUMENT says QUOTE from START to END. Exit code 1 where it does not."""
    from ingest.records import Audience
    from service.answer import quotes
    from service.home import open_home
    from service.opening import open_searcher

    searcher = open_searcher(open_home(home_path), Audience(audience))
    stored, card = searcher.document(document, version), searcher.card(document)
    stands = stored is not None and quotes(stored, start, end, quote)
    changed = card is not None and card.version != version
    text = ("Yes, word for word." if stands else "No.") + (" The page has changed since." if changed else "")
    show({"stands": stands, "changed": changed}, as_json, text)
    return 0 if stands else 1
