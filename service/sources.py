"""The source cards of an answer: each citation with its context, its addresses and the ways to cite it."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from markupsafe import Markup, escape

from index.records import Card
from index.search import Searcher
from service.citing import Reference, bibtex, harvard, plain, ris
from service.present import context
from service.records import Answer, Citation

_CONTEXT = 420


@dataclass(frozen=True, slots=True)
class Source:
    """A citation ready to show: the quote marked among the words around it."""

    citation: Citation
    passage: Markup
    formats: tuple[tuple[str, str], ...]


def sources(answer: Answer, searcher: Searcher, publisher: str, today: date) -> tuple[Source, ...]:
    """The cards of an answer in the order of their numbers."""
    return tuple(
        Source(
            cited,
            _passage(cited, searcher),
            formats(cited.document, publisher, today, cited.page),
        )
        for cited in answer.citations
    )


def _passage(cited: Citation, searcher: Searcher) -> Markup:
    held = searcher.document(cited.document.id, cited.version)
    if held is None:
        return Markup("<mark>{}</mark>").format(escape(cited.quote))
    return context(held, (cited.start, cited.end), _CONTEXT)


def formats(card: Card, publisher: str, today: date, page: int | None = None) -> tuple[tuple[str, str], ...]:
    """The ways to cite a publication, each with its name."""
    ref = Reference(card, publisher, today, page)
    return (("Plain", plain(ref)), ("Harvard", harvard(ref)), ("BibTeX", bibtex(ref)), ("RIS", ris(ref)))


def stored_address(base: str, document: str, version: str, start: int, end: int) -> str:
    """The address of the stored text with the words from start to end marked and in view."""
    query = urlencode({"version": version, "start": start, "end": end})
    return f"{base}/documents/{document}?{query}#quote"
