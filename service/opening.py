"""Opening what was published. Reading it loads nothing that only writing needs: a search from cold takes a second."""

from pathlib import Path

from index.generation import Manifest, open_current
from index.search import Searcher
from ingest.records import Audience
from service.encoders import serving_encoder
from service.home import Home


def open_searcher(home: Home, audience: Audience = Audience.PUBLIC) -> Searcher:
    """A searcher over the generation in force. Raises NothingPublished, Damaged or WrongModel."""
    return searcher_of(home, *open_current(home.generations, audience))


def searcher_of(home: Home, folder: Path, manifest: Manifest) -> Searcher:
    """A searcher over one generation. Raises Damaged or WrongModel."""
    return Searcher(folder, manifest, serving_encoder(home, manifest))
