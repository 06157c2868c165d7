"""The words of a collection: how it spells them, which acronyms it explains, what its publications are called.

A segment's is the sum of its documents', a generation's the sum of those. What is learned from text is
learned from public documents that may be quoted, whoever the generation is for; titles and committees are those of all
that it holds.
"""

import string
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from itertools import starmap
from pathlib import Path

import msgspec

from index.analysis import STOPWORDS, each_word, query_terms, term, words
from index.generation import Generation
from ingest.glossary import Expansion, combine, counted, mine
from ingest.records import Audience, Document

FILE = "vocabulary.json"
# Shorter words have too many neighbours for a guess to be worth offering.
SHORTEST = 4
# The ratio of difflib from which words of more than one edit apart count as near.
NEAR = 0.8
# The share of its explanations that an acronym's meaning has; chosen on scifact's train split, of .5 to .75.
PREVAILING = 0.75


@dataclass(frozen=True)
class Names:
    """What a vocabulary has beside its words, which are most of it; in ``glossary`` the commonest meaning is first."""

    glossary: Mapping[str, tuple[Expansion, ...]]
    titles: tuple[str, ...]
    committees: tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary(Names):
    """``words`` with the number of documents that say each, and the names."""

    words: Mapping[str, int]

    @cached_property
    def acronyms(self) -> dict[str, tuple[str, str]]:
        """Each acronym and its commonest meaning, by the term that the index has for it; function words have none."""
        told = {term(acronym): (acronym, meanings[0].words) for acronym, meanings in self.glossary.items()}
        return {term: found for term, found in told.items() if term not in STOPWORDS}

    def spelled_out(self, query: str, is_word: Callable[[str], bool]) -> str:
        """The query with each acronym followed by its meaning: a model knows words; initials are noise to it.

        What is not written as an acronym and ``is_word`` is none: the steps of a plan are not of the STEP programme.
        One of which texts say different things stays as it is.
        """
        at, spelled = 0, ""
        for word in each_word(query):
            said = word.group()
            known = self.acronyms.get(term(said))
            if known and (sum(map(str.isupper, said)) > 1 or not is_word(said)) and _prevails(self.glossary[known[0]]):
                spelled, at = f"{spelled}{query[at : word.end()]} ({known[1]})", word.end()
        return spelled + query[at:]

    def nearest(self, word: str) -> str | None:
        """The word of the collection that is spelled most like one that stands nowhere in it; None without any."""
        if len(word) < SHORTEST or not word.isalpha() or word in self.words:
            return None
        alike = [one for one in self.words if one[0] == word[0] and abs(len(one) - len(word)) <= 2]
        near = self.words.keys() & set(_edits(word)) or get_close_matches(word, alike, cutoff=NEAR)
        return max(sorted(near), key=self.words.__getitem__, default=None)


def _prevails(meanings: Sequence[Expansion]) -> bool:
    """Whether the commonest meaning, however it is spelled, is most of what is said."""
    said = Counter[tuple[str, ...]]()
    for one in meanings:
        said[tuple(query_terms(one.words))] += one.count
    return said[tuple(query_terms(meanings[0].words))] >= PREVAILING * said.total()


def learn(document: Document) -> Vocabulary:
    """The vocabulary of one document."""
    shown = document.audience is Audience.PUBLIC and document.quotable
    said = {term(word, False) for word in set(words(f"{document.title}\n{document.text}"))} if shown else ()
    counts = {word: 1 for word in sorted(said) if len(word) >= SHORTEST and word.isalpha()}
    return Vocabulary(mine([document.text] if shown else []), (document.title,), document.committees, counts)


def save(folder: Path, learned: Sequence[Vocabulary]) -> None:
    """Write the sum of the vocabularies of a segment's documents into its folder."""
    words = Counter(word for one in learned for word in one.words)
    (folder / FILE).write_bytes(msgspec.json.encode(_sum(learned, words)))


def build(folder: Path, segments: Mapping[str, Path], before: Generation | None) -> None:
    """Write the vocabulary of the generation that these segments make into its folder; see ``load``.

    Words are counted on from the generation ``before``: there are many more of them than of anything else.
    """
    words, then = Counter[str](), before.segments if before else {}
    if before:
        words.update(load(before.folder).words)
    for id in then.keys() - segments.keys():
        words.subtract(load(then[id]).words)
    for id in segments.keys() - then.keys():
        words.update(load(segments[id]).words)
    names = [msgspec.json.decode((one / FILE).read_bytes(), type=Names) for one in segments.values()]
    whole = _sum(names, +words)
    said = replace(whole, glossary=combine([whole.glossary]))
    (folder / FILE).write_bytes(msgspec.json.encode(said))


def load(folder: Path) -> Vocabulary:
    """The vocabulary that a folder holds."""
    return msgspec.json.decode((folder / FILE).read_bytes(), type=Vocabulary)


def _sum(parts: Sequence[Names], words: Counter[str]) -> Vocabulary:
    """All parts together, ``words`` being theirs. Spellings of a meaning are kept apart: which is the commonest only
    the whole can tell.
    """
    meanings = counted(part.glossary for part in parts)
    glossary = {acronym: tuple(starmap(Expansion, sorted(said.items()))) for acronym, said in meanings.items()}
    titles = tuple(sorted({title for part in parts for title in part.titles}))
    committees = tuple(sorted({name for part in parts for name in part.committees}))
    return Vocabulary(glossary, titles, committees, dict(sorted(words.items())))


def _edits(word: str) -> Iterator[str]:
    """All that one letter left out, exchanged with the next, replaced or put in makes of a word."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in string.ascii_lowercase:
            yield before + letter + after[1:]
            yield before + letter + after
