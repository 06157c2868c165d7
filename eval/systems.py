"""What can be measured: anything that ranks documents for a question, as one small record."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from eval.datasets import address_key
from eval.errors import EvalError
from eval.records import Dataset, Query, Run
from eval.trec import strictly_falling
from index.records import Mode
from index.search import Searcher

PAGE = 50
TIMEOUT_SECONDS = 60

Ranking = list[tuple[str, float]]
# The ids of a data set that the document at an address stands for.
Ids = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class System:
    """``rank`` gives at most so many documents with their scores, the best first, none twice.

    ``settings`` is all that distinguishes its rankings from another system's; it goes into the manifest.
    ``index_bytes`` is what it keeps to search in, on disk or in memory; 0 where that is not known.
    """

    name: str
    settings: dict[str, Any]
    rank: Callable[[Query, int], Ranking]
    index_bytes: int = 0


def search_system(name: str, searcher: Searcher, mode: Mode, ids: Ids, index_bytes: int) -> System:
    """This program's search in one of its modes. Renditions folded into a work follow right after it."""
    model = searcher.manifest.encoder

    def rank(query: Query, depth: int) -> Ranking:
        results = searcher.search(query.text, limit=depth, mode=mode, shown=0, facets=())
        cards = ((card, hit.relevance) for hit in results.hits for card in (hit.document, *hit.renditions))
        return emit(((id, score) for card, score in cards for id in ids(card.url)), depth)

    settings = {"generation": searcher.generation, "encoder": model.id, "weights": model.weights}
    return System(name, settings, rank, index_bytes)


def run_system(name: str, run: Run, file: str) -> System:
    """A ranking that was made elsewhere and kept as a TREC run."""

    def rank(query: Query, depth: int) -> Ranking:
        return sorted(run.get(query.id, {}).items(), key=lambda item: -item[1])[:depth]

    return System(name, {"file": file}, rank)


def served_system(address: str, ids: Ids) -> System:
    """The service at ``address``. Raises EvalError where it does not answer, refuses, or changes its index."""
    try:
        place = urlsplit(address.rstrip("/"))
    except ValueError as error:
        raise EvalError("the address of a Muniment", f"{address!r} ({error})", "Correct it.") from error
    settings = {"address": address, "generation": _page(place, "", 0, 1)["generation"]}

    def rank(query: Query, depth: int) -> Ranking:
        hits: list[dict[str, Any]] = []
        total = depth
        while len(hits) < min(depth, total):
            page = _page(place, query.text, len(hits), min(PAGE, depth - len(hits)))
            if page["generation"] != settings["generation"]:
                raise EvalError(f"the index {settings['generation']}", page["generation"], "Measure it again.")
            hits, total = hits + page["hits"], page["total"]
        cards = ((card["url"], hit["relevance"]) for hit in hits for card in (hit["document"], *hit["renditions"]))
        return emit(((id, score) for url, score in cards for id in ids(url)), depth)

    return System(place.netloc, settings, rank)


def _page(place: SplitResult, question: str, offset: int, limit: int) -> dict[str, Any]:
    asked = urlencode({"q": question, "offset": offset, "limit": limit, "plain": True})
    opened = HTTPSConnection if place.scheme == "https" else HTTPConnection
    with closing(opened(place.netloc, timeout=TIMEOUT_SECONDS)) as connection:
        try:
            connection.request("GET", f"{place.path}/api/search?{asked}")
            answer = connection.getresponse()
            page: dict[str, Any] = json.loads(answer.read())
        except (OSError, HTTPException, ValueError) as error:
            raise EvalError(f"a Muniment at {place.netloc}", repr(error), "Start `muniment serve`.") from error
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


def emit(found: Iterable[tuple[str, float]], depth: int) -> Ranking:
    """A ranking as evaluators will see it: each document at its first place, scores that fall strictly."""
    first: dict[str, float] = {}
    for id, score in found:
        first.setdefault(id, score)
    return list(zip(first, strictly_falling(first.values()), strict=True))[:depth]
