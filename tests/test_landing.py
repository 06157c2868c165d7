"""A link of an answer opens the publication at the words that it quotes."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from landing import followed

from index.records import Card
from index.search import Searcher
from ingest.records import Audience
from service.answer import answer
from service.citing import place
from service.home import Home
from service.opening import open_searcher
from service.records import Citation

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


def test_each_row_of_a_table_is_opened_alone_and_with_its_head(chromium: Any, searcher: Searcher) -> None:
    quotes = [one for hit in searcher.search("", limit=1000).hits for one in _of_tables(hit.document, searcher)]
    # A fourth of them: all take minutes, and all landed when the way was chosen.
    fates, missed = followed(chromium, quotes[::4])
    assert not missed, f"{dict(fates)}: {missed}"
    assert fates["landed"] > 30


def _of_tables(card: Card, searcher: Searcher) -> Iterator[Citation]:
    text = searcher.document(card.id).text if card.media_type == "text/html" else ""
    for table in re.finditer(r"(?:^.* \| .*\n?)+", text, re.MULTILINE):
        for row in re.finditer(r".+", table[0]):
            for start in (table.start(), table.start() + row.start()):
                end = table.start() + row.end()
                url = place(card, text[start:end], text=text, at=start)
                yield Citation(0, card, text[start:end], start, end, (), None, url, card.version)


def test_a_link_without_its_words_or_to_another_page_is_seen_to_miss(chromium: Any, searcher: Searcher) -> None:
    [cited, *_] = [
        one for one in answer("What should overdue charges be replaced by?", searcher).citations if not one.page
    ]
    gone = replace(cited, url=cited.document.url.rstrip("/") + "-gone/")
    missed, _ = followed(chromium, [replace(cited, url=cited.document.url), gone])
    assert missed["landed"] == 0 and missed["dead"] == 1
