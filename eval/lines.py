"""Reading rows from the files of a data set: every fault is named by file and line."""

import hashlib
import sys
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from eval.errors import BadData

# An id that a TREC file can carry: a text without white space.
Id = Annotated[str, Meta(pattern=r"^\S+\Z")]
# A text that says something.
Filled = Annotated[str, Meta(pattern=r"\S")]
# A number that every tool sorts alike, as none sorts NaN.
Finite = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
Row = TypeVar("Row")
Key = TypeVar("Key")
Value = TypeVar("Value")


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


def digest(content: bytes | str) -> str:
    """The SHA-256 of bytes, or of a text as UTF-8."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def hashes(folder: Path, *files: Path) -> dict[str, str]:
    """The SHA-256 of each file by its place below ``folder``: two may bear one name."""
    return {file.relative_to(folder).as_posix(): digest(file.read_bytes()) for file in files}


def json_rows(path: Path, what: str, kind: type[Row]) -> Iterator[tuple[int, Row]]:
    """Each line of a JSONL file as ``kind``, with its number."""
    for number, line in enumerate(read_lines(path), 1):
        try:
            yield number, msgspec.json.decode(line, type=kind)
        except msgspec.DecodeError as error:
            raise BadData(path, number, f"{what} as a JSON object", f"{line[:60]!r} ({error})", "Repair it.") from None


def tsv_rows(path: Path, kind: type[Row], *headers: Sequence[str]) -> Iterator[tuple[int, Row]]:
    """Each row below the header of a tab-separated file. The header must be one of ``headers``."""
    header, *lines = read_lines(path) or [""]
    if tuple(header.split("\t")) not in headers:
        wanted = " or ".join(repr("\t".join(names)) for names in headers)
        raise BadData(path, 1, f"the header {wanted}", repr(header[:60]), "Add it.")
    for number, line in enumerate(lines, 2):
        yield number, columns(path, number, header.split("\t"), line.split("\t"), kind)


def columns(path: Path, line: int, names: Sequence[str], cells: Sequence[object], kind: type[Row]) -> Row:
    """The cells of a row, one for each of ``names``, as ``kind``."""
    try:
        if len(cells) != len(names):
            raise msgspec.ValidationError(f"{len(cells)} columns")
        return msgspec.convert(cells, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadData(path, line, ", ".join(names), f"{cells} ({error})", "Repair the row.") from None


def grouped(path: Path, what: str, rows: Iterable[tuple[int, str, Key, Value]]) -> dict[str, dict[Key, Value]]:
    """By question, ``what`` (documents, ranks) each row names, with its value; each only once in a question."""
    found: dict[str, dict[Key, Value]] = {}
    for line, query, key, value in rows:
        check_new(path, line, f"{what} of {query}", key, found.setdefault(query, {}))
        found[query][key] = value
    return found


def check_new(path: Path, line: int, what: str, key: object, known: Container[object]) -> None:
    """Raises BadData where ``key`` stands in ``known`` already."""
    if key in known:
        raise BadData(path, line, f"each {what} once", f"{key!r} a second time", "Remove one of the two rows.")
