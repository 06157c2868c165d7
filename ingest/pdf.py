"""PDF files as documents, read by a capped process of their own each."""

from typing import Any, Final

from ingest import cover
from ingest.capped import MEGABYTES, SECONDS, run_capped
from ingest.pdf_layout import Line, blocks_of, title_lines, usual_size
from ingest.records import Document, Page, Unreadable

PDF: Final = "application/pdf"

_WORKER: Final = "pdf_worker.py"
_STORED: Final = {"title": "Title", "author": "Author", "created": "CreationDate", "modified": "ModDate"}
_REASONS: Final = {
    "encrypted-pdf": "The file is locked with a password. Publish it without one.",
    "broken-pdf": "Neither PDF reader can open the file. Export it again from its source.",
    "empty-pdf": "The file holds neither text nor images. Export it again from its source.",
    "scan-without-text": "The file is a scan without a text layer. Run character recognition on it and publish that.",
    "limit-hit": f"Reading takes over {MEGABYTES} MiB, {SECONDS} s or a reader's limits. Export it in a plainer way.",
}


def from_pdf(page: Page) -> Document | Unreadable:
    """The text of a PDF by pages; every failure is a value that says what to do."""
    read = read_pdf(page.body)
    if "failure" in read:
        return Unreadable(page.url, read["failure"], _REASONS[read["failure"]])
    lines = [[Line(**line) for line in each] for each in read["pages"]]
    if not any(lines):
        rule = "scan-without-text" if read["images"] else "empty-pdf"
        return Unreadable(page.url, rule, _REASONS[rule])
    stored = {name: read["metadata"].get(key, "") for name, key in _STORED.items()}
    front = [line.text for each in lines[:2] for line in each]
    shown = title_lines(next(filter(None, lines)), usual_size(lines))
    first = next(line.text for each in lines for line in each)
    title = cover.title_of(" ".join(line.text for line in shown), stored["title"], first, page.url)
    own = blocks_of(lines, title)
    if not own:
        return Unreadable(page.url, "empty-pdf", _REASONS["empty-pdf"])
    return cover.paper(page, PDF, title, own, [" ".join(line.split()) for line in front], stored)


def read_pdf(body: bytes, megabytes: int = MEGABYTES, seconds: int = SECONDS) -> dict[str, Any]:
    """What the worker read (see ``pdf_worker.main``); PDFium first, pypdf where that fails."""
    read = run_capped(_WORKER, "pdfium", body, megabytes, seconds)
    if read.get("failure") not in ("broken-pdf", "crashed"):
        return read
    again = run_capped(_WORKER, "pypdf", body, megabytes, seconds)
    if again.get("failure") == "crashed":
        again = {"failure": "limit-hit"}
    return {"failure": "limit-hit"} if "failure" in again and read["failure"] == "crashed" else again
