"""What was withdrawn or restricted is nowhere in public from then on: no answer, number, term or text of it."""

from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from damage import desk_of
from fastapi.testclient import TestClient
from room import Room, paper, some_papers
from test_publish import said_by

from index.catalog import Ruling
from ingest.records import Audience
from service.api import create_app

COUNT = 100


def canary(number: int) -> str:
    """A word that one document alone has, which no stemmer changes."""
    return f"zyzz{number:03d}"


def secret(number: int, **facts: object):  # type: ignore[no-untyped-def]
    words = f"{canary(number)} guardian order {canary(number)}"
    return paper(f"secret-{number}", f"{words.title()} > {words}.", title=words, tags=(canary(number),), **facts)


def traces(room: Room, client: TestClient) -> set[str]:
    """The canaries that can be found by any way in, and those in what is stored."""
    found = set()
    searcher = room.searcher()
    folder = room.generations / Audience.PUBLIC
    stored = "\n".join(said_by(folder)) + "".join(path.read_text("utf-8") for path in folder.rglob("*.json"))
    with closing(searcher):
        every = "".join(
            client.get(address).text
            for address in ("/", "/status", "/api/search?limit=50", "/api/search?q=guardian+order&limit=50", "/readyz")
        )
        terms = searcher._engine.frequencies(searcher.manifest.scope, [canary(number) for number in range(COUNT)])
        for number in range(COUNT):
            document, word = secret(number), canary(number)
            asked = [
                client.get(f"/api/search?tag={word}").json()["total"] > 0,
                client.get(f"/api/documents/{document.id}").status_code != 404,
                client.get(f"/api/related?url={document.url}").status_code != 404,
                word in client.get("/api/ask?q=guardian+order").text if number < 3 else False,
            ]
            if any(asked) or terms[number] or word in every or word in stored:
                found.add(word)
    return found


@pytest.mark.slow
def test_a_hundred_that_were_taken_out_are_nowhere(tmp_path: Path) -> None:
    room = Room(tmp_path, segment=60)
    room.put(*some_papers(Random(95), 60), *map(secret, range(COUNT)))
    room.publish()
    desk = desk_of(room)
    client = TestClient(create_app(desk))
    assert len(traces(room, client)) == COUNT
    etag = client.get(f"/api/related?id={secret(0).id}").headers["etag"]
    for number in range(COUNT):
        if number % 3:
            room.catalog.rule(secret(number).url, Ruling.MEMBERS if number % 2 else Ruling.WITHDRAWN)
        else:
            room.catalog.withdraw(secret(number).url)
    room.publish()
    assert desk.refresh()
    assert traces(room, client) == set()
    assert client.get(f"/api/related?id={secret(0).id}", headers={"If-None-Match": etag}).status_code == 404


def test_a_document_that_is_still_there_is_found_out(tmp_path: Path) -> None:
    room = Room(tmp_path, segment=60)
    room.put(*map(secret, range(COUNT)))
    room.catalog.withdraw(secret(1).url)
    room.publish()
    assert traces(room, TestClient(create_app(desk_of(room)))) == {canary(n) for n in range(COUNT) if n != 1}
