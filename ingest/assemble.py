"""Blocks put together as a document's text, with sections, links and attachments."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from ingest.blocks import Block, Path, Role
from ingest.outline import tag_of
from ingest.records import Document, Link, Page, Section

_ATTACHED = (".pdf", ".docx", ".doc", ".odt", ".rtf", ".xlsx", ".pptx")
_RUNS = (Role.ITEM, Role.ROW)
_LONGEST_HEADING = 40


def assemble(page: Page, title: str, blocks: Sequence[Block], media_type: str = "text/html") -> Document:
    """A page's document as far as its blocks tell it: one text, and the sections that cover it.

    Blocks are parted by blank lines, the items of a list and the rows of a table by line breaks. Every heading opens a
    section that begins with the heading's own line, and every page of a PDF opens one.
    """
    text, opened = "", list[Section]()
    trail: list[tuple[int, str]] = []
    before: Block | None = None
    for block in blocks:
        gap = "" if before is None else "\n" if _run_on(before, block) else "\n\n"
        if _opens(block):
            trail = [each for each in trail if each[0] < block.level] + [(block.level, block.text)]
        if before is None or _opens(block) or block.page != before.page:
            heading = tuple(words for _, words in trail)
            opened.append(Section(len(text + gap), 0, heading, block.anchor if _opens(block) else None, block.page))
        text += gap + block.text
        before = block
    ends = [section.start for section in opened[1:]] + [len(text)]
    sections = tuple(replace(section, end=end) for section, end in zip(opened, ends, strict=True))
    return Document(page.url, title, text, sections, media_type, audience=page.audience)


def links(blocks: Iterable[Block], resolve: Callable[[str], str]) -> tuple[Link, ...]:
    """The links of the blocks, each target once; ``resolve`` gives the canonical address or ""."""
    found: dict[str, Link] = {}
    for anchor in (anchor for block in blocks for anchor in block.links):
        if target := resolve(anchor.href):
            found.setdefault(target, Link(target, anchor.text))
    return tuple(found.values())


def is_attachment(link: Link) -> bool:
    """Whether a link leads to a document file such as a PDF."""
    return urlsplit(link.url).path.lower().endswith(_ATTACHED)


def _run_on(before: Block, block: Block) -> bool:
    """Whether two blocks are items of lists, or rows of one table."""
    return before.role is block.role and block.role in _RUNS and _table(before) == _table(block)


def _table(row: Block) -> Path:
    """The way to the table that a row stands in; the head of one says nothing of another's cells."""
    tables = [at for at, step in enumerate(row.path) if tag_of(step) == "table" and row.role is Role.ROW]
    return row.path[: tables[-1] + 1] if tables else ()


def _opens(block: Block) -> bool:
    return block.role is Role.HEADING and len(block.text.split()) <= _LONGEST_HEADING
