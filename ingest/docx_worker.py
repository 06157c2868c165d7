"""Reads one Word document on stdin and writes its blocks as JSON, under limits on memory and time.

Run by path in a process of its own (``python -I docx_worker.py docx MEGABYTES SECONDS``), it imports nothing of the
project, so that whatever a hostile file does ends here.
"""

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_UNPACKED_BYTES = 256 << 20
_SIGNS = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": ""}
# What was struck out or moved away, what is not shown, and boxes, which are blocks of their own.
_OUT = (*(_W + name for name in ("del", "moveFrom", "txbxContent", "tbl", "pPr")), _FALLBACK)
_INNER = tuple(_W + name for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))


def main(megabytes: int, seconds: int) -> dict[str, Any]:
    """What the file holds: ``{"blocks": [[role, level, text], ...], "metadata": {...}}``, or ``{"failure": name}``.

    Roles are "title", "heading", "text", "item" and "row"; footnotes come last, as texts that begin with their number.
    """
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    data = sys.stdin.buffer.read()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(part.file_size for part in packed.infolist()) > _UNPACKED_BYTES:
                return {"failure": "limit-hit"}
        return _read(data)
    except MemoryError:
        return {"failure": "limit-hit"}
    except Exception:  # a broken file can raise anything here, and all of it means the same
        return {"failure": "broken-docx"}


def _read(data: bytes) -> dict[str, Any]:
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
        if rel.reltype.endswith("/footnotes") and not rel.is_external:
            for note in etree.fromstring(rel.target_part.blob, etree.XMLParser(resolve_entities=False)):
                yield note.get(_W + "id"), " ".join(_text(note, []).split())


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
            yield from (("row", 0, _row(row, met)) for row in child.iter(_W + "tr"))
        elif child.tag in _INNER:
            yield from _blocks(child, document, met)


def _text(parent: Any, met: list[str]) -> str:
    """The text of an element as it is shown."""
    return "".join(_pieces(parent, met))


def _pieces(parent: Any, met: list[str]) -> Iterator[str]:
    for child in parent:
        name = child.tag.removeprefix(_W) if isinstance(child.tag, str) else ""
        if name == "t":
            yield child.text or ""
        elif name in _SIGNS:
            yield _SIGNS[name]
        elif name == "footnoteReference":
            met.append(child.get(_W + "id"))
            yield str(len(met))
        elif child.tag not in _OUT and child.find(f"{_W}rPr/{_W}vanish") is None:
            yield from _pieces(child, met)
        if name == "p":
            yield "\n"


def _row(row: Any, met: list[str]) -> str:
    cells = (cell for cell in row.iter(_W + "tc") if next(cell.iterancestors(_W + "tr")) is row)
    return " | ".join(" ".join(_text(cell, met).split()) for cell in cells)


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
    return ("item" if numbered else "text"), 0


if __name__ == "__main__":
    json.dump(main(int(sys.argv[2]), int(sys.argv[3])), sys.stdout)
