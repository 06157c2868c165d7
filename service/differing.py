"""Whether publications of two dates say different things of the same matter: the same words, other figures."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from index.analysis import STOPWORDS, term
from service.evidence import Candidate, alike
from service.sought import SMALL, TENS

# On the sample's developer half, sentences of this likeness with other figures spoke of the same matter.
SAME_MATTER = 0.25
# How many of the best sentences are looked at for one that differs.
LOOKED_AT = 20
_VALUES = {word: n for n, word in enumerate(SMALL, 1)} | {word: 10 * n for n, word in enumerate(TENS, 2)}
_SCALES = {" ": 1, "t": 10**3, "k": 10**3, "m": 10**6, "b": 10**9}
_WORDS = rf"(?:{'|'.join(TENS)})(?:-(?:{'|'.join(SMALL[:9])}))?|{'|'.join(SMALL[1:])}"
_FIGURE = re.compile(
    r"(?P<money>[£€$]?)(?<![\d,.])(?!(?:19|20)\d\d\b)"
    rf"(?P<figure>\d+(?:,\d{{3}})*(?:\.\d+)?|\b(?:{_WORDS})\b)"
    r"(?:[ -]?(?P<scale>thousand|million|billion|k|m|bn)\b)?(?:[ -]?(?P<unit>%|[a-z]+))?",
    re.IGNORECASE,
)
NUMBER_OF_AN_ITEM = re.compile(r"^\W*\d+[.)]\s", re.MULTILINE)


def differ(one: Candidate, other: Candidate) -> bool:
    """Whether these, of two dates, share their words and not their figures of the same thing."""
    if not _dated(one) or not _dated(other) or _dated(one) == _dated(other):
        return False
    first, second = _figures(one.text), _figures(other.text)
    of_both = [(first[unit], second[unit]) for unit in first.keys() & second.keys()]
    apart = any(not (ours <= theirs or theirs <= ours) for ours, theirs in of_both)
    return apart and alike(one.text, other.text, SAME_MATTER)


def disputed(chosen: Sequence[Candidate], ranked: Sequence[Candidate]) -> list[Candidate]:
    """``chosen`` with the best of ``ranked`` that differs from the first, newest first; [] where none differs.

    What does not offer what was asked for, or speaks of something else, differs from nothing, unless it was chosen.
    """
    said = [one for one in chosen[1:] if differ(chosen[0], one)]
    heard = (one for one in ranked[:LOOKED_AT] if one.signals["offers"] and not one.astray)
    unsaid = [one for one in heard if differ(chosen[0], one)][:1]
    if not said and not unsaid:
        return []
    return sorted([*chosen, *([] if said else unsaid)], key=lambda one: _dated(one) or date.min, reverse=True)


def _dated(one: Candidate) -> date | None:
    return one.card.published.first


def _figures(text: str) -> Mapping[str, set[Decimal]]:
    """Figures by what they are of: money, or the word that follows. Years, and numbers of items, are of nothing."""
    figures = defaultdict[str, set[Decimal]](set)
    for found in _FIGURE.finditer(NUMBER_OF_AN_ITEM.sub("", text)):
        unit = found["money"] or found["unit"] or ""
        if unit and unit.lower() not in STOPWORDS:
            figures[term(unit)].add(_value(found["figure"].lower()) * _SCALES[(found["scale"] or " ")[0].lower()])
    return figures


def _value(figure: str) -> Decimal:
    """A figure as a number: "28" and "twenty-eight" are one."""
    words = figure.split("-")
    return Decimal(sum(map(_VALUES.__getitem__, words)) if words[0] in _VALUES else figure.replace(",", ""))
