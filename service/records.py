"""What the service says to a question: sentences, each a verified quote with its citation."""

from dataclasses import dataclass
from enum import StrEnum

from index.records import Card, Hit


class State(StrEnum):
    """How a question was answered. Only the first two quote anything."""

    ANSWERED = "answered"
    PARTLY = "partly"
    NOT_FOUND = "not_found"
    OUT_OF_SCOPE = "out_of_scope"
    BUSY = "busy"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a quote stands: ``document.text[start:end] == quote`` in that ``version``.

    ``url`` opens the publication at the words (text fragment, "#page=" or anchor). ``head`` is the first row of the
    table that a quoted row is of, where that says what its cells are.
    """

    number: int
    document: Card
    quote: str
    start: int
    end: int
    heading: tuple[str, ...]
    page: int | None
    url: str
    version: str
    head: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer and the numbers of the citations that carry it."""

    text: str
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question; ``hits`` are the nearest works, shown in every state.

    ``differs``: publications of several dates give different figures, and the newest comes first. ``replaced``: the one
    that answers best was replaced, and what stands today comes first.
    """

    question: str
    state: State
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    generation: str
    differs: bool = False
    replaced: bool = False
