"""Intake: what a page that gives no document does to the document it gave before."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import active_children
from pathlib import Path

import pytest
from pages import NOW
from program import ROOT
from room import BagEncoder, Room, paper
from rounds import in_one_process

from ingest.errors import BadInput
from ingest.records import Page, Unreadable
from ingest.template import SiteTemplate
from service.home import open_home
from service.intake import catalogue, extract_all
from service.learned import Learned, Outcome, learn_all, read_page
from service.pipeline import take_paths

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


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two folders, in each of which another file has the same name."""
    in_one_process(monkeypatch)
    for name in ("2022", "2023"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "minutes.txt").write_text(f"The council met in {name}.")
        (tmp_path / name / "cover.gif").write_text(name)
    return [tmp_path / "2022", tmp_path / "2023"]


def taken(folder: Path, *paths: Path) -> tuple[int, int, list[str]]:
    intake = take_paths(open_home(folder / "home"), paths, BagEncoder())
    return intake.changed, intake.unchanged, intake.alarms


def test_two_files_never_share_an_address(tmp_path: Path, folders: list[Path]) -> None:
    files = [folder / "minutes.txt" for folder in folders]
    for paths in (folders, files):
        with pytest.raises(BadInput, match=r"one file with the address file:minutes\.txt.*2022.*2023.*holds both"):
            taken(tmp_path, *paths)
    assert taken(tmp_path, folders[0]) == (1, 0, [])
    with pytest.raises(BadInput, match="2022"):
        taken(tmp_path, folders[1])
    assert taken(tmp_path, tmp_path) == (2, 0, [])


def test_a_folder_added_again_is_brought_up_to_date_and_so_is_one_that_was_moved(
    tmp_path: Path, folders: list[Path]
) -> None:
    assert taken(tmp_path, folders[0], folders[0] / "minutes.txt") == (1, 1, [])
    (folders[0] / "minutes.txt").write_text("The council did not meet.")
    assert taken(tmp_path, folders[0]) == (1, 0, [])
    moved = folders[0].rename(tmp_path / "archive")
    gone = "Of files that are gone others took the place, 1 in all: file:minutes.txt"
    assert taken(tmp_path, moved) == (0, 1, [gone])
    assert taken(tmp_path, moved) == (0, 1, [])


def test_a_folder_of_many_files_that_was_moved_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_process(monkeypatch)
    (tmp_path / "notes").mkdir()
    for number in range(5):
        (tmp_path / "notes" / f"{number}.txt").write_text(f"The council met {number} times in that year.")
    assert taken(tmp_path, tmp_path / "notes") == (5, 0, [])
    told = "Of files that are gone others took the place, 5 in all: file:0.txt, file:1.txt, file:2.txt ..."
    assert taken(tmp_path, (tmp_path / "notes").rename(tmp_path / "kept")) == (0, 5, [told])


def test_rows_of_two_collections_never_share_an_id_but_a_page_may_stand_in_both(tmp_path: Path) -> None:
    for name, row in {"one": '{"_id": "1", "text": "Fees."}', "two": '{"_id": "1", "text": "Loans."}'}.items():
        (tmp_path / f"{name}.jsonl").write_text(row)
        (tmp_path / f"{name}-web.jsonl").write_text(row.replace("}", ', "metadata": {"url": "https://site.example/"}}'))
    assert taken(tmp_path, tmp_path / "one-web.jsonl", tmp_path / "two-web.jsonl") == (2, 0, [])
    with pytest.raises(BadInput, match=r"one file with the address 1, found .*one\.jsonl and .*two\.jsonl"):
        taken(tmp_path, tmp_path / "one.jsonl", tmp_path / "two.jsonl")


READING = """
import time
from datetime import UTC, datetime
from ingest.records import Page
from service.intake import extract_all
from service.learned import Learned
def pages():
    for number in range(256):
        if number == 128:
            print("read", flush=True)
            input()
        yield Page(f"http://example.org/{number}", 200, {}, b"<p>Words.", datetime.now(UTC))
print(*(outcome.text for outcome in extract_all(pages(), Learned({}))))
"""
needs_proc = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are told by Linux's /proc")


@contextmanager
def reading() -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A program that has read 128 pages and waits to be told to read as many more, with its workers."""
    command = [sys.executable, "-c", READING]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "read\n"
        children = Path(f"/proc/{reader.pid}/task/{reader.pid}/children").read_text().split()
        yield reader, list(map(int, children))


@needs_proc
def test_no_worker_outlives_a_program_that_was_killed() -> None:
    with reading() as (reader, children):
        reader.kill()
    assert len(children) > 1
    until = time.monotonic() + 30
    while left := [pid for pid in children if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < until, left
        time.sleep(0.05)


@needs_proc
def test_a_worker_that_is_killed_costs_no_page() -> None:
    with reading() as (reader, children):
        for pid in children[1:]:
            os.kill(pid, signal.SIGKILL)
        assert reader.communicate("go on\n", timeout=300)[0].split() == ["Words."] * 256


def wait(page: Page, template: SiteTemplate | None) -> Outcome:
    if "endless" in page.url:
        time.sleep(600)
    if "deadly" in page.url:
        os.kill(os.getpid(), signal.SIGKILL)
    return read_page(page, template)


def test_a_page_that_is_deadly_or_without_end_costs_no_other_nor_the_learning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("service.intake.read_page", wait)
    monkeypatch.setattr("service.intake.READ_SECONDS", 8)
    names = ["one", "endless", "two", "deadly", "three"]
    addresses = {name: f"http://example.org/{name}" for name in names}
    pages = {url: Page(url, 200, {}, f"<p>Words on {name}.".encode(), NOW) for name, url in addresses.items()}
    read: list[Outcome] = []

    def judge(pages: Iterable[Page], learned: Learned) -> Iterable[Outcome]:
        read.extend(extract_all(pages, learned))
        return read

    learned = learn_all(tmp_path, pages, pages, pages.get, lambda _: PAPER, judge)
    rules = {outcome.url.rsplit("/", 1)[1]: getattr(outcome, "rule", "") for outcome in read}
    assert rules == {"one": "", "endless": "limit-hit", "two": "", "deadly": "limit-hit", "three": ""}
    assert learned.alarms == ()


def test_whoever_is_interrupted_does_not_wait_for_a_page_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.intake.read_page", wait)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 3)
    with pytest.raises(KeyboardInterrupt):
        list(extract_all([Page("http://example.org/endless", 200, {}, b"", NOW)], Learned({})))
    assert active_children() == []
