"""Pages to read: one alone, and one of a site that is known."""

import pytest
from pages import article, page, semantic, site

from ingest.extract import extract
from ingest.records import Document
from ingest.template import SiteTemplate, learn

FILLER = "".join(
    f"<p>The board considered item {n} at some length and agreed to return to it in the spring.</p>" for n in range(6)
)


def alone(body: str, head: str = "<title>Notes</title>", **headers: str) -> Document:
    found = extract(
        page(f"<html><head>{head}</head><body><main><h1>Notes</h1>{body}{FILLER}</main></body></html>", **headers), None
    )
    assert isinstance(found, Document), found
    return found


@pytest.fixture(scope="module")
def known() -> SiteTemplate:
    return learn([each for _, each in site(semantic)])


def inside(known: SiteTemplate, body: str) -> Document:
    """A document of a known site whose article is ``body``."""
    own = article(50)
    found = extract(page(semantic(own).replace(own.html, body), own.path), known)
    assert isinstance(found, Document), found
    return found
