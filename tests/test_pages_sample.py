"""The pages over the sample association, crawled and published by the real thing."""

from itertools import groupby
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from test_pages import page_total, visit

from index.embed import Encoder
from index.generation import Manifest
from index.records import Vectors
from index.search import Searcher
from index.wording import Words
from ingest.records import Audience
from service.api import create_app
from service.encoders import serving_encoder
from service.home import Home
from service.serving import ServingDesk


@pytest.mark.parametrize("question", ["Do we still support charging readers for late books?", "volunteers"])
def test_every_number_leads_to_its_words(real, question):
    page = visit(real, f"/?q={question}")
    quotes = {q["id"]: " ".join(m.get_text() for m in q.select("mark")) for q in page.select(".quoted")}
    assert {number["href"].removeprefix("#") for number in page.select(".said a.number")} == set(quotes)
    for link in page.select(".quoted a[href*='/documents/']"):
        opened = visit(real, link["href"])
        marked = " ".join(" ".join(m.get_text() for m in opened.select("mark")).split())
        assert marked == " ".join(quotes[link.find_parent(class_="quoted")["id"]].split())


def test_sources_are_kept_apart_each_under_its_date(real):
    question = "Do we still support charging readers for late books?"
    cited = real.get("/api/ask", params={"q": question}).json()["citations"]
    paragraphs = visit(real, f"/?q={question}").select(".said")
    told = [[link.get_text() for link in paragraph.select("a.number")] for paragraph in paragraphs]
    by_source = groupby(cited, key=lambda one: one["document"]["id"])
    assert told == [[str(one["number"]) for one in run] for _, run in by_source] and len(told) > 1
    for paragraph, (first, *_) in zip(paragraphs, told, strict=True):
        assert cited[int(first) - 1]["document"]["published"][:4] in paragraph.select_one(".when").get_text()


def test_facets_promise_what_their_links_keep(real):
    page = visit(real, "/?q=overdue+charges")
    for link in page.select(".refine .choices a"):
        promised = int(link.select_one(".count").extract().get_text())
        assert page_total(visit(real, "/" + link["href"])) == promised, link["href"]


def test_members_documents_are_nowhere(real):
    everything = real.get("/api/search", params={"limit": 50}).json()
    assert {hit["document"]["audience"] for hit in everything["hits"]} == {"public"}
    assert "Members only" not in visit(real, "/?q=minutes+of+the+executive+council").get_text()


def test_a_text_without_a_word_is_near_to_nothing(real):
    for wordless in (" \n", "...", "\U0001f4da"):
        assert real.post("/api/related", json={"text": wordless}).json()["items"] == [], wordless


def test_results_and_answer_of_a_page_are_one_search(sample_home: Home) -> None:
    encoded: list[str] = []

    class Counting:
        def __init__(self, encoder: Encoder) -> None:
            self.spec, self._encoder = encoder.spec, encoder

        def encode_query(self, text: str) -> tuple[Vectors, Words]:
            encoded.append(text)
            return self._encoder.encode_query(text)

    def opened(home: Home, folder: Path, manifest: Manifest) -> Searcher:
        return Searcher(folder, manifest, Counting(serving_encoder(home, manifest)))  # type: ignore[arg-type]

    client = TestClient(create_app(ServingDesk(sample_home, Audience.PUBLIC, opened)))
    encoded.clear()  # a generation is asked before visitors are
    assert visit(client, "/?q=How long may recordings be kept?").select(".answer .source")
    assert len(encoded) == 1
