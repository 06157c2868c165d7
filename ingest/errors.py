"""The errors of ingest: one root, each saying what was expected, what was found and what to do."""


class IngestError(Exception):
    """Something outside could not be taken in."""

    def __init__(self, expected: str, found: str, remedy: str) -> None:
        super().__init__(f"Expected {expected}, found {found}. {remedy}")
        self.expected, self.found, self.remedy = expected, found, remedy


class Unreachable(IngestError):
    """A site did not answer, or its robots.txt could not be read or forbids everything."""


class BadInput(IngestError):
    """A file or address handed in cannot be read as what it should be."""
