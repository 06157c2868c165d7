"""Intake: what a page that gives no document does to the document it gave before."""

from pathlib import Path

import pytest
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
