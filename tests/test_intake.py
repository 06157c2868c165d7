"""Intake: what a page that gives no document does to the document it gave before."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from program import ROOT
from room import Room, paper

from ingest.records import Unreadable
from service.intake import catalogue

PAPER = paper("fines", "Fines for late books should end.")


@pytest.mark.parametrize(
    ("rule", "kept"),
    [("noindex", False), ("listing", False), ("empty", True), ("limit-hit", True), ("reader-failed", True)],
)
def test_only_a_page_that_is_no_publication_takes_its_document_along(tmp_path: Path, rule: str, kept: bool) -> None:
    room = Room(tmp_path)
    catalogue(room.catalog, room.encoder, [PAPER], lambda _: None)
    intake = catalogue(room.catalog, room.encoder, [Unreadable(PAPER.url, rule, "Why.")], lambda _: None)
    assert (room.catalog.document(PAPER.id) is not None) == kept
    assert intake.withdrawn == (not kept)
    assert [one.rule for one in intake.unreadable] == [rule]


READING = """
import time
from datetime import UTC, datetime
from ingest.records import Page
from service.intake import extract_all
from service.learned import Learned
def pages():
    for number in range(128):
        yield Page(f"http://example.org/{number}", 200, {}, b"<p>Words.", datetime.now(UTC))
    print("read", flush=True)
    time.sleep(600)
list(extract_all(pages(), Learned({})))
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are told by Linux's /proc")
def test_no_worker_outlives_a_program_that_was_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", READING], cwd=ROOT, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "read\n"
        children = Path(f"/proc/{reader.pid}/task/{reader.pid}/children").read_text().split()
        reader.kill()
    assert len(children) > 1
    until = time.monotonic() + 30
    while left := [pid for pid in children if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < until, left
        time.sleep(0.05)
