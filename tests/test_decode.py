"""Content encodings: whatever a body claims to be, it is unpacked piece by piece."""

import gzip
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.decode import BadEncoding, decoder

PIECE = 1 << 18


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data[: len(data) // 2]) + gzip.compress(data[len(data) // 2 :]),
    "GZIP ": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": raw_deflate,
    "br": brotli.compress,
    "": bytes,
    "identity": bytes,
}


@pytest.mark.parametrize("encoding", PACKERS)
@given(data=st.binary(max_size=2000), step=st.integers(1, 500))
def test_what_was_packed_is_unpacked_however_it_is_cut(encoding: str, data: bytes, step: int) -> None:
    packed, unpack = PACKERS[encoding](data), decoder(encoding)
    pieces = [piece for at in range(0, len(packed), step) for piece in unpack.feed(packed[at : at + step])]
    unpack.finish()
    assert b"".join(pieces) == data


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_bomb_comes_in_small_pieces(encoding: str) -> None:
    packed = PACKERS[encoding](bytes(20 << 20))
    sizes = [len(piece) for piece in decoder(encoding).feed(packed)]
    assert sum(sizes) == 20 << 20
    assert max(sizes) <= 2 * PIECE


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_a_torn_or_damaged_body_is_told(encoding: str) -> None:
    packed = PACKERS[encoding](b"minutes of the committee " * 40)
    torn = decoder(encoding)
    with pytest.raises(BadEncoding):
        list(torn.feed(packed[:-6]))
        torn.finish()
    with pytest.raises(BadEncoding):
        list(decoder(encoding).feed(b"\xff\xfe not packed at all"))


@pytest.mark.parametrize("encoding", ["zstd", "gzip, gzip", "compress", "exi"])
def test_what_was_not_asked_for_is_not_taken(encoding: str) -> None:
    with pytest.raises(BadEncoding):
        decoder(encoding)
