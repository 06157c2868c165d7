"""The kind of answer that a question asks for, and whether a sentence offers one. Judged by form alone."""

import re
from enum import StrEnum

from index.analysis import term
from ingest.dates import MONTHS


class Sought(StrEnum):
    """What would answer: an amount, a time, a name, a reason, a position, or something that form does not show."""

    AMOUNT = "amount"
    TIME = "time"
    NAME = "name"
    REASON = "reason"
    POSITION = "position"
    ANYTHING = "anything"


_POSITION = r"\b(?:position|policy|view|stance|advice|recommendation)s?\b"
_POSITION_ON = rf"{_POSITION}(?= (?:on|about|for)\b)"
# The first that matches decides: "how many years" asks for an amount, "which year" for a time.
_ASKING = (
    (Sought.AMOUNT, r"\bhow (?:many|much|old|long|far|often|large|big|tall|deep|high|fast)\b"),
    (Sought.AMOUNT, r"\b(?:what|which)\b.{0,25}\b(?:number|percent|percentage|proportion|share|rate|amount|cost)\b"),
    (Sought.AMOUNT, r"\b(?:what|which)\b.{0,25}\b(?:size|age|price|sum|level|figure|fee|charge|cap|limit)\b"),
    (Sought.TIME, r"\bwhen\b|\b(?:what|which)\b.{0,12}\b(?:year|date|day|month|century|decade|time|period|season)\b"),
    (Sought.NAME, r"\bwh(?:o|om|ose|ere|ich)\b"),
    (Sought.NAME, r"\bwhat\b.{0,20}\b(?:name|called|named|title|company|university|organi[sz]ation|person|author)\b"),
    (Sought.NAME, r"\bwhat\b.{0,12}\b(?:country|countries|city|cities|state|place|region|area|river|town|part)\b"),
    (Sought.REASON, r"\bwhy\b|\breasons?\b|\bcaused?\b"),
    (Sought.POSITION, r"\b(?:we|association)\b.{0,12}\b(?:say|said|ask|call|recommend|advise|believe|think|want)\b"),
    (Sought.POSITION, rf"\bshould\b|{_POSITION_ON}"),
)
_ASKED = tuple((sought, re.compile(pattern, re.IGNORECASE)) for sought, pattern in _ASKING)
SMALL = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_NUMBERS = "|".join((*SMALL, *TENS, "dozen", "hundred", "thousand", "million", "billion", "half"))
_OFFERED = {
    Sought.AMOUNT: re.compile(rf"\d[\d,.]*|\b(?:{_NUMBERS})\b", re.IGNORECASE),
    Sought.TIME: re.compile(
        rf"\b(?:1\d|20)\d\ds?\b|\b\d{{1,2}}(?:st|nd|rd|th)\b|\bcentur\w+|\b(?:{MONTHS})\b"
        r"|\b(?:[Ss]pring|[Ss]ummer|[Aa]utumn|[Ww]inter)\b"
    ),
    # A capital after another word of the sentence, of no day or month.
    Sought.NAME: re.compile(rf"(?<=[\w,;:)”\"’'–-] )[“\"(]?(?!(?:\w+day|{MONTHS})\b)[A-Z][\w’'-]+"),
    Sought.POSITION: re.compile(
        rf"\b(?:should|must|ought|may|recommend|advise|ask|call|urge|oppose|support|welcome|propose|believe|want)s?\b"
        rf"|\bacceptable\b|\bwe (?:think|expect)\b|\bour (?:own )?{_POSITION}"
    ),
    Sought.REASON: re.compile(r"\b(?:because|due|since|so that|caused?|leads?|led|reasons?|therefore|thus|by|to)\b"),
}


def sought(question: str) -> Sought:
    """What kind of answer ``question`` asks for."""
    return next((kind for kind, pattern in _ASKED if pattern.search(question)), Sought.ANYTHING)


def subject(question: str) -> str:
    """``question`` without the word that asks for a position, which the answer need not say."""
    return re.sub(_POSITION_ON, "", question, flags=re.IGNORECASE)


def offers(text: str, kind: Sought, asked: frozenset[str]) -> float:
    """1 where ``text`` holds an answer of that kind other than the question's own terms ``asked``, else 0; .5 where
    form cannot tell.
    """
    if kind is Sought.ANYTHING:
        return 0.5
    return float(any(term(match.group().strip(' “"(')) not in asked for match in _OFFERED[kind].finditer(text)))
