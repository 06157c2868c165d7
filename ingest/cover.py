"""Files that are no pages: title and date from what their front says, before what a program wrote into them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from ingest.assemble import assemble
from ingest.blocks import Block
from ingest.dates import date_of_title, mentions, read_date
from ingest.filing import filed
from ingest.records import UNDATED, Dates, DateSpan, Document, Page, Precision

_JUNK_TITLE = re.compile(
    r"microsoft \w+ - |untitled|^document\d*$|^word document$|\.(?:docx?|pdf|indd|pptx?|xlsx?|pub)\b|^\s*$|_",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:date|dated|published|issued|last updated|updated|revised|approved|adopted)\b[^.\n]{0,30}$", re.IGNORECASE
)
_LONGEST_TITLE = 25


def title_of(shown: str, stored: str, first: str, url: str) -> str:
    """What is ``shown`` as title, else the title ``stored`` in the file, else its ``first`` line, else its name."""
    if shown:
        return " ".join(shown.split())
    if not _JUNK_TITLE.search(stored):
        return stored.strip()
    return " ".join(first.split()) if 0 < len(first.split()) <= _LONGEST_TITLE else file_name(url)


def file_name(url: str) -> str:
    """The name of a file in words: "annual report 2019"."""
    return re.sub(r"[-_]+", " ", PurePosixPath(unquote(urlsplit(url).path)).stem)


def paper(
    page: Page, media_type: str, title: str, blocks: Sequence[Block], front: Sequence[str], stored: Mapping[str, str]
) -> Document:
    """The document of a file that is no page: its date is the one on its ``front``, else in its title, else stored.

    ``stored`` is what a program wrote into the file, by the names "author", "language", "created" and "modified".
    """
    made = assemble(blocks)
    document = Document(
        url=page.url,
        title=title,
        text=made.text,
        sections=made.sections,
        media_type=media_type,
        published=_on_cover(front) or date_of_title(title) or stored_date(stored, "created"),
        authors=tuple(filter(None, [stored.get("author", "").strip()])),
        lang=stored.get("language", ""),
        audience=page.audience,
        dates=Dates(modified=stored_date(stored, "modified")),
    )
    return filed(document)


def stored_date(stored: Mapping[str, str], name: str) -> DateSpan:
    """A date that a program wrote into a file: "D:20180203...", "2018-02-03T..."."""
    stamp = re.match(r"(?:D:)?(\d{4})-?(\d\d)-?(\d\d)", stored.get(name, ""))
    span = read_date("-".join(stamp.groups())) if stamp else None
    return replace(span, source=f"metadata: {name}") if span else UNDATED


def _on_cover(texts: Sequence[str]) -> DateSpan | None:
    """A date said to be the file's ("Published 3 May 2019"), else one that ends a line at the top or fills a line."""
    for text in texts:
        for mention in mentions(text):
            if mention.span.precision is not Precision.YEAR and _LABELLED.search(text[: mention.start]):
                return replace(mention.span, source=f"first page: {text[:60]}")
    top = [text for text in texts[:8] if len(text.split()) <= 16]
    closing = (each.span for text in top for each in mentions(text) if each.end == len(text.rstrip(".")))
    alone = (span for text in texts[:40] if (span := read_date(text)))
    span = next((span for span in (*closing, *alone) if span.precision is not Precision.YEAR), None)
    return replace(span, source="first page") if span else None
