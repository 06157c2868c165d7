"""The errors of eval, under one root."""

from pathlib import Path

from ingest.errors import Fault


class EvalError(Fault):
    """A measurement that would not be worth its figure is not made."""


class BadData(EvalError):
    """A file of a data set, run or registry that cannot be trusted; names the file and the line, counted from 1."""

    def __init__(self, path: Path, line: int | None, expected: str, found: str, remedy: str) -> None:
        super().__init__(expected, found, remedy)
        self.path, self.line = path, line

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else f"{self.path}"
        return f"{where}: {self.args[0]}"


class NotComparable(EvalError):
    """Runs that were not made on the same questions and judgements, or that did not finish."""
