"""A whole site kept in step through `muniment crawl`. Minutes; run by `make soak`.

SITE is the address of a test server that counts what it serves and takes orders at /_control (gone, edit, redesign),
started anew for each run.
"""

import json
import os
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from program import muniment

from index.catalog import Catalog
from index.generation import open_current
from ingest.records import Audience

SITE = os.environ.get("SITE", "")
pytestmark = pytest.mark.skipif(not SITE, reason="SITE names no test server")


def control(order: str = "") -> dict[str, int]:
    with urlopen(Request(f"{SITE}/_control{order}", method="POST" if order else "GET")) as said:
        counts: dict[str, int] = json.load(said)
        return counts


def texts(home: Path) -> dict[str, str]:
    with closing(Catalog(home / "catalog.sqlite")) as catalog:
        return {edition.current.url: edition.current.text for edition in catalog.editions(Audience.PUBLIC)}


def vectors(home: Path) -> int:
    with closing(Catalog(home / "catalog.sqlite")) as catalog:
        return catalog.count()["vectors"]


def crawl(home: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """What a crawl said, and what the site served meanwhile, by status."""
    before = control()
    done = muniment("crawl", f"{SITE}/", "--loopback", "--home", home, "--json", seconds=1200)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout), {status: n - before.get(status, 0) for status, n in control().items()}


def test_a_whole_site_is_kept_in_step(tmp_path: Path) -> None:
    first, _ = crawl(tmp_path)
    taken, encoded = texts(tmp_path), vectors(tmp_path)
    print(f"\n{len(taken)} documents, {encoded} vectors; {first['intake']['changed']} new")

    again, served = crawl(tmp_path)
    print("unchanged:", served)
    assert (again["intake"]["changed"], vectors(tmp_path) - encoded) == (0, 0)
    assert served["304"] >= 0.99 * sum(served.values())

    posts = Random(7).sample(sorted(url for url in taken if "/blog/" in url), 40)
    edited, gone = set(posts[:20]), set(posts[20:])
    for url in posts:
        control(f"?{'edit' if url in edited else 'gone'}={urlsplit(url).path}")
    crawl(tmp_path)
    now = texts(tmp_path)
    assert taken.keys() - now.keys() == gone
    assert {url for url in now if now[url] != taken[url]} == edited
    assert open_current(tmp_path / "generations", Audience.PUBLIC)[1].documents == len(now)
    print("vectors for 20 edits:", vectors(tmp_path) - encoded)

    control("?redesign=soup")
    redesigned, _ = crawl(tmp_path)
    after = texts(tmp_path)
    same = sum(after.get(url) == text for url, text in now.items())
    counted = {name: redesigned["intake"][name] for name in ("changed", "refiled", "unchanged")}
    print(f"redesigned: {same} of {len(now)} texts as before; documents {counted}")
    assert redesigned["intake"]["alarms"]
    assert all(after.get(url) for url, text in now.items() if text)
    assert same >= 0.99 * len(now)
    assert counted["changed"] <= 0.01 * len(now)
