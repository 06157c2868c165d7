"""The main text of a page that no template fits: boxes taken out by their labels, then trafilatura's judgement."""

from bisect import bisect_left
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import accumulate
from typing import Final

import trafilatura
from lxml import etree
from lxml.html import HtmlElement

from ingest.blocks import Block, Path, blocks, find
from ingest.clean import hidden
from ingest.metadata import is_beside
from ingest.outline import is_label, is_notice

_AS_HTML: Final = dict(
    zip("head list item row cell quote code lb".split(), "h2 ul li tr td blockquote pre br".split(), strict=True)
)
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BOXES: Final = ("div", "p", "b", "strong", "td", "legend", "font", "center")
LARGEST_BOX = 800
_LONGEST_LABEL = 80


def without_boxes(root: HtmlElement, region: Path = ()) -> HtmlElement:
    """A copy of the page without what it hides, without cookie and copyright notices and without the boxes that say
    what they are: "Featured Event", "Related Articles".

    Of the body only what stands in ``region`` is kept.
    """
    pruned = deepcopy(root)
    if (element := find(pruned, region)) is not None:
        for other in [each for parent in element.iterancestors() for each in parent if each.tag != "head"]:
            if other is not element and other not in element.iterancestors():
                other.drop_tree()
    for each in list(pruned.iterdescendants()):
        if hidden(each) or (each.tag == "meta" and is_beside(each)):
            each.drop_tree()
    # Trafilatura leaves formulas out.
    for each in list(pruned.iter("math")):
        etree.strip_tags(each, "*")
        each.drop_tag()
    for each in list(pruned.iter(*_HEADINGS, *_BOXES)):
        words = each.text_content().strip()
        if len(words) <= LARGEST_BOX and each.getparent() is not None:
            if is_notice(words):
                each.drop_tree()
            elif is_label(words) and len(words) <= _LONGEST_LABEL:
                _box(each).drop_tree()
    return pruned


def _box(label: HtmlElement) -> HtmlElement:
    """The element that a label stands over, or the label itself where that would be a large part of the page."""
    box = label.getparent()
    while box is not None and box.tag in ("p", "b", "strong", "font", "header", "span"):
        box = box.getparent()
    small = box is not None and box.getparent() is not None and len(box.text_content()) <= LARGEST_BOX
    opens = small and box.text_content().lstrip().startswith(label.text_content().strip())
    return box if opens else label


def main_blocks(pruned: HtmlElement, found: Sequence[Block]) -> tuple[Block, ...]:
    """The main text of a page as blocks; those of ``found``, its own blocks, lend them their anchors and links."""
    judged = trafilatura.bare_extraction(pruned, fast=True, favor_recall=True, include_comments=False)
    if not isinstance(judged, trafilatura.settings.Document) or judged.body is None:
        return ()
    for element in judged.body.iter():
        heading = element.get("rend") if element.tag == "head" else None
        if name := heading if heading in _HEADINGS else _AS_HTML.get(element.tag):
            element.tag = name
    said = list(map(_letters, found))
    places = {letters: at for at, letters in reversed(list(enumerate(said)))}
    made = [part for block in blocks(judged.body) for part in _parts(block, found, said)]
    taken = {places[letters] for block in made if (letters := _letters(block)) in places}
    whole: list[Block] = []
    for block in made:
        at = places.get(_letters(block))
        whole += [] if at is None else _dropped(found, at, taken)
        whole.append(block if at is None else replace(block, anchor=found[at].anchor, links=found[at].links))
    return tuple(whole)


def _parts(block: Block, found: Sequence[Block], said: Sequence[str]) -> Sequence[Block]:
    """A block, or those of ``found`` that trafilatura ran together in it, as it does where a page says little.

    ``said`` are the letters of each of ``found``.
    """
    letters, ends = _letters(block), [0, *accumulate(map(len, said))]
    start = "".join(said).find(letters)
    first, last = bisect_left(ends, start), bisect_left(ends, start + len(letters))
    whole = start >= 0 and (ends[first], ends[last]) == (start, start + len(letters))
    return found[first:last] if whole and letters not in said else [block]


def _dropped(found: Sequence[Block], at: int, taken: set[int]) -> list[Block]:
    """The one or two headings right before a block of the main text that trafilatura has not taken; more are a list."""
    first = at
    while first and found[first - 1].level and first - 1 not in taken:
        first -= 1
    return list(found[first:at]) if at - first <= 2 else []


def _letters(block: Block) -> str:
    return "".join(filter(str.isalnum, block.text))
