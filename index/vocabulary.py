"""The words of a collection: how it spells them, which acronyms it explains, what its publications are called.

A segment keeps its own; a generation's are their sum. What is learned from text is learned from public documents that
may be quoted, whoever the generation is for; titles and committees are those of all that it holds.
"""

import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

import msgspec

from index.analysis import STOPWORDS, each_word, term, tokens
from ingest.glossary import Expansion, combine, mine
from ingest.records import Audience, Document

_FILE = "vocabulary.json"
# Shorter words have too many neighbours for a guess to be worth offering.
SHORTEST = 4
# The ratio of difflib from which words of more than one edit apart count as near.
NEAR = 0.8


@dataclass(frozen=True)
class Vocabulary:
    """``words`` with the number of documents that say each; ``glossary`` by acronym, the commonest meaning first."""

    words: Mapping[str, int]
    glossary: Mapping[str, tuple[Expansion, ...]]
    titles: tuple[str, ...]
    committees: tuple[str, ...]

    @cached_property
    def acronyms(self) -> dict[str, tuple[str, str]]:
        """Each acronym and its commonest meaning, by the term that the index has for it; function words have none."""
        told = {term(acronym): (acronym, meanings[0].words) for acronym, meanings in self.glossary.items()}
        return {term: found for term, found in told.items() if term not in STOPWORDS}

    def spelled_out(self, query: str) -> str:
        """The query with each acronym followed by its meaning: a model knows words; initials are noise to it."""
        at, spelled = 0, ""
        for word in each_word(query):
            if known := self.acronyms.get(term(word.group())):
                spelled, at = f"{spelled}{query[at : word.end()]} ({known[1]})", word.end()
        return spelled + query[at:]

    def nearest(self, word: str) -> str | None:
        """The word of the collection that is spelled most like one that stands nowhere in it; None without any."""
        if len(word) < SHORTEST or not word.isalpha():
            return None
        alike = [one for one in self.words if one[0] == word[0] and abs(len(one) - len(word)) <= 2]
        near = self.words.keys() & set(_edits(word)) or get_close_matches(word, alike, cutoff=NEAR)
        return max(sorted(near), key=self.words.__getitem__, default=None)


def save(folder: Path, documents: Sequence[Document]) -> None:
    """Write the vocabulary of a segment's documents into its folder."""
    (folder / _FILE).write_bytes(msgspec.json.encode(_learn(documents)))


def load(segments: Iterable[Path]) -> Vocabulary:
    """The vocabulary of the generation that these segments make."""
    parts = [msgspec.json.decode((folder / _FILE).read_bytes(), type=Vocabulary) for folder in segments]
    words = Counter[str]()
    for part in parts:
        words.update(part.words)
    titles = tuple(sorted({title for part in parts for title in part.titles}))
    committees = tuple(sorted({name for part in parts for name in part.committees}))
    return Vocabulary(words, combine(part.glossary for part in parts), titles, committees)


def _learn(documents: Sequence[Document]) -> Vocabulary:
    shown = [one for one in documents if one.audience is Audience.PUBLIC and one.quotable]
    said = (f"{one.title}\n{one.text}" for one in shown)
    words = Counter(word for text in said for word in {term for term, _, _ in tokens(text, False)})
    told = {word: count for word, count in words.items() if len(word) >= SHORTEST and word.isalpha()}
    titles, committees = tuple(one.title for one in documents), tuple({c for one in documents for c in one.committees})
    return Vocabulary(told, mine(one.text for one in shown), titles, committees)


def _edits(word: str) -> Iterator[str]:
    """All that one letter left out, exchanged with the next, replaced or put in makes of a word."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in string.ascii_lowercase:
            yield before + letter + after[1:]
            yield before + letter + after
