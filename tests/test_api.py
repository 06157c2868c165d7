"""The HTTP interface: shapes that others rely on, refusals in one shape, safe headers everywhere."""

from contextlib import closing
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser import served
from fastapi.testclient import TestClient
from shelf import SHELF, SITE, House, Shelf, ShelfDesk

from ingest.records import Audience
from service.access import Access
from service.api import create_app
from service.config import ServeSettings
from service.keys import Keys

UPDATE, POSITION, SURVEY = SHELF[:3]
ROUTES = (
    "/",
    "/?q=guardianship",
    "/status",
    f"/documents/{UPDATE.id}",
    "/api/search?q=guardianship",
    "/api/ask?q=guardianship",
    f"/api/related?id={UPDATE.id}",
    f"/related?url={UPDATE.url}",
    f"/api/documents/{UPDATE.id}",
    "/healthz",
    "/readyz",
    "/widget.js",
    "/openapi.json",
    "/static/app.css",
    "/nowhere",
    "/api/documents/0000000000000000",
    "/api/search?nonsense=1",
)


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(create_app(ShelfDesk()))


def test_a_search_returns_works_with_passages_that_open_at_their_words(client):
    found = client.get("/api/search", params={"q": "special guardians assessed", "limit": 2}).json()
    assert found["query"] == "special guardians assessed"
    assert len(found["hits"]) == 2 and found["total"] > 2
    hit = found["hits"][0]
    assert hit["document"]["id"] == UPDATE.id
    assert (hit["document"]["published"], hit["document"]["published_until"]) == ("2015-06-01", "2015-08-31")
    assert hit["document"]["published_precision"] == "season"
    for passage in hit["passages"]:
        assert UPDATE.text[passage["start"] : passage["end"]] == passage["text"]
        assert passage["url"].startswith(f"{UPDATE.url}#") and ":~:text=" in passage["url"]
        assert all(passage["text"][a:b] for a, b in passage["marks"])


def test_pages_of_a_search_are_slices_of_one_order(client):
    def ids(**params):
        found = client.get("/api/search", params={"q": "committee"} | params).json()
        return [hit["document"]["id"] for hit in found["hits"]]

    everything = ids(limit=50)
    assert len(everything) > 10
    assert [*ids(limit=4), *ids(limit=4, offset=4), *ids(limit=50, offset=8)] == everything
    assert ids(offset=1000) == []


@pytest.mark.parametrize(
    ("params", "kept"),
    [
        ({"kind": "position"}, lambda d: d["kind"] == "position"),
        ({"kind": ["position", "report"]}, lambda d: d["kind"] in ("position", "report")),
        ({"tag": "SGO"}, lambda d: "SGO" in d["tags"]),
        ({"since": "2018"}, lambda d: (d["published_until"] or "") >= "2018-01-01"),
        ({"until": "May 2019"}, lambda d: (d["published"] or "9") <= "2019-05-31"),
        ({"since": "1/1/16", "until": "31 December 2017"}, lambda d: "2016" <= (d["published"] or "9") < "2018"),
    ],
)
def test_filters_keep_what_passes_and_nothing_else(client, params, kept):
    everything = client.get("/api/search", params={"limit": 50}).json()["hits"]
    filtered = client.get("/api/search", params={"limit": 50} | params).json()["hits"]
    assert [h["document"]["id"] for h in filtered] == [h["document"]["id"] for h in everything if kept(h["document"])]
    assert filtered


def test_an_answer_quotes_word_for_word(client):
    answer = client.get(
        "/api/ask", params={"q": "Should special guardians be assessed before the order is made?"}
    ).json()
    assert answer["state"] == "answered"
    for citation in answer["citations"]:
        stored = client.get(f"/api/documents/{citation['document']['id']}", params={"version": citation["version"]})
        assert stored.json()["text"][citation["start"] : citation["end"]] == citation["quote"]
        verified = client.get("/api/verify", params=_quoted(citation)).json()
        assert verified["stands"] and not verified["changed"]
    assert {n for s in answer["sentences"] for n in s["citations"]} == {c["number"] for c in answer["citations"]}


def _quoted(citation: dict) -> dict:
    return {"document": citation["document"]["id"]} | {k: citation[k] for k in ("version", "start", "end", "quote")}


def test_verify_tells_a_false_quote_and_a_changed_page():
    changed = replace(UPDATE, text=UPDATE.text.replace("Nineteen", "Twenty"))
    client = TestClient(create_app(ShelfDesk(Shelf((changed, *SHELF[1:]), earlier=(UPDATE,)))))
    start = UPDATE.text.index("Nineteen")
    ask = {"document": UPDATE.id, "version": UPDATE.version, "start": start, "end": start + 8}
    old = client.get("/api/verify", params=ask | {"quote": "Nineteen"}).json()
    assert (old["stands"], old["changed"], old["current_version"]) == (True, True, changed.version)
    assert not client.get("/api/verify", params=ask | {"quote": "Eighteen"}).json()["stands"]
    assert not client.get("/api/verify", params=ask | {"end": start, "quote": ""}).json()["stands"]
    assert client.get("/api/verify", params=ask | {"version": "0" * 16, "quote": "x"}).status_code == 404


def test_a_page_that_is_not_indexed_yet_is_asked_about_by_its_text(client):
    asked = {"title": "Special guardianship", "text": "Special guardians.", "url": UPDATE.url, "limit": 2}
    urls = [item["document"]["url"] for item in client.post("/api/related", json=asked).json()["items"]]
    assert 0 < len(urls) <= 2 and UPDATE.url not in urls
    assert client.post("/api/related", json={"text": ""}).status_code == 422


@pytest.mark.parametrize("body", ['{"text":', "[]", ""])
def test_a_body_that_is_no_json_object_is_named_as_the_body(client, body):
    refused = client.post("/api/related", content=body, headers={"Content-Type": "application/json"})
    assert refused.status_code == 422 and '"body"' in refused.json()["remedy"]


def test_related_is_found_by_address_or_id_and_kept_until_the_next_generation(client):
    by_id = client.get("/api/related", params={"id": UPDATE.id, "limit": 3})
    by_url = client.get("/api/related", params={"url": UPDATE.url, "limit": 3})
    assert by_id.json() == by_url.json()
    assert by_id.json()["url"] == UPDATE.url and len(by_id.json()["items"]) == 3
    assert all(item["document"]["id"] != UPDATE.id and item["reason"] for item in by_id.json()["items"])
    again = client.get("/api/related", params={"id": UPDATE.id}, headers={"If-None-Match": by_id.headers["etag"]})
    assert again.status_code == 304 and not again.content
    assert "stale-while-revalidate" in by_id.headers["cache-control"]
    assert "stale-if-error" in by_id.headers["cache-control"]
    assert "set-cookie" not in by_id.headers
    newer = TestClient(create_app(ShelfDesk(Shelf(generation="another"))))
    assert newer.get("/api/related", params={"id": UPDATE.id}, headers={"If-None-Match": by_id.headers["etag"]}).content


@pytest.mark.parametrize(
    ("address", "status", "names"),
    [
        ("/api/search?query=x", 422, "query"),
        ("/api/search?q=" + "x" * 501, 422, "q"),
        ("/api/search?limit=0", 422, "limit"),
        ("/api/search?limit=51", 422, "limit"),
        ("/api/search?offset=-1", 422, "offset"),
        ("/api/search?kind=leaflet", 422, "kind"),
        ("/api/search?sort=size", 422, "sort"),
        ("/api/search?since=lately", 422, "since"),
        ("/api/search?until=31/2/2019", 422, "until"),
        ("/api/search?since=2020&until=2019", 422, "since"),
        ("/api/ask?limit=3", 422, "limit"),
        ("/api/ask", 422, "no question"),
        ("/api/ask?q=kind:press", 422, "no question"),
        ("/api/documents/0000000000000000", 404, "document"),
        (f"/api/documents/{UPDATE.id}?version={'0' * 16}", 404, "document"),
        (f"/api/documents/{UPDATE.id}?version=latest", 422, "version"),
        ("/api/related?url=https://elsewhere.example/", 404, "document"),
        ("/api/related", 422, "page"),
        ("/api/verify?document=x", 422, "document"),
        ("/api/nothing", 404, "address"),
        ("/nothing", 404, "address"),
    ],
)
def test_every_refusal_has_one_shape_names_its_cause_and_a_remedy(client, address, status, names):
    response = client.get(address)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail", "remedy", "state"}
    assert problem["status"] == status and problem["title"] and problem["remedy"]
    assert names in problem["detail"]


@pytest.mark.parametrize(
    ("address", "remedy"),
    [
        ("/api/search?q=" + "x" * 501, 'Shorten "q" to 500 characters.'),
        (f"/api/verify?document={UPDATE.id}", 'Add "version".'),
        ("/api/related", 'Add its "url" or its "id".'),
        ("/api/search?limit=0", 'Correct "limit".'),
    ],
)
def test_a_remedy_says_what_to_do_with_the_parameter(client, address, remedy):
    assert client.get(address).json()["remedy"] == remedy


def test_a_browser_is_refused_with_a_page_but_not_under_api(client):
    accept = {"Accept": "text/html,*/*;q=0.8"}
    page = client.get("/documents/0000000000000000", headers=accept)
    assert page.status_code == 404 and "No such document is held here." in page.text
    assert client.get("/api/documents/0", headers=accept).headers["content-type"] == "application/problem+json"


def test_unknown_and_misspelt_documents_are_told_apart_by_nothing(client):
    answers = {client.get(f"/api/documents/{id}").text for id in ("0" * 16, "f" * 16, "not-an-id", "%00")}
    assert len(answers) == 1


def test_our_own_fault_is_a_problem_without_particulars(monkeypatch, caplog):
    def broken(self, *_args, **_kwargs):
        raise RuntimeError("SELECT secret FROM /home/user")

    monkeypatch.setattr(Shelf, "search", broken)
    response = TestClient(create_app(ShelfDesk())).get("/api/search?q=x")
    assert response.status_code == 500
    assert response.json()["state"] == "error"
    assert response.headers["content-type"] == "application/problem+json"
    assert "SELECT" not in response.text and "/home" not in response.text
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert "SELECT" in caplog.text


@pytest.mark.parametrize("address", ROUTES)
def test_every_route_carries_the_safe_headers(client, address):
    headers = client.get(address).headers
    policy = headers["content-security-policy"]
    for directive in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert directive in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert headers["x-robots-tag"] == "noindex, nofollow"
    shared = address.startswith(("/api/", "/related", "/widget.js"))
    assert headers.get("access-control-allow-origin") == ("*" if shared else None)


def test_what_lasts_is_kept_and_no_refusal_is(tmp_path: Path):
    few = Access(Audience.PUBLIC, Keys(tmp_path / "desk.sqlite"), ServeSettings(per_minute=3))
    client = TestClient(create_app(ShelfDesk(), access=few), client=("203.0.113.9", 1))
    said = [client.get("/look.css?v=1") for _ in range(6)]
    assert {one.status_code for one in said} == {200, 429}
    for one in said:
        assert ("immutable" in one.headers["cache-control"]) == (one.status_code == 200)
    mounted = TestClient(create_app(ShelfDesk())).get("/static/app.css?v=1")
    assert mounted.status_code == 200 and "immutable" in mounted.headers["cache-control"]


@pytest.mark.parametrize("address", ROUTES)
def test_head_is_answered_as_get_with_the_length_of_what_get_brings(client, address):
    got, head = client.get(address), client.head(address)
    assert head.status_code == got.status_code
    told = [{k: v for k, v in one.headers.items() if k != "x-request-id"} for one in (got, head)]
    assert told[0] == told[1] and int(told[1]["content-length"]) == len(got.content)


def test_on_the_wire_a_head_has_no_body_so_that_the_connection_goes_on():
    with (
        served(create_app(ShelfDesk())) as address,
        closing(HTTPConnection(urlsplit(address).netloc, timeout=10)) as line,
    ):
        for method, length in [("HEAD", 0), ("GET", 15), ("HEAD", 0)]:
            line.request(method, "/healthz")
            answer = line.getresponse()
            assert (answer.status, answer.headers["content-length"], len(answer.read())) == (200, "15", length)


def test_the_description_is_true(client):
    schema = client.get("/openapi.json").json()
    answer = schema["components"]["schemas"]["AnswerOut"]
    given = client.get("/api/ask?q=guardianship").json()
    assert set(answer["required"]) == set(given)
    search = schema["paths"]["/api/search"]["get"]
    assert {p["name"] for p in search["parameters"]} == {
        "q",
        "limit",
        "offset",
        "kind",
        "tag",
        "committee",
        "author",
        "since",
        "until",
        "plain",
        "sort",
        "explain",
    }
    refusal = search["responses"]["422"]["content"]["application/problem+json"]["schema"]["$ref"].rpartition("/")[2]
    assert set(schema["components"]["schemas"][refusal]["required"]) == set(client.get("/api/search?limit=0").json())
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


@pytest.mark.parametrize("sent", ["", "/library"])
def test_the_application_works_under_a_prefix_stripped_or_not(sent):
    client = TestClient(create_app(ShelfDesk(settings=House(base_path="/library"))))
    page = client.get(f"{sent}/?q=guardianship")
    assert page.status_code == 200
    assert 'action="/library/"' in page.text and 'href="/library/static/' in page.text
    assert client.get(f"{sent}/api/search?q=x").headers["access-control-allow-origin"] == "*"
    assert client.get(f"{sent}/static/app.css").status_code == 200
    for slash, where in (("status/?a=b", "/library/status?a=b"), ("api/search/", "/library/api/search")):
        assert client.get(f"{sent}/{slash}", follow_redirects=False).headers["location"] == where
    assert client.get("/library", follow_redirects=False).headers["location"] == "/library/"


def test_health_and_readiness(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json()["generation"] == Shelf().generation


def test_documents_that_came_from_a_folder_are_read_here_not_sent_to_a_file():
    local = replace(POSITION, url="file:///srv/papers/position.html")
    client = TestClient(create_app(ShelfDesk(Shelf((local,)))))
    page = client.get("/?q=guardianship").text
    assert "file://" not in page and f'href="/documents/{local.id}"' in page
    assert SITE not in page
