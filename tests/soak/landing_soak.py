"""The links of answers over a whole real site, followed in a real browser. Minutes; run by `make soak`.

SITE is the address of a test server of the site whose judged questions are in QUERIES.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from browser import chromium
from landing import followed
from program import muniment

from ingest.records import Audience
from service.answer import answer
from service.home import open_home
from service.opening import open_searcher

SITE = os.environ.get("SITE", "")
QUERIES = Path(os.environ.get("QUERIES", "../shared/data/site_carpentries/queries.jsonl"))
MOST = 300
pytestmark = pytest.mark.skipif(not SITE or not QUERIES.is_file(), reason="SITE and QUERIES name no site")

__all__ = ["chromium"]


def test_links_land_where_the_words_stand(chromium: Any, tmp_path: Path) -> None:
    done = muniment("crawl", f"{SITE}/", "--loopback", "--home", tmp_path, seconds=1200)
    assert done.returncode in (0, 1), done.stderr
    searcher = open_searcher(open_home(tmp_path), Audience.PUBLIC)
    questions = [json.loads(line)["text"] for line in QUERIES.read_text().splitlines()][:MOST]
    citations = [cited for question in questions for cited in answer(question, searcher).citations]
    fates, missed = followed(chromium, citations)
    print(f"{sum(fates.values())} links of {len(questions)} answers: {dict(fates)}")
    print("\n".join(f"{one.url}\n    {one.quote!r}" for one in missed))
    assert fates["dead"] == 0
    assert fates["landed"] >= 0.98 * sum(fates.values())
