"""What a question says of publications themselves: "committee notes from last year", "what did we say in 2015?".

Only what is said of a publication narrows, never what is said of its subject: a report of 2019 may tell how many
joined in 2018, but not what we said in 2018.
"""

import re
from dataclasses import dataclass, replace
from datetime import date

from index.records import Filters
from ingest.dates import read_date
from ingest.records import Kind
from service.sought import MONTHS

# What publications are called, by kind. "Report" and "page" are too common as words to narrow by.
_KINDS = (
    (Kind.UPDATE, r"(?:committee|meeting) (?:notes?|updates?)"),
    (Kind.MINUTES, r"minutes (?=of the|from the)|(?<=in the )minutes"),
    (Kind.PRESS, r"press (?:notes?|notices?|releases?|statements?)"),
    (Kind.CONSULTATION, r"consultation (?:responses?|submissions?)|(?<=our )(?:responses?|submissions?) (?=to|on)"),
    (Kind.POSITION, r"position (?:papers?|statements?)"),
)
_ASKS = re.compile(
    r"\?|^(?:who|what|when|where|which|why|how|did|do|does|have|has|is|are|was|were|can|in)\b", re.IGNORECASE
)
_DATE = rf"(?:(?:{MONTHS}|spring|summer|autumn|winter) )?(?:19|20)\d\d(?![-–/\d])|(?:last|this) year"
# A report of a year comes out in the next.
_PAPER = r"(?:(?:note|notice|update|release|statement|response|submission|paper|article)s?|minutes|position)"
_SAYS = (
    r"(?:say|said|recommend|publish|respond|argue|ask|advise|describe|call|propose|promise|warn|decide|agree|write|wrote|"
    r"tell|told)(?:d|ed)?"
)
_OURS = r"(?:we|(?:the|our) (?:\w+ ){,5}(?:association|committee|council))"
_WE_SAID = rf"\b{_OURS} (?:\w+ )?{_SAYS}\b"
_DATED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_PAPER} (?:(?:published|issued|dated) )?(?:of|from|for|in) (?:the )?(?P<date>{_DATE})\b",
        rf"\b(?:our|the) (?P<date>{_DATE}) (?:\w+ )?{_PAPER}\b",
        rf"{_WE_SAID}.*\b(?:in|during) (?P<date>{_DATE})\b",
        rf"{_WE_SAID}.*\b(?P<date>(?:last|this) year)\b",
        rf"^in (?P<date>{_DATE}),.*{_WE_SAID}",
    )
)
_ANY_DATE = re.compile(rf"\b(?:{_DATE})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a question narrows by: ``said`` are its own words; they ask for a ``kind`` or for days, inclusive."""

    said: str
    kind: Kind | None = None
    since: date | None = None
    until: date | None = None

    def narrow(self, filters: Filters) -> Filters:
        """``filters`` with this one added, where nothing of its sort was chosen by hand."""
        if self.kind:
            return filters if filters.kinds else replace(filters, kinds=(self.kind,))
        return filters if filters.since or filters.until else replace(filters, since=self.since, until=self.until)


def meant(question: str, today: date) -> tuple[Meant, ...]:
    """What ``question`` says of the kind and the date of the publications sought; of several dates none narrows."""
    return (*_kinds(question), *_dates(question, today)) if _ASKS.search(question) else ()


def _kinds(question: str) -> list[Meant]:
    found = ((kind, re.search(rf"\b(?:{words})", question, re.IGNORECASE)) for kind, words in _KINDS)
    said = [Meant(match[0].strip(), kind) for kind, match in found if match]
    return said if len(said) == 1 else []


def _dates(question: str, today: date) -> list[Meant]:
    several = len(_ANY_DATE.findall(question)) > 1
    match = None if several else next((match for one in _DATED if (match := one.search(question))), None)
    read = read_date(_absolute(match["date"], today)) if match else None
    return [Meant(match["date"], since=read.first, until=read.until)] if match and read else []


def _absolute(said: str, today: date) -> str:
    return {"this year": str(today.year), "last year": str(today.year - 1)}.get(said.lower(), said)
