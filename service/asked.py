"""What an address asks for: the parameters of a search, read once and written back as addresses."""

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from index.records import Filters
from ingest.dates import read_date
from ingest.records import DateSpan, Kind
from service.problems import Problem

QUERY_LENGTH = 500
PAGE_LENGTH = 10


class BadDate(Problem):
    """What was typed into the date field ``name`` cannot be used."""

    def __init__(self, name: str, fault: str, remedy: str) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: {fault}.", remedy)
        self.name = name


class Asked(BaseModel):
    """The parameters that narrow a search. Dates are written as people write them: "2019", "May 2019", "3/5/19"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str = Field("", max_length=QUERY_LENGTH, description="Words or a question; empty means everything, newest first")
    kind: list[Kind] = Field([], max_length=len(Kind), description="Any of these kinds")
    tag: list[Annotated[str, Field(max_length=100)]] = Field([], max_length=20, description="Any of these tags")
    since: str = Field("", max_length=40, description="First day, month or year of publication, inclusive")
    until: str = Field("", max_length=40, description="Last day, month or year of publication, inclusive")

    def filters(self) -> Filters:
        """The same as filters. Raises BadDate for a date that cannot be read."""
        since, until = self.span("since"), self.span("until")
        if since and until and since.first and until.until and since.first > until.until:
            raise BadDate("since", f"{self.since} is later than {self.until}", "Exchange the two.")
        return Filters(
            tuple(dict.fromkeys(self.kind)),
            tuple(dict.fromkeys(self.tag)),
            since.first if since else None,
            until.until if until else None,
        )

    def span(self, name: str) -> DateSpan | None:
        """What was typed as ``since`` or ``until``, read; None where nothing was typed."""
        typed = getattr(self, name).strip()
        if not typed:
            return None
        read = read_date(typed)
        if read is None:
            raise BadDate(name, f'"{typed}" is not a date', "Write it as 2019, May 2019 or 3/5/2019.")
        return read


class AskedList(Asked):
    """A search with its order and the stretch of the result set that is wanted."""

    limit: int = Field(PAGE_LENGTH, ge=1, le=50)
    offset: int = Field(0, ge=0, le=1_000_000)
    sort: Annotated[str, Field(pattern="^(relevance|date)$")] = "relevance"


class AskedPage(Asked):
    """The same as a page's address keeps it; what others append to an address is overlooked."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sort: Annotated[str, Field(pattern="^(relevance|date)$")] = "relevance"
    page: int = Field(1, ge=1, le=100_000)

    def view(self) -> "View":
        """The state of the page."""
        kinds, tags = tuple(dict.fromkeys(self.kind)), tuple(dict.fromkeys(self.tag))
        since, until = self.since.strip(), self.until.strip()
        return View(self.q.strip(), kinds, tags, since, until, self.sort, self.page)


@dataclass(frozen=True, slots=True)
class View:
    """The whole state of the search page, as its address keeps it. ``page`` counts from 1."""

    q: str = ""
    kinds: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    sort: str = "relevance"
    page: int = 1

    @property
    def filtered(self) -> bool:
        """Whether anything but the words narrows the result."""
        return bool(self.kinds or self.tags or self.since or self.until)

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values as they stand in the address, without those that say nothing."""
        fields = [("q", self.q)]
        fields += [("kind", kind) for kind in self.kinds] + [("tag", tag) for tag in self.tags]
        fields += [("since", self.since), ("until", self.until)]
        fields += [("sort", self.sort)] if self.sort != "relevance" else []
        return [(name, value) for name, value in fields if value]

    def address(self) -> str:
        """This state relative to the search page: "?q=care&kind=report"."""
        pairs = self.pairs() + ([("page", str(self.page))] if self.page > 1 else [])
        return "?" + urlencode(pairs)

    def toggled_kind(self, value: str) -> "View":
        """The first page with this kind taken in, or left out where it was in."""
        return replace(self, kinds=_toggled(self.kinds, value), page=1)

    def toggled_tag(self, value: str) -> "View":
        """The first page with this tag taken in, or left out where it was in."""
        return replace(self, tags=_toggled(self.tags, value), page=1)

    def toggled_year(self, value: str) -> "View":
        """The first page for this year alone, or for all years where it was this year alone."""
        value = "" if (self.since, self.until) == (value, value) else value
        return replace(self, since=value, until=value, page=1)


def _toggled(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(v for v in values if v != value) if value in values else (*values, value)
