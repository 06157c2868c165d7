"""What a search asks for: the words of a query, and what the model makes of them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from index.analysis import term
from index.embed import Encoder
from index.proximity import SATURATION, Neighbours
from index.records import Mode, Vectors
from index.wording import Wanted, wanted

# BM25 gives a passage of one word alone this many times the word's rarity.
FULLEST = 1 + SATURATION


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """What the model makes of a query: its vector, and its telling words to compare others with."""

    vector: Vectors
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A query made ready once, however often it is put under different filters.

    ``terms`` are all that is looked for: those of English first, then the words as other languages have them. ``most``
    is what BM25 would give a passage of nothing but the former, ``rarest`` one of a word that no other has.
    It is ``encoded`` beside: words can be looked for before anybody waits for the model.
    """

    terms: tuple[str, ...]
    most: float
    rarest: float
    neighbours: Neighbours
    years: tuple[int, ...]
    mode: Mode
    encoded: Future[EncodedQuery]


def encode(text: str, encoder: Encoder, rarity: Callable[[Sequence[str]], dict[str, float]]) -> EncodedQuery:
    """Ask the model about ``text``; ``rarity`` tells how rare terms are."""
    vector, words = encoder.encode_query(text)
    return EncodedQuery(vector, wanted(text, words, rarity([term(text[start:end]) for start, end in words.spans])))
