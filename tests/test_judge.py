"""Judging in the house: every grade survives, judges are compared, and what comes out is what evaluators read."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx2 as httpx
import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import served
from click.testing import CliRunner
from playwright.sync_api import Browser

from eval.datasets import read_dataset
from eval.errors import BadData
from eval.judge import (
    Agreement,
    Judgement,
    Judging,
    Ledger,
    agreements,
    create_app,
    pool,
    settle,
    take_candidates,
)
from eval.records import Dataset, Query, Text
from eval.sources import open_dataset, read_list
from eval.systems import run_system
from eval.trec import format_trec_qrels, read_trec_qrels
from service.cli import muniment
from service.config import Settings
from service.home import Home

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]
QUERIES = {"q1": Query("q1", "Who leads <the> panel?"), "q2": Query("q2", "What is the fund?"), "q3": Query("q3", "?")}
TEXTS = {id: Text(id, f"Title {id}", f"The panel of {id} & its fund. " * 80) for id in ("a", "b", "c", "d")}
DATASET = Dataset("data", Path("data"), "test", QUERIES, {"q1": {"a": 1}, "q2": {"b": 1}}, TEXTS, {}, (), {})
RUNS = [
    run_system("one", {"q1": {"a": 2.0, "b": 1.0}, "q2": {"c": 1.0}}, ""),
    run_system("two", {"q1": {"b": 1.0}}, ""),
]
POOL = pool(DATASET, RUNS, 2, (), lambda *_: None)


def given(judge: str, pair: tuple[str, str], grade: int) -> Judgement:
    return Judgement(NOON, judge, *pair, grade)


@pytest.fixture
def judging(tmp_path: Path) -> Judging:
    return Judging(DATASET, TEXTS, POOL, Ledger(tmp_path / "j" / "data.jsonl"))


def test_the_pool_holds_each_pair_once_question_by_question_to_the_depth() -> None:
    assert set(POOL) == {("q1", "a"), ("q1", "b"), ("q2", "c")}
    assert [query for query, _ in POOL] == ["q1", "q1", "q2"]
    assert pool(DATASET, RUNS[::-1], 2, (), lambda *_: None) == POOL
    assert set(pool(DATASET, RUNS, 1, [("q2", "d")], lambda *_: None)) == {*POOL, ("q2", "d")}


def test_the_last_grade_of_a_judge_holds_and_all_lines_stay(judging: Judging, tmp_path: Path) -> None:
    for grade in (0, 3):
        judging.ledger.add(given("Ada", POOL[0], grade))
    again = Ledger(tmp_path / "j" / "data.jsonl")
    assert again.grades == judging.ledger.grades == {"Ada": {POOL[0]: 3}}
    assert (tmp_path / "j" / "data.jsonl").read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("torn", [1, 20, -1])
def test_a_torn_last_line_is_dropped_and_the_next_grade_stands_on_its_own(tmp_path: Path, torn: int) -> None:
    path = tmp_path / "data.jsonl"
    Ledger(path).add(given("Ada", POOL[0], 2))
    line = path.read_bytes()
    path.write_bytes(line + line[:torn])
    Ledger(path).add(given("Ben", POOL[1], 1))
    assert Ledger(path).grades == {"Ada": {POOL[0]: 2}, "Ben": {POOL[1]: 1}}


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    Ledger(path).add(given("Ada", POOL[0], 2))
    path.write_bytes(path.read_bytes() + b"{}\n")
    with pytest.raises(BadData, match=r"data\.jsonl:2"):
        Ledger(path)


def test_agreement_by_hand() -> None:
    pairs = [(f"q{n}", "d") for n in range(4)]
    ada, ben = dict(zip(pairs, (0, 1, 2, 3), strict=True)), dict(zip(pairs, (0, 1, 2, 2), strict=True))
    cat = {pairs[0]: 0, ("elsewhere", "d"): 3}
    found = {one.judges: one for one in agreements({"Ada": ada, "Ben": ben, "Cat": cat, "Dan": {("x", "y"): 0}})}
    # Squared differences seen sum to 1; by chance, over all 16 combinations of the two rows of grades, to 32 / 4.
    assert found["Ada", "Ben"] == Agreement(("Ada", "Ben"), 4, 0.75, pytest.approx(1 - 1 / 8))
    assert found["Ada", "Cat"] == Agreement(("Ada", "Cat"), 1, 1.0, None)
    # Nobody gave a 2, and 1 and 3 are as far apart as ever: 4 seen, 50 / 4 by chance.
    eve, fay = dict(zip(pairs, (0, 1, 3, 3), strict=True)), dict(zip(pairs, (0, 1, 1, 3), strict=True))
    assert next(agreements({"Eve": eve, "Fay": fay})).kappa == pytest.approx(1 - 4 / 12.5)
    assert set(found) == {("Ada", "Ben"), ("Ada", "Cat"), ("Ben", "Cat")}


def test_of_several_judges_the_lower_median_takes_the_place_of_the_old_grade(judging: Judging, tmp_path: Path) -> None:
    for judge, grade in (("Ada", 3), ("Ben", 0), ("Cat", 2), ("Dan", 3)):
        judging.ledger.add(given(judge, ("q1", "a"), grade))
    judging.ledger.add(given("Ada", ("q2", "c"), 0))
    settled = settle(DATASET, judging.ledger)
    assert settled == {"q1": {"a": 2}, "q2": {"b": 1, "c": 0}}
    (tmp_path / "qrels.txt").write_text(format_trec_qrels(settled))
    assert read_trec_qrels(tmp_path / "qrels.txt") == settled
    assert judging.summary()["unjudged"] == pytest.approx(1 / 3)


def test_what_readers_said_comes_in_as_candidates_not_as_judgements(tmp_path: Path) -> None:
    site = replace(DATASET, corpus={}, addresses={"/a": ("a",), "/ab": ("a", "b")})
    feedback = tmp_path / "feedback.csv"
    feedback.write_text(
        "question,address\nWhat is the fund?,https://x.org/ab/\nWhen is it?,https://x.org/a\nWhen is it?,/new\n"
    )
    read, pairs = take_candidates(site, read_list(feedback))
    new = next(id for id, query in read.queries.items() if query.text == "When is it?")
    assert set(pairs) == {("q2", "a"), ("q2", "b"), (new, "a"), (new, "/new")}
    assert read.qrels == {**DATASET.qrels, new: {}}
    assert settle(read, Ledger(tmp_path / "none.jsonl")) == DATASET.qrels


@pytest.fixture
def address(judging: Judging) -> Iterator[str]:
    with served(create_app(judging, Settings(), lambda: NOON)) as base:
        yield base


def test_grades_go_in_by_http_and_come_out_as_qrels(address: str, judging: Judging) -> None:
    with httpx.Client(base_url=address, follow_redirects=True) as client:
        opening = client.get("/")
        assert "default-src 'self'" in opening.headers["content-security-policy"]
        assert '"unjudged">66.7 %' in opening.text
        for _ in POOL:
            page = client.get("/", params={"judge": "Ada"})
            place = page.text.split('name="place" value="')[1].split('"')[0]
            done = client.post("/grades", data={"judge": "Ada", "place": place, "grade": "2"})
            assert done.status_code == 200
        ending = client.get("/", params={"judge": "Ada"}).text
        assert "Nothing is left for Ada" in ending and '"unjudged">0.0 %' in ending
        assert "q2 0 c 2\n" in client.get("/qrels").text
    assert judging.ledger.grades == {"Ada": dict.fromkeys(POOL, 2)}


@pytest.mark.parametrize(
    ("form", "headers", "status"),
    [
        ({"judge": "Ada", "place": "1", "grade": "4"}, {}, 422),
        ({"judge": " ", "place": "1", "grade": "1"}, {}, 422),
        ({"judge": "Ada", "place": "9", "grade": "1"}, {}, 422),
        ({"judge": "Ada", "place": "0", "grade": "1"}, {}, 422),
        ({"judge": "Ada", "place": "²", "grade": "1"}, {}, 422),
        ({"judge": "Ada"}, {}, 422),
        ({"judge": "Ada", "place": "1", "grade": "1"}, {"Sec-Fetch-Site": "cross-site"}, 403),
        ({"judge": "Ada", "place": "1", "grade": "1"}, {"Host": "evil.example"}, 400),
    ],
)
def test_no_other_grade_and_no_other_site_gets_in(address, judging, form, headers, status) -> None:
    assert httpx.post(f"{address}/grades", data=form, headers=headers).status_code == status
    assert judging.ledger.grades == {}


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
def test_a_judge_goes_on_where_they_stopped(chromium: Browser, address: str, judging: Judging, script: bool) -> None:
    context = chromium.new_context(java_script_enabled=script, viewport={"width": 320, "height": 800})
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(address)
    page.get_by_label("Your name").fill("Ada & co")
    page.get_by_role("button", name="Begin").click()
    assert page.locator("h1").inner_text() == "Who leads <the> panel?"
    page.get_by_label("2 – answers in part").check()
    page.get_by_role("button", name="Keep this grade").click()
    page.get_by_role("link", name="Leave it for later").click()
    page.goto(f"{address}/?judge=Ada+%26+co")
    assert "2 of 3" in page.locator("#so-far + dl").inner_text()
    page.get_by_role("link", name="Back").click()
    assert page.get_by_label("2 – answers in part").is_checked()
    assert judging.ledger.grades == {"Ada & co": {POOL[0]: 2}}
    assert complaints == []
    context.close()


@pytest.mark.browser
def test_axe_finds_nothing_on_the_judging_page(chromium: Browser, address: str, judging: Judging) -> None:
    for judge, grade in (("Ada", 1), ("Ben", 3)):
        judging.ledger.add(given(judge, POOL[0], grade))
    page = chromium.new_context(viewport={"width": 320, "height": 800}, bypass_csp=True).new_page()
    for where in ("/", "/?judge=Ada"):
        page.goto(address + where)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        result = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
        assert result.violations_count == 0, result.generate_report()
    page.context.close()


def test_what_is_exported_can_be_read_with_its_data_set(sample_home: Home, tmp_path: Path) -> None:
    dataset = shutil.copytree(ROOT / "eval/sample", tmp_path / "sample")
    own = tmp_path / "own.csv"
    own.write_text("question,address\nWho pays for lateness?,http://localhost/positions/overdue-charges-2021/\n")
    export = ("eval", "judge", dataset, "lexical", "--depth", "1", "--candidates", own, "--home", sample_home.path)
    ledger = sample_home.path / "eval" / "judgements" / "sample-test.jsonl"
    assert not ledger.exists()
    asked = next(iter(take_candidates(open_dataset(dataset), open_dataset(own))[1]))
    ledger.parent.mkdir(parents=True, exist_ok=True)
    graded = Judgement(datetime(2026, 5, 1, tzinfo=UTC), "A", asked[0], "x", 3)
    ledger.write_bytes(msgspec.json.encode(graded) + b"\n")
    try:
        done = CliRunner().invoke(
            muniment, [str(one) for one in (*export, "--export", dataset / "qrels" / "staff.tsv")]
        )
    finally:
        ledger.unlink()
    assert done.exit_code == 0, done.output
    assert read_dataset(dataset, "staff").qrels == read_dataset(dataset).qrels


@pytest.mark.slow
def test_the_command_serves_keeps_grades_through_a_kill_and_exports(sample_home: Home, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for name in ("models", "catalog.sqlite", "generations"):
        (home / name).symlink_to(sample_home.path / name)
    judge = [sys.executable, "-c", "from service.cli import main; main()", "eval", "judge", str(ROOT / "eval/sample")]
    judge += ["lexical", "--depth", "2", "--home", str(home), "--json"]
    with subprocess.Popen(judge, cwd=ROOT, stderr=subprocess.PIPE, text=True, process_group=0) as running:
        try:
            assert running.stderr is not None
            base = next(line for line in running.stderr if "Judging at" in line).split(" at ")[1].strip()
            with httpx.Client(base_url=base, follow_redirects=True) as client:
                assert client.post("/grades", data={"judge": "Ada", "place": "1", "grade": "3"}).status_code == 200
        finally:
            os.killpg(running.pid, signal.SIGKILL)
    qrels = tmp_path / "judged.tsv"
    done = subprocess.run([*judge, "--export", str(qrels)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["judges"] == {"Ada": 1}
    rows = [line.split("\t") for line in qrels.read_text().splitlines()]
    assert rows[0] == ["query-id", "corpus-id", "score"]
    kept = json.loads((home / "eval" / "judgements" / "sample-test.jsonl").read_text())
    was = read_dataset(ROOT / "eval/sample").qrels
    now = {query: dict(judged) for query, judged in was.items()}
    now[kept["query"]][kept["document"]] = 3
    assert now != was
    assert sorted(map(tuple, rows[1:])) == sorted((q, d, str(grade)) for q in now for d, grade in now[q].items())
