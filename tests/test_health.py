"""The doctor: what is no fault is not told as one, and what is broken is named."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest
from room import BagEncoder, paper

from index.catalog import Catalog
from index.publish import publish
from ingest.archive import ArchiveRef
from ingest.frontier import Frontier
from ingest.records import Audience
from ingest.visits import Good, Offer, State, Visit
from service import health
from service.config import Settings
from service.health import Finding, examine
from service.home import Home
from service.learned import learn_all

NOW = datetime(2026, 5, 1, tzinfo=UTC)
PAPERS = [replace(paper(f"in-{lang}", "A text."), lang=lang) for lang in ("", "en", "cy")]


def filled(folder: Path) -> Home:
    home, encoder = Home(folder, Settings()), BagEncoder()
    catalog = Catalog(home.catalog)
    for each in PAPERS:
        catalog.put(each, [])
    for audience, listed in catalog.listings().items():
        publish(catalog, listed, home.generations, audience, encoder.spec)
    catalog.close()
    return home


def found(home: Home) -> dict[str, Finding]:
    return {one.check: one for one in examine(home, NOW)}


def test_a_page_that_declares_no_language_counts_as_english(tmp_path: Path) -> None:
    assert found(filled(tmp_path))["languages"].found.endswith(": 1 in cy")


def test_one_changed_byte_of_an_index_is_named_with_a_remedy(tmp_path: Path) -> None:
    home = filled(tmp_path)
    assert not found(home)["public index"].wrong
    file = next((home.generations / "public").rglob("texts.sqlite"))
    whole = file.read_bytes()
    file.unlink()  # its other name stands in the members' index, which shares what is the same
    file.write_bytes(whole[:-1] + b"\1")
    told = found(home)
    assert told["public index"].wrong
    assert "muniment publish" in told["public index"].remedy
    assert not told["members index"].wrong


@pytest.mark.parametrize(
    ("read", "reason", "fault", "remedy"),
    [
        (True, "It is a scan. Run it through recognition.", "It is a scan", "Run it through recognition."),
        (
            True,
            "The reader failed: ValueError('No. 3'). Report it.",
            "The reader failed: ValueError('No. 3')",
            "Report it.",
        ),
        (False, "No answer: lost. Gone away.", "No answer: lost. Gone away", "The next crawl tries again"),
    ],
)
def test_a_fault_has_one_remedy(tmp_path: Path, read: bool, reason: str, fault: str, remedy: str) -> None:
    home, url = filled(tmp_path), "https://www.example.org/scan.pdf"
    with Frontier(home.frontier) as frontier:
        frontier.offer([Offer(url, "", 0)], NOW)
        good = Good(ArchiveRef("000001.warc.gz", 7), "1", None, None, Audience.PUBLIC) if read else None
        frontier.record(Visit(url, State.KEPT if read else State.FAILED, "any", reason, good=good), NOW)
        if read:
            frontier.settle(url, State.SKIPPED, "any", reason)
    told = found(home)["failure"]
    assert (told.found, told.remedy[:26]) == (f"{url}: {fault}", remedy[:26])


def test_a_home_without_a_catalog_is_told_what_to_do(tmp_path: Path) -> None:
    assert [(one.check, one.wrong) for one in examine(Home(tmp_path, Settings()), NOW)] == [("catalog", True)]


@pytest.mark.parametrize("harm", [b"{", b'{"host": "\xff"}'])
def test_a_damaged_template_is_named_and_learned_anew(tmp_path: Path, harm: bytes) -> None:
    home = filled(tmp_path)
    home.templates.mkdir(exist_ok=True)
    (home.templates / "example.org.json").write_bytes(harm)
    told = found(home)["templates"]
    assert told.wrong and "example.org.json" in told.found and "rebuild" in told.remedy
    assert learn_all(
        home.templates, [], ["https://example.org/a"], lambda _: None, lambda _: None, lambda *_: ()
    ).templates


def test_whose_the_home_is_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise apsw.ReadOnlyError("attempt to write a readonly database")

    home = filled(tmp_path)
    monkeypatch.setattr(apsw, "Connection", refuse)
    [told] = health._database(home.catalog)
    assert told.wrong and "damaged" not in told.found and "user" in told.remedy
