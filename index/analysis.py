"""Text for lexical search, normalised once for every engine: tokens, case, accents, acronyms' dots, stems."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import Stemmer
from numpy.typing import NDArray

# An accent may follow its letter as a sign of its own.
_WORD = r"[^\W_]++(?:[\u0300-\u036f]++[^\W_]*+)*+"
_TOKEN = re.compile(rf"[^\W\d_](?:\.[^\W\d_])+(?![^\W_])\.?|{_WORD}(?:['’]{_WORD})*+")
_PARTED = re.compile(f"({_TOKEN.pattern})")
_PLURAL_ACRONYM = re.compile(r"([A-Z]{2,})s")
_POSSESSIVE = re.compile(r"['’]s?$")
_STEMMER = Stemmer.Stemmer("english")
# Function words and the words of asking: they say nothing of the subject of a question.
STOPWORDS = frozenset(
    """
    a about after again all also am an and any are as at be been being but by can could did do does doing for
    from had has have having he her here him his how i if in into is it its just may me might more most must
    my no nor not now of on only or other our ours own said same say says shall she should so some such tell
    than that the their theirs them then there these they this those through to too under until up us very was
    we were what when where which while who whom whose why will with would you your yours
    """.split()
)


# Terms in a row, in each of the forms in which text may hold them.
Phrase = tuple[tuple[str, ...], ...]


def each_word(text: str) -> Iterator[re.Match[str]]:
    """Every word where it stands."""
    return _TOKEN.finditer(text)


def words(text: str) -> list[str]:
    """Every word in order, as it is written."""
    return _TOKEN.findall(text)


def placed(text: str) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """``words``, and where each begins and ends."""
    parts = _PARTED.split(text)
    ends = np.cumsum(np.fromiter(map(len, parts), np.int64, len(parts)))
    return parts[1::2], ends[:-1:2], ends[1::2]


def terms(text: str, stemmed: bool = True) -> tuple[str, ...]:
    """The terms of all words of ``text``, in order."""
    return tuple(term(word, stemmed) for word in words(text))


def analyse(text: str, lang: str = "") -> str:
    """The terms of ``text`` in order, parted by spaces: what every engine is given.

    Text that says to be in another language than English keeps its endings, as the stemmer knows English only.
    """
    return " ".join(terms(text, is_english(lang)))


def is_english(lang: str) -> bool:
    """Whether text of this language is read as English: text that declares none is."""
    return lang in ("", "en")


def query_terms(text: str, stemmed: bool = True) -> list[str]:
    """The terms of a query in order, without stop words unless there is nothing else.

    A term said twice is there twice: what a long question repeats is what it is about. Text in other languages keeps
    its endings (see ``analyse``), and has the terms that are not ``stemmed``.
    """
    said = words(text)
    telling = [word for word in said if word.lower() not in STOPWORDS]
    return [term(word, stemmed) for word in telling or said]


def phrase(text: str) -> Phrase:
    """Words that are looked for as they follow each other, stop words too, with and without their endings."""
    return tuple(form for form in dict.fromkeys((terms(text), terms(text, stemmed=False))) if form)


@lru_cache(maxsize=200_000)
def term(word: str, stemmed: bool = True) -> str:
    """The form under which a word is indexed and looked up."""
    # The stemmer leaves "SGOs" as it is, for want of a vowel before the ending it knows.
    acronym = _PLURAL_ACRONYM.fullmatch(_POSSESSIVE.sub("", word))
    plain = unicodedata.normalize("NFKD", (acronym[1] if acronym else word).replace(".", "").casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = _POSSESSIVE.sub("", plain.replace("’", "'"))
    return str(_STEMMER.stemWord(plain)) if stemmed else plain
