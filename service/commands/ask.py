"""`muniment ask`: an answer in quoted sentences, each with its source."""

from typing import Any

import click

from index.records import Card
from service.answer import answer
from service.commands.options import AUDIENCE, Call, filters, read_asked, showing, told
from service.present import NOTICES, kind_name, published
from service.records import Answer, Citation


@click.command()
@click.argument("question")
@filters
@AUDIENCE
@showing
def command(call: Call, question: str, **narrowed: Any) -> None:
    """Answer a question with sentences quoted word for word."""
    searcher, read = read_asked(call, question, narrowed)
    if not read.words:
        raise click.UsageError("There is no question. Write one.")
    given = answer(read.words, searcher, read.filters)
    call.show(given, "\n".join([*told(read), _text(given)]))


def _text(given: Answer) -> str:
    if not given.sentences:
        nearest = (f"  {hit.document.title}\n  {hit.document.url}" for hit in given.hits[:3])
        return "\n".join(["Nothing that answers this was found in the publications. The nearest are:", *nearest])
    notices = [words for name, words in NOTICES.items() if getattr(given, name)]
    quoted = (f"“{' '.join(s.text.split())}” {''.join(f'[{n}]' for n in s.citations)}" for s in given.sentences)
    sources = (f"[{c.number}] {_named(c.document)}\n    {_facts(c)}\n    {c.url}" for c in given.citations)
    return "\n".join([f"({given.state})", *notices, *quoted, "", *sources])


def _named(card: Card) -> str:
    return f"{card.title} (replaced by {card.replaced_by.title})" if card.replaced_by else card.title


def _facts(cited: Citation) -> str:
    place = [f"page {cited.page}"] if cited.page else [f"under “{cited.head}”"] if cited.head else []
    return ", ".join([kind_name(cited.document.kind), published(cited.document.published), *place])
