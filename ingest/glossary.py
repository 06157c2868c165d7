"""Acronyms and what they stand for, as a collection's own texts explain them.

The method is that of Schwartz and Hearst (2003), "A simple algorithm for identifying abbreviation definitions in
biomedical text", with plurals brought to the singular.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_BRACKETS = re.compile(r"\(([^()\n]{2,120})\)")
_BEFORE = re.compile(r"[^()\n.;:!?]{2,200}+$")
_JOINING = frozenset("a an and as at by for from in is of on or the to with".split())
_PLURAL = re.compile(r"(?:(?<=ss|sh|ch)e|(?<=x)e)?s$")
_ACRONYM = re.compile(r"(?=(?:[^A-Z]*[A-Z]){2})[A-Za-z][A-Za-z0-9&/-]{1,9}")


@dataclass(frozen=True, slots=True)
class Expansion:
    """What an acronym stands for in some texts, and how often they say so."""

    words: str
    count: int


def mine(texts: Iterable[str]) -> dict[str, tuple[Expansion, ...]]:
    """For every acronym that is explained beside it, its expansions, the commonest first.

    Both orders are read: "Special Guardianship Orders (SGOs)" and "LSCB (Local Safeguarding Children Board)".
    """
    return combine({acronym: (Expansion(words, 1),)} for text in texts for acronym, words in _pairs(text))


def combine(glossaries: Iterable[Mapping[str, tuple[Expansion, ...]]]) -> dict[str, tuple[Expansion, ...]]:
    """Several glossaries as one, their counts added, the commonest expansion first."""
    return {acronym: _ranked(counts) for acronym, counts in counted(glossaries).items()}


def counted(glossaries: Iterable[Mapping[str, tuple[Expansion, ...]]]) -> dict[str, Counter[str]]:
    """By acronym how often several glossaries together say what it stands for, as it is spelled."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for glossary in glossaries:
        for acronym, expansions in glossary.items():
            found[acronym].update({one.words: one.count for one in expansions})
    return dict(sorted(found.items()))


def _ranked(counts: Counter[str]) -> tuple[Expansion, ...]:
    """Spellings that differ by case alone count as one, written as most often."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for words, count in sorted(counts.items()):
        spellings[words.casefold()][words] += count
    merged = [Expansion(each.most_common(1)[0][0], each.total()) for each in spellings.values()]
    return tuple(sorted(merged, key=lambda expansion: (-expansion.count, expansion.words)))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for match in _BRACKETS.finditer(text):
        beside = _BEFORE.search(text, max(match.start() - 200, 0), match.start())
        before, inside = beside[0].strip() if beside else "", re.split(r"[;,]", match[1])[0].strip("\"'“”‘’ ")
        if not before:
            continue
        last = before.rsplit(None, 1)[-1].strip("\"'“”‘’")
        if _ACRONYM.fullmatch(inside) and (words := _long_form(inside, before)):
            yield _singular(inside, words)
        elif _ACRONYM.fullmatch(last) and " " in inside and _long_form(last, inside) == inside:
            yield _singular(last, inside)


def _long_form(acronym: str, text: str) -> str | None:
    """The end of ``text`` that spells the acronym in order, its first letter beginning a word: of several the best."""
    letters = [char.lower() for char in acronym.rstrip("s") if char.isalnum()]
    near = " ".join(text.split()[-min(len(letters) + 5, 2 * len(letters)) :])
    begun = re.finditer(rf"(?<![^\W_]){re.escape(letters[0])}", near, re.IGNORECASE)
    ends = (near[first.start() :].strip("\"'“”‘’ ") for first in begun)
    whole = (end for end in ends if len(end.split()) >= 2 and acronym not in end.split() and not _is_cut(end))
    worth = {end: _worth(letters, end) for end in whole if len(end) > len(acronym)}
    return max((end for end in worth if worth[end] > 0), key=lambda end: (worth[end], -len(end)), default=None)


def _worth(letters: list[str], words: str) -> int:
    """How many more words begin with a letter than not, function words aside; 0 where that holds for less than two
    thirds of the letters, since "CAMHS" does not come from the inside of words, or where they are not all there.
    """
    left, parts = iter(words.lower()), [part.lower() for part in re.split(r"[\s/&-]+", words) if part]
    matched, at = 0, 0
    starts = [part[0] for part in parts]
    for letter in letters:
        if letter in starts[at:]:
            at += starts[at:].index(letter) + 1
            matched += 1
    spelled = all(letter in left for letter in letters) and matched >= 2 * len(letters) / 3
    return 2 * matched - sum(part not in _JOINING for part in parts) if spelled else 0


def _is_cut(words: str) -> bool:
    """Whether a long form begins or ends in the midst of one: "to Open Science", but not "in real life"."""
    first, *_, last = words.split()
    return last in _JOINING or (first in _JOINING and words != words.lower())


def _singular(acronym: str, words: str) -> tuple[str, str]:
    if not acronym.endswith("s") or not words.endswith("s"):
        return acronym, words
    return acronym[:-1], re.sub(r"ies$", "y", words) if words.endswith("ies") else re.sub(_PLURAL, "", words)
