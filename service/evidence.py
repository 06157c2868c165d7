"""What speaks for a sentence as the answer to a question: a few figures, each between 0 and 1 or nearly so, and from
them an order and a probability.

No model is asked: the words of the sentence, of its surroundings and of its title, weighed by how rare they are, and
the nearness of its passage, which the search has measured already.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp

import numpy as np

from index.analysis import query_terms, terms
from index.records import Card, FoundPassage, Hit, Span
from index.search import Searcher
from index.succession import tells
from ingest.dates import MONTHS
from ingest.sentences import split
from service.present import published
from service.sought import Sought, offers, sought, subject

CONSIDERED_PASSAGES = 10
# Words: of the 268 longer sentences of a site's 87,169 that are a third figures, 267 were tables of accounts in PDFs.
SHORT = 20
# So short are headings, labels and exclamations.
FEW = 4
# Two logistic models, their weights fitted once: the choice on questions of SQuAD 2.0 over 16 encyclopedia articles and
# on the developer half of the sample association's, each weighing the same; the chance on those over 18 such articles.
# What they reach on articles left out stands in docs/measurements.md.
# One sentence against the others of the same question.
CHOICE = {"similarity": 2.6, "sentence": 7.6, "match": 11.7, "around": 5.6, "order": 1.5, "offers": 1.0}
# Whether the best sentence answers at all.
CONSTANT = -1.29
CHANCE = {"sentence": 3.54, "missing": -1.2, "number": -2.07, "denied": -3.34, "offers": 0.28, "astray": -0.84}
_LEANS_BACK = re.compile(r"(?:It|They|This|These|That|Those|He|She|Both|Its|Their|His|Her)\b")
# Of few words, one that holds these speaks of what stands before: "We would oppose this."
_POINTS_BACK = re.compile(r"\b(?:it|this|that|them|these|those)\b")
_DAY = re.compile(rf"\d\w*(?: of)? (?:{MONTHS})\b|\b(?:{MONTHS}) \d\d?\b|\d[./-]\d", re.IGNORECASE)
# Of these, neither acronyms, which text may spell out, nor what opens a sentence or names a day or a month.
_SUBJECT = re.compile(rf"(?<!^)(?<![.?!:] )(?<![“\"(])\b(?!(?:\w+day|{MONTHS})\b)[A-Z](?=[\w’'-]*[a-z]{{2}})[\w’'-]*")
# A question, and a heading or a label: at most four words without an end, or more that are written as a title is. Of a
# site's 87,099 sentences 602 are such longer ones: of 70 drawn at random four were names, and the others titles.
_SMALL = "a|an|and|as|at|by|for|from|in|into|of|on|or|our|the|to|via|with|your|&"
_TITLE = rf"(?=.*[a-z])(?!By )(?:(?:[A-Z][\w’'-]*\.?|{_SMALL})(?: |$)){{5,}}(?<!\.)"
_TELLS_NOTHING = re.compile(rf".*\?|\W*\w\S*(?: \S+){{0,3}}(?<![.!”\"’)\d])|{_TITLE}", re.DOTALL)
# What follows is what it says: a list, mostly.
_LEADS_IN = re.compile(r"(?::|\.\.\.|…)$")
# What may stand before the text of a paragraph, on its line.
_LABEL = re.compile(r"\W*\w\S*(?: \S+){0,3}[.:]")
_OF_SUCCESSION = re.compile(r"\b(?:replac|supersed|current)\w*|\bstill\b|\bno longer\b", re.IGNORECASE)
# What a list that was typed by hand sets before its items; before a figure it may be a minus.
_MARK = re.compile(r"[-–—•*·▪◦❏] (?!\d)")
_CELL = "| "
# A year may head a column.
_VALUE = re.compile(r"\W*(?!(?:19|20)\d\d\b)\d[\d,.]*\W*")
_FIGURE = re.compile(r"(?<!\S)[^\s\w(\[]*\d[^\sA-Za-z()\[\]]*(?!\S)")
_DIGITS = re.compile(r"\d+")
_ASKS = re.compile(r"[^.?!:]*\?")
_NEGATION = re.compile(r"\b(?:not|cannot|never|no|except|neither|nor)\b|n['’]t\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question made ready: its telling terms with their rarity (1: stands nowhere), and what it asks for.

    ``subjects`` are the terms of names that must stand beside an answer: what is said of Leeds is no answer for York.
    One ``of_succession`` asks what took the place of a publication, or whether it holds.
    """

    text: str
    rarity: dict[str, float]
    terms: tuple[str, ...]
    numbers: frozenset[str]
    subjects: frozenset[str]
    kind: Sought
    negated: bool
    of_succession: bool

    @classmethod
    def read(cls, text: str, searcher: Searcher) -> "Question":
        """Weigh the words of ``text`` by the collection that ``searcher`` reads."""
        telling, unseen = query_terms(subject(text)), ""
        weights = searcher.rarity([*telling, unseen])
        rarity = {word: weights[word] / weights[unseen] for word in telling}
        subjects = frozenset(terms(" ".join(_SUBJECT.findall(text)))) & rarity.keys()
        # What is told before it is asked may deny something else.
        negated = bool(_NEGATION.search("".join(_ASKS.findall(text)) or text))
        of_succession = bool(_OF_SUCCESSION.search(text))
        return cls(text, rarity, terms(text), _numbers(telling), subjects, sought(text), negated, of_succession)

    def cover(self, words: Iterable[str]) -> float:
        """The share of the question's words, weighed by rarity, that are among ``words``."""
        said = frozenset(words)
        held = sum(weight for word, weight in self.rarity.items() if word in said)
        return held / max(sum(self.rarity.values()), 1e-9)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, where it stands in its document, and by ``signals`` what speaks for it.

    ``similarity`` and ``sentence`` are the cosines of its passage and of itself with the question;
    ``match`` is how near its words and its title's come to each of the question's, 0 where that was not compared;
    ``around`` is the share of the question's words in it and its neighbours, title and date counted, ``order`` that of
    its pairs of words;
    ``offers`` is 1 with an answer of the kind sought, 0 without, .5 where form cannot tell.
    ``missing`` is the rarity of the rarest word that the sentence lacks, ``number`` is 1 where it lacks a number of
    the question, title and date counted; ``denied`` is 1 where the question denies something and the sentence does not,
    ``astray`` where its passage, title and date counted, lacks a subject of the question.

    A row of a table means what its ``head`` says, which stands at that span.
    """

    card: Card
    passage: FoundPassage
    start: int
    end: int
    text: str
    signals: dict[str, float]
    head: Span | None

    @property
    def astray(self) -> bool:
        """Whether it speaks of another place or body than the question names."""
        return self.signals["astray"] > 0


@dataclass(frozen=True, slots=True)
class Weighed:
    """Sentences, best first, each with its share of the choice (together 1), and the chance that the first answers.

    ``near`` is that chance with a number that it lacks counted half: what has all else may answer in part.
    """

    candidates: tuple[Candidate, ...]
    shares: tuple[float, ...]
    chance: float
    near: float


def candidates(question: Question, hits: Sequence[Hit]) -> Iterator[Candidate]:
    """The sentences of the best passages, but for those that tell nothing.

    One that leans back on the sentence before it is taken with it, as what follows the label of a paragraph is.
    """
    found = [(hit.document, passage) for hit in hits for passage in hit.passages]
    best = sorted(found, key=lambda pair: -pair[1].score)[:CONSIDERED_PASSAGES]
    for card, passage in best:
        yield from _of_passage(question, card, passage)


def weigh(candidates: Sequence[Candidate]) -> Weighed:
    """Order the sentences of one question. Without any the chance is 0."""
    if not candidates:
        return Weighed((), (), 0.0, 0.0)
    scores = np.array([_sum(CHOICE, one) for one in candidates])
    order = np.argsort(-scores, kind="stable")
    shares = np.exp(scores[order] - scores.max())
    ranked, shares = tuple(candidates[i] for i in order), tuple((shares / shares.sum()).tolist())
    answers = CONSTANT + _sum(CHANCE, ranked[0])
    lacking = CHANCE["number"] * ranked[0].signals["number"]
    return Weighed(ranked, shares, _logistic(answers), _logistic(answers - lacking / 2))


def _of_passage(question: Question, card: Card, passage: FoundPassage) -> Iterator[Candidate]:
    spans = split(passage.text)
    # Where its sentences were not compared, or were parted otherwise, the passage speaks for them.
    known = len(passage.sentences) == len(spans)
    cosines = passage.sentences if known else (passage.similarity,) * len(spans)
    matches = (*(passage.matches if known else ()), *[0.0] * len(spans))
    said = [terms(passage.text[start:end]) for start, end in spans]
    title = frozenset(terms(f"{card.title} {' '.join(passage.heading)} {stated(card, question.text)}"))
    astray = float(not question.subjects <= title.union(*said))
    labels = [_is_label(passage.text, one, after) for one, after in pairwise(spans)] + [False]
    for i, (start, end) in enumerate(spans):
        first, last = _leant_on(passage.text, spans, labels, i), _led(passage.text, spans, i)
        marked, ends = _MARK.match(passage.text, spans[first][0]), spans[last][1]
        begins = marked.end() if marked else spans[first][0]
        text, alone = passage.text[begins:ends], passage.text[start:end]
        words = title.union(*said[first : i + 1])
        if labels[i] or words == title or _LEADS_IN.search(text) or _tells_nothing(question, card, alone):
            continue
        signals = {
            "similarity": passage.similarity,
            "sentence": max(cosines[first : i + 1]),
            "match": max(matches[first : i + 1]),
            "around": question.cover(words.union(*said[max(first - 1, 0) : i + 2])),
            "order": _order(question.terms, said[i]),
            "offers": offers(text, question.kind, frozenset(question.terms)),
            "missing": max((weight for word, weight in question.rarity.items() if word not in words), default=0.0),
            "number": float(not question.numbers <= _numbers(words)),
            "denied": float(question.negated and not _NEGATION.search(text)),
            "astray": astray,
        }
        where = passage.start + begins, passage.start + ends
        yield Candidate(card, passage, *where, text, signals, _head(passage, spans, i))


def alike(one: str, other: str, part: float) -> bool:
    """Whether two sentences share this part of all their words."""
    first, second = {*terms(one)}, {*terms(other)}
    return len(first & second) >= part * len(first | second)


def stated(card: Card, question: str) -> str:
    """The date of a publication in words, as ``question`` may name it; "" where it has none.

    Its day is left out where none is asked about: the 15th of July says nothing of "a reader of 15".
    """
    said = published(card.published) if card.published.first else ""
    return said if _DAY.search(question) else re.sub(r"^\d\d? ", "", said)


def _tells_nothing(question: Question, card: Card, sentence: str) -> bool:
    """Whether it is a question or a heading; a few words of the question alone; many figures that have lost their rows;
    or a notice that its publication was replaced, which is shown anyway.
    """
    echo = len(sentence.split()) <= FEW and {*terms(sentence)} <= {*question.terms}
    figures = 3 * len(_FIGURE.findall(sentence)) > len(sentence.split()) > SHORT
    notice = bool(card.replaced_by) and not question.of_succession and tells(sentence)
    return echo or figures or notice or bool(_TELLS_NOTHING.fullmatch(sentence))


def _is_label(text: str, one: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether a sentence is a few words that open a line which goes on with the one ``after``."""
    opens = one[0] == 0 or text[one[0] - 1] == "\n"
    return opens and bool(_LABEL.fullmatch(text, *one)) and "\n" not in text[one[1] : after[0]]


def _led(text: str, spans: Sequence[Span], one: int) -> int:
    """The last of the sentences that this one leads in: itself, or the next with all of a list that it opens, which may
    go on where the passage ends.
    """
    last = one + (one + 1 < len(spans) and text.endswith(":", *spans[one]))
    stop = (text + "\n\n").index("\n\n", spans[last][0])
    listed = last > one and (stop == len(text) or "\n" in text[spans[last][0] : stop])
    return sum(start < stop for start, _ in spans) - 1 if listed else last


def _head(passage: FoundPassage, spans: Sequence[Span], row: int) -> Span | None:
    """Where the first row of the table stands that a sentence is a row of, if that tells it what its cells are of."""
    cells, first, text = passage.text.count(_CELL, *spans[row]), row, passage.text
    while first and _CELL in text[slice(*spans[first - 1])] and text[spans[first - 1][1] : spans[first][0]] == "\n":
        first -= 1
    start, end = spans[first]
    # Of a name and a value each says what it is. A table that begins before its passage has its head elsewhere.
    whole = start > 0 or passage.start == 0
    named = not any(map(_VALUE.fullmatch, text[start:end].split(_CELL)))
    is_head = first < row and whole and named and text.count(_CELL, start, end) == cells > 1
    return (passage.start + start, passage.start + end) if is_head else None


def _leant_on(text: str, spans: Sequence[Span], labels: Sequence[bool], one: int) -> int:
    """The first of the sentences that are taken with this one, or itself; a row whose first cell goes on in others says
    what they are of.
    """
    first = one - (one > 0 and (labels[one - 1] or _leans_back(text, spans[one - 1][1], *spans[one])))
    while first and text.startswith(_CELL, spans[first][0]):
        first -= 1
    return first


def _leans_back(text: str, before: int, start: int, end: int) -> bool:
    points = len(text[start:end].split()) <= FEW and bool(_POINTS_BACK.search(text, start, end))
    return (points or bool(_LEANS_BACK.match(text, start))) and "\n\n" not in text[before:start]


def _numbers(words: Iterable[str]) -> frozenset[str]:
    """The numbers among words: "5th" and "5", "1990s" and "1990" are one."""
    return frozenset(found[0] for word in words if (found := _DIGITS.match(word)))


def _order(asked: Sequence[str], said: Sequence[str]) -> float:
    wanted = set(pairwise(asked))
    return len(wanted & set(pairwise(said))) / max(len(wanted), 1)


def _logistic(evidence: float) -> float:
    return 1 / (1 + exp(-evidence))


def _sum(weights: dict[str, float], one: Candidate) -> float:
    return sum(weight * one.signals[name] for name, weight in weights.items())
