"""One visit to the search page: what was asked, found and answered, ready for the template."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil

from index.records import FacetCount, Filters, Results
from index.search import Searcher
from service.asked import PAGE_LENGTH, AskedPage, BadDate, View
from service.desk import Desk
from service.present import day, kind_name
from service.records import Answer
from service.sources import Source, sources

_RECENT = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """A link that changes the state of the page: a facet's value, or a chip that takes a filter away."""

    label: str
    address: str
    count: int = 0
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A heading with its choices."""

    name: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the search page shows. ``complaint`` says which date could not be read."""

    view: View
    opening: bool
    complaint: BadDate | None
    results: Results
    answer: Answer | None
    sources: tuple[Source, ...]
    facets: tuple[Facet, ...]
    chips: tuple[Choice, ...]
    made_at: datetime

    @property
    def pages(self) -> int:
        """How many pages the result set fills."""
        return ceil(self.results.total / PAGE_LENGTH)

    def turned(self, pages: int) -> str:
        """The address of the page this many further on."""
        return replace(self.view, page=self.view.page + pages).address()

    def sorted_by(self, sort: str) -> str:
        """The address of the first page in another order."""
        return replace(self.view, sort=sort, page=1).address()


def find(desk: Desk, asked: AskedPage, today: date) -> Findings:
    """Search and answer. A date that cannot be read is told and left out rather than refused."""
    view, searcher = asked.view(), desk.searcher
    filters, complaint = _readable(asked)
    opening = not view.q and not view.filtered and view.page == 1 and view.sort == "relevance" and not complaint
    results = _search(searcher, view, filters, _RECENT if opening else PAGE_LENGTH)
    answer = desk.ask(view.q, filters) if view.q and view.page == 1 else None
    if answer and answer.generation != results.generation:  # swapped in between: both from the newer one
        searcher = desk.searcher
        results = _search(searcher, view, filters, PAGE_LENGTH)
    return Findings(
        view=view,
        opening=opening,
        complaint=complaint,
        results=results,
        answer=answer,
        sources=sources(answer, searcher, desk.settings.name, today) if answer else (),
        facets=_facets(view, results),
        chips=_chips(view, filters),
        made_at=searcher.made_at,
    )


def _readable(asked: AskedPage) -> tuple[Filters, BadDate | None]:
    try:
        return asked.filters(), None
    except BadDate as complaint:
        return asked.model_copy(update={"since": "", "until": ""}).filters(), complaint


def _search(searcher: Searcher, view: View, filters: Filters, limit: int) -> Results:
    offset = (view.page - 1) * PAGE_LENGTH
    return searcher.search(view.q, filters, limit=limit, offset=offset, by_date=view.sort == "date")


def _facets(view: View, results: Results) -> tuple[Facet, ...]:
    found = results.facets
    kinds = (_choice(c, kind_name(c.value), view.toggled_kind(c.value), c.value in view.kinds) for c in found["kind"])
    tags = (_choice(c, c.value, view.toggled_tag(c.value), c.value in view.tags) for c in found["tag"])
    newest = sorted(found["year"], key=lambda c: c.value, reverse=True)
    years = (
        _choice(c, c.value, view.toggled_year(c.value), (view.since, view.until) == (c.value, c.value)) for c in newest
    )
    named: Iterable[tuple[str, Iterable[Choice]]] = (("Kind", kinds), ("Subject", tags), ("Year", years))
    return tuple(Facet(name, chosen) for name, choices in named if (chosen := tuple(choices)))


def _choice(counted: FacetCount, label: str, view: View, chosen: bool) -> Choice:
    return Choice(label, view.address(), counted.count, chosen)


def _chips(view: View, filters: Filters) -> tuple[Choice, ...]:
    chips = [Choice(kind_name(kind), view.toggled_kind(kind).address()) for kind in view.kinds]
    chips += [Choice(tag, view.toggled_tag(tag).address()) for tag in view.tags]
    if filters.since:
        chips.append(Choice(f"from {day(filters.since)}", replace(view, since="", page=1).address()))
    if filters.until:
        chips.append(Choice(f"until {day(filters.until)}", replace(view, until="", page=1).address()))
    return tuple(chips)
