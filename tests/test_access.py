"""The policy of every route, read from OpenAPI and tried with every sort of key; what is not declared is not served."""

import base64
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from shelf import SHELF, ShelfDesk
from starlette.requests import Request
from starlette.routing import Mount

from ingest.records import Audience
from service.access import Access
from service.api import create_app
from service.config import ServeSettings
from service.keys import Keys, Scope

UPDATE = SHELF[0]
WORDS = {
    "/api/ask": "?q=guardians",
    "/feedback": "?q=guardians",
    "/api/related": f"?id={UPDATE.id}",
    "/related": f"?url={UPDATE.url}",
    "/api/verify": f"?document={UPDATE.id}&version={UPDATE.version}&start=0&end=3&quote={UPDATE.text[:3]}",
}
# What changes something is taken from this site's own pages alone.
SAME_SITE = {"/feedback"}
WHO = ("anonymous", "widget", "staff", "admin", "revoked", "expired")
# Served beside OpenAPI's operations: the description itself, for everyone, and files of this program.
BESIDE = {"/openapi.json", "/static"}


@dataclass(frozen=True)
class Door:
    """An application for one audience, and the keys there are."""

    app: FastAPI
    keys: dict[str, str]

    def try_(self, who: str, method: str, path: str) -> int:
        headers = {"Authorization": f"Bearer {self.keys[who]}"} if who in self.keys else {}
        headers |= {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"} if who == "widget" else {}
        address = path.replace("{document_id}", UPDATE.id) + WORDS.get(path, "")
        said = {"data": {"helpful": "yes"}} if path == "/feedback" else {"json": {"text": "Guardians."}}
        body = said if method == "POST" else {}
        return TestClient(self.app).request(method, address, headers=headers, **body).status_code


def door(folder: Path, audience: Audience) -> Door:
    folder.mkdir(exist_ok=True)
    keys = Keys(folder / "desk.sqlite")
    given = {
        "staff": keys.add("Ada", Scope.STAFF),
        "admin": keys.add("Root", Scope.ADMIN),
        "revoked": keys.add("Gone", Scope.ADMIN),
        "expired": keys.add("Late", Scope.ADMIN, until=date(2020, 1, 1)),
    }
    keys.revoke(next(one.id for one in keys.all() if one.name == "Gone"))
    return Door(create_app(ShelfDesk(), access=Access(audience, keys)), given)


@pytest.fixture(params=Audience)
def audience(request: pytest.FixtureRequest) -> Audience:
    return request.param


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict]]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def undeclared(app: FastAPI) -> set[str]:
    """Routes without a policy: those that OpenAPI does not know, and those it says nothing of."""
    told = {path for _, path, operation in operations(app) if "security" in operation}
    served = {route.path for route in app.routes if isinstance(route, Mount) or hasattr(route, "methods")}
    return served - told - BESIDE


def expected(path: str, operation: dict, who: str) -> int:
    scopes = {scope for way in operation["security"] for scope in next(iter(way.values()))}
    if not operation["security"]:
        return 403 if who == "widget" and path in SAME_SITE else 200
    if who not in ("staff", "admin"):
        return 401
    return 200 if who == "admin" or who in scopes else 403


def test_every_route_has_a_declared_policy(tmp_path: Path, audience: Audience) -> None:
    assert undeclared(door(tmp_path, audience).app) == set()


def test_a_route_without_a_policy_is_found_out(tmp_path: Path) -> None:
    app = door(tmp_path, Audience.PUBLIC).app
    app.add_api_route("/backdoor", lambda: "welcome")
    app.add_route("/hatch", lambda _: None, include_in_schema=False)
    assert undeclared(app) == {"/backdoor", "/hatch"}


def test_every_route_lets_in_whom_its_policy_says_and_no_other(tmp_path: Path, audience: Audience) -> None:
    tried = door(tmp_path, audience)
    cases = list(product(WHO, operations(tried.app)))
    wrong = [
        (who, method, path, found)
        for who, (method, path, operation) in cases
        if (found := tried.try_(who, method, path)) != expected(path, operation, who)
    ]
    assert wrong == []
    assert len(cases) >= 6 * 13


def test_a_policy_that_is_not_kept_is_found_out(tmp_path: Path) -> None:
    open_, closed = door(tmp_path / "a", Audience.PUBLIC), door(tmp_path / "b", Audience.MEMBERS)
    mixed = replace(open_, keys=closed.keys)
    assert [
        path
        for method, path, operation in operations(closed.app)
        if mixed.try_("anonymous", method, path) != expected(path, operation, "anonymous")
    ]


def test_the_publics_pages_and_widget_need_no_key_and_only_the_members_service_asks_for_one(tmp_path: Path) -> None:
    public, members = (door(tmp_path / one, one) for one in Audience)
    keyed = {path for _, path, operation in operations(public.app) if operation["security"]}
    open_ = {path for _, path, operation in operations(members.app) if not operation["security"]}
    assert (keyed, open_) == ({"/metrics"}, {"/healthz", "/readyz"})


def test_a_browser_is_asked_for_the_key_and_what_members_read_is_kept_and_shared_by_nobody(tmp_path: Path) -> None:
    tried = door(tmp_path, Audience.MEMBERS)
    client = TestClient(tried.app)
    refused = client.get("/?q=guardians", headers={"Accept": "text/html"})
    assert refused.status_code == 401 and refused.headers["www-authenticate"].startswith("Basic ")
    for address in ("/", f"/api/related?id={UPDATE.id}", "/widget.js", "/api/search?q=guardians"):
        answer = client.get(address, auth=("ada", tried.keys["staff"]))
        assert answer.status_code == 200, address
        assert answer.headers["cache-control"] == "private, no-store"
        assert "access-control-allow-origin" not in answer.headers
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("said", ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"no-colon").decode(), "Bearer"])
def test_what_is_no_credential_is_refused_like_none(tmp_path: Path, said: str) -> None:
    client = TestClient(door(tmp_path, Audience.MEMBERS).app)
    assert client.get("/", headers={"Authorization": said}).status_code == 401


@pytest.mark.parametrize("said", ["Jörg:{}", "ada:{} ", ":{}"])
def test_any_name_and_a_key_that_was_pasted_with_a_space_sign_in(tmp_path: Path, said: str) -> None:
    tried = door(tmp_path, Audience.MEMBERS)
    given = base64.b64encode(said.format(tried.keys["staff"]).encode()).decode()
    assert TestClient(tried.app).get("/", headers={"Authorization": f"Basic {given}"}).status_code == 200


def test_another_site_cannot_make_a_signed_in_browser_send_anything(tmp_path: Path) -> None:
    tried = door(tmp_path, Audience.MEMBERS)
    client, ada = TestClient(tried.app), ("ada", tried.keys["staff"])
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200)):
        headers = {"Sec-Fetch-Site": site}
        assert client.post("/api/related", json={"text": "x"}, auth=ada, headers=headers).status_code == status
        assert client.get("/", auth=ada, headers=headers).status_code == 200  # a link from elsewhere


def test_a_user_that_a_trusted_proxy_signed_in_is_staff_and_a_forged_one_is_not(tmp_path: Path) -> None:
    proxied = ServeSettings(proxies=("10.0.0.7",), user_header="X-Remote-User", per_minute=0)
    access = Access(Audience.MEMBERS, Keys(tmp_path / "desk.sqlite"), proxied)
    app = create_app(ShelfDesk(), access=access)
    for address, status in (("10.0.0.7", 200), ("10.0.0.8", 401)):
        client = TestClient(app, client=(address, 4711))
        assert client.get("/status", headers={"X-Remote-User": "ada"}).status_code == status
        assert client.get("/metrics", headers={"X-Remote-User": "ada"}).status_code in (401, 403)
        assert client.get("/status").status_code == 401


def test_a_key_opens_what_it_opens_whomever_a_proxy_signed_in(tmp_path: Path) -> None:
    proxied = ServeSettings(proxies=("10.0.0.7",), user_header="X-Remote-User", per_minute=0)
    access = Access(Audience.MEMBERS, Keys(tmp_path / "desk.sqlite"), proxied)
    key = access.keys.add("Root", Scope.ADMIN)
    client = TestClient(create_app(ShelfDesk(), access=access), client=("10.0.0.7", 4711))
    headers = {"X-Remote-User": "ada", "Authorization": f"Bearer {key}"}
    assert client.get("/metrics", headers=headers).status_code == 200


def test_who_visits_is_told_by_the_proxy_and_not_by_the_visitor(tmp_path: Path) -> None:
    access = Access(Audience.PUBLIC, Keys(tmp_path / "desk.sqlite"), ServeSettings(proxies=("10.0.0.7",)))
    for lines, visitor in (
        ([b"9.9.9.9, 203.0.113.8"], "203.0.113.8"),
        ([b"9.9.9.9", b"203.0.113.8"], "203.0.113.8"),
        ([], "10.0.0.7"),
    ):
        headers = [(b"x-forwarded-for", line) for line in lines]
        assert access.visitor(Request({"type": "http", "headers": headers, "client": ("10.0.0.7", 1)})) == visitor


def test_a_key_is_revoked_at_the_next_request_and_is_said_in_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    keys = Keys(tmp_path / "desk.sqlite")
    key = keys.add("Root", Scope.ADMIN)
    client = TestClient(create_app(ShelfDesk(), access=Access(Audience.MEMBERS, keys)))
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/?q=guardians", headers=headers).status_code == 200
    metrics = client.get("/metrics", headers=headers)
    assert metrics.status_code == 200
    keys.revoke(keys.all()[0].id)
    assert client.get("/?q=guardians", headers=headers).status_code == 401
    facts = [str(record.__dict__) for record in caplog.records]
    assert not [text for text in [metrics.text, caplog.text, *facts] if key in text or key[9:41] in text]
