"""An HTML page as a sequence of text blocks, each with its place in the page's structure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring
from w3lib.encoding import html_to_unicode

from ingest.clean import hidden, visible, visible_lines
from ingest.tables import columns_before, is_data

Path = tuple[str, ...]


class Role(StrEnum):
    """What a block is to its reader."""

    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Anchor:
    """A hyperlink as the page writes it."""

    href: str
    text: str
    rel: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list item or table row.

    ``path`` leads from the body to the element that holds the text, each step a tag with its id or first
    class and its place among its like. ``anchor`` is the nearest id at or before the block since the text
    before. ``prominence`` grows with the size of the letters: 9 for h1 to 4 for h6, 0 for plain text. ``page`` is
    the 1-based page of a PDF.
    """

    text: str
    role: Role
    path: Path
    level: int = 0
    anchor: str | None = None
    links: tuple[Anchor, ...] = ()
    prominence: int = 0
    page: int | None = None

    @property
    def leads_away(self) -> bool:
        """Whether most of its words are links, as in an entry of a list of publications."""
        return 2 * sum(len(link.text.split()) for link in self.links) > len(self.text.split())


_SKIPPED: Final = _names("""
    script style noscript template iframe object embed svg canvas select option button input textarea head nav
    audio video map datalist dialog
""")
_BLOCKS: Final = _names("""
    address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu ol p pre section summary table tbody td tfoot th thead
    tr ul
""")
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
_OVER: Final = frozenset({*_HEADINGS, "dt", "summary"})
# The attributes of a tag as HTML's own tokenizer parts them; the parser's time grows with the square of their number.
_ATTRIBUTE = r"""(?:[\s/]*+(?:=|[^\s/>=])[^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+))?+)"""
_TAG = re.compile(rf"<[a-zA-Z][^\s/>]*+{_ATTRIBUTE}{{0,999}}+({_ATTRIBUTE})?+")
_HARMLESS = 50_000
# Characters that no tree can hold, and the references that would bring them in.
_NOT_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    r"|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])(?!\d)|x0*(?:[0-8bcef]|1[\da-f])(?![\da-f]));?",
    re.IGNORECASE,
)
_FIGURE_ENDS = re.compile(r"\d[%.,;:)]*$")
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def parse(body: bytes, content_type: str = "text/html") -> HtmlElement | None:
    """The tree of an HTML page in whatever encoding it declares; None where there is no markup at all.

    A tag ends with its thousandth attribute.
    """
    _, text = html_to_unicode(content_type, body, auto_detect_fun=_guess_encoding)
    if len(text) > _HARMLESS:
        text = _TAG.sub(lambda tag: tag[0] + ">" if tag[1] else tag[0], text)
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = document_fromstring(_NOT_XML.sub("", text).encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    for raised in root.iter("sup"):
        _part_from_figure(raised)
    return root


def _part_from_figure(raised: HtmlElement) -> None:
    """Raised digits right after a figure stay apart from it: 2,400¹ and 10⁶; a browser finds them as it shows them."""
    prior = raised.getprevious()
    before = raised.getparent().text if prior is None else prior.tail or prior.text_content()
    if _FIGURE_ENDS.search(before or ""):
        for each in raised.iter():
            each.text = each.text and each.text.translate(_RAISED)
            each.tail = each.tail and (each.tail if each is raised else each.tail.translate(_RAISED))


def blocks(root: HtmlElement) -> list[Block]:
    """The visible text of a page in reading order; menus marked as such, scripts and hidden text left out."""
    return list(_Walk().run(root))


def step(element: HtmlElement) -> str:
    """An element's name in a path: its tag with its id or first class, digits made alike."""
    name = element.get("id") or ""
    mark = "#" if name else "."
    if not name:
        name = next((each for each in (element.get("class") or "").split() if not any(map(str.isdigit, each))), "")
    return str(element.tag) + (mark + re.sub(r"\d+", "0", name) if name else "")


def find(root: HtmlElement, path: Path) -> HtmlElement | None:
    """The element that a block's path, or the beginning of one, leads to."""
    at: HtmlElement | None = root if path and path[0] == f"{step(root)}[1]" else None
    for each in path[1:]:
        name, number = each[:-1].rsplit("[", 1)
        same = [child for child in (at if at is not None else ()) if step(child) == name]
        at = same[int(number) - 1] if len(same) >= int(number) else None
    return at


class _Walk:
    """The state of one walk over a tree; no recursion, so that depth costs nothing."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.likes: list[dict[str, int]] = [{}]
        self.chunks: list[str] = []
        self.links: list[Anchor] = []
        self.opened: list[tuple[int, HtmlElement]] = []
        self.anchor: str | None = None
        self.rows: list[HtmlElement] = []
        self.bold = self.code = 0
        self.sizes: list[int] = []
        self.prominence = -1
        self.holders: list[HtmlElement] = []

    def run(self, root: HtmlElement) -> Iterator[Block]:
        walk, left_out = etree.iterwalk(root, events=("start", "end")), None
        for event, element in walk:
            tag = element.tag
            if event == "end":
                if element is not left_out:
                    yield from self._end(element, tag)
                self._append(element.tail)
            elif (tag in _SKIPPED and not self._opens_accordion(tag)) or hidden(element):
                left_out = element
                walk.skip_subtree()
            else:
                yield from self._start(element, tag)
                self._append(element.text)
        yield from self._flush()

    def _opens_accordion(self, tag: str) -> bool:
        """Whether this is a button that is all of a heading: what it says stands over what it opens."""
        return tag == "button" and bool(self.holders) and self.holders[-1].tag in _OVER

    def _start(self, element: HtmlElement, tag: str) -> Iterator[Block]:
        if tag in _BLOCKS and not self.rows:
            yield from self._flush()
            self._descend(element)
        if name := element.get("id") or (tag == "a" and element.get("name")):
            self.anchor = name
        if tag == "tr" and not self.rows and is_data(element):
            self.rows.append(element)
        elif tag in ("td", "th") and self.rows:
            self.chunks.append(" | " * columns_before(element))
        elif tag in _BLOCKS:
            self.chunks.append(" ")
        if tag == "br":
            yield from self._break()
        elif tag == "a" and element.get("href"):
            self.opened.append((len(self.chunks), element))
        elif tag in ("b", "strong"):
            self.bold += 1
        elif tag == "font":
            self.sizes.append(_size(element))
        elif tag == "pre":
            self.code += 1

    def _end(self, element: HtmlElement, tag: str) -> Iterator[Block]:
        if self.opened and self.opened[-1][1] is element:
            start, _ = self.opened.pop()
            if start >= 0 and _is_ornament(element):
                del self.chunks[start:]
            # Around blocks it was told with each of them.
            if (link := self._link(max(start, 0), element)).text or start >= 0:
                self.links.append(link)
        elif tag in ("b", "strong"):
            self.bold -= 1
        elif tag == "font":
            self.sizes.pop()
        if self.rows and self.rows[-1] is element:
            yield from self._flush(Role.ROW)
            self.rows.pop()
        if tag in _BLOCKS and self.rows:
            self.chunks.append(" ")
        elif tag in _BLOCKS:
            yield from self._flush()
            self.steps.pop()
            self.likes.pop()
            self.holders.pop()
        if tag == "pre":
            self.code -= 1

    def _descend(self, element: HtmlElement) -> None:
        name = step(element)
        self.likes[-1][name] = number = self.likes[-1].get(name, 0) + 1
        self.steps.append(f"{name}[{number}]")
        self.likes.append({})
        self.holders.append(element)

    def _append(self, text: str | None) -> None:
        if not text:
            return
        if self.prominence < 0 and not text.isspace():
            self.prominence = max(self.sizes[-1] if self.sizes else 0, 3 if self.bold else 0)
        self.chunks.append(text if self.code else text.replace("\n", " "))

    def _break(self) -> Iterator[Block]:
        """Two line breaks in a row end a paragraph; one is a line of its own."""
        if not self.rows and "".join(self.chunks[-3:]).rstrip(" \t\r\xa0").endswith("\n") and not self.opened:
            yield from self._flush()
        self.chunks.append(" " if self.rows else "\n")

    def _flush(self, role: Role | None = None) -> Iterator[Block]:
        text = visible_lines("".join(self.chunks))
        if any(map(str.isalnum, text)):
            around = (self._link(max(start, 0), element) for start, element in self.opened)
            self.links += [link for link in around if link.text]
            yield self._block(text, role or self._role())
            self.anchor = None
        self.chunks.clear()
        self.links.clear()
        self.opened = [(-1, element) for _, element in self.opened]
        self.prominence = -1

    def _link(self, start: int, element: HtmlElement) -> Anchor:
        words = " ".join(visible("".join(self.chunks[start:])).split())
        return Anchor(element.get("href").strip(), words, element.get("rel") or "")

    def _role(self) -> Role:
        inner = [holder.tag for holder in self.holders[-3:]]
        if inner and inner[-1] in _HEADINGS:
            return Role.HEADING
        if self.code:
            return Role.CODE
        return Role.ITEM if {"li", "dt", "dd"} & set(inner) else Role.TEXT

    def _block(self, text: str, role: Role) -> Block:
        level = _HEADINGS[self.holders[-1].tag] if role is Role.HEADING else 0
        prominence = 10 - level if level else max(self.prominence, 0)
        text = " ".join(text.split("\n")) if level else text
        links = tuple(link for link in self.links if link.text or link.href)
        return Block(text, role, tuple(self.steps), level, self.anchor, links, prominence)


def _is_ornament(link: HtmlElement) -> bool:
    """Whether a link within the page is a sign alone: the mark of a heading, the way back from a footnote."""
    return (link.get("href") or "").startswith("#") and not any(map(str.isalnum, link.text_content()))


def _size(font: HtmlElement) -> int:
    size = (font.get("size") or "").strip()
    return 3 + int(size) if re.fullmatch(r"\+\d", size) else int(size) if re.fullmatch(r"\d", size) else 0


def _guess_encoding(body: bytes) -> str:
    """For pages that declare nothing: UTF-8 where it fits, else what browsers assume."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
