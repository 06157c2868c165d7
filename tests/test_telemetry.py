"""Counts for Prometheus and lines of JSON: enough to keep the service, and nothing of what was asked."""

import json
import logging
from pathlib import Path
from random import Random

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from shelf import SHELF, Shelf, ShelfDesk

from service.access import Access
from service.api import create_app
from service.keys import Keys, Scope
from service.telemetry import JsonLines

SECRET = "guardians-of-what-was-asked"


@pytest.fixture
def asking(tmp_path: Path) -> TestClient:
    keys = Keys(tmp_path / "desk.sqlite")
    app = create_app(ShelfDesk(), access=Access(keys=keys))
    return TestClient(app, headers={"Authorization": f"Bearer {keys.add('Root', Scope.ADMIN)}"})


def samples(asking: TestClient) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(asking.get("/metrics").text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_answers_are_counted_and_timed_under_their_route(asking: TestClient) -> None:
    for _ in range(3):
        asking.get("/api/search?q=guardians")
    asking.head("/api/search?q=guardians")
    asking.get("/api/search?nonsense=1")
    asking.get(f"/documents/{SHELF[0].id}")
    told = samples(asking)
    assert told["muniment_answers_total", "/api/search", "200"] == 4
    assert told["muniment_answers_total", "/api/search", "422"] == 1
    assert told["muniment_answers_total", "/documents/{document_id}", "200"] == 1
    assert told["muniment_request_seconds_count", "/api/search"] == 5
    assert told["muniment_generation_made_seconds",] == Shelf().made_at.timestamp()
    assert told["muniment_documents",] == len(SHELF)
    assert (told["muniment_crawl_failures",], told["muniment_degraded",]) == (1, 0)


def test_any_number_of_addresses_makes_no_more_than_five_hundred_series(asking: TestClient) -> None:
    rng = Random(91)
    for number in range(1_500):
        path = rng.choice(
            ("/{}", "/documents/{}", "/api/documents/{}?version=x", "/static/{}", "/related?url=http://{}")
        )
        asking.request(rng.choice(("GET", "GET", "POST", "PURGE")), path.format(number))
    told = samples(asking)
    assert sum(value for name, value in told.items() if name[0] == "muniment_answers_total") >= 1_500
    assert len(told) <= 500


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_line_of_the_log_says_what_became_of_a_request_and_not_what_was_asked(
    asking: TestClient, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    caplog.set_level(logging.INFO)
    answer = asking.request(method, f"/api/search?q={SECRET}")
    [record] = [one for one in caplog.records if one.name == "muniment.access"]
    said = json.loads(JsonLines().format(record))
    assert said["at"].endswith("+00:00")
    assert (said["method"], said["route"], said["status"]) == (method, "/api/search", 200)
    assert said["ms"] >= 0 and SECRET not in str(record.__dict__)
    assert len(answer.headers["x-request-id"]) == 32
    assert asking.get("/healthz").headers["x-request-id"] != answer.headers["x-request-id"]


def test_a_fault_of_ours_is_logged_with_its_trace_the_requests_id_and_without_the_question(
    asking: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    monkeypatch.setattr(caplog.handler, "emit", lambda record: lines.append(JsonLines().format(record)))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the shelf fell over")

    monkeypatch.setattr(Shelf, "search", broken)
    answer = asking.get(f"/api/search?q={SECRET}")
    assert answer.status_code == 500
    [said] = [json.loads(line) for line in lines if "a request failed" in line]
    assert said["request"] == answer.headers["x-request-id"] and "the shelf fell over" in said["trace"]
    assert said["level"] == "error" and SECRET not in json.dumps(said)
