"""Two homes with the same publications, one of which also keeps what the public may not see; and what visitors ask."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from damage import desk_of
from fastapi.testclient import TestClient
from room import WORDS, Room, paper, some_papers, some_questions

from index import publish as publishing
from index.catalog import Ruling
from ingest.records import Audience, Document
from service.api import create_app

CANARY = "Zyzzyva"
NOW = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)


class Frozen(datetime):
    """A clock that stands."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return NOW


@dataclass(frozen=True)
class Asked:
    """One request."""

    address: str
    method: str = "GET"
    body: dict[str, Any] | None = None
    headers: tuple[tuple[str, str], ...] = ()


def two_rooms(folder: Path, patch: pytest.MonkeyPatch, hidden: int) -> tuple[Room, Room, list[Document]]:
    """A room without and one with ``hidden`` documents that are members', restricted or withdrawn; and those."""
    patch.setattr(publishing, "datetime", Frozen)
    rng = Random(51)
    public = some_papers(rng, 60)
    secret = [
        replace(
            paper(f"secret-{n}", f"{CANARY} {' '.join(rng.choices(WORDS, k=12))}.", title=f"{CANARY} {n}"),
            audience=Audience.MEMBERS if n % 3 else Audience.PUBLIC,
            authors=(CANARY,),
            tags=("SGO",),
        )
        for n in range(hidden)
    ]
    alone, beside = Room(folder / "alone", segment=50), Room(folder / "beside", segment=50)
    alone.put(*public)
    with beside.catalog.write():
        for at, one in enumerate(public):
            beside.put(*secret[at :: len(public)][:4], one)
        beside.put(*(one for at in range(len(public)) for one in secret[at :: len(public)][4:]))
        for number, one in enumerate(secret[::3]):
            beside.catalog.rule(one.url, Ruling.MEMBERS if number % 2 else Ruling.WITHDRAWN)
    alone.publish()
    beside.publish()
    return alone, beside, secret


def client_of(room: Room) -> TestClient:
    return TestClient(create_app(desk_of(room), now=lambda: NOW))


def some_requests(rng: Random, public: Room, secret: list[Document], count: int) -> Iterator[Asked]:
    """Requests over every route: for what is held, what is hidden and what never was."""
    held = [edition.current for edition in public.catalog.editions(Audience.PUBLIC)]
    for _ in range(count):
        one = rng.choice((*held, rng.choice(secret), rng.choice(secret), paper(f"never-{rng.random()}")))
        words = rng.choice((*some_questions(rng, 3), CANARY, one.title, ""))
        span = sorted(rng.choices(range(80), k=2))
        narrow = rng.choice(("", "&kind=report", "&tag=SGO", "&since=2015&until=2020", "&tag=nothing", "&since=lately"))
        etag = f'"{next(iter(public_generation(public)))}"'
        quoted = f"version={one.version}&start={span[0]}&end={span[1]}&quote={quote(one.text[slice(*span)])}"
        yield rng.choice(
            (
                Asked(f"/?q={words}{narrow}"),
                Asked(f"/?q={words}{narrow}&page=2&sort=date"),
                Asked(f"/api/search?q={words}{narrow}&limit={rng.randint(1, 50)}&offset={rng.randint(0, 20)}"),
                Asked(f"/api/search?q={words}&sort=date&kind=nonsense"),
                Asked(f"/api/ask?q={words}{narrow}"),
                Asked(f"/api/related?id={one.id}&limit=12"),
                Asked(f"/api/related?url={one.url}", headers=(("If-None-Match", etag),)),
                Asked("/api/related", "POST", {"title": words, "text": one.text or "x", "url": one.url}),
                Asked(f"/related?url={one.url}&limit=9"),
                Asked(f"/api/documents/{one.id}"),
                Asked(f"/api/documents/{one.id}?version={one.version}"),
                Asked(f"/documents/{one.id}?version={one.version}&start={span[0]}&end={span[1]}"),
                Asked(f"/documents/{one.id}", headers=(("Accept", "text/html"),)),
                Asked(f"/api/verify?document={one.id}&{quoted}"),
                Asked(rng.choice(("/status", "/healthz", "/readyz", "/openapi.json", "/widget.js", "/metrics"))),
                Asked(rng.choice(("/static/app.css", "/nowhere", f"/{one.id}", "/static/../secret", "/members"))),
                Asked(f"/api/search?q={words}", rng.choice(("HEAD", "OPTIONS", "DELETE", "PUT"))),
            )
        )


def public_generation(room: Room) -> Iterator[str]:
    yield room.searcher().generation


def answered(client: TestClient, asked: Asked) -> tuple[int, list[tuple[str, str]], bytes]:
    """Everything of an answer but the time it was given and its number."""
    given = client.request(asked.method, asked.address, json=asked.body, headers=dict(asked.headers))
    headers = [(name, value) for name, value in given.headers.items() if name not in ("date", "x-request-id")]
    return given.status_code, headers, given.content


def told_apart(one: TestClient, other: TestClient, requests: list[Asked]) -> list[Asked]:
    """The requests that two services answer differently, by one byte or header."""
    return [asked for asked in requests if answered(one, asked) != answered(other, asked)]
