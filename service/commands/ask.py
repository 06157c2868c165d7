"""`muniment ask`: an answer in quoted sentences, each with its source."""

from datetime import date
from pathlib import Path
from typing import Any

import click

from ingest.records import Audience
from service.answer import answer
from service.commands.options import AS_JSON, AUDIENCE, HOME, filters, read_asked, show, told
from service.home import open_home
from service.opening import open_searcher
from service.records import Answer


@click.command()
@click.argument("question")
@filters
@AUDIENCE
@HOME
@AS_JSON
def command(question: str, audience: str, home_path: Path, as_json: bool, **narrowed: Any) -> None:
    """Answer a question with sentences quoted word for word."""
    asked = read_asked(question, narrowed)
    searcher = open_searcher(open_home(home_path), Audience(audience))
    read = asked.read(searcher, date.today())
    given = answer(read.words, searcher, read.filters)
    show(given, as_json, "\n".join([*told(read), _text(given)]))


def _text(given: Answer) -> str:
    if not given.sentences:
        nearest = (f"  {hit.document.title}\n  {hit.document.url}" for hit in given.hits[:3])
        return "\n".join(["Nothing that answers this was found in the publications. The nearest are:", *nearest])
    quoted = (f"“{' '.join(s.text.split())}” {''.join(f'[{n}]' for n in s.citations)}" for s in given.sentences)
    sources = (f"[{c.number}] {c.document.title}\n    {c.url}" for c in given.citations)
    return "\n".join([f"({given.state})", *quoted, "", *sources])
