"""Opening what was published. Reading it loads nothing that only writing needs: a search from cold takes a second."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from index.generation import Manifest, in_force, peek, read_manifest
from index.search import RECENT, Searcher
from ingest.records import Audience
from service.encoders import serving_encoder
from service.home import Home

WARMING = 4


def open_searcher(home: Home, audience: Audience = Audience.PUBLIC, recent: int = RECENT) -> Searcher:
    """A searcher over the generation in force that remembers ``recent`` pages, for one question or a few.

    What was not written since the generation was sealed is not hashed again: a decaying disk is for a running service
    and ``doctor`` to find, which read every byte. Raises NothingPublished, Damaged or WrongModel.
    """
    folder = in_force(home.generations, audience)
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(serving_encoder, home, peek(folder))
        return Searcher(folder, read_manifest(folder, trusting=True), loading.result(), recent=recent)


def searcher_of(home: Home, folder: Path, manifest: Manifest) -> Searcher:
    """A searcher over one generation. Raises Damaged or WrongModel."""
    return Searcher(folder, manifest, serving_encoder(home, manifest))


def warm(searcher: Searcher) -> Searcher:
    """The same, after it was asked for its newest titles: the first visitor waits no longer than the next."""
    for hit in searcher.search("", limit=WARMING, facets=()).hits:
        searcher.search(hit.document.title)
    return searcher
