"""The root of all errors that are told to whoever runs the program, and those of ingest."""

import os


class Fault(Exception):
    """What was expected, what was found and what to do; ``exit_code`` is the one that sysexits.h has for it."""

    exit_code = os.EX_DATAERR

    def __init__(self, expected: str, found: str, remedy: str) -> None:
        super().__init__(f"Expected {expected}, found {found}. {remedy}")
        self.expected, self.found, self.remedy = expected, found, remedy


class IngestError(Fault):
    """Something outside could not be taken in."""


class Unreachable(IngestError):
    """A site did not answer, or its robots.txt could not be read or forbids everything."""

    exit_code = os.EX_UNAVAILABLE


class BadInput(IngestError):
    """A file or address handed in cannot be read as what it should be."""
