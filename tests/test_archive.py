"""The archive: what was written is read back as it was, and damage is never taken for a page."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.archive import Archive, ArchiveRef, pages
from ingest.errors import BadInput
from ingest.records import Audience, Page

NOW = datetime(2026, 11, 23, 12, 30, 15, 123456, UTC)


def page(number: int = 0, body: bytes = b"<p>Minutes</p>", audience: Audience = Audience.PUBLIC) -> Page:
    headers = {"content-type": "text/html", "etag": f'"{number}"', "x-crawler-content-encoding": "gzip"}
    return Page(f"https://example.org/{number}?a=%C3%A9", 200, headers, body, NOW, audience)


@given(st.binary(max_size=3000), st.sampled_from(Audience), st.sampled_from([200, 203, 404]))
def test_a_page_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, audience: Audience, status: int
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    written = Page(
        "https://example.org/é?q=1",
        status,
        {"content-type": "text/html", "link": "<a>; rel=x, <b>"},
        body,
        NOW,
        audience,
    )
    with Archive(folder) as archive:
        ref = archive.write(written)
        assert archive.read(ref) == written
    assert list(pages(folder)) == [written]


def test_each_page_is_found_by_its_reference_in_any_order(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        refs = [archive.write(page(number, b"x" * number * 100)) for number in range(50)]
        archive.sync()
        assert [archive.read(ref) for ref in reversed(refs)] == [page(n, b"x" * n * 100) for n in reversed(range(50))]


def test_files_are_bounded_and_each_run_has_its_own(tmp_path: Path) -> None:
    with Archive(tmp_path, max_bytes=2000) as archive:
        refs = [archive.write(page(number)) for number in range(20)]
    with Archive(tmp_path) as archive:
        refs.append(archive.write(page(20)))
        assert [archive.read(ref).url for ref in refs] == [page(number).url for number in range(21)]
    sizes = [each.stat().st_size for each in sorted(tmp_path.iterdir())]
    assert len(sizes) > 3
    assert max(sizes) < 3000
    assert [each.url for each in pages(tmp_path)] == [page(number).url for number in range(21)]


def test_a_run_that_writes_nothing_leaves_nothing(tmp_path: Path) -> None:
    with Archive(tmp_path / "archive") as archive:
        archive.sync()
    assert not (tmp_path / "archive").exists()


def test_a_torn_tail_costs_only_what_was_torn(tmp_path: Path) -> None:
    with Archive(tmp_path) as archive:
        refs = [archive.write(page(number)) for number in range(5)]
    file = tmp_path / refs[0].file
    whole = file.read_bytes()
    for cut in range(refs[4].offset + 1, len(whole), 7):
        file.write_bytes(whole[:cut])
        assert [each.url for each in pages(tmp_path)] == [page(number).url for number in range(4)]
    with Archive(tmp_path) as archive:
        archive.write(page(9))
    assert [each.url for each in pages(tmp_path)] == [page(number).url for number in (0, 1, 2, 3, 9)]


def test_damage_is_told_and_never_read_as_a_page(tmp_path: Path) -> None:
    written = page(0, bytes(range(256)) * 20)
    with Archive(tmp_path) as archive:
        ref = archive.write(written)
    file = tmp_path / ref.file
    whole = file.read_bytes()
    for at in range(0, len(whole), 3):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        with Archive(tmp_path) as archive:
            try:
                assert archive.read(ref) == written
            except BadInput as error:
                assert error.remedy


@pytest.mark.parametrize(
    "ref", [ArchiveRef("none.warc.gz", 0), ArchiveRef("000001.warc.gz", 5), ArchiveRef("000001.warc.gz", 10**6)]
)
def test_a_reference_to_nothing_is_told(tmp_path: Path, ref: ArchiveRef) -> None:
    with Archive(tmp_path) as archive:
        archive.write(page())
        with pytest.raises(BadInput, match="whole"):
            archive.read(ref)


def foreign(body: bytes, *headers: str) -> list[bytes]:
    """Records as another program writes them: what was asked, then what came over the wire."""
    records = []
    for kind, first in (("request", "GET /a HTTP/1.1"), ("response", "HTTP/1.1 200 OK")):
        http = "\r\n".join([first, *headers, "", ""]).encode() + body
        about = [
            "WARC/1.0",
            f"WARC-Type: {kind}",
            "WARC-Record-ID: <urn:uuid:12345678-feed-beef-8bad-f00d12345678>",
            "WARC-Target-URI: http://Example.org/a#b",
            "WARC-Date: 2019-05-01T10:00:00Z",
            f"Content-Type: application/http; msgtype={kind}",
            f"Content-Length: {len(http)}",
        ]
        records.append("\r\n".join([*about, "", ""]).encode() + http + b"\r\n\r\n")
    return records


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize(
    ("body", "header"),
    [
        (b"<p>SIF</p>", "X-Plain: yes"),
        (gzip.compress(b"<p>SIF</p>", mtime=0), "Content-Encoding: gzip"),
        (b"a\r\n<p>SIF</p>\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    ],
    ids=["plain", "gzip", "chunked"],
)
def test_archives_of_others_are_read(tmp_path: Path, compressed: bool, body: bytes, header: str) -> None:
    file = tmp_path / ("a.warc.gz" if compressed else "a.warc")
    records = foreign(body, "Content-Type: text/html", header)
    file.write_bytes(b"".join(gzip.compress(each) if compressed else each for each in records))
    (found,) = pages(file)
    assert (found.url, found.status, found.body) == ("http://example.org/a", 200, b"<p>SIF</p>")
    assert (found.media_type, found.audience) == ("text/html", Audience.PUBLIC)
