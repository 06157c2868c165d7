"""Markdown and plain text as documents."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml
from markdown_it import MarkdownIt

from ingest.assemble import assemble
from ingest.blocks import Block, Role, blocks, parse
from ingest.clean import visible
from ingest.dates import date_of_title, field_date
from ingest.filing import filed
from ingest.papers import file_name
from ingest.records import UNDATED, Document, Page, Unreadable

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LONGEST_TITLE = 25


def from_text(page: Page) -> Document | Unreadable:
    """The document of a Markdown or plain text file, its front matter read as title, date, tags and authors."""
    text = page.body.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    front, text = _front_matter(text)
    found = _plain(text) if page.media_type == "text/plain" else _markdown(text)
    if not found:
        return Unreadable(page.url, "empty", "The file holds no text.")
    title = str(front.get("title") or "") or _title(found) or file_name(page.url)
    own = [block for block in found if block is not found[0] or block.text != title] or found
    stated = str(front.get("published") or front.get("date") or "")
    read = replace(
        assemble(page, title, own, page.media_type),
        published=field_date(stated, "front matter") or date_of_title(title) or UNDATED,
        tags=_listed(front.get("tags") or front.get("categories")),
        authors=_listed(front.get("authors") or front.get("author")),
        lang=str(front.get("lang") or ""),
    )
    return filed(read)


def _front_matter(text: str) -> tuple[Mapping[str, Any], str]:
    """The YAML at the head of a file and the text after it; what is no mapping stays text."""
    match = _FRONT.match(text)
    try:
        front = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError:
        front = None
    return (front, text[match.end() :]) if match and isinstance(front, dict) else ({}, text)


def _markdown(text: str) -> list[Block]:
    root = parse(MarkdownIt("commonmark").enable("table").render(text).encode(), "text/html; charset=utf-8")
    return blocks(root) if root is not None else []


def _plain(text: str) -> list[Block]:
    """Paragraphs parted by blank lines, their hard line breaks mended."""
    paragraphs = (" ".join(visible(part).split()) for part in re.split(r"\n\s*\n|\f", text))
    return [Block(part, Role.TEXT, ()) for part in paragraphs if any(map(str.isalnum, part))]


def _title(found: list[Block]) -> str:
    first = next((block for block in found if block.level == 1), found[0])
    return first.text if len(first.text.split()) <= _LONGEST_TITLE else ""


def _listed(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
