"""Content encodings undone in bounded steps, so that a small answer cannot become a large one unseen."""

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli

ACCEPTED = "gzip, deflate, br"
_STEP = 1 << 18
_HEADER = 2


class BadEncoding(ValueError):
    """Raised to the fetcher, and never beyond it, when a body is not what its headers say."""


class Decoder(Protocol):
    """Turns chunks of a body into decoded chunks of at most 256 KiB each."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What ``chunk`` decodes to, piece by piece."""

    def finish(self) -> None:
        """BadEncoding if the body broke off."""


def decoder(encoding: str) -> Decoder:
    """The decoder for a Content-Encoding header; BadEncoding for one that was never asked for."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain()
    if name in ("gzip", "x-gzip", "deflate"):
        return _Zlib(raw_allowed=name == "deflate")
    if name == "br":
        return _Brotli()
    raise BadEncoding(f"it came in the encoding {name[:40]!r}, which was not asked for")


class _Plain:
    def feed(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def finish(self) -> None:
        pass


class _Zlib:
    """gzip, zlib, and the headerless deflate that some servers send under the latter's name."""

    def __init__(self, raw_allowed: bool) -> None:
        self._raw_allowed, self._head = raw_allowed, b""
        self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        rest = self._head + chunk
        self._head = rest if self._raw_allowed and len(rest) < _HEADER else b""
        while rest and not self._head:
            if self._unpacker.eof:
                if not rest.startswith(b"\x1f"):
                    return
                self._unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
            yield self._unpack(rest)
            rest = self._unpacker.unconsumed_tail or self._unpacker.unused_data

    def finish(self) -> None:
        if not self._unpacker.eof:
            raise BadEncoding("its compressed body broke off")

    def _unpack(self, data: bytes) -> bytes:
        try:
            piece = self._unpacker.decompress(data, _STEP)
        except zlib.error as error:
            if not self._raw_allowed:
                raise BadEncoding(f"its compressed body is damaged ({error})") from error
            self._raw_allowed = False
            self._unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._unpack(data)
        self._raw_allowed = False
        return piece


class _Brotli:
    def __init__(self) -> None:
        self._unpacker = brotli.Decompressor()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        try:
            piece = self._unpacker.process(chunk, output_buffer_limit=_STEP)
            while piece:
                yield piece
                piece = self._unpacker.process(b"", output_buffer_limit=_STEP)
        except brotli.error as error:
            raise BadEncoding(f"its compressed body is damaged ({error})") from error

    def finish(self) -> None:
        if not self._unpacker.is_finished():
            raise BadEncoding("its compressed body broke off")
