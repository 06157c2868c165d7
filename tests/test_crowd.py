"""Too much at once, from one visitor or in one request is refused early, with a word on when to come back."""

import asyncio
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zlib import crc32

import pytest
from browser import served
from fastapi.testclient import TestClient
from shelf import Shelf, ShelfDesk

from service import crowd
from service.access import Access
from service.api import create_app
from service.config import ServeSettings
from service.errors import Problem
from service.keys import Keys, Scope

PROXY, VISITOR = "10.0.0.7", "198.51.100.9"


def client(peer: str, *proxies: str) -> TestClient:
    return TestClient(
        create_app(ShelfDesk(), access=Access(serve=ServeSettings(proxies=proxies, per_minute=5))), client=(peer, 4711)
    )


def statuses(asking: TestClient, addresses: list[str]) -> list[int]:
    return [asking.get("/status", headers={"X-Forwarded-For": one}).status_code for one in addresses]


def test_a_visitor_who_asks_too_often_is_told_when_to_come_back() -> None:
    asking = client(VISITOR)
    assert asking.head("/status").status_code == 200
    assert statuses(asking, [VISITOR] * 6) == [200] * 4 + [429] * 2
    refused = asking.get("/api/search?q=guardians")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["state"] == "busy"
    assert asking.get("/healthz").status_code == asking.get("/widget.js").status_code == 200


def test_a_forged_address_gains_nothing_and_a_proxy_tells_visitors_apart() -> None:
    forged = [f"203.0.113.{n}" for n in range(7)]
    assert statuses(client(VISITOR), forged) == [200] * 5 + [429] * 2
    assert statuses(client(PROXY, PROXY), forged) == [200] * 7
    assert statuses(client(PROXY, PROXY), [f"{one}, {VISITOR}" for one in forged]) == [200] * 5 + [429] * 2


def test_this_machine_itself_is_not_counted() -> None:
    assert statuses(client("127.0.0.1"), ["127.0.0.1"] * 9) == [200] * 9


def test_each_key_is_counted_for_itself_and_a_made_up_one_for_its_address(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "desk.sqlite")
    first, second = keys.add("one", Scope.STAFF), keys.add("other", Scope.STAFF)
    asking = TestClient(
        create_app(ShelfDesk(), access=Access(keys=keys, serve=ServeSettings(per_minute=5))), client=(VISITOR, 4711)
    )

    def asked(*given: str) -> list[int]:
        signs = [{"Authorization": f"Bearer {key}"} if key else {} for key in given]
        return [asking.get("/status", headers=sign).status_code for sign in signs]

    assert asked(*[first] * 6) == [200] * 5 + [429]
    assert asked(*[second] * 3) == [200] * 3
    as_password = b64encode(f"me:{second}".encode()).decode()
    signed = [asking.get("/status", headers={"Authorization": f"Basic {as_password}"}).status_code for _ in range(3)]
    assert signed == [200] * 2 + [429]
    made_up = [f"muniment_{n:032x}{crc32(f'{n:032x}'.encode()):08x}" for n in range(6)]
    assert asked(*made_up) == [200] * 5 + [429]


class Slow(Shelf):
    """A shelf that answers when it is told to."""

    def search(self, *asked: object, **more: object):  # type: ignore[no-untyped-def]
        arrived.release()
        assert go_on.wait(30)
        return super().search(*asked, **more)  # type: ignore[arg-type]


arrived, go_on = threading.Semaphore(0), threading.Event()


@pytest.fixture
def address() -> Iterator[str]:
    with served(create_app(ShelfDesk(Slow()))) as base:
        yield base


def test_searches_beyond_what_can_be_done_are_shed_while_the_rest_is_served(address: str) -> None:
    import httpx2

    def ask(_: int) -> int:
        return httpx2.get(f"{address}/api/search?q=guardians", timeout=60).status_code

    with ThreadPoolExecutor(crowd.SEARCHES) as pool:
        accepted = [pool.submit(ask, number) for number in range(crowd.SEARCHES)]
        for _ in accepted:
            arrived.acquire(timeout=30)
        shed = httpx2.get(f"{address}/api/search?q=guardians", timeout=60)
        assert (shed.status_code, shed.headers["retry-after"]) == (503, "1")
        assert shed.headers["x-content-type-options"] == "nosniff"
        assert httpx2.get(f"{address}/readyz", timeout=60).status_code == 200
        assert httpx2.get(f"{address}/status", timeout=60).status_code == 200
        go_on.set()
        assert [one.result() for one in accepted] == [200] * crowd.SEARCHES
    assert httpx2.get(f"{address}/api/search?q=guardians", timeout=60).status_code == 200


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each was ready to wait for a place."""
    said: list[float] = []
    timeout = asyncio.timeout
    monkeypatch.setattr(crowd.asyncio, "timeout", lambda seconds: said.append(seconds) or timeout(seconds / 10))
    return said


def test_after_one_has_waited_in_vain_none_waits_long(patience: list[float]) -> None:
    async def refused() -> None:
        places = crowd.Places(1)
        await places.find()
        for _ in range(3):
            with pytest.raises(Problem):
                await places.find()

    asyncio.run(refused())
    long, short = crowd.PATIENCE_SECONDS, crowd.CROWDED_PATIENCE_SECONDS
    assert patience == [long, long, short, short]


def test_behind_many_none_waits_long_and_a_place_goes_to_the_first(patience: list[float]) -> None:
    async def waiting() -> list[object]:
        places = crowd.Places(1)
        await places.find()
        asked = [asyncio.create_task(places.find()) for _ in range(crowd.MOST_WAITING + 2)]
        await asyncio.sleep(0)
        places.leave()
        return await asyncio.gather(*asked, return_exceptions=True)

    first, *others = asyncio.run(waiting())
    assert first is None and {type(one) for one in others} == {Problem}
    long, short = crowd.PATIENCE_SECONDS, crowd.CROWDED_PATIENCE_SECONDS
    assert patience == [long] * (1 + crowd.MOST_WAITING) + [short] * 2


@pytest.mark.parametrize(
    ("address", "headers", "body", "status"),
    [
        ("/api/search?q=" + "a" * 20_000, {}, None, 414),
        ("/static/app.css", {"Range": "bytes=" + "0-0," * 10_000 + "1-1"}, None, 431),
        ("/", {"X-Long": "a" * 65_536}, None, 431),
        ("/api/related", {}, b"a" * (10 << 20), 413),
        ("/api/related", {"Content-Length": "soon"}, b"{}", 413),
    ],
)
def test_one_request_that_is_too_long_is_refused_unread(
    address: str, headers: dict[str, str], body: bytes | None, status: int
) -> None:
    asking = TestClient(create_app(ShelfDesk()))
    answer = asking.request("POST" if body else "GET", address, headers=headers, content=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"type", "title", "status", "detail", "remedy", "state"}


def test_a_body_without_a_stated_length_is_cut_off() -> None:
    def parts() -> Iterator[bytes]:
        yield from (b"a" * 65_536 for _ in range(200))

    assert TestClient(create_app(ShelfDesk())).post("/api/related", content=parts()).status_code == 413
