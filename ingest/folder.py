"""Files on disk as pages and documents: HTML, PDF, DOCX, Markdown, text, WARC, and a BEIR corpus."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec

from ingest.clean import visible
from ingest.dates import field_date
from ingest.errors import BadInput
from ingest.filing import kind_of
from ingest.records import DOCX, PDF, UNDATED, Document, Page, Section, Unreadable

_TYPES: Final = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".pdf": PDF,
    ".docx": DOCX,
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
}
_CORPUS = "corpus.jsonl"


class _Row(msgspec.Struct):
    """A line of a BEIR corpus."""

    id: str = msgspec.field(name="_id")
    text: str
    title: str = ""
    metadata: dict[str, Any] | None = None


def read_path(path: Path) -> Iterator[tuple[Path, Page | Document | Unreadable]]:
    """What a file or folder holds, each with the file that it stands in, in the order of the names.

    HTML, PDF, DOCX, Markdown and text become pages that are still to be extracted, with the address "file:" and the
    path within the folder; WARC files give the pages they keep, a BEIR corpus its documents, at the address in their
    metadata (sections of one page with their _id behind it) or named by their _id. Raises ``BadInput`` where the path
    is missing or a row of a corpus cannot be read or has the _id of another, naming file and line.
    """
    if not path.exists():
        raise BadInput("a file or folder", f"nothing at {path}", "Check the path.")
    root = path if path.is_dir() else path.parent
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
        if file.is_file() and not hidden:
            is_corpus = file.name == _CORPUS or (file == path and file.suffix == ".jsonl")
            found = _corpus(file) if is_corpus else _read_file(file, file.relative_to(root).as_posix())
            yield from zip(repeat(file), found)


def _read_file(file: Path, name: str) -> Iterator[Page | Document | Unreadable]:
    if file.name.endswith((".warc", ".warc.gz")):
        from ingest.archive import pages

        yield from pages(file)
    elif not name.isascii() and (shown := name.encode("utf-8", "replace").decode()) != name:
        yield Unreadable(f"file:{shown}", "file-name", "Its name is not UTF-8. Rename it.")
    elif file.suffix.lower() in _TYPES:
        changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        yield Page(f"file:{name}", 200, {"content-type": _TYPES[file.suffix.lower()]}, file.read_bytes(), changed)
    else:
        reason = f"Files ending in {file.suffix or 'nothing'} are not read, only {', '.join(sorted(_TYPES))}."
        yield Unreadable(f"file:{name}", "unknown-type", reason)


def _corpus(file: Path) -> Iterator[Document]:
    ids, addresses = set[str](), set[str]()
    for number, row in _rows(file):
        if row.id in ids:
            raise BadInput(f"one row with the _id {row.id}", f"another in {file}, line {number}", "Give each its own.")
        document = _document(row)
        if document.url in addresses:  # a section of the page at that address
            document = replace(document, url=f"{document.url}#{quote(row.id)}")
        ids.add(row.id)
        addresses.add(document.url)
        yield document


def _rows(file: Path) -> Iterator[tuple[int, _Row]]:
    decoder = msgspec.json.Decoder(_Row)
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    yield number, decoder.decode(line)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    expected = "a JSON object with _id, title, text and metadata"
                    raise BadInput(expected, f"{error} in {file}, line {number}", "Mend the line.") from error


def _document(row: _Row) -> Document:
    text = "\n\n".join(part for part in (" ".join(visible(each).split()) for each in row.text.split("\n\n")) if part)
    facts = row.metadata or {}
    url, tags = str(facts.get("url") or row.id), facts.get("tags")
    title = " ".join(row.title.split())
    text = text or title  # all that there is to find it by
    named = tuple(map(str, tags)) if isinstance(tags, list) else ()
    return Document(
        url=url,
        title=title,
        text=text,
        sections=(Section(0, len(text)),) if text else (),
        media_type="text/plain",
        kind=kind_of(url, title, named)[0],
        published=field_date(str(facts.get("date") or facts.get("published") or ""), "metadata") or UNDATED,
        tags=named,
    )
