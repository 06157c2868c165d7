"""Dates as publications state them, read day first: "3 May 2019", "03/05/19", "May 2019", "Summer 2015", "2017"."""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from ingest.records import DateSpan, Precision

MONTHS = "|".join(calendar.month_name[1:])
_MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan ionawr|february feb chwefror|march mar mawrth|april apr ebrill|may mai|june jun mehefin|"
        "july jul gorffennaf|august aug awst|september sept sep medi|october oct hydref|november nov tachwedd|"
        "december dec rhagfyr".split("|"),
        start=1,
    )
    for name in names.split()
}
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
MONTH_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MONTH = rf"(?P<month>{MONTH_NAMES})\b\.?"
# The month in which a stretch of months begins: "January/February 2014", "December 2019 to January 2020".
_FROM = rf"(?:(?P<from>{MONTH_NAMES})\b\.?(?:\s+(?P<since>(?:19|20)\d\d))?\s*(?:[-–—/&]|\bto\b)\s*)?"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
# Two digits that a clock goes on with, or that end in one ("10 - 12 noon"), are the time of that day.
_HOURS = r"(?::\d|(?:\s*[-–—]\s*\d+(?:[.:]\d\d)?)?\s*(?:[ap]\.?m\b|noon|midnight|o.clock))"
_ANY_YEAR = rf"(?P<year>(?:19|20)\d\d|'?\d\d(?!{_HOURS}))"
_CLOCK = r"(?:T[\d:.]+(?:Z|[+-][\d:]+)?|Z|[+-]\d\d:\d\d)?"
_SEASON = r"(?P<season>spring|summer|autumn|fall|winter)(?:\s+term)?"
_EDGE, _STOP = r"(?<![\w/.£$€-])", r"(?![\w/]|[.-]\d)"
_PATTERNS = [
    (kind, re.compile(_EDGE + body + _STOP, re.IGNORECASE))
    for kind, body in (
        ("ymd", _YEAR + r"(?P<mark>[-/.])(?P<number>0?[1-9]|1[0-2])(?P=mark)" + _DAY + _CLOCK),
        ("dmy", r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d|\d\d)"),
        ("named", _DAY + r"(?:st|nd|rd|th)?(?:\s+of)?[\s,-]*" + _MONTH + r"[\s,-]*" + _ANY_YEAR),
        ("named", _MONTH + r"\s*" + _DAY + r"(?:st|nd|rd|th)?\s*,?\s+" + _YEAR),
        ("month", r"(?:mid-)?" + _FROM + _MONTH + r"[\s,-]*(?:of\s+)?" + _YEAR),
        ("month", r"(?P<number>0?[1-9]|1[0-2])/" + _YEAR),
        ("season", _SEASON + r"[\s,-]*(?:of\s+)?" + _YEAR + r"(?:\s?[/–-]\s?(?:\d\d){1,2}(?!\d))?"),
        ("year", _YEAR + r"(?!\s?[/–-]\s?\d)"),
    )
]
_NAMED_YEAR = re.compile(
    r"\b(?:acts?|orders?|regulations?|rules|bill|code|directive|vision|agenda|by|until|to|towards|beyond|before|from|since)"
    r"(?: \([^()]*\))?,? $",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_CENTURY_TURN = 70


@dataclass(frozen=True, slots=True)
class Mention:
    """A date found in running text, at ``text[start:end]``."""

    start: int
    end: int
    span: DateSpan


def read_date(text: str) -> DateSpan | None:
    """The date that ``text`` as a whole states; None where it states none, or more than a date."""
    trimmed = _WEEKDAY.sub("", text.strip().rstrip("."))
    found = next((each for each in mentions(trimmed)), None)
    return found.span if found and (found.start, found.end) == (0, len(trimmed)) else None


def field_date(text: str, source: str) -> DateSpan | None:
    """The date that a field of a file states: a date, a time stamp, or words such as "Summer 2015"."""
    span = read_date(text) or day_in(text)
    return replace(span, source=source) if span else None


@lru_cache(maxsize=1_024)
def mentions(text: str) -> tuple[Mention, ...]:
    """Every date stated in ``text``, in order; where two readings overlap, the more precise one."""
    found: list[Mention] = []
    taken = bytearray(len(text))
    for kind, pattern in _PATTERNS if _DIGIT.search(text) else ():
        for match in pattern.finditer(text):
            start, end = match.span()
            if not any(taken[start:end]) and (span := _span(kind, match.groupdict())):
                taken[start:end] = bytes([1]) * (end - start)
                found.append(Mention(start, end, span))
    return tuple(sorted(found, key=lambda mention: mention.start))


def day_in(text: str) -> DateSpan | None:
    """The first full date, to the day, that ``text`` states."""
    return next((each.span for each in mentions(text) if each.span.precision is Precision.DAY), None)


def stated_in(line: str) -> DateSpan | None:
    """The date that a short line states: a full one anywhere, or a month or season at its beginning."""
    loose = (each.span for each in mentions(line) if not each.start and each.span.precision is not Precision.YEAR)
    return day_in(line) or next(loose, None)


def date_of_title(title: str) -> DateSpan | None:
    """The most precise date within a title, the last of them where several are: "Notes, Summer 2015".

    A year that names a law or a goal ("Children Act 1989", "by 2030") dates nothing.
    """
    spans = [
        each.span
        for each in mentions(title)
        if each.span.precision is not Precision.YEAR or not _NAMED_YEAR.search(title[: each.start])
    ]
    best = min(reversed(spans), key=lambda span: list(Precision).index(span.precision), default=None)
    return best and replace(best, source="title")


def day(year: int, month: int, number: int) -> DateSpan | None:
    """One day as a span; None where the calendar has no such day."""
    try:
        exact = date(year, month, number)
    except ValueError:
        return None
    return DateSpan(exact, exact, Precision.DAY)


def _span(kind: str, parts: dict[str, str]) -> DateSpan | None:
    year = _year(parts["year"])
    if kind == "year":
        return DateSpan(date(year, 1, 1), date(year, 12, 31), Precision.YEAR)
    if kind == "season":
        return _season(year, _SEASONS[parts["season"].lower()])
    if kind == "dmy":
        first, second = int(parts["first"]), int(parts["second"])
        return day(year, second, first) or day(year, first, second)
    month = int(parts["number"]) if parts.get("number") else _MONTHS[parts["month"].lower()]
    if kind == "month":
        last = date(year, month, calendar.monthrange(year, month)[1])
        begins = _beginning(parts, last)
        return DateSpan(begins, last, Precision.MONTH if begins == last.replace(day=1) else Precision.SEASON)
    return day(year, month, int(parts["day"]))


def _beginning(parts: dict[str, str], last: date) -> date:
    """The first day of the months that end on ``last``; a stretch of more than a year is none."""
    month = _MONTHS[parts["from"].lower()] if parts.get("from") else last.month
    first = date(int(parts.get("since") or last.year - (month > last.month)), month, 1)
    return first if timedelta() < last - first < timedelta(366) else last.replace(day=1)


def _year(digits: str) -> int:
    number = int(digits.lstrip("'"))
    return number if number > 99 else number + (2000 if number < _CENTURY_TURN else 1900)


def _season(year: int, month: int) -> DateSpan:
    """Three months from the first of ``month``; winter runs until the end of the next February."""
    after = date(year + (month == 12), (month + 3) % 12 or 12, 1)
    return DateSpan(date(year, month, 1), after - timedelta(days=1), Precision.SEASON)
