"""The command line: what goes wrong is one sentence with a remedy, and the right exit code; nothing is lost."""

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import apsw
import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from fastapi.testclient import TestClient
from program import ROOT, muniment

from ingest.plan import CrawlReport
from ingest.visits import Decision, State
from service.cli import run
from service.commands.ask import command
from service.commands.crawl import summary
from service.home import Home
from service.intake import Intake
from service.present import NOTICES


def one_sentence(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert done.stdout == ""
    return lines[0]


@pytest.mark.parametrize(
    "command",
    [
        ("search", "anything"),
        ("ask", "anything"),
        ("related", "https://site.example/"),
        ("why", "https://site.example/"),
        ("doctor",),
        ("publish",),
        ("serve",),
        ("backup", "kept"),
        ("rebuild", "--from-archive"),
        ("forget", "https://site.example/"),
        ("pin", "list"),
        ("keys", "list"),
        ("feedback",),
    ],
    ids=" ".join,
)
def test_a_home_that_is_not_there_is_named_and_not_made(tmp_path: Path, command: tuple[str, ...]) -> None:
    mistyped = tmp_path / "hoem"
    done = muniment(*command, "--home", mistyped)
    assert done.returncode == os.EX_CONFIG
    assert f"Expected a home at {mistyped}, found no such folder." in one_sentence(done)
    assert not mistyped.exists()


def test_a_full_disk_is_told_in_whole_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    def write() -> None:
        raise apsw.FullError("database or disk is full")

    assert run(write) == os.EX_IOERR
    assert capsys.readouterr().err.startswith("muniment: database or disk is full. What was finished is kept; with")


@pytest.mark.parametrize("refusal", [PermissionError(13, "Permission denied"), apsw.ReadOnlyError("readonly")])
def test_a_home_of_another_user_is_no_fault_of_the_disk(refusal: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Mock(side_effect=refusal)) == os.EX_CONFIG
    told = capsys.readouterr().err
    assert "Run this as the user to whom that belongs" in told and "room" not in told


def test_an_empty_home_says_what_to_do_first(tmp_path: Path) -> None:
    done = muniment("search", "anything", "--home", tmp_path)
    assert done.returncode == 69
    assert "Crawl a site or add a folder" in one_sentence(done)


@pytest.mark.parametrize(
    ("arguments", "code", "remedy"),
    [
        (["ask", "Who?"], 69, "Crawl a site"),
        (["related"], 69, "Crawl a site"),
        (["pin", "list"], 69, "Crawl a site"),
        (["verify", "0" * 16, "0" * 16, "0", "1", "x"], 69, "Crawl a site"),
        (["serve"], 69, "Crawl a site"),
        (["doctor"], 1, "Crawl a site"),
        (["why", "https://www.example.org/"], 1, "Crawl its site"),
        (["why", "www.example.org/about/"], 1, 'like "https://www.example.org/about/"'),
        (["template", "www.example.org"], 1, "Crawl its site"),
        (["keys", "list"], 0, "keys add"),
        (["feedback"], 0, "Nobody"),
    ],
)
def test_who_only_reads_leaves_an_empty_home_empty(
    tmp_path: Path, arguments: list[str], code: int, remedy: str
) -> None:
    done = muniment(*arguments, "--home", tmp_path)
    assert done.returncode == code
    assert remedy in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_site_that_is_not_there_is_named(tmp_path: Path, closed_port: int) -> None:
    done = muniment("crawl", f"http://127.0.0.1:{closed_port}/", "--loopback", "--home", tmp_path)
    assert done.returncode == 69
    assert str(closed_port) in one_sentence(done)


def test_loopback_is_refused_unless_it_is_asked_for(tmp_path: Path, closed_port: int) -> None:
    done = muniment("crawl", f"http://127.0.0.1:{closed_port}/", "--home", tmp_path)
    assert done.returncode == 69
    assert "set crawl.loopback" in one_sentence(done)


def test_the_demo_says_what_to_do_where_the_port_of_its_site_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = muniment("demo", "--port", taken.getsockname()[1] - 1, "--home", tmp_path)
    assert done.returncode == os.EX_CONFIG
    assert "name another port" in one_sentence(done)


@pytest.mark.parametrize("url", ["www.example.org", "ftp://example.org/", "http://127.1/"])
def test_a_seed_that_is_no_address_is_shown_how_to_write_one(tmp_path: Path, url: str) -> None:
    done = muniment("crawl", "https://example.org/", url, "--home", tmp_path)
    assert done.returncode == 78
    assert f"found '{url}'. Write it like \"https://www.example.org/\"." in one_sentence(done)


@pytest.mark.parametrize("host", ["http://example.com/", "example.com/", "*.example.com"])
def test_a_further_host_that_is_none_is_shown_how_to_write_one(tmp_path: Path, host: str) -> None:
    done = muniment("crawl", "https://example.org/", "--home", tmp_path, MUNIMENT_CRAWL_HOSTS=f'["a.org", "{host}"]')
    assert done.returncode == 78
    assert f"crawl.hosts, found '{host}'. Write each like \"files.example.org\"." in one_sentence(done)


def test_a_crawl_tells_what_failed_and_then_what_is_refused() -> None:
    refused = Decision("https://a.org/x", datetime.now(UTC), State.REFUSED, "robots", "Asks not to be fetched.", "")
    failed = replace(refused, url="https://a.org/y", state=State.FAILED, reason="Answered with 500.")
    lines = summary(CrawlReport(refused=1, failed=1, failures=(refused, failed)), Intake()).splitlines()
    assert "1 refused, 1 failed" in lines[0]
    assert lines[2:] == [
        "Failed: https://a.org/y: Answered with 500.",
        "Refused: https://a.org/x: Asks not to be fetched.",
    ]


def test_a_home_of_a_later_version_is_left_alone(tmp_path: Path, models: Path) -> None:
    db = apsw.Connection(str(tmp_path / "catalog.sqlite"))
    db.execute("PRAGMA user_version=99")
    db.close()
    (tmp_path / "models").symlink_to(models)
    done = muniment("publish", "--home", tmp_path)
    assert done.returncode == 78
    assert "format 99" in one_sentence(done)
    assert list(apsw.Connection(str(tmp_path / "catalog.sqlite")).execute("PRAGMA user_version")) == [(99,)]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["frobnicate"], 2),
        (["search"], 2),
        (["search", "x", "--kind", "poem"], 2),
        (["search", "x", "--since", "the day before"], 2),
        (["add", "no-such-file"], 2),
        (["demo", "--port", "65535"], 2),
        (["eval", "judge", "eval/sample", "--port", "99999"], 2),
        (["crawl", "https://example.org/", "--every", "99999999999999d"], 2),
        (["config", "show", "--home", "/dev/null/x"], 78),
        (["eval", "speed"], 65),
        (["keys", "add", "Ada", "--until", "2020-01-01"], 2),
        (["pin", "add", "ban-kind", "press", "--owner", "A", "--reason", "B", "--until", "2020-01-01"], 2),
    ],
)
def test_a_mistyped_command_is_a_usage_error(tmp_path: Path, arguments: list[str], code: int) -> None:
    done = muniment(*arguments, MUNIMENT_HOME=str(tmp_path))
    assert done.returncode == code
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["eval", "run", "eval/sample", "--run", "{here}/none/x.trec"],
        ["eval", "run", "eval/sample", "--run", "{here}/none/{{system}}/x.trec"],
        ["eval", "run", "eval/sample", "--run", "{here}/folder"],
        ["eval", "report", "a-run", "--out", "{here}/none/x.md"],
        ["eval", "judge", "eval/sample", "--export", "{here}/file/x"],
        ["eval", "convert", "eval/sample", "{here}/file/x"],
        ["feedback", "--export", "{here}/file/x/y"],
        ["backup", "{here}/file"],
    ],
)
def test_what_cannot_be_written_is_told_before_the_work(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    done = muniment(*(each.format(here=tmp_path) for each in arguments), MUNIMENT_HOME=str(tmp_path / "home"))
    assert done.returncode == 2
    assert f"nothing can be written to {tmp_path}" in done.stderr.replace("\n", " ")
    assert not (tmp_path / "home").exists()


def test_an_unknown_setting_stops_the_start_with_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "muniment.toml").write_text("[serve]\nprot = 8001\n")
    done = muniment("search", "x", "--home", tmp_path)
    assert done.returncode == 78
    assert "Did you mean serve.port?" in one_sentence(done)


def test_a_corpus_with_a_bad_row_is_named_by_file_and_line(tmp_path: Path, models: Path) -> None:
    (tmp_path / "models").symlink_to(models)
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"_id": "a", "text": "Good."}\n{"_id": \n')
    done = muniment("add", corpus, "--home", tmp_path)
    assert done.returncode == 65
    assert f"{corpus.name}" in one_sentence(done)
    assert "2" in one_sentence(done)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n%broken", b"\x89PNG not a page"])
def test_a_broken_file_is_named_and_the_good_one_beside_it_is_kept(
    tmp_path: Path, models: Path, content: bytes
) -> None:
    (tmp_path / "models").symlink_to(models)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "broken.pdf").write_bytes(content)
    (folder / "good.txt").write_text("The committee agreed the budget for library vans.")
    done = muniment("add", folder, "--home", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["changed"] == 1
    assert [one["url"].rsplit("/")[-1] for one in report["unreadable"]] == ["file:broken.pdf"]
    assert "broken.pdf" in done.stderr
    found = json.loads(muniment("search", "library vans", "--home", tmp_path, "--json").stdout)
    assert found["total"] == 1


def test_json_is_one_document_and_nothing_else(sample_home: Home) -> None:
    done = muniment("ask", "Do we charge for late books?", "--home", sample_home.path, "--json")
    assert json.loads(done.stdout)["state"] == "answered"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("question", "notice"),
    [("reserves floor for our own accounts", "differs"), ("paid staff hours in community libraries", "replaced")],
)
def test_an_answer_tells_what_the_page_tells(sample_home: Home, real: TestClient, question: str, notice: str) -> None:
    told = CliRunner().invoke(command, [question, "--home", str(sample_home.path)]).output
    page = BeautifulSoup(real.get("/", params={"q": question}).text, "lxml")
    assert NOTICES[notice] in told and NOTICES[notice] in page.select_one(".answer").get_text()
    facts = [[one.get_text() for one in source.select(".facts > span")[:2]] for source in page.select(".source")]
    assert facts and all(f"    {', '.join(each)}" in told for each in facts)


def test_searching_needs_no_torch(sample_home: Home) -> None:
    code = (
        "import sys; from service.cli import muniment\n"
        "muniment(standalone_mode=False)\n"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "ask", "fines", "--home", str(sample_home.path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.splitlines()[-1] == "[]"


WORKING = """
import time
from service.commands.options import progress
with progress() as report:
    for done in range(1, 21):
        time.sleep(0.05)
        report("encode", done, 20)
        report("crawl", done, 20, "3 changed")
"""


def test_a_bar_on_a_terminal_tells_the_pace_where_a_stage_says_no_more() -> None:
    watcher, terminal = os.openpty()
    told = b""
    with subprocess.Popen([sys.executable, "-c", WORKING], cwd=ROOT, stderr=terminal):
        os.close(terminal)
        with suppress(OSError):  # so ends what a terminal says
            while part := os.read(watcher, 4096):
                told += part
    os.close(watcher)
    last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", told.decode())
    assert re.search(r"encode .*20/20 .* [1-9][0-9]?/s", last)
    assert re.search(r"crawl .*20/20 .* 3 changed", last)
