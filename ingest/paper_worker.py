"""Reads one PDF or Word document on stdin and writes what it holds as JSON, under limits on memory and time.

Run by path in a process of its own (``python -I paper_worker.py READER MEGABYTES SECONDS``), it imports nothing of
the project, so that whatever a hostile file does ends here.
"""

import ctypes
import io
import json
import math
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

_HYPHENS = {0x02: "\xad", 0xFFFE: "\xad"}
# What the parent has to hold: some 1,500 pages of prose, where a line weighs as much as forty letters more.
_MOST_CHARS, _LINE_CHARS = 8_000_000, 40
# Of the size of letters: how far those of one line may stand off it, and apart, and what is a space between them; and
# how large at least those are that are set above or below it ("4th", a footnote's number).
_OFF, _APART, _SPACE, _SCRIPT = 0.1, 1.5, 0.2, 0.5
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LETTERS = (_W + "t", "{http://schemas.openxmlformats.org/officeDocument/2006/math}t")
_UNPACKED_BYTES = 256 << 20
_SIGNS = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": ""}
# What was struck out or moved away, what is not shown, and boxes, which are blocks of their own.
_OUT = (*(_W + name for name in ("del", "moveFrom", "txbxContent", "tbl", "pPr")), _FALLBACK)
_INNER = tuple(_W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))


def main(reader: str, megabytes: int, seconds: int) -> dict[str, Any]:
    """What the file holds by a reader of ``READERS``, or ``{"failure": name}``."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    try:
        return READERS[reader](sys.stdin.buffer.read())
    except MemoryError:
        return {"failure": "limit-hit"}


def read_pdfium(data: bytes) -> dict[str, Any]:
    """``{"pages": [[line, ...]], "metadata": {...}, "images": bool}``.

    A line has ``text`` and its ``size``, ``bold``, ``right`` and ``top``, in points.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return {"failure": "encrypted-pdf" if "assword" in str(error) else "broken-pdf"}
    pages, images, left = [], False, _MOST_CHARS
    for number in range(len(document)):
        page = document[number]
        lines = list(_lines(page.get_textpage(), page.get_bbox()))
        images = images or (not lines and next(page.get_objects(filter=(3,), max_depth=2), None) is not None)
        left -= sum(len(line["text"]) + _LINE_CHARS for line in lines)
        if left < 0:
            return {"failure": "limit-hit"}
        pages.append(lines)
        page.close()
    return {"pages": pages, "metadata": document.get_metadata_dict(), "images": images}


def _lines(textpage: Any, box: tuple[float, ...]) -> Iterator[dict[str, Any]]:
    """The lines within a page in the file's own reading order, with the place and size of their letters."""
    letters: list[tuple[int, str]] = []
    for at, letter in _letters(textpage):
        if letter != "\n":
            letters.append((at, letter))
            continue
        if shown := [at for at, letter in letters if letter.strip()]:
            placed = _placed(textpage, "".join(letter for _, letter in letters), shown[0], shown[-1], box)
            if -5 < placed["top"] < box[3] - box[1] + 5:
                yield placed
        letters = []


def _letters(textpage: Any) -> Iterator[tuple[int, str]]:
    """Each letter by its place, the ends of lines among them."""
    from pypdfium2 import raw

    codes = [raw.FPDFText_GetUnicode(textpage, at) for at in range(textpage.count_chars())]
    for at, code in enumerate(codes):
        if code == 13 and codes[at + 1 : at + 2] == [10]:
            continue
        if code in (10, 13):
            before = at - (2 if codes[at - 1] == 13 else 1)
            yield at, _between(textpage, before, at + 1) if before >= 0 and at + 1 < len(codes) else "\n"
        else:
            yield at, _HYPHENS.get(code) or (chr(code) if code and not 0xD800 <= code < 0xE000 else " ")
    yield len(codes), "\n"


def _between(textpage: Any, first: int, second: int) -> str:
    """What parts two letters at the end of a line: where they follow each other on one, a space or nothing. PDFium
    takes a page to be written in one direction, and sets each letter of the rest on a line of its own.
    """
    from pypdfium2 import raw

    sizes = [_size(textpage, at) for at in (first, second)]
    boxes = [raw.FS_RECTF() for _ in sizes]
    for at, box in zip((first, second), boxes, strict=True):
        raw.FPDFText_GetLooseCharBox(textpage, at, box)
    one, other = boxes
    if turned := abs(math.sin(raw.FPDFText_GetCharAngle(textpage, first))) > 0.9:
        gap, off = max(other.bottom - one.top, one.bottom - other.top), one.left - other.left
        beside = min(one.right, other.right) - max(one.left, other.left)
    else:
        gap, off = other.left - one.right, one.bottom - other.bottom
        beside = min(one.top, other.top) - max(one.bottom, other.bottom)
    small, large = sorted(sizes)
    level = max(abs(off), large - small) < _OFF * sizes[0]
    script = _SCRIPT * large <= small < (1 - _OFF) * large and beside > small / 2
    if not (level or script) or not (-math.inf if turned else -large) < gap < _APART * sizes[0]:
        return "\n"
    return "" if gap < _SPACE * sizes[0] else " "


def _size(textpage: Any, at: int) -> float:
    from pypdfium2 import raw

    size, matrix = raw.FPDFText_GetFontSize(textpage, at), raw.FS_MATRIX()
    if raw.FPDFText_GetMatrix(textpage, at, matrix):
        size *= max(abs(matrix.a), abs(matrix.b)) or 1
    return float(size)


def _placed(textpage: Any, line: str, first: int, last: int, box: tuple[float, ...]) -> dict[str, Any]:
    from pypdfium2 import raw

    sides = [ctypes.c_double() for _ in range(4)]
    boxes = []
    for at in (first, last):
        raw.FPDFText_GetCharBox(textpage, at, *map(ctypes.byref, sides))
        boxes.append([side.value for side in sides])
    # A line that only begins in bold, or ends in it, is text.
    bold = min(raw.FPDFText_GetFontWeight(textpage, at) for at in (first, last)) >= 600
    (_, _, bottom, _), (_, right, _, _) = boxes
    return {"text": line, "size": _size(textpage, first), "bold": bold, "right": right, "top": box[3] - bottom}


def read_pypdf(data: bytes) -> dict[str, Any]:
    """The same by a second reader: lines of ``text`` alone, where PDFium gives up."""
    import logging

    import pypdf

    logging.disable(logging.CRITICAL)
    try:
        document = pypdf.PdfReader(io.BytesIO(data))
        if document.is_encrypted and not document.decrypt(""):
            return {"failure": "encrypted-pdf"}
        pages = [
            [{"text": line} for line in page.extract_text().splitlines() if line.strip()] for page in document.pages
        ]
        metadata = {str(name).lstrip("/"): str(value) for name, value in (document.metadata or {}).items()}
    except MemoryError:
        raise
    except Exception as error:  # a broken file can raise anything here, and all of it means the same
        return {"failure": "limit-hit" if "Limit" in type(error).__name__ else "broken-pdf"}
    return {"pages": pages, "metadata": metadata, "images": not any(pages) and bool(pages)}


def read_docx(data: bytes) -> dict[str, Any]:
    """``{"blocks": [[role, level, text], ...], "metadata": {...}}``.

    Roles are "title", "heading", "text", "bold" for text that is so throughout, "item" and "row"; footnotes come last,
    as texts that begin with their number.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _UNPACKED_BYTES:
                return {"failure": "limit-hit"}
        return _docx(data)
    except MemoryError:
        raise
    except Exception:  # a broken file can raise anything here, and all of it means the same
        return {"failure": "broken-docx"}


def _docx(data: bytes) -> dict[str, Any]:
    import docx

    document = docx.Document(io.BytesIO(data))
    met: list[str] = []
    blocks = list(_blocks(document.element.body, document, met))
    notes = dict(_footnotes(document.part))
    blocks += [("text", 0, f"{number}. {notes[id]}") for number, id in enumerate(met, start=1) if id in notes]
    core = document.core_properties
    stored = {name: str(getattr(core, name) or "") for name in ("title", "author", "language", "created", "modified")}
    return {"blocks": blocks, "metadata": stored}


def _footnotes(part: Any) -> Iterator[tuple[str, str]]:
    from lxml import etree

    for rel in part.rels.values():
        kind = rel.reltype.rpartition("/")[2]
        if kind in ("footnotes", "endnotes") and not rel.is_external:
            for note in etree.fromstring(rel.target_part.blob, etree.XMLParser(resolve_entities=False)):
                yield kind[:-1] + note.get(_W + "id"), " ".join(_text(note, []).split())


def _blocks(parent: Any, document: Any, met: list[str]) -> Iterator[tuple[str, int, str]]:
    """The blocks within an element; ``met`` takes the footnotes that they refer to, in order."""
    for child in parent:
        if child.tag == _W + "p":
            role, level = _role(child, document)
            if role != "contents":
                yield role, level, _text(child, met)
            for box in child.iter(_W + "txbxContent"):
                if next(box.iterancestors(_FALLBACK), None) is None:
                    yield from _blocks(box, document, met)
        elif child.tag == _W + "tbl":
            yield from (("row", 0, row) for row in _rows(child, met))
        elif child.tag in _INNER and not _is_hidden(child):
            yield from _blocks(child, document, met)


def _text(parent: Any, met: list[str]) -> str:
    """The text of an element as it is shown."""
    return "".join(_pieces(parent, met))


def _pieces(parent: Any, met: list[str]) -> Iterator[str]:
    for child in parent:
        name = child.tag.removeprefix(_W) if isinstance(child.tag, str) else ""
        if child.tag in _LETTERS:
            yield child.text or ""
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif name in ("footnoteReference", "endnoteReference"):
            met.append(name.removesuffix("Reference") + child.get(_W + "id"))
            yield str(len(met))
        elif child.tag not in _OUT and not _is_hidden(child):
            yield from _pieces(child, met)
        if name == "p":
            yield "\n"


def _is_hidden(element: Any) -> bool:
    """Whether a run is not shown or struck out, or a control holds nothing but what asks to be filled in."""
    switches = ("rPr", "vanish"), ("rPr", "strike"), ("rPr", "dstrike"), ("sdtPr", "showingPlcHdr")
    return any(_is_on(element, f"{_W}{where}/{_W}{name}") for where, name in switches)


def _is_on(element: Any, switch: str) -> bool:
    mark = element.find(switch)
    return mark is not None and mark.get(_W + "val") not in ("0", "false", "off")


def _rows(table: Any, met: list[str]) -> Iterator[str]:
    """The rows of a table; a cell that goes on from the row above says again what it says there."""
    above: dict[int, str] = {}
    for row in table.iter(_W + "tr"):
        cells: list[str] = []
        for cell in (each for each in row.iter(_W + "tc") if next(each.iterancestors(_W + "tr")) is row):
            merged, wide = (cell.find(f"{_W}tcPr/{_W}{name}") for name in ("vMerge", "gridSpan"))
            if merged is None or merged.get(_W + "val") == "restart":
                above[len(cells)] = " ".join(_text(cell, met).split())
            more = int(wide.get(_W + "val")) - 1 if wide is not None else 0
            cells += [above.get(len(cells), ""), *[""] * more]
        yield " | ".join(cells)


def _role(paragraph: Any, document: Any) -> tuple[str, int]:
    """The role and a heading's level, by the name of the paragraph's style or of one that it is based on."""
    from docx.text.paragraph import Paragraph

    style: Any = Paragraph(paragraph, document).style
    numbered = paragraph.find(f"{_W}pPr/{_W}numPr") is not None
    while style is not None:
        name = (style.name or "").lower()
        if found := re.fullmatch(r"(title|toc|heading) ?([1-9]?)", name):
            role = "contents" if found[1] == "toc" else found[1]
            return role, min(int(found[2] or 1), 6)
        numbered = numbered or name.startswith("list ")
        style = style.base_style
    return ("item" if numbered else "bold" if _is_bold(paragraph) else "text"), 0


def _is_bold(paragraph: Any) -> bool:
    return all(_is_on(run, f"{_W}rPr/{_W}b") for run in paragraph.iter(_W + "r") if _text(run, []).strip())


READERS = {"pdfium": read_pdfium, "pypdf": read_pypdf, "docx": read_docx}

if __name__ == "__main__":
    json.dump(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), sys.stdout)
