"""Responses as they came, in WARC files, so that everything after the network can be run again without it.

Bodies are kept decoded, as ``Page`` has them. Each opening writes a file of its own, so a tail torn by a crash stays
where it is and is passed over.
"""

import os
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.durable import sync
from ingest.errors import BadInput
from ingest.records import Audience, Page, joined_headers
from ingest.urls import canonical

_STEP = 1 << 16
_MAX_RECORD = 64 << 20
_AUDIENCE = "Muniment-Audience"


@dataclass(frozen=True, slots=True)
class ArchiveRef:
    """Where a response stands: the name of a file in the archive's folder and the byte at which its record begins."""

    file: str
    offset: int


class Archive(AbstractContextManager["Archive"]):
    """A folder of WARC files that only ever grows. ``write`` then ``sync``: only then is a page safe."""

    def __init__(self, folder: Path, max_bytes: int = 256 << 20) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._out: BinaryIO | None = None

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, page: Page) -> ArchiveRef:
        """Append a response."""
        out = self._open()
        ref = ArchiveRef(Path(out.name).name, out.tell())
        out.write(_member(page))
        return ref

    def sync(self) -> None:
        """Return once everything written is on the disk."""
        if self._out is not None:
            self._out.flush()
            os.fdatasync(self._out.fileno())

    def read(self, ref: ArchiveRef) -> Page:
        """The response at ``ref``; BadInput if it is damaged or not there."""
        path = self._folder / ref.file
        if self._out is not None:
            self._out.flush()
        with suppress(OSError, zlib.error, EOFError), path.open("rb") as file:
            file.seek(ref.offset)
            for record in _records(file):
                return _page(record)
        raise BadInput(f"a response at byte {ref.offset} of {path}", "none that is whole", "Crawl its site again.")

    def holds(self, ref: ArchiveRef) -> bool:
        """Whether the response at ``ref`` can be read."""
        with suppress(BadInput):
            return bool(self.read(ref))
        return False

    def blank(self, url: str) -> int:
        """Overwrite every response of ``url`` where it stands; returns how many there were."""
        blanked = 0
        for path in sorted(self._folder.glob("[0-9]*.warc.gz")):
            with suppress(zlib.error, EOFError), path.open("r+b") as file:
                for start, end, content in _members(file):
                    if any(record.rec_headers.get_header("WARC-Target-URI") == url for record in _parsed(content)):
                        file.seek(start)
                        file.write(_blank(end - start))
                        file.seek(end)
                        blanked += 1
                file.flush()
                os.fsync(file.fileno())
        return blanked

    def close(self) -> None:
        """Sync and close the file being written."""
        if self._out is not None:
            with closing(self._out):
                self.sync()
            self._out = None

    def _open(self) -> BinaryIO:
        if self._out is not None and self._out.tell() >= self._max_bytes:
            self.close()
        if self._out is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            last = max((int(path.name[:6]) for path in self._folder.glob("[0-9]*.warc.gz")), default=0)
            self._out = (self._folder / f"{last + 1:06d}.warc.gz").open("xb")
            sync(self._folder)
        return self._out


def pages(path: Path) -> Iterator[Page]:
    """Every whole response in a WARC file, or in a folder of them, oldest first, whoever wrote it.

    An address comes as often as it was fetched. What is torn or damaged ends its file.
    """
    files = sorted([*path.glob("*.warc"), *path.glob("*.warc.gz")]) if path.is_dir() else [path]
    for each in files:
        with suppress(zlib.error, EOFError, ArchiveLoadFailed), each.open("rb") as file:
            records = _records(file) if each.suffix == ".gz" else ArchiveIterator(file)
            yield from (_page(record) for record in records if record.rec_type == "response" and record.http_headers)


def _member(page: Page) -> bytes:
    plain = BytesIO()
    writer = WARCWriter(plain, gzip=False, warc_version="1.1")
    stamp = {"WARC-Date": page.fetched_at.isoformat().replace("+00:00", "Z"), _AUDIENCE: page.audience.value}
    record = writer.create_warc_record(
        page.url,
        "response",
        payload=BytesIO(page.body),
        length=len(page.body),
        http_headers=StatusAndHeaders(str(page.status), list(page.headers.items()), protocol="HTTP/1.1"),
        warc_headers_dict=stamp,
    )
    writer.write_record(record)
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(plain.getvalue()) + packer.flush()


def _blank(size: int) -> bytes:
    """A gzip member of ``size`` bytes that holds nothing but a comment (RFC 1952)."""
    head, empty = b"\x1f\x8b\x08\x10" + bytes(5) + b"\xff", b"\x03" + bytes(9)
    return head + b" " * (size - len(head) - 1 - len(empty)) + b"\0" + empty


def _records(file: BinaryIO) -> Iterator[ArcWarcRecord]:
    """The records from here to the end; EOFError at a torn one. zlib checks each member against its CRC."""
    for _, _, content in _members(file):
        yield from _parsed(content)


def _parsed(content: bytes) -> ArchiveIterator:
    return ArchiveIterator(BytesIO(content), check_digests="raise")


def _members(file: BinaryIO) -> Iterator[tuple[int, int, bytes]]:
    """Where each gzip member from here on begins and ends, and what it holds."""
    start, rest = file.tell(), b""
    while rest or (rest := file.read(_STEP)):
        unpacker, parts, size = zlib.decompressobj(zlib.MAX_WBITS | 16), [], 0
        while not unpacker.eof:
            rest = rest or file.read(_STEP)
            if not rest:
                raise EOFError
            parts.append(unpacker.decompress(rest, _MAX_RECORD - size))
            size += len(parts[-1])
            rest = unpacker.unconsumed_tail or unpacker.unused_data
            if size >= _MAX_RECORD:
                raise EOFError
        end = file.tell() - len(rest)
        yield start, end, b"".join(parts)
        start = end


def _page(record: ArcWarcRecord) -> Page:
    about, http = record.rec_headers, record.http_headers
    foreign = about.get_header(_AUDIENCE) is None
    return Page(
        url=canonical(about.get_header("WARC-Target-URI")) if foreign else about.get_header("WARC-Target-URI"),
        status=int(http.get_statuscode()),
        headers=joined_headers(http.headers),
        body=record.content_stream().read(_MAX_RECORD) if foreign else record.raw_stream.read(),
        fetched_at=datetime.fromisoformat(about.get_header("WARC-Date").replace("Z", "+00:00")),
        audience=Audience(about.get_header(_AUDIENCE) or Audience.PUBLIC),
    )
