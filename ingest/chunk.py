"""A document cut into passages: whole sentences of one section, within the window of the model."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeAlias

from ingest.records import Document, Passage, Section
from ingest.sentences import split

CountTokens: TypeAlias = Callable[[Sequence[str]], Sequence[int]]

_AIM = 200
_TINY = 40
_SPECIAL = 2
_CLAUSE_ENDS = (";", ":", ",", ".", ")", "–", "—", "|")


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a part of an overlong one, with its size in word pieces."""

    start: int
    end: int
    tokens: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Neighbouring sections that are cut as one, into passages of no more than ``limit`` word pieces."""

    section: Section
    pieces: tuple[_Piece, ...]
    limit: int

    @property
    def tokens(self) -> int:
        return sum(piece.tokens for piece in self.pieces)


def context(title: str, heading: Sequence[str]) -> str:
    """What stands before a passage when it is embedded: title and heading path, outermost first."""
    return " - ".join(part for part in (title, *heading) if part)


def chunk(document: Document, count_tokens: CountTokens, max_tokens: int) -> list[Passage]:
    """Passages of about 200 word pieces that together hold every visible character exactly once.

    ``count_tokens`` counts word pieces without special tokens and is additive over words;
    ``max_tokens`` is what the model reads at once, with its special tokens and the ``context``
    embedded before the text (at least half of it is left to the text). Passages of one section are
    of even size; tiny neighbouring sections of one parent on one page share a passage.
    """
    sections = document.sections or (Section(0, len(document.text)),)
    spans = [[(s.start + a, s.start + b) for a, b in split(document.text[s.start : s.end])] for s in sections]
    contexts = [context(document.title, section.heading) for section in sections]
    said = (document.text[a:b] for sentences in spans for a, b in sentences)
    counts = iter(count_tokens([*contexts, *said]))
    limits = [min(_AIM, max(max_tokens - _SPECIAL - next(counts), max_tokens // 2 - _SPECIAL)) for _ in contexts]
    stretches = [
        _Stretch(section, tuple(_Piece(a, b, next(counts)) for a, b in sentences), limit)
        for section, sentences, limit in zip(sections, spans, limits, strict=True)
    ]
    passages: list[Passage] = []
    for stretch in _joined([one for one in stretches if one.pieces]):
        own, cut = stretch.section, partial(_shorten, document.text, count_tokens, stretch.limit)
        pieces = [part for one in stretch.pieces for part in (cut(one) if one.tokens > stretch.limit else [one])]
        for group in _even(pieces, stretch.limit):
            start, end = group[0].start, group[-1].end
            passages.append(Passage(start, end, document.text[start:end], own.heading, own.anchor, own.page))
    return passages


def _joined(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Put tiny stretches together with the next one where both have one parent and one page."""
    joined: list[_Stretch] = []
    for stretch in stretches:
        if joined and _may_join(joined[-1], stretch):
            last = joined[-1]
            larger = max(last, stretch, key=lambda each: each.tokens)
            joined[-1] = _Stretch(larger.section, last.pieces + stretch.pieces, min(last.limit, stretch.limit))
        else:
            joined.append(stretch)
    return joined


def _may_join(first: _Stretch, second: _Stretch) -> bool:
    if min(first.tokens, second.tokens) >= _TINY or first.tokens + second.tokens > min(first.limit, second.limit):
        return False
    one, other = first.section, second.section
    inside = other.heading[: len(one.heading)] == one.heading
    return one.page == other.page and (inside or one.heading[:-1] == other.heading[:-1])


def _even(pieces: Sequence[_Piece], limit: int) -> list[Sequence[_Piece]]:
    """The fewest groups of consecutive pieces within ``limit``; among those, the most even ones."""
    best: list[tuple[int, int, int]] = [(0, 0, 0)]
    for end in range(1, len(pieces) + 1):
        options, size = [], 0
        for start in range(end - 1, -1, -1):
            size += pieces[start].tokens
            if size > limit and start < end - 1:
                break
            groups, squares, _ = best[start]
            options.append((groups + 1, squares + size * size, start))
        best.append(min(options))
    cuts = [len(pieces)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][2])
    return [pieces[a:b] for a, b in pairwise(reversed(cuts))]


def _shorten(text: str, count_tokens: CountTokens, limit: int, piece: _Piece) -> list[_Piece]:
    """An overlong sentence in parts within ``limit``, cut after clauses where there are any, else after words."""
    # A word too long for the window even at one character to the token is taken in parts.
    words = [part.span() for part in re.compile(rf"\S{{1,{limit}}}").finditer(text, piece.start, piece.end)]
    sizes = count_tokens([text[a:b] for a, b in words])
    parts: list[_Piece] = []
    first, total, clause = 0, 0, 0
    for at, size in enumerate(sizes):
        while total + size > limit and at > first:
            stop = clause if clause > first else at
            parts.append(_Piece(words[first][0], words[stop - 1][1], sum(sizes[first:stop])))
            first, total = stop, sum(sizes[stop:at])
        total += size
        if text[words[at][1] - 1] in _CLAUSE_ENDS and total > limit // 2:
            clause = at + 1
    return [*parts, _Piece(words[first][0], words[-1][1], total)]
