"""A page as site templates see it: its blocks, its ``<title>`` and the features of its structure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from ingest.blocks import Block, Path, blocks, parse
from ingest.records import Page

CONTAINERS: Final = frozenset(
    {"html", "body", "div", "section", "article", "main", "form", "table", "tbody", "tr", "td", "center"}
)

_SHORT_WORDS = 40
# Where less of the text than this is left, the names are the site builder's and say nothing of what is content.
_HARDLY = 0.3
_CHROME = re.compile(
    r"(?<![a-z])(?:cookies?|consent|banner|(?:bread)?crumbs?|side-?bar|widgets?|related|comments?|respond|shar(?:e|ing)|"
    r"social-(?:media|share|links)|footer|newsletter|(?:next|upcoming|featured?)[-_]?events?|event[-_]?box|"
    r"tag[-_]?cloud|pager|pagination|skip[-_]?link|menu)(?![a-z])",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:next |our )?(?:upcoming|featured|next) events?|related (?:articles|content|posts|news|pages|links|documents)|"
    r"tag cloud|popular tags|you (?:may|might) also (?:like|be interested in)|share this.*|follow us.*|"
    r"(?:latest|recent) (?:news|posts|tweets|articles)|sign up to our newsletter.*|leave a (?:reply|comment)",
    re.IGNORECASE,
)
_NOTICE = re.compile(
    r"(?:we|this (?:web)?site|our (?:web)?site) uses? (?:\w+ )?cookies|by continuing (?:to use|you agree)|"
    r"(?:©|\(c\)|copyright)\s|all rights reserved|registered (?:office|charity|in england)|"
    r"(?:charity|company) (?:registered|limited|number|no\.)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Outline:
    """The structure of one HTML page; ``title`` is its ``<title>``."""

    root: HtmlElement
    title: str
    blocks: tuple[Block, ...]
    features: frozenset[str]


def outline(page: Page) -> Outline | None:
    """The structure of an HTML page; None where there is no mark-up."""
    root = parse(page.body, page.headers.get("content-type", ""))
    if root is None:
        return None
    found = tuple(blocks(root))
    title = next((each.text_content() for each in root.iter("title")), "")
    return Outline(root, " ".join(title.split()), found, _features(found))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """How alike two structures are, from 0 to 1: the share of their features that both have."""
    return len(one & other) / len(one | other) if one or other else 1.0


def tag_of(step: str) -> str:
    """The tag of one step of a path."""
    return re.split(r"[.#\[]", step, maxsplit=1)[0]


def key_of(block: Block) -> str:
    """A block's words as they are compared between pages."""
    return " ".join(block.text.casefold().split())


def is_within(block: Block, place: Path) -> bool:
    """Whether a block stands in the element that ``place`` leads to."""
    return block.path[: len(place)] == place


def is_short(block: Block) -> bool:
    """Whether a block can be a title, a byline or a line of tags."""
    return len(block.text.split()) <= _SHORT_WORDS


def is_line(block: Block) -> bool:
    """Whether a block can be a line that dates the page: short, and no sentence of the text."""
    return is_short(block) and not (len(block.text.split()) > 8 and block.text.rstrip("\"'”’)")[-1:] in ".!?:")


def is_chrome(path: Path) -> bool:
    """Whether an id or class on the way to a block says that it is not content."""
    return any(_CHROME.search(step) for step in path)


def without_chrome(found: Sequence[Block], depth: int = 0) -> list[Block]:
    """The blocks that no id or class, from so many steps on, calls something else; all blocks where nearly all are."""
    own = [block for block in found if not is_chrome(block.path[depth:])]
    return own if sum(len(each.text) for each in own) >= _HARDLY * sum(len(each.text) for each in found) else [*found]


def is_label(text: str) -> bool:
    """Whether ``text`` begins as what stands over a box that is not the page's own content."""
    first = text.strip().split("\n")[0]
    return len(first) < 80 and bool(_LABEL.fullmatch(first.strip(" :\t\xa0")))


def is_notice(text: str) -> bool:
    """Whether ``text`` begins as a notice on cookies, copyright or the publisher's registration."""
    return bool(_NOTICE.match(text))


def _features(found: Iterable[Block]) -> frozenset[str]:
    """The paths of all containers, whatever their number."""
    paths = {tuple(step.rsplit("[", 1)[0] for step in block.path) for block in found}
    return frozenset(
        "/".join(path[:depth])
        for path in paths
        for depth in range(1, len(path) + 1)
        if tag_of(path[depth - 1]) in CONTAINERS
    )
