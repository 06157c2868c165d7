"""Files that are no pages as documents: PDF, Word, Markdown and plain text.

PDF and Word are read by a process of their own each, under limits on memory and time. Title and date are what a file's
front says, before what a program wrote into it.
"""

import json
import re
import signal
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import yaml
from markdown_it import MarkdownIt
from w3lib.encoding import http_content_type_encoding, read_bom

from ingest.assemble import assemble
from ingest.blocks import Block, Role, blocks, parse
from ingest.clean import visible, visible_lines
from ingest.dates import date_of_title, field_date, mentions, read_date
from ingest.filing import filed
from ingest.pdf_layout import BOLD, Line, blocks_of, heads, title_lines, usual_size
from ingest.records import DOCX, PDF, UNDATED, Dates, DateSpan, Document, Evidence, Page, Precision, Unreadable

MEGABYTES = 1024
SECONDS = 60

_STORED: Final = {"title": "Title", "author": "Author", "created": "CreationDate", "modified": "ModDate"}
_PDF_REASONS: Final = {
    "encrypted-pdf": "The file is locked with a password. Publish it without one.",
    "broken-pdf": "Neither PDF reader can open the file. Export it again from its source.",
    "empty-pdf": "The file holds neither text nor images. Export it again from its source.",
    "scan-without-text": "The file is a scan without a text layer. Run character recognition on it and publish that.",
    "limit-hit": f"Reading takes over {MEGABYTES} MiB, {SECONDS} s or a reader's limits. Export it in a plainer way.",
}
_DOCX_REASONS: Final = {
    "broken-docx": "The file is no Word document, or is locked with a password. Save it again as DOCX without one.",
    "limit-hit": f"Reading the file took more than {MEGABYTES} MiB or {SECONDS} s, or it unpacks to more than 256 MiB. "
    "Save it again in a plainer form.",
}
_JUNK_TITLE = re.compile(
    r"microsoft \w+ - |untitled|^document\d*$|^word document$|\.(?:docx?|pdf|indd|pptx?|xlsx?|pub)\b|^\s*$|_",
    re.IGNORECASE,
)
# What programs write where nobody said who wrote a file.
_NOBODY = re.compile(
    r"(?:(?:microsoft|windows)? ?(?:office)? ?user|admin(?:istrator)?|owner|author|unknown|microsoft(?: office| word)?"
    r"|canva|intuit quickbooks|python-docx)?",
    re.IGNORECASE,
)
# At the head of a line: in the midst of a sentence it is the day of what the sentence speaks of.
_LABELLED = re.compile(
    r"(?:^|[|·•]\s*)(?=(?-i:[A-Z]))(?:this [\w -]{2,30} (?:was|is) )?(?:first |last |publication |issue |release )?"
    r"(?:date|dated|published|issued|updated|revised|approved|adopted)\b[^.\n]{0,30}$",
    re.IGNORECASE,
)
# Days that are not the file's own.
_OTHER_DAY = re.compile(
    r"\b(?:clos(?:es|ing)|deadline|review(?:ed)? (?:date|by|due|in|on)|next|due|expir\w+|until"
    r"|respon(?:d|ses?)\b.* by)\b",
    re.IGNORECASE,
)
_FRONT = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)\n(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_LONGEST_TITLE = 25
# What no editor of texts writes: all controls but tabs, ends of lines and pages, and the mark of an end of file.
_BINARY = re.compile("[\0-\x08\x0e-\x19\x1b-\x1f]")


def from_pdf(page: Page) -> Document | Unreadable:
    """The text of a PDF by pages; every failure is a value that says what to do."""
    read = read_pdf(page.body)
    if "failure" in read:
        return Unreadable(page.url, read["failure"], _PDF_REASONS[read["failure"]])
    lines = [[Line(**line) for line in each] for each in read["pages"]]
    if not any(lines):
        rule = "scan-without-text" if read["images"] else "empty-pdf"
        return Unreadable(page.url, rule, _PDF_REASONS[rule])
    stored = {name: read["metadata"].get(key, "") for name, key in _STORED.items()}
    front = [line.text for each in lines[:2] for line in each]
    shown = title_lines(next(filter(None, lines)), usual_size(lines))
    first = next(line.text for each in lines for line in each)
    title = title_of(" ".join(line.text for line in shown), stored["title"], first, page.url)
    own = blocks_of(lines, title)
    if not own:
        return Unreadable(page.url, "empty-pdf", _PDF_REASONS["empty-pdf"])
    return paper(page, PDF, title, own, [" ".join(line.split()) for line in front], stored)


def from_docx(page: Page) -> Document | Unreadable:
    """The text of a Word document by its headings; every failure is a value that says what to do."""
    read = run_capped("docx", page.body)
    if "failure" in read:
        rule = "limit-hit" if read["failure"] == "limit-hit" else "broken-docx"
        return Unreadable(page.url, rule, _DOCX_REASONS[rule])
    found = [_told(role, level, visible_lines(text)) for role, level, text in read["blocks"]]
    found = [each for each in found if any(map(str.isalnum, each[2]))]
    if not found:
        return Unreadable(page.url, "empty", "The file holds no text. Publish it with its text, or not at all.")
    title = title_of(_shown(found), read["metadata"]["title"], found[0][2], page.url)
    own = [each for each in found if each[2] != title or each[0] == "text"] or found
    made = [Block(text, Role.TEXT if role == "title" else Role(role), (), level) for role, level, text in own]
    return paper(page, DOCX, title, made, [text for _, _, text in found[:60]], read["metadata"])


def from_text(page: Page) -> Document | Unreadable:
    """The document of a Markdown or plain text file, its front matter read as title, date, tags and authors."""
    text = _decoded(page)
    if _BINARY.search(text):
        return Unreadable(page.url, "not-text", "The file holds bytes that no text has. Save it as text in UTF-8.")
    front, text, why = _front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
    found = _plain(text) if page.media_type == "text/plain" else _markdown(text)
    if not found:
        return Unreadable(page.url, "empty", "The file holds no text. Publish it with its text, or not at all.")
    title = str(front.get("title") or "") or _title(found) or file_name(page.url)
    own = [block for block in found if block is not found[0] or block.text != title] or found
    # Some generators say by "published" whether a page is, not when.
    stated = (field_date(str(front.get(name) or ""), "front matter") for name in ("published", "date"))
    read = replace(
        assemble(page, title, own, page.media_type),
        published=next(filter(None, stated), None) or date_of_title(title) or UNDATED,
        tags=_listed(front.get("tags") or front.get("categories")),
        authors=_listed(front.get("authors") or front.get("author")),
        lang=str(front.get("lang") or ""),
        evidence=Evidence(tags=why, authors=why),
    )
    return filed(read)


def read_pdf(body: bytes, megabytes: int = MEGABYTES, seconds: int = SECONDS) -> dict[str, Any]:
    """What ``paper_worker`` read; by PDFium first, by pypdf where that fails."""
    read = run_capped("pdfium", body, megabytes, seconds)
    if read.get("failure") not in ("broken-pdf", "crashed"):
        return read
    again = run_capped("pypdf", body, megabytes, seconds)
    crashed = "crashed" in (read["failure"], again.get("failure"))
    return {"failure": "limit-hit"} if crashed and "failure" in again else again


def run_capped(reader: str, body: bytes, megabytes: int = MEGABYTES, seconds: int = SECONDS) -> dict[str, Any]:
    """What that reader of ``paper_worker`` made of ``body``, or ``{"failure": name}``.

    The worker sets its own limits, reads stdin and writes JSON; "crashed" and "limit-hit" are told of it from outside.
    """
    script = Path(__file__).with_name("paper_worker.py")
    command = [sys.executable, "-I", str(script), reader, str(megabytes), str(seconds)]
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"failure": "limit-hit"}
    if done.returncode:
        return {"failure": "limit-hit" if done.returncode == -signal.SIGXCPU else "crashed"}
    result: dict[str, Any] = json.loads(done.stdout)
    return result


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
    page: Page, media_type: str, title: str, own: Sequence[Block], front: Sequence[str], stored: Mapping[str, str]
) -> Document:
    """The document of a file that is no page: its date is the one on its ``front``, else in its title, else stored.

    ``stored`` is what a program wrote into the file, by the names "author", "language", "created" and "modified".
    """
    read = replace(
        assemble(page, title, own, media_type),
        published=_on_cover(front) or date_of_title(title) or stored_date(stored, "created"),
        authors=() if _NOBODY.fullmatch(author := stored.get("author", "").strip()) else (author,),
        lang=stored.get("language", ""),
        dates=Dates(modified=stored_date(stored, "modified")),
    )
    return filed(read)


def stored_date(stored: Mapping[str, str], name: str) -> DateSpan:
    """A date that a program wrote into a file: "D:20180203...", "2018-02-03T..."."""
    stamp = re.match(r"(?:D:)?(\d{4})-?(\d\d)-?(\d\d)", stored.get(name, ""))
    span = read_date("-".join(stamp.groups())) if stamp else None
    return replace(span, source=f"metadata: {name}") if span else UNDATED


def _on_cover(texts: Sequence[str]) -> DateSpan | None:
    """A date said to be the file's ("Published 3 May 2019"), else one that ends a line at the top or fills a line."""
    for text in texts:
        for mention in mentions(text):
            label = text[: mention.start]
            is_own = _LABELLED.search(label) and not _OTHER_DAY.search(label)
            if is_own and mention.span.precision is not Precision.YEAR:
                return replace(mention.span, source=f"first page: {text[:60]}")
    top = [text for text in texts[:8] if len(text.split()) <= 16 and not _OTHER_DAY.search(text)]
    closing = (each.span for text in top for each in mentions(text) if each.end == len(text.rstrip(".")))
    alone = (span for text in texts[:40] if (span := read_date(text)))
    span = next((span for span in (*closing, *alone) if span.precision is not Precision.YEAR), None)
    return replace(span, source="first page") if span else None


def _told(role: str, level: int, text: str) -> tuple[str, int, str]:
    """A block of a Word document; who writes without styles sets a heading in bold."""
    if role != "bold":
        return role, level, text
    return ("heading", BOLD, text) if heads(text) else ("text", 0, text)


def _shown(found: list[tuple[str, int, str]]) -> str:
    """The title that the document shows: what is styled as one, else as a heading and comes before all text."""
    styled = [text for role, _, text in found if role == "title"]
    opening = [text for role, level, text in found[:1] if role == "heading" and level < BOLD]
    return (styled or opening or [""])[0]


def _decoded(page: Page) -> str:
    """Text in the first encoding that fits: by its mark, as the server says, UTF-8, Windows-1252; NUL where none."""
    said = read_bom(page.body)[0], http_content_type_encoding(page.headers.get("content-type"))
    for encoding in (*filter(None, said), "utf-8", "cp1252"):
        with suppress(ValueError, LookupError):
            return page.body.decode(encoding).removeprefix("\ufeff")
    return "\0"


def _front_matter(text: str) -> tuple[Mapping[str, Any], str, str]:
    """The YAML or TOML at the head of a file, the text after it, why it cannot be read; what has no field is text."""
    match, front, why = _FRONT.match(text), None, ""
    try:
        front = match and (tomllib.loads if match[1] == "+++" else yaml.safe_load)(match[2])
    except (ValueError, yaml.YAMLError) as error:
        if match and re.search(r"(?m)^[\w-]+ *[:=]", match[2]):
            front, why = {}, f"front matter that cannot be read: {' '.join(str(error).split())}"
    return (front, text[match.end() :], why) if match and isinstance(front, dict) else ({}, text, "")


def _markdown(text: str) -> list[Block]:
    root = parse(MarkdownIt("commonmark").enable("table").render(text).encode(), "text/html; charset=utf-8")
    return blocks(root) if root is not None else []


def _plain(text: str) -> list[Block]:
    """Paragraphs parted by blank lines, their hard line breaks mended."""
    paragraphs = (" ".join(visible(part).split()) for part in re.split(r"\n\s*\n|\f", text))
    return [Block(part, Role.TEXT, ()) for part in paragraphs if any(map(str.isalnum, part))]


def _title(found: list[Block]) -> str:
    first = next((block for block in found if block.level == 1), found[0])
    is_sentence = not first.level and first.text.rstrip("\"'”’») ").endswith((".", "!", "?", "…"))
    return "" if is_sentence or len(first.text.split()) > _LONGEST_TITLE else first.text


def _listed(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    listed = value if isinstance(value, list) else [value] if isinstance(value, dict) else []
    named = (each.get("name") if isinstance(each, dict) else each for each in listed)
    return tuple(str(each) for each in named if each)
