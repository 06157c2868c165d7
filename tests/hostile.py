"""Servers that mean harm, and a fetcher in a process of its own whose memory is measured; for tests and the soak."""

import asyncio
import json
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import brotli

MIB = 1 << 20
ZEROS = bytes(MIB)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
MISSING = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Speech = Callable[[str], Iterable[bytes | float]]


@asynccontextmanager
async def speaking(speech: Speech) -> AsyncIterator[str]:
    """A server that answers a path with the bytes of ``speech(path)``, a number among them being a pause in seconds.

    It has no robots.txt. Gives its host and port.
    """

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()
            for each in [MISSING] if path == "/robots.txt" else speech(path):
                if isinstance(each, bytes):
                    writer.write(each)
                    await writer.drain()
                else:
                    await asyncio.sleep(each)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


# Bodies that unpack to so many MiB of zeros, made without ever holding them.


def deflated(mib: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, wbits=-15)
    yield packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    yield from (again for _ in range(mib - 1))
    yield packer.flush()


def checked(sum_: Callable[[bytes, int], int], start: int, mib: int) -> int:
    for _ in range(mib):
        start = sum_(ZEROS, start)
    return start


def gzipped(mib: int) -> Iterator[bytes]:
    yield b"\x1f\x8b\x08\0\0\0\0\0\2\xff"
    yield from deflated(mib)
    yield checked(zlib.crc32, 0, mib).to_bytes(4, "little") + (mib * MIB & 0xFFFFFFFF).to_bytes(4, "little")


def zlibbed(mib: int) -> Iterator[bytes]:
    yield b"\x78\xda"
    yield from deflated(mib)
    yield checked(zlib.adler32, 1, mib).to_bytes(4, "big")


def brotlied(mib: int) -> Iterator[bytes]:
    packer = brotli.Compressor(quality=1)
    yield from (packer.process(ZEROS) for _ in range(mib))
    yield packer.finish()


def zstandard(mib: int) -> Iterator[bytes]:
    """One frame of blocks that say "this byte, 128 KiB of it" (RFC 8878, 3.1.1.2)."""
    block, last = ((128 << 10 << 3) | 2).to_bytes(3, "little"), ((128 << 10 << 3) | 3).to_bytes(3, "little")
    yield b"\x28\xb5\x2f\xfd\x00\x58"
    yield from ((block + b"\0") * 8 for _ in range(mib - 1))
    yield (block + b"\0") * 7 + last + b"\0"


def twice(mib: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, wbits=31)
    yield from (packer.compress(each) for each in gzipped(mib))
    yield packer.flush()


def many_members(mib: int) -> Iterator[bytes]:
    member = b"".join(gzipped(1))
    yield from (member for _ in range(mib))


PACKED: dict[str, tuple[bytes, Callable[[int], Iterator[bytes]]]] = {
    "/gzip": (b"Content-Encoding: gzip\r\n", gzipped),
    "/members": (b"Content-Encoding: GZip\r\n", many_members),
    "/deflate": (b"Content-Encoding: deflate\r\n", zlibbed),
    "/bare-deflate": (b"Content-Encoding: deflate\r\n", deflated),
    "/br": (b"Content-Encoding: br\r\n", brotlied),
    "/zstd": (b"Content-Encoding: zstd\r\n", zstandard),
    "/zstd-hidden": (b"Content-Encoding: identity\r\nContent-Encoding: zstd\r\n", zstandard),
    "/twice": (b"Content-Encoding: gzip, gzip\r\n", twice),
    "/twice-apart": (b"Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", twice),
    "/identity": (b"", lambda mib: (ZEROS for _ in range(mib))),
}


def bombs(mib: int) -> Speech:
    """A server of bombs that unpack to ``mib`` MiB; all but the plain one, which is as large as it says, are small."""

    def speech(path: str) -> Iterator[bytes]:
        headers, packed = PACKED.get(path, (b"", lambda _: iter([b"small"])))
        yield OK + headers + b"Connection: close\r\n\r\n"
        yield from packed(mib)

    return speech


@dataclass(frozen=True)
class Taken:
    """What a fetcher made of a path, and how many MiB more than before it ever held while at it."""

    path: str
    outcome: str
    rule: str
    reason: str
    size: int
    more_mib: float


FETCH = """
import asyncio, json, sys
from pathlib import Path
from ingest.fetch import Fetcher

def held(what):
    status = Path("/proc/self/status").read_text()
    return int(status.partition(what + ":")[2].split()[0]) / 1024

async def main(host, timeout, most, *paths):
    limits = {"timeout_seconds": float(timeout), "max_bytes": int(most) << 20}
    async with Fetcher([host], allow_loopback=True, **limits) as fetcher:
        for path in ("/small", "/small", *paths):
            Path("/proc/self/clear_refs").write_text("5")
            before = held("VmRSS")
            outcome = await fetcher.get(f"http://{host}{path}")
            said = [getattr(outcome, name, "") for name in ("rule", "reason", "body")]
            more = held("VmHWM") - before
            print(json.dumps([path, type(outcome).__name__, *said[:2], len(said[2]), more]), flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def taken_apart(
    speech: Speech, paths: Iterable[str], timeout_seconds: float = 60.0, max_mib: int = 32
) -> list[Taken]:
    """What a fetcher in a process of its own makes of these paths, one after the other."""
    async with speaking(speech) as host:
        command = [sys.executable, "-c", FETCH, host, str(timeout_seconds), str(max_mib), *paths]
        child = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        said, _ = await child.communicate()
    assert child.returncode == 0
    return [Taken(*json.loads(line)) for line in said.splitlines()][2:]
