"""`muniment search`: the same results as the page's, on the terminal."""

from typing import Any

import click

from index.records import Hit, Mode, Results
from service.commands.options import AUDIENCE, Call, filters, read_asked, showing, told


@click.command()
@click.argument("query")
@filters
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--offset", type=click.IntRange(0), default=0)
@click.option("--mode", type=click.Choice(["lexical", "dense", "hybrid"]), default="hybrid", show_default=True)
@AUDIENCE
@showing
def command(call: Call, query: str, limit: int, offset: int, mode: str, **narrowed: Any) -> None:
    """Find publications by words and meaning."""
    searcher, read = read_asked(call, query, narrowed)
    results = searcher.search(read.words, read.filters, limit=limit, offset=offset, mode=Mode(mode))
    call.show(results, "\n\n".join([*told(read), _heading(results), *map(_hit, results.hits)]))


def _heading(results: Results) -> str:
    return f"{results.total} publications" + (f", {results.undated} undated left out" if results.undated else "")


def _hit(hit: Hit) -> str:
    card = hit.document
    when = card.published.first.isoformat() if card.published.first else "undated"
    words = (f"  {' '.join(passage.text.split())[:240]}" for passage in hit.passages[:1])
    return "\n".join([f"{card.title}  ({card.kind}, {when}, {hit.relevance:.2f})", f"  {card.url}", *words])
