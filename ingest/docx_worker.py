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
    reader = _Reader({style.style_id: style for style in document.styles})
    blocks = list(reader.blocks(document.element.body))
    notes = _footnotes(document.part)
    blocks += [("text", 0, f"{number}. {notes[id]}") for number, id in enumerate(reader.notes, start=1) if id in notes]
    core = document.core_properties
    stored = {"title": core.title, "author": core.author, "language": core.language}
    times = {"created": core.created, "modified": core.modified}
    metadata = stored | {name: time.isoformat() if time else "" for name, time in times.items()}
    return {"blocks": blocks, "metadata": metadata}


def _footnotes(part: Any) -> dict[str, str]:
    from lxml import etree

    related = (rel for rel in part.rels.values() if not rel.is_external)
    found = [rel.target_part for rel in related if rel.reltype.endswith("/footnotes")]
    roots = [etree.fromstring(each.blob, etree.XMLParser(resolve_entities=False)) for each in found]
    reader = _Reader({})
    return {note.get(_W + "id"): " ".join(reader.text(note).split()) for root in roots for note in root}


class _Reader:
    """Walks over the body of a document; ``notes`` are the footnotes met, in order."""

    def __init__(self, styles: dict[str, Any]) -> None:
        self.styles = styles
        self.notes: list[str] = []

    def blocks(self, parent: Any) -> Iterator[tuple[str, int, str]]:
        for child in parent:
            if child.tag == _W + "p":
                role, level = self._role(child)
                if role != "contents":
                    yield role, level, self.text(child)
                for box in child.iter(_W + "txbxContent"):
                    if not any(each.tag == _FALLBACK for each in box.iterancestors()):
                        yield from self.blocks(box)
            elif child.tag == _W + "tbl":
                yield from (("row", 0, self._row(row)) for row in child.iter(_W + "tr"))
            elif child.tag in _INNER:
                yield from self.blocks(child)

    def text(self, parent: Any) -> str:
        """The text of a paragraph as it is shown."""
        return "".join(self._pieces(parent))

    def _pieces(self, parent: Any) -> Iterator[str]:
        for child in parent:
            name = child.tag.removeprefix(_W) if isinstance(child.tag, str) else ""
            if name == "t":
                yield child.text or ""
            elif name in _SIGNS:
                yield _SIGNS[name]
            elif name == "footnoteReference":
                self.notes.append(child.get(_W + "id"))
                yield str(len(self.notes))
            elif child.tag not in _OUT and not (name == "r" and child.find(f"{_W}rPr/{_W}vanish") is not None):
                yield from self._pieces(child)
            if name == "p":
                yield "\n"

    def _row(self, row: Any) -> str:
        own = (cell for cell in row.iter(_W + "tc") if next(cell.iterancestors(_W + "tr")) is row)
        return " | ".join(" ".join(self.text(cell).split()) for cell in own)

    def _role(self, paragraph: Any) -> tuple[str, int]:
        """The role and a heading's level, by the name of the style or of one it is based on, else by its outline."""
        named = paragraph.find(f"{_W}pPr/{_W}pStyle")
        style = self.styles.get(named.get(_W + "val")) if named is not None else None
        outlined = [paragraph.find(f"{_W}pPr/{_W}outlineLvl")]
        numbered = paragraph.find(f"{_W}pPr/{_W}numPr") is not None
        while style is not None:
            name = (style.name or "").lower()
            if name == "title" or name.startswith("toc"):
                return ("title", 1) if name == "title" else ("contents", 0)
            if found := re.fullmatch(r"heading ([1-6])", name):
                return "heading", int(found[1])
            outlined.append(style.element.find(f"{_W}pPr/{_W}outlineLvl"))
            numbered = numbered or name.startswith("list ")
            style = getattr(style, "base_style", None)
        levels = (int(each.get(_W + "val")) for each in outlined if each is not None)
        level = next((level for level in levels if level < 6), None)
        return ("heading", level + 1) if level is not None else ("item" if numbered else "text", 0)


if __name__ == "__main__":
    json.dump(main(int(sys.argv[2]), int(sys.argv[3])), sys.stdout)
