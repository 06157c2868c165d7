"""Why a result is among the results, in plain words, and how a query that may be misspelled could be written."""

import re

import numpy as np

from index.analysis import each_word, query_terms, term
from index.hits import marks
from index.recency import years_named
from index.records import Hit
from index.relevance import LIKELY, relevance
from index.search import Searcher
from index.vocabulary import Vocabulary
from service.operators import Typed

_MOST_NAMED = 6


def why(hit: Hit, words: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What speaks for a result: words that it says, what an acronym stands for, its date, nearness in meaning."""
    terms, written = query_terms(words), _written(words)
    texts = (hit.document.title, *(text for one in hit.passages for text in (*one.heading, one.text)))
    said = dict[str, str]()
    for word in (text[a:b] for text in texts for a, b in marks(text, terms)):
        said.setdefault(term(word), word)
    lacking = {term: text for term, text in written.items() if term in terms and term not in said}
    reasons = [f"It says {_named(said)}."] if said else []
    reasons += [f"It does not say {_named(lacking)} in what is shown."] if said and lacking else []
    known = (vocabulary.acronyms[term] for term in written if term in vocabulary.acronyms)
    reasons += [f"{acronym} stands for {means}." for acronym, means in known]
    if _of_a_year_named(hit, words):
        reasons.append("It is of a year that you name.")
    if _near(hit):
        reasons.append("It is close in meaning." if said else "It says none of your words, and is close in meaning.")
    return tuple(reasons)


def respelled(typed: Typed, searcher: Searcher) -> str | None:
    """The query with each word that stands nowhere spelled like the nearest that does; None where all stand."""
    written = {word[0]: term(word[0]) for word in each_word(typed.words)}
    rarity = searcher.rarity([*written.values(), ""])
    unknown = (word for word, one in written.items() if rarity[one] == rarity[""])
    found = {word: near for word in unknown if (near := searcher.vocabulary.nearest(term(word, stemmed=False)))}
    operators = "|".join(re.escape(one.typed) for one in typed.operators if one.field != "phrase") or "(?!)"
    parts = re.split(f"({operators})", typed.query)
    for word, near in found.items():
        parts[::2] = [re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", near, part) for part in parts[::2]]
    return "".join(parts) if found else None


def _written(words: str) -> dict[str, str]:
    """The words of a query, as they were written, by their terms."""
    return {term(word[0]): word[0] for word in each_word(words)}


def _of_a_year_named(hit: Hit, words: str) -> bool:
    first, until = hit.document.published.first, hit.document.published.until
    return first is not None and any(first.year <= year <= (until or first).year for year in years_named(words))


def _near(hit: Hit) -> bool:
    """Whether meaning alone would make it likely."""
    meaning = np.array([passage.similarity for passage in hit.passages])
    return bool((relevance(meaning, np.zeros(len(meaning))) >= LIKELY).any())


def _named(words: dict[str, str]) -> str:
    return ", ".join(f"“{word}”" for word in list(words.values())[:_MOST_NAMED])
