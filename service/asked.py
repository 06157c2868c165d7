"""What an address asks for: the parameters of a search, read once and written back as addresses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from index.records import Filters, Order
from index.search import Searcher
from ingest.dates import read_date
from ingest.records import UNDATED, DateSpan, Kind
from service.meant import Meant, meant
from service.operators import BadFilter, Typed, read_query

QUERY_LENGTH = 500
PAGE_LENGTH = 10
# What documents are filed under, by the names that addresses give it.
LABELS = ("kind", "tag", "committee", "author")
_Value = TypeVar("_Value")
_Values = Annotated[list[Annotated[str, Field(max_length=QUERY_LENGTH)]], Field(max_length=20)]


@dataclass(frozen=True, slots=True)
class Reading:
    """A query read: without its operators, what else it says of the publications sought, and all that narrows it."""

    typed: Typed
    meant: tuple[Meant, ...]
    filters: Filters

    @property
    def words(self) -> str:
        """What is ranked by."""
        return reduce(lambda words, one: one.left_out(words), self.meant, self.typed.words)


class Parameters(BaseModel):
    """What may be asked for at an address, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Asked(Parameters):
    """The parameters that narrow a search. Dates are written as people write them: "2019", "May 2019", "3/5/19"."""

    q: str = Field(
        "",
        max_length=QUERY_LENGTH,
        description='Words or a question; empty means everything, newest first. Operators narrow it: "a phrase", '
        "-word, kind:, tag:, committee:, author:, after:, before:",
    )
    kind: list[Kind] = Field([], max_length=len(Kind), description="Any of these kinds")
    tag: _Values = Field([], description="Any of these tags")
    committee: _Values = Field([], description="Any of these committees")
    author: _Values = Field([], description="Any of these authors")
    since: str = Field("", max_length=40, description="First day, month or year of publication, inclusive")
    until: str = Field("", max_length=40, description="Last day, month or year of publication, inclusive")
    plain: bool = Field(False, description="Let dates and kinds that the question names narrow nothing")

    @field_validator("q", "since", "until")
    @classmethod
    def _bare(cls, typed: str) -> str:
        return " ".join(typed.split())  # a field of one line would join what a line's end parts

    def read(self, searcher: Searcher, today: date) -> Reading:
        """The query with all that narrows it. Raises BadFilter for what cannot be used."""
        return reading(*self.typed(), searcher, today, self.plain)

    def typed(self) -> tuple[Typed, Filters]:
        """The query without its operators, and what was asked for by hand. Raises BadFilter for what cannot be used."""
        typed = read_query(self.q)
        return typed, typed.narrow(self.filters())

    def filters(self) -> Filters:
        """The fields as filters. Raises BadFilter for a date that cannot be read."""
        first, last = self._span("since").first, self._span("until").until
        if first and last and first > last:
            raise BadFilter("since", f"{self.since} is later than {self.until}", "Exchange the two.")
        return Filters(_once(self.kind), _once(self.tag), first, last, _once(self.committee), _once(self.author))

    def _span(self, name: str) -> DateSpan:
        typed = getattr(self, name)
        read = read_date(typed) if typed else UNDATED
        if read is None:
            raise BadFilter(name, f'"{typed}" is not a date', "Write it as 2019, May 2019 or 3/5/2019.")
        return read


def reading(typed: Typed, filters: Filters, searcher: Searcher, today: date, plain: bool = False) -> Reading:
    """What a query says of publications, added to ``filters``; a kind only where the collection has it."""
    said = () if plain else meant(typed.words, today)
    held = {None, *searcher.kinds()}
    used = tuple(one for one in said if one.kind in held and one.narrow(filters) != filters)
    for one in used:
        filters = one.narrow(filters)
    return Reading(typed, used, filters)


class AskedList(Asked):
    """A search with its order and the stretch of the result set that is wanted."""

    limit: int = Field(PAGE_LENGTH, ge=1, le=50)
    offset: int = Field(0, ge=0, le=1_000_000)
    sort: Order = Order.RELEVANCE
    explain: bool = Field(False, description="Say of each hit what speaks for it")


class AskedPage(Asked, extra="ignore"):
    """The whole state of the search page, as its address keeps it; what others append to an address is overlooked."""

    q: str = ""  # of any length: one that is too long is told beside it
    sort: Order = Order.RELEVANCE
    page: int = Field(1, ge=1, le=100_000)
    thanks: bool = False

    @model_validator(mode="before")
    @classmethod
    def _still_plain(cls, given: dict[str, object]) -> dict[str, object]:
        """What the form was made for stays plain, however it is sent off; another question is read anew."""
        same = given.get("q") and given.get("plain_of") == given["q"]
        return {**given, "plain": True} if same else given

    def picked(self) -> list[tuple[str, str]]:
        """The chosen values, each with its field."""
        return [(field, value) for field in LABELS for value in _once(getattr(self, field))]

    def address(self) -> str:
        """This state relative to the search page: "?q=care&kind=report"; what says nothing is left out."""
        fields = [("q", self.q), *self.picked(), ("since", self.since), ("until", self.until)]
        fields += [("sort", self.sort)] if self.sort != Order.RELEVANCE else []
        fields += [("plain", "yes")] if self.plain and self.q else []
        fields += [("page", str(self.page))] if self.page > 1 else []
        return "?" + urlencode([(name, value) for name, value in fields if value])

    def changed(self, **fields: object) -> str:
        """The address of this state with other ``fields``, on its first page where none is named."""
        return self.model_copy(update={"page": 1} | fields).address()

    def toggled(self, field: str, value: str) -> str:
        """The address with this value taken in, or left out where it was in; a year alone, or all years."""
        if field == "year":
            value = "" if self.has(field, value) else value
            return self.changed(since=value, until=value)
        held = getattr(self, field)
        return self.changed(**{field: [v for v in held if v != value] if value in held else [*held, value]})

    def has(self, field: str, value: str) -> bool:
        """Whether this value is chosen."""
        return (self.since, self.until) == (value, value) if field == "year" else value in getattr(self, field)


def _once(values: Iterable[_Value]) -> tuple[_Value, ...]:
    return tuple(dict.fromkeys(values))
