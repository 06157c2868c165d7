"""The main text of a page that no template fits: boxes taken out by their labels, then trafilatura's judgement."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Final

import trafilatura
from lxml.html import HtmlElement

from ingest.blocks import Block, Path, blocks, find
from ingest.outline import is_label

_AS_HTML: Final = {
    "head": "h2",
    "list": "ul",
    "item": "li",
    "row": "tr",
    "cell": "td",
    "quote": "blockquote",
    "code": "pre",
    "lb": "br",
}
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LARGEST_BOX = 800
_LONGEST_LABEL = 80


def without_boxes(root: HtmlElement, region: Path = ()) -> HtmlElement:
    """A copy of the page without the boxes that say what they are: "Featured Event", "Related Articles".

    Of the body only what stands in ``region`` is kept.
    """
    pruned = deepcopy(root)
    if element := find(pruned, region):
        for other in [each for parent in element.iterancestors() for each in parent if each.tag != "head"]:
            if other is not element and other not in element.iterancestors():
                other.drop_tree()
    for element in list(pruned.iter(*_HEADINGS, "div", "p", "b", "strong", "td", "legend")):
        words = element.text_content().strip()
        if len(words) <= _LONGEST_LABEL and is_label(words):
            box = element.getparent()
            while box is not None and box.tag in ("p", "b", "strong", "font", "header", "span"):
                box = box.getparent()
            small = box is not None and len(box.text_content()) <= _LARGEST_BOX
            if (box if small else element).getparent() is not None:
                (box if small else element).drop_tree()
    return pruned


def main_blocks(pruned: HtmlElement, found: Sequence[Block]) -> tuple[Block, ...]:
    """The main text of a page as blocks; those of ``found``, its own blocks, lend them their anchors and links."""
    judged = trafilatura.bare_extraction(pruned, fast=True, favor_recall=True, include_comments=False)
    if not isinstance(judged, trafilatura.settings.Document) or judged.body is None:
        return ()
    for element in judged.body.iter():
        heading = element.get("rend") if element.tag == "head" else None
        element.tag = heading if heading in _HEADINGS else _AS_HTML.get(element.tag, element.tag)
    own = {_letters(block): block for block in found}
    made = ((block, own.get(_letters(block), block)) for block in blocks(judged.body))
    return tuple(replace(block, anchor=same.anchor, links=same.links) for block, same in made)


def _letters(block: Block) -> str:
    return "".join(filter(str.isalnum, block.text))
