"""What is forgotten is nowhere in the home: not in the catalog, the vectors, the archive, the frontier or an index."""

from contextlib import closing
from pathlib import Path

import pytest
from damage import NOW
from room import BagEncoder
from rounds import go, home_at, in_one_process, serving
from test_publish import said_by

from index.catalog import Catalog
from ingest.archive import Archive, pages
from ingest.frontier import Frontier
from ingest.records import Audience
from service import pipeline
from service.health import examine

SECRET = "Zyzzyva"


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_trace_is_left_and_all_else_is_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_one_process(monkeypatch)
    with serving() as site:
        site.pages["/secret"] = f"The {SECRET} was seen at the court, and the order of the panel was withdrawn."
        assert go(site, tmp_path) == 0
        site.pages["/secret"] = f"The {SECRET} was seen once more, and the minister was told of the survey."
        assert go(site, tmp_path) == 0
        url = f"{site.url}/secret"
    home = home_at(tmp_path)
    kept = {page.url for page in pages(home.archive)} - {url}
    with closing(Catalog(home.catalog)) as catalog:
        before = catalog.count()
    gone = pipeline.forget(home, url)
    pipeline.publish_home(home, BagEncoder())
    assert gone == {"passage": 1, "vector": 2, "ruling": 0, "source": 0, "document": 1, "revision": 2, "response": 2}
    with closing(Catalog(home.catalog)) as catalog:
        assert catalog.count() == before | {"documents": 5, "passages": 5, "vectors": before["vectors"] - 2}
    for database in (home.catalog, home.frontier):
        assert SECRET.encode() not in database.read_bytes()
        assert b"/secret" not in database.read_bytes().replace(f'"{url}"'.encode(), b"")
    for audience in Audience:
        folder = home.generations / audience.value
        assert not [text for text in said_by(folder) if SECRET in text]
    with Frontier(home.frontier) as frontier, Archive(home.archive) as archive:
        assert all(archive.holds(ref) for _, ref in frontier.kept())
    assert {page.url for page in pages(home.archive)} == kept
    assert not [page for page in pages(home.archive) if SECRET.encode() in page.body]
    assert not [one for one in examine(home, NOW) if one.wrong]
    assert pipeline.forget(home, url)["revision"] == 0
