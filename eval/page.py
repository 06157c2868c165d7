"""A report on kept runs: one record, written as Markdown, as CSV, or as one HTML page that needs nothing else."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jinja2 import Environment, StrictUndefined

from eval.compare import Comparison, compare_runs
from eval.runs import Result

DIGITS = 4
WIDTH, HEIGHT = 640, 200


@dataclass(frozen=True, slots=True)
class Row:
    """One run: a figure for each measure of the report, then milliseconds at the median and questions a second."""

    system: str
    run: str
    figures: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Differences:
    """How a run differs from the first in one measure, question by question, the greatest loss first."""

    system: str
    measure: str
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that any form of the report says; every number is rounded to ``DIGITS`` here, once."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    comparisons: tuple[Comparison, ...]
    differences: tuple[Differences, ...]


def make_report(results: Sequence[Result]) -> Report:
    """The report on runs over one data set, each compared with the first. Raises NotComparable."""
    first, *others = results
    names = [name for name in first.scores.measures if all(name in other.scores.measures for other in others)]
    return Report(
        title=f"{first.manifest.dataset} ({first.manifest.split}), {len(first.scores.per_query[names[0]])} questions",
        columns=(*names, "p50 ms", "questions/s"),
        rows=tuple(_row(result, names) for result in results),
        comparisons=tuple(compare_runs(results)) if others else (),
        differences=tuple(_differences(first, other, names[0]) for other in others),
    )


def as_csv(report: Report) -> str:
    """One line for each run."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("system", "run", *report.columns))
    writer.writerows((row.system, row.run, *row.figures) for row in report.rows)
    return out.getvalue()


def as_markdown(report: Report) -> str:
    """A table of the runs and a sentence on each comparison."""
    cells = [("system", "run", *report.columns), ("---",) * (len(report.columns) + 2)]
    cells += [(row.system, row.run, *map(str, row.figures)) for row in report.rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in cells)
    verdicts = "\n".join(f"- {one.verdict}." for one in report.comparisons)
    return f"# {report.title}\n\n{table}\n\n{verdicts}\n"


def as_html(report: Report) -> str:
    """One page without script or outside resources; every plot has its numbers in a table beside it."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_PAGE).render(report=report, width=WIDTH, height=HEIGHT, bars=_bars, dots=_dots)


FORMS: dict[str, Callable[[Report], str]] = {".md": as_markdown, ".csv": as_csv, ".html": as_html}


def _row(result: Result, names: Sequence[str]) -> Row:
    figures = (*(result.scores.measures[name] for name in names), result.timing.p50 * 1000)
    rounded = (round(figure, DIGITS) for figure in (*figures, result.timing.queries_per_second))
    return Row(result.manifest.system, result.id, tuple(rounded))


def _differences(first: Result, other: Result, name: str) -> Differences:
    ours, theirs = first.scores.per_query[name], other.scores.per_query[name]
    values = [(query, round(theirs[query] - value, DIGITS)) for query, value in ours.items()]
    return Differences(other.manifest.system, name, tuple(sorted(values, key=lambda item: item[1])))


def _bars(one: Differences) -> list[tuple[float, float, float, float]]:
    """(x, y, width, height) of a bar for each question, up from the middle for a gain and down for a loss."""
    step, middle = WIDTH / len(one.values), HEIGHT / 2
    largest = max(abs(value) for _, value in one.values) or 1.0
    sizes = [value / largest * middle for _, value in one.values]
    return [(n * step, middle - max(size, 0.0), step, abs(size)) for n, size in enumerate(sizes)]


def _dots(report: Report) -> list[tuple[float, float, str]]:
    """(x, y, system): the median time to the right, the first measure upwards, each from 0 to the largest."""
    slowest = max(row.figures[-2] for row in report.rows) or 1.0
    best = max(row.figures[0] for row in report.rows) or 1.0
    return [
        (row.figures[-2] / slowest * WIDTH * 0.8, HEIGHT * (1 - 0.9 * row.figures[0] / best), row.system)
        for row in report.rows
    ]


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ report.title }}</title>
<meta name="viewport" content="width=device-width"><style>
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse } th, td { border-bottom: 1px solid #767676; padding: .3rem .6rem; text-align: left }
svg { max-width: 100%; border: 1px solid #767676 } svg rect, svg circle { fill: #1d4f91 }
</style></head><body><main><h1>{{ report.title }}</h1>
<table id="runs"><caption>Figures of each run</caption>
<thead><tr><th scope="col">system</th><th scope="col">run</th>
{% for column in report.columns %}<th scope="col">{{ column }}</th>{% endfor %}</tr></thead><tbody>
{% for row in report.rows %}<tr><th scope="row">{{ row.system }}</th><td>{{ row.run }}</td>
{% for figure in row.figures %}<td>{{ figure }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>
<h2>Quality against time</h2>
<svg role="img" aria-label="{{ report.columns[0] }} upwards, median time to the right; numbers in the table above"
 viewBox="0 0 {{ width }} {{ height }}">{% for x, y, system in dots(report) %}
<circle cx="{{ x + 8 }}" cy="{{ y }}" r="5"/><text x="{{ x + 18 }}" y="{{ y + 5 }}">{{ system }}</text>
{% endfor %}</svg>
{% if report.comparisons %}<h2>Compared with {{ report.rows[0].system }}</h2><ul>
{% for one in report.comparisons %}<li>{{ one.verdict }}.</li>{% endfor %}</ul>{% endif %}
{% for one in report.differences %}<h2>{{ one.system }}, question by question</h2>
<svg role="img" aria-label="Difference in {{ one.measure }} of each question; numbers in the table below"
 viewBox="0 0 {{ width }} {{ height }}">{% for x, y, w, h in bars(one) %}
<rect x="{{ x }}" y="{{ y }}" width="{{ w }}" height="{{ h }}"/>{% endfor %}</svg>
<details><summary>Differences in {{ one.measure }}</summary><table class="differences"><tbody>
{% for query, value in one.values %}<tr><th scope="row">{{ query }}</th><td>{{ value }}</td></tr>
{% endfor %}</tbody></table></details>
{% endfor %}</main></body></html>
"""
