"""Reads one PDF on stdin and writes its lines as JSON, under limits on memory and time.

Run by path in a process of its own (``python -I pdf_worker.py READER MEGABYTES SECONDS``), it imports nothing of
the project, so that whatever a hostile file does ends here.
"""

import ctypes
import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

_HYPHENS = {0x02: "\xad", 0xFFFE: "\xad"}
# What the parent has to hold: some 1,500 pages of prose, where a line weighs as much as forty letters more.
_MOST_CHARS, _LINE_CHARS = 8_000_000, 40


def main(reader: str, megabytes: int, seconds: int) -> dict[str, Any]:
    """What the file holds: ``{"pages": [[line, ...]], "metadata": {...}, "images": bool}``, or ``{"failure": name}``.

    A line has ``text`` and its ``size``, ``bold``, ``left``, ``right`` and ``top``, in points.
    """
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    data = sys.stdin.buffer.read()
    try:
        return _pdfium(data) if reader == "pdfium" else _pypdf(data)
    except MemoryError:
        return {"failure": "limit-hit"}


def _pdfium(data: bytes) -> dict[str, Any]:
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
    from pypdfium2 import raw

    text: list[str] = []
    start = 0
    total = textpage.count_chars()
    for at in range(total + 1):
        code = raw.FPDFText_GetUnicode(textpage, at) if at < total else 10
        if code in (10, 13):
            line = "".join(text)
            if line.strip():
                placed = _placed(raw, textpage, line, start + len(line) - len(line.lstrip()), at - 1, box)
                if -5 < placed["top"] < box[3] - box[1] + 5:
                    yield placed
            text, start = [], at + 1
        else:
            text.append(_HYPHENS.get(code) or (chr(code) if code and not 0xD800 <= code < 0xE000 else " "))


def _placed(raw: Any, textpage: Any, line: str, first: int, last: int, box: tuple[float, ...]) -> dict[str, Any]:
    sides = [ctypes.c_double() for _ in range(4)]
    boxes = []
    for at in (first, last):
        raw.FPDFText_GetCharBox(textpage, at, *map(ctypes.byref, sides))
        boxes.append([side.value for side in sides])
    size, bold = raw.FPDFText_GetFontSize(textpage, first), raw.FPDFText_GetFontWeight(textpage, first)
    (left, _, bottom, _), (_, right, _, _) = boxes
    matrix = raw.FS_MATRIX()
    if raw.FPDFText_GetMatrix(textpage, first, matrix):
        size *= max(abs(matrix.a), abs(matrix.b)) or 1
    return {"text": line, "size": size, "bold": bold >= 600, "left": left, "right": right, "top": box[3] - bottom}


def _pypdf(data: bytes) -> dict[str, Any]:
    """The second reader: text alone, where PDFium gives up."""
    import logging

    import pypdf

    logging.disable(logging.CRITICAL)
    try:
        document = pypdf.PdfReader(io.BytesIO(data))
        if document.is_encrypted and not document.decrypt(""):
            return {"failure": "encrypted-pdf"}
        pages = [[_plain(line) for line in page.extract_text().splitlines() if line.strip()] for page in document.pages]
        metadata = {str(name).lstrip("/"): str(value) for name, value in (document.metadata or {}).items()}
    except MemoryError:
        raise
    except Exception as error:  # a broken file can raise anything here, and all of it means the same
        return {"failure": "limit-hit" if "Limit" in type(error).__name__ else "broken-pdf"}
    return {"pages": pages, "metadata": metadata, "images": not any(pages) and bool(pages)}


def _plain(line: str) -> dict[str, Any]:
    return {"text": line, "size": 0.0, "bold": False, "left": 0.0, "right": 0.0, "top": 0.0}


if __name__ == "__main__":
    json.dump(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), sys.stdout)
