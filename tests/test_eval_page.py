"""Every form of a report says the same numbers, and the page can be read without seeing its plots."""

import csv
import io
import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser
from test_compare import FIRST, MIXED, QRELS, SECOND, result_of

from eval.errors import NotComparable
from eval.page import Report, Table, as_csv, as_html, as_markdown
from eval.plots import Shape, draw
from eval.records import Dataset, Query, Run, Text
from eval.report import make_report, report_answers, report_speed
from eval.speed import Figure

QUERIES = {query: Query(query, f"Who agreed <{query}>?") for query in QRELS}
DATASET = Dataset("data", Path("data"), "test", QUERIES, QRELS, {}, {}, (), {"q": "1"})
TEXTS = {"good": Text("good", "Minutes & papers", "The committee agreed. " * 100)}
NOISY = {q: {id: score + random.Random(q + id).random() * 3 for id, score in r.items()} for q, r in FIRST.items()}
ANSWERS = {
    "dataset": "data",
    "split": "test",
    "generation": "g1",
    "questions": 1234,
    "auroc": None,
    "right": 1 / 3,
    "risk_coverage": [(0.5, 0.0), (1.0, 0.25)],
    "states": {"answered": 1000, "not_found": 234},
}

SPEEDS = [
    Figure("encode", 0, "muniment", "ms", 2.0, 3.0, 4.0),
    Figure("search", 100, "muniment", "ms", 4.0, 5.0, 6.0),
    Figure("search", 100, "peer", "ms", 8.0, 9.0, 10.0, 2.0),
    Figure("search", 1_000, "muniment", "ms", 5.0, 6.0, 7.0),
    Figure("search", 1_000, "peer", "ms", 80.0, 90.0, 99.0, 16.0),
]


def report_on(*named: tuple[str, Run]) -> Report:
    return make_report([(result_of(name, run), run) for name, run in named], DATASET, TEXTS)


REPORTS = {
    "runs": report_on(("<first>", MIXED), ("second", SECOND), ("a|b", NOISY)),
    "one run": report_on(("only", FIRST)),
    "answers": report_answers(ANSWERS),
    "speed": report_speed(SPEEDS),
}


def told(tables: list[tuple[str, list[list[str]]]]) -> list[tuple[object, ...]]:
    return [
        (caption, tuple(columns), tuple((name, tuple(map(float, figures))) for name, *figures in rows))
        for caption, ((_, *columns), *rows) in tables
    ]


def from_html(text: str) -> list[tuple[str, list[list[str]]]]:
    page = BeautifulSoup(text, "lxml")
    return [
        (
            page.find(id=table["aria-labelledby"]).text,
            [[cell.text for cell in row(["td", "th"])] for row in table("tr")],
        )
        for table in page.select("table.figures")
    ]


def from_markdown(text: str) -> list[tuple[str, list[list[str]]]]:
    def cells(line: str) -> list[str]:
        return [cell.strip().replace("\0", "|") for cell in line.replace(r"\|", "\0").strip("|").split("|")]

    sections = (section.split("\n\n") for section in text.split("\n## ")[1:])
    return [(title, [cells(line) for line in table.splitlines() if "---" not in line]) for title, table, *_ in sections]


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_json_html_markdown_and_csv_carry_the_same_numbers(report: Report) -> None:
    expected = [(table.caption, table.columns, table.rows) for table in report.tables]
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report
    assert told(from_html(as_html(report))) == expected
    assert told(from_markdown(as_markdown(report))) == expected
    header, *lines = csv.reader(io.StringIO(as_csv(report)))
    assert header == ["table", "row", "column", "figure"]
    flat = [
        (t, row, c, v) for t, columns, rows in expected for row, vs in rows for c, v in zip(columns, vs, strict=True)
    ]
    assert [(table, row, column, float(figure)) for table, row, column, figure in lines] == flat


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_the_page_stands_alone_and_every_plot_says_what_it_shows(report: Report) -> None:
    page = BeautifulSoup(as_html(report), "lxml")
    assert not page(["script", "link", "img", "iframe", "object"])
    assert not [tag for tag in page(True) if {"style", "onclick", "src"} & tag.attrs.keys()]
    assert all(link["href"].startswith("#") and page.find(id=link["href"][1:]) for link in page("a"))
    drawn = [table for table in report.tables if table.shape]
    assert [plot.title.text for plot in page("svg")] == [table.caption for table in drawn]
    assert [plot.desc.text for plot in page("svg")] == [table.reading for table in drawn]
    assert drawn


def test_what_a_thing_takes_is_drawn_against_the_number_of_passages() -> None:
    every, search = REPORTS["speed"].tables
    assert [name for name, _ in every.rows][:2] == ["encode, muniment, ms", "search, 100 passages, muniment, ms"]
    assert (search.caption, search.columns, search.shape) == ("search, ms", ("100", "1,000"), Shape.LINES)
    assert search.rows == (("muniment", (4.0, 5.0)), ("peer", (8.0, 80.0)))
    assert not any(table.shape for table in report_speed(SPEEDS[:3]).tables)


def test_recall_is_drawn_no_deeper_than_the_shallowest_run_goes() -> None:
    deep = result_of("deep", FIRST)
    shallow = replace(deep, manifest=replace(deep.manifest, terms=replace(deep.manifest.terms, depth=10)))
    (recall,) = (
        table.columns
        for table in make_report([(deep, FIRST), (shallow, FIRST)], DATASET, TEXTS).tables
        if table.caption == "Recall by depth"
    )
    assert recall == ("1", "2", "5", "10")


def test_verdicts_stand_in_words() -> None:
    page = BeautifulSoup(as_html(REPORTS["runs"]), "lxml")
    notes = [item.text for item in page.select(".notes li")]
    assert notes == list(REPORTS["runs"].notes)
    assert any("second" in note and "worse" in note for note in notes)
    assert "Compared" not in as_html(REPORTS["one run"])


def test_figures_keep_four_digits_and_counts_are_whole() -> None:
    figures = dict(REPORTS["answers"].tables[0].rows)
    assert figures == {"questions": (1234,), "right": (0.3333,)}


def test_a_gain_rises_and_a_loss_falls_and_zero_lies_flat() -> None:
    drawing = draw(Shape.BARS, ["difference"], [("a", [-0.5]), ("b", [0.0]), ("c", [1.0])])
    loss, none, gain = (points[0][1] for _, points in drawing.series)
    assert gain < drawing.zero == none < loss
    assert loss - drawing.zero == pytest.approx((drawing.zero - gain) / 2, abs=0.1)


def test_names_of_equal_lines_do_not_cover_one_another() -> None:
    drawing = draw(Shape.LINES, ["1", "2"], [("a", [0.1, 0.5]), ("b", [0.2, 0.5]), ("c", [0.3, 0.5])])
    heights = [y for (_, y), _ in drawing.names]
    assert all(below - above >= 16 for above, below in pairwise(heights))


def test_both_rankings_stand_side_by_side_with_grades() -> None:
    question = REPORTS["runs"].questions[0]
    spread = [max(one.figures) - min(one.figures) for one in REPORTS["runs"].questions]
    assert spread == sorted(spread, reverse=True)
    assert [place.grade for place in question.judged] == [1]
    page = BeautifulSoup(as_html(REPORTS["runs"]), "lxml")
    table = page.find(id="question-1").table
    assert [cell.text.rsplit(": ", 1)[0] for cell in table("th", scope="col")[1:]] == list(REPORTS["runs"].runs)
    for column, ranking in enumerate(question.rankings):
        cells = [row("td")[column] for row in table.tbody("tr")]
        assert ["grade 1" in cell.text for cell in cells] == [place.document == "good" for place in ranking]
        assert ["not judged" in cell.text for cell in cells] == [place.grade is None for place in ranking]
    assert "Who agreed <q" in page.find(id="question-1").parent.summary.text
    assert "Minutes & papers" in page.find(id="question-1").parent.ul.text


def test_runs_on_a_data_set_that_has_changed_are_not_explained_by_it() -> None:
    with pytest.raises(NotComparable):
        make_report([(result_of("a", FIRST), FIRST)], replace(DATASET, sha256={"q": "2"}), TEXTS)


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_the_page_keeps_its_own_policy(chromium: Browser, tmp_path: Path, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800})
    page, complaints = context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text))
    for name, report in REPORTS.items():
        (tmp_path / "report.html").write_text(as_html(report), encoding="utf-8")
        page.goto((tmp_path / "report.html").as_uri())
        assert page.evaluate("getComputedStyle(document.body).maxWidth") == "1024px"
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        result = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
        assert result.violations_count == 0, f"{name}: {result.generate_report()}"
    assert complaints == []
    context.close()


def test_a_table_without_a_shape_is_only_told() -> None:
    assert "<svg" not in as_html(Report("Title", (), (Table("Caption", ("a",), (("row", (1.0,)),)),)))
