"""What a benchmark is made of: questions, judgements, texts, and the rankings that systems return."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from eval.lines import Filled, Id

# Question id -> document id -> grade; a grade of 0 or less says "judged, not relevant".
Qrels = dict[str, dict[str, int]]

# Question id -> document id -> score. Higher is better; a question that found nothing has an empty ranking.
Run = dict[str, dict[str, float]]

# The split of document pairs, whose questions are documents.
RELATED = "related"


class Query(msgspec.Struct, frozen=True, rename={"id": "_id"}, omit_defaults=True):
    """A question, as a row of queries.jsonl has it."""

    id: Id
    text: Filled
    metadata: dict[str, Any] | None = None


class Text(msgspec.Struct, frozen=True, rename={"id": "_id"}):
    """A document to rank, as a row of corpus.jsonl has it."""

    id: Id
    title: str = ""
    text: str = ""
    metadata: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Questions with judgements, over a corpus of its own (BEIR), over ``files`` of its own, or over a crawled site.

    ``corpus`` is empty for the latter two; ``addresses`` then maps a path on the site to the articles there.
    ``sha256`` names the bytes of each file that a figure rests on.
    """

    name: str
    folder: Path
    split: str
    queries: dict[str, Query]
    qrels: Qrels
    corpus: dict[str, Text]
    addresses: dict[str, tuple[str, ...]]
    files: tuple[Path, ...]
    sha256: dict[str, str]

    @property
    def judged(self) -> tuple[Query, ...]:
        """The questions that have judgements: those that every mean is taken over."""
        return tuple(self.queries[id] for id in self.qrels)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the questions took, one after the other, in seconds."""

    total: float
    p50: float
    p95: float
    p99: float
    queries_per_second: float


@dataclass(frozen=True, slots=True)
class Terms:
    """How a run is made: how deep each ranking goes, what is measured, and whether a question may find itself."""

    depth: int = 100
    measures: tuple[str, ...] = ("nDCG@10", "R@100", "RR@10", "Judged@10")
    keep_self: bool = False
    seed: int = 0
