"""Whether publications of two dates say different things of the same matter: the same words, other figures."""

import re
from collections.abc import Sequence
from datetime import date

from service.evidence import Candidate, alike

# On the sample's developer half, sentences of this likeness with other figures spoke of the same matter.
SAME_MATTER = 0.25
# How many of the best sentences are looked at for one that differs.
LOOKED_AT = 20
_FIGURE = re.compile(
    r"\d[\d,.]*\d|\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|third|quarter)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")


def differ(one: Candidate, other: Candidate) -> bool:
    """Whether these, of two dates, share their words and not their figures; years are no figures."""
    if not _dated(one) or not _dated(other) or _dated(one) == _dated(other):
        return False
    figures = _figures(one.text), _figures(other.text)
    if figures[0] <= figures[1] or figures[1] <= figures[0]:
        return False
    return alike(one.text, other.text, SAME_MATTER)


def disputed(chosen: Sequence[Candidate], ranked: Sequence[Candidate]) -> list[Candidate]:
    """``chosen`` with the best of ``ranked`` that differs from the first, newest first; [] where none differs.

    What speaks of something other than was asked about differs from nothing, unless it was chosen.
    """
    said = [one for one in chosen[1:] if differ(chosen[0], one)]
    unsaid = [one for one in ranked[:LOOKED_AT] if not one.astray and differ(chosen[0], one)][:1]
    if not said and not unsaid:
        return []
    return sorted([*chosen, *([] if said else unsaid)], key=lambda one: _dated(one) or date.min, reverse=True)


def _dated(one: Candidate) -> date | None:
    return one.card.published.first


def _figures(text: str) -> frozenset[str]:
    return frozenset(found.lower() for found in _FIGURE.findall(text) if not _YEAR.fullmatch(found))
