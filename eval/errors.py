"""The errors of eval: one root, each saying what was expected, what was found and what to do."""

from pathlib import Path


class EvalError(Exception):
    """A measurement that would not be worth its figure is not made."""

    def __init__(self, expected: str, found: str, remedy: str) -> None:
        super().__init__(f"Expected {expected}, found {found}. {remedy}")
        self.expected, self.found, self.remedy = expected, found, remedy


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
