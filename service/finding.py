"""One visit to the search page: what was asked, found and answered, ready for the template."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from math import ceil

from index.records import FacetCount, Filters, Results
from index.search import Searcher
from service.answer import CONSIDERED_OF_A_WORK, abridged
from service.asked import PAGE_LENGTH, QUERY_LENGTH, AskedPage, Reading
from service.citing import Source, sources
from service.meant import Meant
from service.operators import BadFilter, Operator, read_query
from service.present import day, kind_name
from service.records import Answer
from service.serving import ServingDesk
from service.why import respelled, why

_RECENT = 6
_FACETS = (("kind", "Kind"), ("tag", "Subject"), ("committee", "Committee"), ("author", "Author"), ("year", "Year"))


@dataclass(frozen=True, slots=True)
class Choice:
    """A link that changes the state of the page: a facet's value, or a chip that takes a filter away."""

    label: str
    address: str
    count: int = 0
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Findings:
    """All that the search page shows. ``words`` is the query without its operators, ``facets`` stand by their headings.

    ``complaint`` says what of the query or the dates could not be used; ``reasons`` by document why it is a result;
    ``respelled`` is the query as it may have been meant.
    """

    words: str
    opening: bool
    complaint: BadFilter | None
    results: Results
    pages: int
    reasons: dict[str, tuple[str, ...]]
    respelled: str | None
    answer: Answer | None
    sources: tuple[Source, ...]
    facets: dict[str, tuple[Choice, ...]]
    chips: tuple[Choice, ...]
    made_at: datetime


def find(desk: ServingDesk, view: AskedPage, today: date) -> Findings:
    """Search and answer. What cannot be read is told and left out rather than refused."""
    searcher = desk.searcher
    read, complaint = readable(view, searcher, today)
    typed, filters = read.typed, read.filters
    opening = view.address() == "?" and not complaint
    results = _search(searcher, read.words, view, filters, _RECENT if opening else PAGE_LENGTH)
    answer = desk.ask(read.words, searcher, filters) if typed.words and view.page == 1 else None
    return Findings(
        words=typed.words,
        opening=opening,
        complaint=complaint,
        results=results,
        pages=ceil(results.total / PAGE_LENGTH),
        reasons={hit.document.id: why(hit, read.words, searcher.vocabulary) for hit in results.hits},
        respelled=respelled(typed, searcher) if typed.words else None,
        answer=answer,
        sources=sources(answer, searcher, desk.settings.name, today) if answer else (),
        facets=_facets(view, results),
        chips=_chips(view, read),
        made_at=searcher.made_at,
    )


def readable(asked: AskedPage, searcher: Searcher, today: date) -> tuple[Reading, BadFilter | None]:
    """A page's query read, without what cannot be read of it, and the first complaint about that."""
    if len(asked.q) > QUERY_LENGTH:
        read, _ = readable(asked.model_copy(update={"q": asked.q[:QUERY_LENGTH]}), searcher, today)
        fault = f"only its first {QUERY_LENGTH} characters were read"
        return read, BadFilter("Your question", fault, f"Shorten it to {QUERY_LENGTH} characters.")
    try:
        return asked.read(searcher, today), None
    except BadFilter as complaint:
        dates = complaint.name in ("since", "until")
        less = {"since": "", "until": ""} if dates else {"q": read_query(asked.q).left_out(complaint.name)}
        return readable(asked.model_copy(update=less), searcher, today)[0], complaint


def _search(searcher: Searcher, words: str, view: AskedPage, filters: Filters, limit: int) -> Results:
    offset, shown = (view.page - 1) * PAGE_LENGTH, CONSIDERED_OF_A_WORK
    # Asked just as the answer asks, so that the searcher remembers.
    found = searcher.search(words, filters, limit, offset, order=view.sort, shown=shown)
    return replace(found, hits=abridged(found.hits))


def _facets(view: AskedPage, results: Results) -> dict[str, tuple[Choice, ...]]:
    counted = ((field, name, results.facets[field]) for field, name in _FACETS)
    return {name: tuple(_choice(view, field, one) for one in values) for field, name, values in counted if values}


def _choice(view: AskedPage, field: str, counted: FacetCount) -> Choice:
    label = kind_name(counted.value) if field == "kind" else counted.value
    return Choice(label, view.toggled(field, counted.value), counted.count, view.has(field, counted.value))


def _chips(view: AskedPage, read: Reading) -> tuple[Choice, ...]:
    typed, filters, plain = read.typed, read.filters, view.changed(plain=True)
    chips = [Choice(_meaning(one), plain) for one in read.meant]
    chips += [
        Choice(kind_name(value) if field == "kind" else value, view.toggled(field, value))
        for field, value in view.picked()
    ]
    chips += [Choice(_chip(one), view.changed(q=typed.left_out(one.typed))) for one in typed.operators]
    if view.since and filters.since:
        chips.append(Choice(f"from {day(filters.since)}", view.changed(since="")))
    if view.until and filters.until:
        chips.append(Choice(f"until {day(filters.until)}", view.changed(until="")))
    return tuple(chips)


def _meaning(one: Meant) -> str:
    if one.kind:
        return f"{kind_name(one.kind)}: your question says “{one.said}”"
    years = "–".join(dict.fromkeys(str(bound.year) if bound else "" for bound in (one.since, one.until)))
    return f"published {one.said}" + f" ({years})" * ("year" in one.said.lower())


def _chip(operator: Operator) -> str:
    match operator.field:
        case "phrase":
            return f"“{operator.value}”"
        case "kind":
            return kind_name(operator.value.lower())
    return f"{operator.field} {operator.value}"
