"""Every form of a report says the same numbers, and the page can be read without seeing its plots."""

import csv
import io
import random

import msgspec
import pytest
from bs4 import BeautifulSoup
from test_compare import FIRST, MIXED, SECOND, result_of

from eval.page import Report, as_csv, as_html, as_markdown, make_report


@pytest.fixture(scope="module")
def report() -> Report:
    noisy = {q: {id: score + random.Random(q + id).random() * 3 for id, score in r.items()} for q, r in FIRST.items()}
    return make_report([result_of("<first>", MIXED), result_of("second", SECOND), result_of("noisy", noisy)])


def figures(rows: list[list[str]]) -> list[tuple[str, str, tuple[float, ...]]]:
    return [(system, run, tuple(map(float, rest))) for system, run, *rest in rows]


def test_csv_markdown_and_html_carry_the_numbers_of_the_record(report: Report) -> None:
    expected = [(row.system, row.run, row.figures) for row in report.rows]
    assert figures(list(csv.reader(io.StringIO(as_csv(report))))[1:]) == expected
    table = [line.strip("| ").split(" | ") for line in as_markdown(report).splitlines() if line.startswith("|")]
    assert figures(table[2:]) == expected
    page = BeautifulSoup(as_html(report), "lxml")
    assert figures([[cell.text for cell in row(["th", "td"])] for row in page.select("#runs tbody tr")]) == expected
    told = [{row.th.text: float(row.td.text) for row in table("tr")} for table in page.select(".differences")]
    assert told == [dict(one.values) for one in report.differences]
    assert json_of(report) == report


def json_of(report: Report) -> Report:
    return msgspec.json.decode(msgspec.json.encode(report), type=Report)


def test_verdicts_stand_in_words(report: Report) -> None:
    page = BeautifulSoup(as_html(report), "lxml")
    assert [item.text for item in page("li")] == [f"{one.verdict}." for one in report.comparisons]
    assert any("worse" in one.verdict for one in report.comparisons)


def test_the_page_stands_alone_and_names_its_plots(report: Report) -> None:
    text = as_html(report)
    page = BeautifulSoup(text, "lxml")
    assert not page(["script", "link", "img", "iframe"])
    assert "http" not in text
    assert all(plot["aria-label"] for plot in page("svg"))
    assert len(page("svg")) == 1 + len(report.differences)
    assert page.html["lang"] == "en"
    assert page.find(["h1", "h2", "h3"]).name == "h1"


def test_a_gain_rises_and_a_loss_falls(report: Report) -> None:
    from eval.page import HEIGHT, _bars

    for (_, value), (_, y, _, height) in zip(report.differences[1].values, _bars(report.differences[1]), strict=True):
        assert (y < HEIGHT / 2) == (value > 0)
        assert (height > 0) == (value != 0)


def test_one_run_alone_is_reported_without_comparison() -> None:
    alone = make_report([result_of("only", FIRST)])
    assert (alone.comparisons, alone.differences) == ((), ())
    assert "Compared" not in as_html(alone)
