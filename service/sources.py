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

_CONTEXT = 300


@dataclass(frozen=True, slots=True)
class Quoted:
    """A citation with its quote marked among the words around it."""

    citation: Citation
    passage: Markup


@dataclass(frozen=True, slots=True)
class Source:
    """A publication, or one page of it, with all that an answer quotes from there and the ways to cite it."""

    document: Card
    page: int | None
    quoted: tuple[Quoted, ...]
    formats: tuple[tuple[str, str], ...]


def sources(answer: Answer, searcher: Searcher, publisher: str, today: date) -> tuple[Source, ...]:
    """The cards of an answer, in the order in which it first quotes from them."""
    cards: dict[tuple[str, int | None], list[Citation]] = {}
    for cited in answer.citations:
        cards.setdefault((cited.document.id, cited.page), []).append(cited)
    return tuple(
        Source(
            document=group[0].document,
            page=group[0].page,
            quoted=tuple(Quoted(cited, _passage(cited, searcher)) for cited in group),
            formats=formats(group[0].document, publisher, today, group[0].page),
        )
        for group in cards.values()
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
