"""A report: one record of tables and sentences, written as Markdown, as CSV, or as one HTML page that needs nothing
else."""

import csv
import hashlib
import io
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from eval import plots

_TEMPLATES = Path(__file__).parent / "templates"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

Row = tuple[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of a name and a figure for each column. One with a ``shape`` is drawn; ``reading`` says how to see it."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    shape: plots.Shape | None = None
    reading: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A document that was found or judged; the grade is None where nobody judged it."""

    document: str
    title: str
    text: str
    grade: int | None


@dataclass(frozen=True, slots=True)
class Question:
    """One question with what is judged for it, and for each run its figure and its first ten."""

    id: str
    text: str
    figures: tuple[float, ...]
    judged: tuple[Place, ...]
    rankings: tuple[tuple[Place, ...], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All that any form of a report says. ``questions`` are told in HTML alone, a column for each of ``runs``."""

    title: str
    notes: tuple[str, ...]
    tables: tuple[Table, ...]
    runs: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def as_csv(report: Report) -> str:
    """One line for each figure."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("table", "row", "column", "figure"))
    for table in report.tables:
        for name, figures in table.rows:
            writer.writerows((table.caption, name, *pair) for pair in zip(table.columns, figures, strict=True))
    return out.getvalue()


def as_markdown(report: Report) -> str:
    """The sentences, then each table under its caption."""
    return _ENVIRONMENT.get_template("report.md").render(report=report)


def as_html(report: Report) -> str:
    """One page without script or outside resources; its own policy forbids both. Every plot stands beside its table."""
    style = (_TEMPLATES / "report.css").read_text("utf-8")
    allowed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    numbers = {question.id: number for number, question in enumerate(report.questions, 1)}
    page = _ENVIRONMENT.get_template("report.html")
    return page.render(report=report, numbers=numbers, style=style, digest=allowed, plots=plots)


FORMS: dict[str, Callable[[Report], str]] = {".md": as_markdown, ".csv": as_csv, ".html": as_html}
