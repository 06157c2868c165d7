"""Servers that mean harm: whatever they send, a fetch ends, holds little, and says why it gave up."""

import gzip
import zlib
from collections.abc import Iterator
from itertools import chain, repeat

import brotli
import pytest
from hostile import MIB, OK, PACKED, Taken, bombs, speaking, taken_apart
from website import run

from ingest.fetch import Failed, Fetcher, Outcome

# Where Python has no zstd, the HTTP library turns that encoding away before it is looked at.
ZSTD = {"/zstd", "/zstd-hidden"}
NOT_ASKED_FOR = {*ZSTD, "/twice", "/twice-apart"}
GIB = 1 << 10


def ended_well(found: list[Taken]) -> None:
    for each in found:
        assert each.outcome in ("Refused", "Failed"), each
        assert each.more_mib <= 64, each
        assert len(each.reason) > 12, each


@pytest.mark.slow
def test_a_bomb_is_left_off_at_32_mib() -> None:
    found = run(taken_apart(bombs(10 * GIB), PACKED))
    ended_well(found)
    rules = {each.path: each.rule for each in found}
    assert {path for path in rules if rules[path] == "connection"} <= ZSTD
    assert {path for path in rules if rules[path] in ("encoding", "connection")} == NOT_ASKED_FOR
    assert {path for path in rules if rules[path] == "too-large"} == set(PACKED) - NOT_ASKED_FOR


@pytest.mark.slow
def test_a_fetcher_with_no_such_limit_would_be_found_out() -> None:
    found = run(taken_apart(bombs(256), ["/gzip", "/identity"], max_mib=512))
    with pytest.raises(AssertionError):
        ended_well(found)
    assert all(each.more_mib > 64 for each in found)


UNPACK = {
    "/gzip": gzip.decompress,
    "/members": gzip.decompress,
    "/deflate": zlib.decompress,
    "/bare-deflate": lambda body: zlib.decompress(body, -15),
    "/br": brotli.decompress,
    "/twice": lambda body: gzip.decompress(gzip.decompress(body)),
}


@pytest.mark.parametrize("path", UNPACK)
def test_the_bombs_are_what_they_claim_to_be(path: str) -> None:
    packed = b"".join(PACKED[path][1](3))
    assert len(packed) < 8_000
    assert UNPACK[path](packed) == bytes(3 * MIB)


def bit_by_bit(start: bytes, then: bytes, pause: float = 0.0) -> Iterator[bytes | float]:
    """``start``, then ``then`` for ever."""
    return chain([start], chain.from_iterable(repeat((then, pause))))


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
EMPTY_BLOCKS = b"\0\0\0\xff\xff" * 10_000
ENDLESS: dict[str, tuple[bytes, bytes, float]] = {
    "/byte-a-second": (OK + b"\r\n", b"x", 1),
    "/slow-headers": (OK, b"x", 0.1),
    "/slow-status": (b"H", b"", 0.1),
    "/a-header": (OK + b"X: ", b"a" * 4096, 0),
    "/headers": (OK, b"X: a\r\n" * 500, 0),
    "/statuses": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0),
    "/body": (OK + b"\r\n", b"x" * 65_536, 0),
    "/chunks": (CHUNKED, b"1\r\nx\r\n" * 10_000, 0),
    "/chunk-length": (CHUNKED, b"0" * 4096, 0),
    "/chunk-extension": (CHUNKED + b"1;", b"a" * 4096, 0),
    "/trailers": (CHUNKED + b"1\r\nx\r\n0\r\n", b"X: a\r\n" * 500, 0),
    "/nothing-packed": (OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\2\xff", EMPTY_BLOCKS, 0),
    "/file-name-packed": (OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\0\0\0\0\2\xff", b"a" * 65_536, 0),
    "/location": (b"HTTP/1.1 302 Found\r\nLocation: /", b"a" * 4096, 0),
}


@pytest.mark.slow
def test_what_never_ends_is_left_off_with_a_reason() -> None:
    small = OK + b"Content-Length: 2\r\n\r\nok", b"", 9.0
    found = run(taken_apart(lambda path: bit_by_bit(*ENDLESS.get(path, small)), ENDLESS, timeout_seconds=1.0))
    ended_well(found)
    assert [each.path for each in found] == list(ENDLESS)
    assert {each.rule for each in found} <= {"timeout", "connection", "too-large"}
    slow = {"/byte-a-second", "/slow-headers", "/slow-status", "/nothing-packed", "/file-name-packed"}
    assert {each.rule for each in found if each.path in slow} == {"timeout"}


RAW = {
    "nothing": b"",
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n",
    "endless header": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 50_000 + b"\r\n",
    "broken chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "torn": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "bad status": b"HTTP/1.1 abc OK\r\n\r\n",
}


@pytest.mark.parametrize("kind", RAW)
def test_what_is_no_proper_answer_fails_with_a_reason(kind: str) -> None:
    async def ask() -> Outcome:
        async with speaking(lambda _: [RAW[kind]]) as host, Fetcher([host], allow_loopback=True) as fetcher:
            return await fetcher.get(f"http://{host}/")

    outcome = run(ask())
    assert isinstance(outcome, Failed)
    assert outcome.rule == "connection"
    assert len(outcome.reason) > 12
