"""PDF files as documents, read by a capped process of their own each."""

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from ingest.assemble import assemble
from ingest.dates import date_of_title, mentions, read_date
from ingest.kinds import kind_of
from ingest.pdf_layout import Line, blocks_of, title_lines, usual_size
from ingest.records import UNDATED, DateSpan, Document, Page, Precision, Unreadable

MEGABYTES = 1024
SECONDS = 60

_WORKER: Final = Path(__file__).with_name("pdf_worker.py")
_REASONS: Final = {
    "encrypted-pdf": "The file is locked with a password. Publish it without one.",
    "broken-pdf": "Neither PDF reader can open the file. Export it again from its source.",
    "empty-pdf": "The file holds neither text nor images. Export it again from its source.",
    "scan-without-text": "The file is a scan without a text layer. Run character recognition on it and publish that.",
    "limit-hit": f"Reading the file took more than {MEGABYTES} MiB or {SECONDS} s. Export it again in a plainer form.",
}
_JUNK_TITLE = re.compile(
    r"microsoft \w+ - |untitled|^document\d*$|\.(?:docx?|pdf|indd|pptx?|xlsx?|pub)\b|^\s*$|_", re.IGNORECASE
)
_LABELLED = re.compile(
    r"(?:date|dated|published|issued|last updated|updated|revised|approved|adopted)\b[^.\n]{0,30}$", re.IGNORECASE
)


def from_pdf(page: Page) -> Document | Unreadable:
    """The text of a PDF by pages; every failure is a value that says what to do."""
    read = read_pdf(page.body)
    if "failure" in read:
        return Unreadable(page.url, read["failure"], _REASONS[read["failure"]])
    lines = [[Line(**line) for line in each] for each in read["pages"]]
    if not any(lines):
        rule = "scan-without-text" if read["images"] else "empty-pdf"
        return Unreadable(page.url, rule, _REASONS[rule])
    title = _title(lines, read["metadata"], page.url)
    made = assemble(blocks_of(lines, title))
    return Document(
        url=page.url,
        title=title,
        text=made.text,
        sections=made.sections,
        media_type="application/pdf",
        kind=kind_of(page.url, title)[0],
        published=_published(lines, title, read["metadata"]),
        authors=tuple(filter(None, [read["metadata"].get("Author", "").strip()])),
        audience=page.audience,
    )


def read_pdf(body: bytes, megabytes: int = MEGABYTES, seconds: int = SECONDS) -> dict[str, Any]:
    """What the worker read (see ``pdf_worker.main``); PDFium first, pypdf where that fails."""
    read = _run("pdfium", body, megabytes, seconds)
    if read.get("failure") not in ("broken-pdf", "crashed"):
        return read
    again = _run("pypdf", body, megabytes, seconds)
    if again.get("failure") == "crashed":
        again = {"failure": "limit-hit"}
    return {"failure": "limit-hit"} if "failure" in again and read["failure"] == "crashed" else again


def _run(reader: str, body: bytes, megabytes: int, seconds: int) -> dict[str, Any]:
    command = [sys.executable, "-I", str(_WORKER), reader, str(megabytes), str(seconds)]
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"failure": "limit-hit"}
    if done.returncode == -signal.SIGXCPU:
        return {"failure": "limit-hit"}
    if done.returncode:
        return {"failure": "crashed"}
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _title(lines: list[list[Line]], metadata: dict[str, str], url: str) -> str:
    """The largest words of the first page, else the file's own title, else its first line, else its name."""
    if shown := title_lines(next(filter(None, lines)), usual_size(lines)):
        return " ".join(" ".join(line.text.split()) for line in shown)
    named = metadata.get("Title", "").strip()
    if not _JUNK_TITLE.search(named):
        return named
    first = next(line.text for each in lines for line in each)
    return " ".join(first.split()) if len(first.split()) <= 25 else _file_name(url)


def _file_name(url: str) -> str:
    return re.sub(r"[-_]+", " ", PurePosixPath(unquote(urlsplit(url).path)).stem)


def _published(lines: list[list[Line]], title: str, metadata: dict[str, str]) -> DateSpan:
    first = [" ".join(line.text.split()) for page in lines[:2] for line in page]
    return _on_cover(first) or date_of_title(title) or _created(metadata) or UNDATED


def _on_cover(texts: list[str]) -> DateSpan | None:
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


def _created(metadata: dict[str, str]) -> DateSpan | None:
    stamp = re.match(r"D:(\d{4})(\d\d)(\d\d)", metadata.get("CreationDate", ""))
    span = read_date("-".join(stamp.groups())) if stamp else None
    return replace(span, source="PDF metadata CreationDate") if span else None
