"""Tables of a page: which of their rows hold data, and in which column a cell stands."""

import re
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

_LAYOUT = etree.XPath(
    "descendant::*[self::table or self::h1 or self::h2 or self::h3 or self::form or self::article]"
    " | descendant::*[self::p or self::div or self::ul or self::ol][2] | descendant::br[3]"
)
_CELL_LIMIT = 600
_MOST_SPANNED = 50


def is_data(row: HtmlElement) -> bool:
    """Whether a table row holds data rather than the layout of the page: short cells without structure of their own."""
    cells = [cell for cell in row if cell.tag in ("td", "th")]
    return len(cells) > 1 and not any(_LAYOUT(cell) or sum(map(len, cell.itertext())) > _CELL_LIMIT for cell in cells)


def columns_before(cell: HtmlElement) -> int:
    """How many columns further right a cell stands than what was told before it: as wide as that one is. Before the
    first is none, or the one that goes on from a row above.
    """
    before = cell.getprevious()
    if before is not None:
        return _span(before, "colspan")
    above = islice(cell.getparent().itersiblings("tr", preceding=True), _MOST_SPANNED)
    return int(any(len(row) and _span(row[0], "rowspan") > rows for rows, row in enumerate(above, start=1)))


def _span(cell: HtmlElement, name: str) -> int:
    said = (cell.get(name) or "").strip()
    return int(said) if re.fullmatch(r"[1-9]\d?", said) else 1
