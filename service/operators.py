"""What a query says beside its words: phrases, words not wanted, and fields, read once for page, API and terminal.

`"late books"` must stand in the passage, `-school` nowhere in the document; `kind:press`, `tag:`, `committee:` and
`author:` choose, `after:2019` begins with that year and `before:2021` ends with the last day of 2020.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from http import HTTPStatus

from index.records import Filters
from ingest.dates import read_date
from ingest.records import Kind
from service.errors import Problem

_STRAIGHT = str.maketrans("“”„«»", '"""""')
_OPERATOR = re.compile(
    r'(?<!\S)(?:-?(?P<field>kind|tag|committee|author|after|before):|-(?=["\w])|(?="[^"]+"))'
    r'(?:"(?P<quoted>[^"]+)"|(?P<bare>[^\s"]*))',
    re.IGNORECASE,
)


class BadFilter(Problem):
    """A filter that cannot be used: ``name`` is its field's, or the operator as it was typed."""

    def __init__(self, name: str, fault: str, remedy: str) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, f"{name}: {fault}.", remedy)
        self.name = name


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator: ``typed`` as it stands in the query, ``field`` also "phrase" or "without"."""

    typed: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A query read: the words to rank by, those of phrases among them, and the operators."""

    query: str
    words: str
    operators: tuple[Operator, ...]

    def narrow(self, filters: Filters) -> Filters:
        """``filters`` with the operators added. Raises BadFilter for the first that cannot be used."""
        for one in self.operators:
            if not one.value or (one.field != "without" and one.typed.startswith("-")):
                raise BadFilter(one.typed, "no value stands right after it, or a minus before it", "Write kind:press.")
        days = {field: [_day(one) for one in self.operators if one.field == field] for field in ("after", "before")}
        narrowed = replace(
            filters,
            kinds=(*filters.kinds, *(_kind(one) for one in self.operators if one.field == "kind")),
            tags=(*filters.tags, *self._values("tag")),
            since=max((*days["after"], *filter(None, [filters.since])), default=None),
            until=min((*(d - timedelta(1) for d in days["before"]), *filter(None, [filters.until])), default=None),
            committees=(*filters.committees, *self._values("committee")),
            authors=(*filters.authors, *self._values("author")),
            phrases=(*filters.phrases, *self._values("phrase")),
            without=(*filters.without, *self._values("without")),
        )
        if narrowed.since and narrowed.until and narrowed.since > narrowed.until:
            last = [one.typed for one in self.operators if one.field in days][-1]
            fault = f"no day is from {narrowed.since} on and until {narrowed.until}"
            raise BadFilter(last, fault, "Write after:2019 before:2021.")
        return narrowed

    def left_out(self, operator: str) -> str:
        """The query without one operator, given as it was typed."""
        end = "" if operator.endswith('"') else r'(?![^\s"])'
        return " ".join(re.sub(rf"(?<!\S){re.escape(operator)}{end}", "", self.query, count=1).split())

    def _values(self, field: str) -> Iterator[str]:
        return (one.value for one in self.operators if one.field == field)


def read_query(query: str) -> Typed:
    """A query as it was typed, read. What only looks like an operator, such as "SEND: a guide", is words; signs alone,
    such as "?", are none.
    """
    operators: list[Operator] = []

    def take(match: re.Match[str]) -> str:
        value = (match["quoted"] or match["bare"] or "").strip()
        if not value and not match[0].islower():
            return match[0]  # "Standards Committee: roles", a title
        field = (match["field"] or ("without" if match[0].startswith("-") else "phrase")).lower()
        operators.append(Operator(match[0], field, value))
        return value if field == "phrase" else ""

    straight = query.translate(_STRAIGHT)
    words = _OPERATOR.sub(take, straight)
    return Typed(straight, " ".join(words.split()) if re.search(r"\w", words) else "", tuple(operators))


def _kind(one: Operator) -> Kind:
    try:
        return Kind(one.value.lower())
    except ValueError as error:
        raise BadFilter(one.typed, "there is no such kind", f"The kinds are {', '.join(Kind)}.") from error


def _day(one: Operator) -> date:
    read = read_date(one.value)
    if read is None or read.first is None:
        raise BadFilter(one.typed, "that is not a date", 'Write after:2019, after:3/5/2019 or before:"May 2019".')
    return read.first
