"""What the public may not see changes nothing of what the public is told: not a byte, a header, a number or a name.

Five thousand requests in `make soak`.
"""

import logging
from pathlib import Path
from random import Random

import pytest
from damage import desk_of
from fastapi.testclient import TestClient
from interference import CANARY, NOW, Asked, answered, client_of, some_requests, told_apart, two_rooms
from test_publish import said_by

from index.generation import open_current
from ingest.records import Audience
from service.access import Access
from service.api import create_app
from service.keys import Keys, Scope


def test_five_hundred_hidden_documents_change_no_byte_of_any_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    alone, beside, secret = two_rooms(tmp_path, monkeypatch, 500)
    requests = list(some_requests(Random(52), alone, secret, 300))
    assert told_apart(client_of(alone), client_of(beside), requests) == []
    shown = client_of(beside)
    for asked in requests:
        # A canary that was asked for is said back as the question and nowhere else; nothing else says it.
        if CANARY not in asked.address and CANARY not in str(asked.body):
            _, headers, body = answered(shown, asked)
            assert CANARY.casefold() not in f"{headers}{body!r}".casefold()
    ours = [str(record.__dict__) for record in caplog.records if record.name.startswith("muniment")]
    assert ours and CANARY.casefold() not in "".join(ours).casefold()
    folder, manifest = open_current(beside.generations, Audience.PUBLIC)
    assert manifest.documents == 60
    assert not [text for text in said_by(folder) if CANARY.casefold() in text.casefold()]
    assert beside.searcher()._engine.frequencies(manifest.scope, [CANARY.casefold()]) == [0]
    beside.segment = 1_000
    beside.publish(Audience.MEMBERS)
    assert beside.searcher(Audience.MEMBERS).search(CANARY).total > 300


def test_a_service_that_opens_more_than_the_publics_index_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, beside, secret = two_rooms(tmp_path, monkeypatch, 60)
    beside.publish(Audience.MEMBERS)
    requests = list(some_requests(Random(53), alone, secret, 60))
    desk = desk_of(beside)
    desk.searcher = beside.searcher(Audience.MEMBERS)
    assert told_apart(client_of(alone), TestClient(create_app(desk, now=lambda: NOW)), requests)


def test_hidden_withdrawn_and_unknown_are_one_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, beside, secret = two_rooms(tmp_path, monkeypatch, 12)
    client = client_of(beside)
    for address in ("/api/documents/{}", "/documents/{}", "/api/related?id={}"):
        ids = (*(one.id for one in secret), "0" * 16)
        assert len({answered(client, Asked(address.format(id)))[2] for id in ids}) == 1


def test_the_metrics_count_what_is_public(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, beside, _ = two_rooms(tmp_path, monkeypatch, 60)
    told = []
    for room in (alone, beside):
        keys = Keys(room.folder / "desk.sqlite")
        app = create_app(desk_of(room), access=Access(keys=keys))
        headers = {"Authorization": f"Bearer {keys.add('Root', Scope.ADMIN)}"}
        text = TestClient(app).get("/metrics", headers=headers).text
        told.append(
            [line for line in text.splitlines() if line.startswith(("muniment_documents", "muniment_generation"))]
        )
    assert told[0] == told[1] != []
