"""Files that reports are written to: the option that names them, and writing."""

from pathlib import Path

import click

from eval.page import FORMS, Report
from service.commands.options import Writable


def _writable(_: object, __: object, files: tuple[Path, ...]) -> tuple[Path, ...]:
    if wrong := [str(file) for file in files if file.suffix not in FORMS]:
        raise click.BadParameter(f"a report is written as {', '.join(FORMS)}, not {', '.join(wrong)}.")
    return files


OUT = click.option("--out", multiple=True, type=Writable(), callback=_writable, help="A .md, .csv, .html; repeatable.")


def write(report: Report, files: tuple[Path, ...]) -> None:
    """Write the report to each file, in the form that its name asks for."""
    for file in files:
        file.write_text(FORMS[file.suffix](report), encoding="utf-8")
