"""What the box offers while somebody types: acronyms, questions, committees and titles that begin so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from index.analysis import terms
from index.vocabulary import Vocabulary

# Of each sort but titles, which fill what is left.
_OF_A_SORT = 3
_DASH = re.compile(r"(?<!\S)-(?=\S)")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` is a query, ``label`` how it is shown; ``sort`` is acronym, question, committee or title."""

    text: str
    label: str
    sort: str


def suggest(typed: str, vocabulary: Vocabulary, questions: Sequence[str], limit: int) -> tuple[Suggestion, ...]:
    """At most ``limit`` suggestions in which each word that was typed begins a word."""
    said = _plain(typed)
    if not said:
        return ()
    acronyms = [Suggestion(name, f"{name}: {means}", "acronym") for name, means in vocabulary.acronyms.values()]
    committees = [Suggestion(f'committee:"{name}"', name, "committee") for name in vocabulary.committees]
    asked = [Suggestion(question, question, "question") for question in questions]
    few = [one for sort in (acronyms, asked, committees) for one in _beginning(said, sort)[:_OF_A_SORT]]
    titles = _beginning(said, [Suggestion(title, title, "title") for title in vocabulary.titles])[:limit]
    # As a query a dash before a word would leave it out: "1 -16 August".
    return (*few, *(replace(one, text=_DASH.sub("", one.text)) for one in titles))[:limit]


def _beginning(said: str, offered: Sequence[Suggestion]) -> list[Suggestion]:
    """Those in which every word begins a word, first those that begin with the first."""
    words = [f" {word}" for word in said.split()]
    fitting = [one for one in offered if all(word in _plain(one.label) for word in words)]
    return sorted(fitting, key=lambda one: not _plain(one.label).startswith(said))


@lru_cache(maxsize=200_000)
def _plain(text: str) -> str:
    """The words of a text as they are compared, each with a space before it."""
    return "".join(f" {word}" for word in terms(text, stemmed=False))
