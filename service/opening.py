"""Opening what was published. Reading it loads nothing that only writing needs: a search from cold takes a second."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

from index.embed import Encoder
from index.generation import Manifest, in_force, peek, read_manifest
from index.search import RECENT, Searcher
from ingest.records import Audience
from service.encoders import serving_encoder
from service.home import Home

WARMING = 4


def open_searcher(home: Home, audience: Audience = Audience.PUBLIC, recent: int = RECENT) -> Searcher:
    """A searcher over the generation in force that remembers ``recent`` pages, for one question or a few.

    What was not written since generation and model were sealed is not hashed again: a decaying disk is for a running
    service and ``doctor`` to find, which read every byte. Raises NothingPublished, Damaged or WrongModel.
    """
    folder = in_force(home.generations, audience)
    with ThreadPoolExecutor(1) as pool:
        encoder = cast(Encoder, _Loading(pool.submit(serving_encoder, home, peek(folder), trusting=True)))
        return Searcher(folder, read_manifest(folder, trusting=True), encoder, recent=recent)


class _Loading:
    """An encoder that is still loaded: whoever wants anything of it waits."""

    def __init__(self, loading: Future[Encoder]) -> None:
        self._loading = loading

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loading.result(), name)


def searcher_of(home: Home, folder: Path, manifest: Manifest) -> Searcher:
    """A searcher over one generation. Raises Damaged or WrongModel."""
    return Searcher(folder, manifest, serving_encoder(home, manifest))


def warm(searcher: Searcher) -> Searcher:
    """The same, after it was asked for its newest titles: the first visitor waits no longer than the next."""
    for hit in searcher.search("", limit=WARMING, facets=()).hits:
        searcher.search(hit.document.title)
    return searcher
