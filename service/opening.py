"""Opening what was published. Reading it loads nothing that only writing needs: a search from cold takes a second."""

from index.generation import open_current
from index.search import Searcher
from ingest.records import Audience
from service.encoders import serving_encoder
from service.home import Home


def open_searcher(home: Home, audience: Audience = Audience.PUBLIC) -> Searcher:
    """A searcher over the generation in force. Raises NothingPublished, Damaged or WrongModel."""
    folder, manifest = open_current(home.generations, audience)
    return Searcher(folder, manifest, serving_encoder(home, manifest))
