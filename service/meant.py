"""What a question says of publications themselves: "committee notes from last year", "what did we say in 2015?".

Only what is said of a publication narrows, never what is said of its subject: a report of 2019 may tell how many
joined in 2018, but not what we said in 2018.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.records import Filters
from ingest.dates import MONTH_NAMES, read_date
from ingest.records import DateSpan, Kind

# What publications are called, by kind. "Report" and "page" are too common as words to narrow by.
_KINDS = (
    (Kind.UPDATE, r"(?:committee|meeting) (?:notes?|updates?)"),
    (Kind.MINUTES, r"(?<!many )minutes (?=of the|from the)|(?<=in the )minutes"),
    (Kind.PRESS, r"press (?:notes?|notices?|releases?|statements?)"),
    (Kind.CONSULTATION, r"consultation (?:responses?|submissions?)|(?<=our )(?:responses?|submissions?) (?=to|on)"),
    (Kind.POSITION, r"position (?:papers?|statements?)"),
)
_ASKS = re.compile(
    r"\?|^(?:who|what|when|where|which|why|how|did|do|does|have|has|is|are|was|were|can|in)\b", re.IGNORECASE
)
# Neither "last year's conference", which is its subject, nor "the last year", which is none of the calendar.
_THAT_YEAR = r"(?<!the )(?:last|this) year(?!['’]s)"
_DATE = rf"(?:(?:(?:{MONTH_NAMES})\.?|spring|summer|autumn|fall|winter) (?:of )?)?(?:19|20)\d\d(?![-–/\d])|{_THAT_YEAR}"
# A report of a year comes out in the next.
_PAPER = r"(?:(?:note|notice|update|release|statement|response|submission|paper|article)s?|minutes|position)"
_SAYS = (
    r"(?:say|said|recommend|publish|announce|respond|argue|ask|advise|describe|call|propose|promise|warn|decide|agree|"
    r"write|wrote|tell|told)(?:d|ed)?"
)
_WE_SAID = rf"\b(?:we|(?:the|our) (?:\w+ ){{,5}}(?:association|committee|council)) (?:\w+ )?{_SAYS}\b"
# What was done at a time is a subject: "lamps built before 1990".
_UNDONE = "".join(rf"(?<!{done} )" for done in ("[^e]ed", "built", "born", "made", "held", "given"))
# What was still to be done is told before: "what did we say we would do in 2021?"
_TO_BE_DONE = r"(?!.*\b(?:would|will|shall|(?:propose|promise|decide|agree)d? to)\b)"
_BOUNDS = "since|after|before|until|till|up to|between|from"


def _when(bounds: str) -> str:
    # "From 2015 on", but not "since 2015 on fees".
    further = rf"(?: (?:and|to|until) (?P<last>{_DATE})|(?P<on> onwards?| on(?! (?!about\b)\w)))?"
    return rf"(?P<bound>{bounds}) (?:the )?(?P<date>{_DATE}){further}\b"


_DATED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_PAPER} (?:(?:published|issued|dated) )?{_when(f'{_BOUNDS}|of|for|in')}",
        rf"\b(?:our|the) (?P<date>{_DATE}) (?:\w+ )?{_PAPER}\b",
        rf"{_TO_BE_DONE}{_WE_SAID}(?: |.*{_UNDONE}\b){_when(f'{_BOUNDS}|in|during')}",
        rf"{_WE_SAID}.*\b(?P<date>{_THAT_YEAR})\b",
        rf"^{_when(f'{_BOUNDS}|in')},.*{_WE_SAID}",
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

    def left_out(self, words: str) -> str:
        """``words`` without those that bound a time: to rank by them too would ask for what is of just that day."""
        bounds = not self.kind and not read_date(self.said)
        return " ".join(words.replace(self.said, "").split()) if bounds else words


def meant(question: str, today: date) -> tuple[Meant, ...]:
    """What ``question`` says of the kind and the date of the publications sought; of several dates none narrows."""
    return (*_kinds(question), *_dates(question, today)) if _ASKS.search(question) else ()


def _kinds(question: str) -> list[Meant]:
    found = ((kind, re.search(rf"\b(?:{words})", question, re.IGNORECASE)) for kind, words in _KINDS)
    said = [Meant(match[0].strip(), kind) for kind, match in found if match]
    return said if len(said) == 1 else []


def _dates(question: str, today: date) -> list[Meant]:
    match = next((match for one in _DATED if (match := one.search(question))), None)
    said = {name: words for name, words in match.groupdict().items() if words} if match else {}
    bound, on = said.pop("bound", "").lower(), said.pop("on", "")
    bound = "since" if on and bound == "from" else bound
    spans = [span for words in said.values() if (span := read_date(_absolute(words, today)))]
    paired = bound in ("between", "from")
    if not match or not spans or len(_ANY_DATE.findall(question)) > len(spans) or len(spans) > 1 + paired:
        return []
    since, until = _days(bound, spans)
    if len(spans) > 1 or None in (since, until):
        end = max(map(match.end, ("date", "last", "on")))
        return [Meant(question[match.start("bound") : end], None, since, until)]
    return [Meant(match["date"], None, since, until)]


def _days(bound: str, spans: Sequence[DateSpan]) -> tuple[date | None, date | None]:
    """From the first to the last day of ``spans``, as the word that stands before them bounds them."""
    first, last = spans[0].first, spans[-1].until
    match bound:
        case "since" | "after":
            return first, None
        case "until" | "till" | "up to":
            return None, last
        case "before" if first:
            return None, first - timedelta(1)
    return first, last


def _absolute(said: str, today: date) -> str:
    return {"this year": str(today.year), "last year": str(today.year - 1)}.get(said.lower(), said)
