"""What can be measured: anything that ranks documents for a question, behind one small protocol."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from eval.datasets import address_key
from eval.errors import EvalError
from eval.records import Dataset, Query, Run
from eval.trec import strictly_falling
from index.records import Mode
from index.search import Searcher

PAGE = 50
TIMEOUT_SECONDS = 60

# The ids of a data set that the document at an address stands for.
Ids = Callable[[str], Sequence[str]]


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


class Served:
    """The service at ``address``. Raises EvalError where it does not answer, refuses, or changes its index."""

    index_bytes = 0

    def __init__(self, address: str, ids: Ids) -> None:
        try:
            self._place, self._ids = urlsplit(address.rstrip("/")), ids
        except ValueError as error:
            raise EvalError("the address of a Muniment", f"{address!r} ({error})", "Correct it.") from error
        self.name = self._place.netloc
        self.settings = {"address": address, "generation": self._page("", 0, 1)["generation"]}

    def rank(self, query: Query, depth: int) -> list[tuple[str, float]]:
        hits: list[dict[str, Any]] = []
        total = depth
        while len(hits) < min(depth, total):
            page = self._page(query.text, len(hits), min(PAGE, depth - len(hits)))
            if page["generation"] != self.settings["generation"]:
                raise EvalError(f"the index {self.settings['generation']}", page["generation"], "Measure it again.")
            hits, total = hits + page["hits"], page["total"]
        cards = ((card["url"], hit["relevance"]) for hit in hits for card in (hit["document"], *hit["renditions"]))
        return emit(((id, score) for url, score in cards for id in self._ids(url)), depth)

    def _page(self, question: str, offset: int, limit: int) -> dict[str, Any]:
        asked = urlencode({"q": question, "offset": offset, "limit": limit, "plain": True})
        opened = HTTPSConnection if self._place.scheme == "https" else HTTPConnection
        with closing(opened(self.name, timeout=TIMEOUT_SECONDS)) as connection:
            try:
                connection.request("GET", f"{self._place.path}/api/search?{asked}")
                answer = connection.getresponse()
                page: dict[str, Any] = json.loads(answer.read())
            except (OSError, HTTPException, ValueError) as error:
                raise EvalError(f"a Muniment at {self.name}", repr(error), "Start `muniment serve`.") from error
        if answer.status != 200:
            raise EvalError(f"an answer to {question[:60]!r}", f"{answer.status} {page}", "Mend or drop the question.")
        return page


def ids_of(dataset: Dataset) -> Ids:
    """How documents of a home are named in the data set; a page it does not know keeps its address as its name."""
    if dataset.corpus:
        return lambda url: (url,)
    known = dataset.addresses.get
    # As an id no address may hold a space.
    return lambda url: known(url) or known(address_key(url)) or ("%20".join(url.split()),)


def emit(found: Iterable[tuple[str, float]], depth: int) -> list[tuple[str, float]]:
    """A ranking as evaluators will see it: each document at its first place, scores that fall strictly."""
    first: dict[str, float] = {}
    for id, score in found:
        first.setdefault(id, score)
    return list(zip(first, strictly_falling(first.values()), strict=True))[:depth]
