"""A running Muniment as a system: asked over HTTP, as any other client asks it."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from eval.errors import EvalError
from eval.records import Query
from eval.systems import Ids, emit

PAGE = 50
TIMEOUT_SECONDS = 60


class Served:
    """The service at ``address``. Raises EvalError where it does not answer, refuses, or changes its index."""

    index_bytes = 0

    def __init__(self, address: str, ids: Ids) -> None:
        place = urlsplit(address)
        opened = HTTPSConnection if place.scheme == "https" else HTTPConnection
        self.name, self._ids = place.netloc, ids
        self._connection = opened(place.netloc, timeout=TIMEOUT_SECONDS)
        self._path = f"{place.path.rstrip('/')}/api/search"
        self.settings = {"address": address, "generation": self._page("", 0, 1)["generation"]}

    def rank(self, query: Query, depth: int) -> list[tuple[str, float]]:
        hits: list[dict[str, Any]] = []
        while len(hits) < depth:
            page = self._page(query.text, len(hits), min(PAGE, depth - len(hits)))
            if page["generation"] != self.settings["generation"]:
                raise EvalError(f"the index {self.settings['generation']}", page["generation"], "Measure it again.")
            hits += page["hits"]
            if len(hits) >= page["total"]:
                break
        cards = ((card["url"], hit["relevance"]) for hit in hits for card in (hit["document"], *hit["renditions"]))
        return emit(((id, score) for url, score in cards for id in self._ids(url)), depth)

    def _page(self, question: str, offset: int, limit: int) -> dict[str, Any]:
        asked = urlencode({"q": question, "offset": offset, "limit": limit})
        try:
            self._connection.request("GET", f"{self._path}?{asked}")
            answer = self._connection.getresponse()
            content = answer.read()
            if answer.status == 200:
                page: dict[str, Any] = json.loads(content)
                return page
        except (OSError, HTTPException, ValueError) as error:
            raise EvalError(f"a Muniment at {self.name}", repr(error), "Start it with `muniment serve`.") from error
        found = f"{answer.status}: {content[:200].decode(errors='replace')}"
        raise EvalError(f"an answer of {self.name} to {question[:60]!r}", found, "Leave the question out, or mend it.")
