"""What can be measured: anything that ranks documents for a question, behind one small protocol."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from eval.datasets import address_key
from eval.records import Dataset, Query, Run
from eval.trec import strictly_falling
from index.records import Mode
from index.search import Searcher

Ids = Callable[[str], Sequence[str]]
"""The ids of a data set that the document at an address stands for."""


class System(Protocol):
    """``settings`` is all that distinguishes its rankings from another system's; it goes into the manifest.

    ``index_bytes`` is what it keeps to search in, on disk or in memory; 0 where that is not known.
    """

    name: str
    settings: dict[str, Any]
    index_bytes: int

    def rank(self, query: Query, depth: int) -> list[tuple[str, float]]:
        """At most ``depth`` documents with their scores, the best first, none twice."""


class SearchSystem:
    """This program's search in one of its modes. Renditions folded into a work follow right after it."""

    def __init__(self, name: str, searcher: Searcher, mode: Mode, ids: Ids, index_bytes: int) -> None:
        self.name, self.index_bytes = name, index_bytes
        model = searcher.manifest.encoder
        self.settings = {"generation": searcher.generation, "encoder": model.id, "weights": model.weights}
        self._searcher, self._mode, self._ids = searcher, mode, ids

    def rank(self, query: Query, depth: int) -> list[tuple[str, float]]:
        results = self._searcher.search(query.text, limit=depth, mode=self._mode, shown=0, facets=())
        cards = ((card, hit.relevance) for hit in results.hits for card in (hit.document, *hit.renditions))
        return emit(((id, score) for card, score in cards for id in self._ids(card.url)), depth)


class RunSystem:
    """A ranking that was made elsewhere and kept as a TREC run."""

    index_bytes = 0

    def __init__(self, name: str, run: Run, file: str) -> None:
        self.name, self.settings, self._run = name, {"file": file}, run

    def rank(self, query: Query, depth: int) -> list[tuple[str, float]]:
        ranking = self._run.get(query.id, {})
        return sorted(ranking.items(), key=lambda item: -item[1])[:depth]


def ids_of(dataset: Dataset) -> Ids:
    """How documents of a home are named in the data set; a page it does not know keeps its address as its name."""
    if dataset.corpus:
        return lambda url: (url,)
    return lambda url: dataset.addresses.get(address_key(url), (url,))


def emit(found: Iterable[tuple[str, float]], depth: int) -> list[tuple[str, float]]:
    """A ranking as evaluators will see it: each document at its first place, scores that fall strictly."""
    first: dict[str, float] = {}
    for id, score in found:
        first.setdefault(id, score)
    return list(zip(first, strictly_falling(first.values()), strict=True))[:depth]
