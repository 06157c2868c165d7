"""A link of an answer opens the publication at the words that it quotes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from landing import followed

from index.search import Searcher
from ingest.records import Audience
from service.answer import answer
from service.home import Home
from service.opening import open_searcher

QUERIES = Path(__file__).parents[1] / "eval" / "sample" / "queries.jsonl"


@pytest.fixture(scope="module")
def searcher(sample_home: Home) -> Searcher:
    return open_searcher(sample_home, Audience.PUBLIC)


def test_links_land_on_their_words_in_a_browser_and_on_their_page_in_a_pdf(chromium: Any, searcher: Searcher) -> None:
    questions = [json.loads(line)["text"] for line in QUERIES.read_text().splitlines()]
    citations = [cited for question in questions for cited in answer(question, searcher).citations]
    fates, missed = followed(chromium, citations)
    print(f"{sum(fates.values())} links of {len(questions)} answers: {dict(fates)}")
    assert fates["dead"] == fates["absent"] == 0, missed
    assert fates["landed"] >= 0.98 * sum(fates.values()), missed


def test_a_link_without_its_words_or_to_another_page_is_seen_to_miss(chromium: Any, searcher: Searcher) -> None:
    [cited, *_] = [
        one for one in answer("What should overdue charges be replaced by?", searcher).citations if not one.page
    ]
    gone = replace(cited, url=cited.document.url.rstrip("/") + "-gone/")
    missed, _ = followed(chromium, [replace(cited, url=cited.document.url), gone])
    assert missed["landed"] == 0 and missed["dead"] == 1
