"""Reading rows from the files of a data set: every fault is named by file and line."""

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from eval.errors import BadData

Row = tuple[int, list[str]]


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file without their ends. Raises BadData where it is missing or not UTF-8."""
    try:
        content = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise BadData(path, None, "a file", "none", "Check the path of the data set.") from None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadData(path, line, "UTF-8", f"the byte 0x{content[error.start]:02x}", "Save it as UTF-8.") from None
    if text.startswith("\ufeff"):
        raise BadData(path, 1, "UTF-8 without a byte order mark", "one", 'Save it as UTF-8 "without BOM".')
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def hashes(*files: Path) -> dict[str, str]:
    """The SHA-256 of each file by its name."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line of a JSONL file as an object, with its number."""
    for number, line in enumerate(read_lines(path), 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadData(path, number, "a JSON object", f"{line[:40]!r} ({error})", "Repair the line.") from None
        if not isinstance(row, dict):
            raise BadData(path, number, "a JSON object", f"a {type(row).__name__}", "Write one object on each line.")
        yield number, row


def tsv_rows(path: Path, *headers: Sequence[str]) -> Iterator[Row]:
    """Each row below the header of a tab-separated file. The header must be one of ``headers``."""
    lines = read_lines(path)
    wanted = " or ".join(repr("\t".join(header)) for header in headers)
    if not lines or tuple(lines[0].split("\t")) not in {tuple(header) for header in headers}:
        raise BadData(path, 1, f"the header {wanted}", repr(lines[0][:60]) if lines else "an empty file", "Add it.")
    width = lines[0].count("\t") + 1
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if len(cells) != width:
            raise BadData(path, number, f"{width} columns with tabs between", f"{len(cells)}", "Repair the row.")
        yield number, cells


def text_field(path: Path, line: int, row: dict[str, Any], name: str, empty: bool = False) -> str:
    """The text in a field; unless ``empty`` is allowed there must be some."""
    value = row.get(name, "" if empty else None)
    if not isinstance(value, str) or not (empty or value.strip()):
        raise BadData(path, line, f'text in "{name}"', repr(value), "Fill the field or remove the row.")
    return value


def check_id(path: Path, line: int, value: object) -> str:
    """An id that a TREC file can carry: a text without white space."""
    if not isinstance(value, str) or not value or value.split() != [value]:
        raise BadData(path, line, "an id: text without white space", repr(value), "Give every row an id of its own.")
    return value


def check_new(path: Path, line: int, what: str, key: object, known: object) -> None:
    """Raises BadData where ``key`` stands in the container ``known`` already."""
    if key in known:  # type: ignore[operator]
        raise BadData(path, line, f"each {what} once", f"{key!r} a second time", "Remove one of the two rows.")


def whole_number(path: Path, line: int, value: str, what: str) -> int:
    """An integer; a decimal or NaN is no grade and no rank."""
    try:
        return int(value)
    except ValueError:
        raise BadData(path, line, f"a whole number as {what}", repr(value), "Repair the row.") from None


def finite_number(path: Path, line: int, value: str, what: str) -> float:
    """A finite decimal: NaN and infinity sort differently in every tool."""
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadData(path, line, f"a finite number as {what}", repr(value), "Repair the row.")
    return number
