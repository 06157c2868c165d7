"""What readers say of answers: kept without a trace of them, and read again as judged pairs by whatever judges."""

import json
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from shelf import SHELF, TODAY, ShelfDesk
from test_pages import QUESTION, visit

from eval.datasets import read_dataset
from eval.sources import judged, open_dataset
from eval.systems import ids_of
from eval.trec import read_trec_qrels
from ingest.records import Audience
from service.api import create_app
from service.cli import muniment
from service.feedback import FeedbackBook, Opinion
from service.home import Home
from service.serving import ServingDesk

VISITOR = {
    "User-Agent": "Visitor/7",
    "X-Forwarded-For": "203.0.113.9",
    "Cookie": "session=s3cret",
    "Referer": "http://a/b",
}
UPDATE = SHELF[0]


@pytest.fixture
def desk() -> ShelfDesk:
    return ShelfDesk()


@pytest.fixture
def client(desk: ShelfDesk) -> TestClient:
    return TestClient(create_app(desk, now=lambda: TODAY), headers=VISITOR)


def say(client: TestClient, address: str, **fields: str):
    """Fill in the form on the page at ``address`` and send it, as a browser without script would."""
    form = visit(client, address).select_one("form.feedback")
    assert form["method"] == "post" and form.select_one(f"label[for={form.select_one('input')['id']}]")
    return client.post(form["action"], data=fields, headers={"Accept": "text/html"})


@pytest.mark.parametrize("helpful", ["yes", "no"])
def test_a_yes_or_no_is_kept_with_what_was_quoted_and_the_reader_is_thanked(client, desk, helpful) -> None:
    page = say(client, f"/?q={QUESTION}&kind=update", helpful=helpful, reason="  It is\n what I needed. ")
    assert page.url.path == "/" and page.history[0].status_code == 303
    assert 'id="feedback"' in page.text and "Thank you" in page.text and '<form class="feedback"' not in page.text
    (kept,) = desk.feedback.read()
    assert kept == Opinion(
        TODAY.date(), desk.searcher.generation, QUESTION, "answered", helpful == "yes", "It is what I needed.",
        ((UPDATE.id, UPDATE.url),),
    )  # fmt: skip


def test_nothing_of_the_reader_is_kept(client, desk) -> None:
    say(client, f"/?q={QUESTION}", helpful="no")
    files = [*desk.feedback._path.parent.iterdir()]
    kept = b"".join(file.read_bytes() for file in files)
    assert QUESTION.encode() in kept
    assert not [value for value in (*VISITOR.values(), "testclient", f"{TODAY:%H:%M}") if value.encode() in kept]


def test_a_question_without_an_answer_can_be_told_too(client, desk) -> None:
    say(client, "/?q=badgers", helpful="no", reason="Nothing on badgers")
    assert [(one.question, one.state, one.sources) for one in desk.feedback.read()] == [("badgers", "out_of_scope", ())]


@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [
        ({}, {}, 422),
        ({"helpful": "perhaps"}, {}, 422),
        ({"helpful": "yes", "reason": "x" * 20_000}, {}, 413),
        ({"helpful": "yes"}, {"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_what_is_no_opinion_of_a_reader_is_refused(client, desk, fields, headers, status) -> None:
    answer = client.post(f"/feedback?q={QUESTION}", data=fields, headers=headers)
    assert answer.status_code == status and answer.json()["remedy"]
    assert desk.feedback.read() == []


def test_a_long_reason_is_cut_and_many_may_speak_at_once(tmp_path: Path, client, desk) -> None:
    say(client, f"/?q={QUESTION}", helpful="yes", reason="x" * 900)
    assert len(desk.feedback.read()[0].reason) == 500
    book = FeedbackBook(tmp_path / "desk.sqlite")
    opinions = [Opinion(date(2026, 1, 1), "g", f"question {n}", "answered", True, "", ()) for n in range(40)]
    with ThreadPoolExecutor(8) as readers:
        list(readers.map(book.add, opinions))
    assert sorted(one.question for one in book.read()) == sorted(one.question for one in opinions)


OPINIONS = [
    Opinion(date(2026, 1, day), "g", question, "answered", helpful, "", (("d1", "https://a.example/one"), *more))
    for day, (question, helpful, more) in enumerate(
        [
            ("Who?", True, ()),
            ("who?", False, ()),
            ("WHO?", True, (("d2", "https://a.example/two"),)),
            ("Why?", False, ()),
        ],
        1,
    )
]


def test_several_opinions_on_one_pair_become_their_lower_median(tmp_path: Path) -> None:
    told = judged(
        [*OPINIONS, Opinion(date(2026, 1, 9), "g", "Unanswered", "not_found", False, "", ())], tmp_path / "told"
    )
    grades = {told.queries[id].text: row for id, row in told.qrels.items()}
    assert grades == {"Who?": {"d1": 2, "d2": 2}, "Why?": {"d1": 0}}


def test_pages_that_differ_by_their_query_are_judged_apart(tmp_path: Path) -> None:
    said = [
        Opinion(TODAY, "g", f"{n}?", "answered", True, "", ((f"{n:016x}", f"https://example.org/?p={n}"),))
        for n in (1, 2)
    ]
    known = ids_of(judged(said, tmp_path))
    assert [known(f"https://example.org/?p={n}") for n in (1, 2)] == [(f"{n:016x}",) for n in (1, 2)]


def run(*arguments: object) -> str:
    result = CliRunner().invoke(muniment, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def spoken(sample_home: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Opinion]]:
    """A home of the real thing, in which opinions were given through its pages."""
    path = tmp_path_factory.mktemp("spoken")
    for file in sample_home.path.iterdir():
        (path / file.name).symlink_to(file)
    home = Home(path, sample_home.settings)
    client = TestClient(create_app(ServingDesk(home, Audience.PUBLIC)))
    for question, helpful in [
        ("Do we still support charging readers for late books?", "yes"),
        ("How old must users of a library without staff be?", "no"),
        ("Do we still support charging readers for late books?", "no"),
    ]:
        say(client, f"/?q={question}", helpful=helpful, reason="Because")
    return home, FeedbackBook(home.desk).read()


def test_the_export_is_read_back_by_every_reader_of_judgements(spoken, tmp_path: Path) -> None:
    home, opinions = spoken
    assert len(opinions) == 3 and all(one.sources for one in opinions)
    folder = tmp_path / "told"
    said = run("feedback", "--home", home.path, "--export", folder)
    assert said.count("Do we still support") == 2 and "Because" in said
    expected = judged(opinions, folder)
    for read in (read_dataset(folder), open_dataset(folder)):
        assert read.qrels == expected.qrels and read.addresses.items() >= expected.addresses.items()
        assert {id: one.text for id, one in read.queries.items()} == {id: q.text for id, q in expected.queries.items()}


def test_judging_and_measuring_take_the_export_as_it_is(spoken, tmp_path: Path) -> None:
    home, opinions = spoken
    folder = tmp_path / "told"
    run("feedback", "--home", home.path, "--export", folder)
    for file, read in _exports(folder).items():
        run("eval", "judge", folder, "lexical", "--home", home.path, "--export", file)
        assert read(file) == judged(opinions, folder).qrels
    measured = json.loads(run("eval", "run", folder, "--home", home.path, "--system", "lexical", "--json"))
    assert measured["queries"] == 2


def _exports(folder: Path) -> dict[Path, Callable[[Path], dict]]:
    from eval.datasets import read_dataset, read_qrels

    known = read_dataset(folder).queries
    return {folder / "x.trec": read_trec_qrels, folder / "x.tsv": lambda file: read_qrels(file, known)}


def test_the_terminal_tells_what_was_said(spoken, tmp_path: Path) -> None:
    home, opinions = spoken
    told = json.loads(run("feedback", "--home", home.path, "--json"))
    assert [one["question"] for one in told] == [one.question for one in opinions]
    assert "Nobody" in run("feedback", "--home", tmp_path)
    assert sqlite3.connect(home.path / "desk.sqlite").execute("SELECT count(*) FROM feedback").fetchone() == (3,)
