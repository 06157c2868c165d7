"""The main text of a page that no template fits: trafilatura's judgement, told in the page's own blocks."""

from collections import Counter
from collections.abc import Sequence

import trafilatura
from lxml.html import HtmlElement

from ingest.blocks import Block


def main_blocks(root: HtmlElement, found: Sequence[Block]) -> tuple[Block, ...]:
    """The blocks of ``found`` whose words trafilatura (favouring recall) takes for the page's main text."""
    judged = trafilatura.extract(root, favor_recall=True, include_comments=False, include_tables=True) or ""
    words = Counter(_shingles(judged))
    return tuple(block for block in found if _share(block, words) >= 0.6)


def _share(block: Block, judged: Counter[str]) -> float:
    own = _shingles(block.text)
    return sum(word in judged for word in own) / len(own) if own else 0.0


def _shingles(text: str) -> list[str]:
    words = "".join(char if char.isalnum() else " " for char in text.casefold()).split()
    size = min(3, len(words))
    return [" ".join(words[at : at + size]) for at in range(len(words) - size + 1)]
