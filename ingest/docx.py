"""Word documents (DOCX), read by a capped process of their own each."""

from typing import Final

from ingest import cover
from ingest.blocks import Block, Role
from ingest.capped import MEGABYTES, SECONDS, run_capped
from ingest.clean import visible
from ingest.records import Document, Page, Unreadable

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_REASONS: Final = {
    "broken-docx": "The file is no Word document, or is locked with a password. Save it again as DOCX without one.",
    "limit-hit": f"Reading the file took more than {MEGABYTES} MiB or {SECONDS} s, or it unpacks to more than 256 MiB. "
    "Save it again in a plainer form.",
}


def from_docx(page: Page) -> Document | Unreadable:
    """The text of a Word document by its headings; every failure is a value that says what to do."""
    read = run_capped("docx_worker.py", "docx", page.body)
    if "failure" in read:
        rule = "limit-hit" if read["failure"] == "limit-hit" else "broken-docx"
        return Unreadable(page.url, rule, _REASONS[rule])
    found = [(role, level, _clean(text)) for role, level, text in read["blocks"]]
    found = [each for each in found if any(map(str.isalnum, each[2]))]
    if not found:
        return Unreadable(page.url, "empty", "The file holds no text.")
    title = cover.title_of(_shown(found), read["metadata"]["title"], found[0][2], page.url)
    own = [each for each in found if each[2] != title or each[0] == "text"] or found
    blocks = [Block(text, Role.TEXT if role == "title" else Role(role), (), level) for role, level, text in own]
    return cover.paper(page, DOCX, title, blocks, [text for _, _, text in found[:60]], read["metadata"])


def _clean(text: str) -> str:
    lines = (" ".join(visible(line).split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _shown(found: list[tuple[str, int, str]]) -> str:
    """The title that the document shows: what is styled as one, else the heading that comes before all text."""
    styled = [text for role, _, text in found if role == "title"]
    opening = [text for role, _, text in found[:1] if role == "heading"]
    return (styled or opening or [""])[0]
