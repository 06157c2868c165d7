"""`muniment verify`: is this what was published, word for word?"""

import click

from service.commands.options import AUDIENCE, Call, showing


@click.command()
@click.argument("document")
@click.argument("version")
@click.argument("start", type=int)
@click.argument("end", type=int)
@click.argument("quote")
@AUDIENCE
@showing
def command(call: Call, document: str, version: str, start: int, end: int, quote: str) -> int:
    """Check that VERSION of DOCUMENT says QUOTE from START to END. Exit code 1 where it does not."""
    from service.answer import quotes

    searcher = call.searcher()
    stored, card = searcher.document(document, version), searcher.card(document)
    stands = stored is not None and quotes(stored, start, end, quote)
    changed = card is not None and card.version != version
    text = ("Yes, word for word." if stands else "No.") + (" The page has changed since." if changed else "")
    call.show({"stands": stands, "changed": changed}, text)
    return 0 if stands else 1
