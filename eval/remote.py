"""A running Muniment as a system: asked over HTTP, as any other client asks it."""

import json
from contextlib import closing
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
        self._place, self._ids = urlsplit(address.rstrip("/")), ids
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
