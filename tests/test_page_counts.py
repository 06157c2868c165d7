"""What the page counts is what is there: totals, facets and undated over 500 random sets of filters, by brute force."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from functools import cache
from html import unescape
from random import Random
from typing import Any

import pytest
from fastapi.testclient import TestClient
from room import TAGS, WORDS, Room, some_papers
from shelf import TODAY, ShelfDesk

from index.analysis import phrase
from index.hits import FACETS
from index.records import Filters
from index.search import Searcher
from ingest.records import Document, Kind
from service.api import create_app
from service.present import kind_name

COMMITTEES = ("Standards Committee", "Health and Care Committee", "Resources Board")
AUTHORS = ("A. Okafor", "B. Lindqvist", "The Association")
SAID = ("guardian", "court order", "budget", "school", "the committee", "panel")
NAMES = {"kind": "Kind", "tag": "Subject", "committee": "Committee", "author": "Author", "year": "Year"}
OWN: dict[str, dict[str, Any]] = {
    "kind": {"kinds": ()},
    "tag": {"tags": ()},
    "committee": {"committees": ()},
    "author": {"authors": ()},
    "year": {"since": None, "until": None},
}
VALUES: dict[str, Callable[[Document], Sequence[str]]] = {
    "kind": lambda one: [kind_name(one.kind)],
    "tag": lambda one: one.tags,
    "committee": lambda one: one.committees,
    "author": lambda one: one.authors,
    "year": lambda one: [str(year) for year in _years(one)],
}


def _years(one: Document) -> range:
    span = one.published
    return range(span.first.year, (span.until or span.first).year + 1) if span.first else range(0)


def documents() -> list[Document]:
    rng = Random(23)
    return [
        replace(one, committees=tuple(rng.sample(COMMITTEES, rng.randrange(3))), authors=(rng.choice(AUTHORS),))
        for one in some_papers(rng, 150)
    ]


DOCUMENTS = documents()


def some_filters(rng: Random) -> Filters:
    first = date(rng.randrange(2012, 2024), rng.randrange(1, 13), rng.randrange(1, 29))
    some = lambda values: tuple(rng.sample(values, rng.choice((0, 0, 1, 2))))  # noqa: E731
    return Filters(
        kinds=some(list(Kind)),
        tags=some(TAGS),
        since=first if rng.random() < 0.3 else None,
        until=date(first.year + rng.randrange(4), 12, 31) if rng.random() < 0.3 else None,
        committees=some(COMMITTEES) if rng.random() < 0.5 else (),
        authors=some(AUTHORS) if rng.random() < 0.5 else (),
        phrases=(rng.choice(SAID),) if rng.random() < 0.2 else (),
        without=(rng.choice(SAID),) if rng.random() < 0.2 else (),
    )


def says(text: str, words: str) -> bool:
    """Whether the words stand in a row in a text, whatever their endings."""
    return any(form in one for form in _forms(words) for one in _forms(text))


@cache
def _forms(text: str) -> tuple[str, ...]:
    return tuple(f" {' '.join(form)} " for form in phrase(text))


def passes(one: Document, wanted: Filters) -> bool:
    first, until = one.published.first, one.published.until or one.published.first
    dated = not (wanted.since or wanted.until) or first is not None
    since = not (wanted.since and until) or until >= wanted.since
    before = not (wanted.until and first) or first <= wanted.until
    filed = [([one.kind], wanted.kinds), (one.tags, wanted.tags)]
    filed += [(one.committees, wanted.committees), (one.authors, wanted.authors)]
    parts = [f"{one.title} {' '.join(s.heading)} {one.text[s.start : s.end]}" for s in one.sections]
    holds = not wanted.phrases or any(all(says(part, words) for words in wanted.phrases) for part in parts)
    barred = any(says(part, words) for part in parts for words in wanted.without)
    labelled = all(not some or set(some) & set(values) for values, some in filed)
    return dated and since and before and labelled and holds and not barred


def expected(wanted: Filters, documents: Sequence[Document]) -> dict[str, object]:
    """What a page has to say under these filters, by looking at each document."""
    undated = replace(wanted, since=None, until=None)
    return {
        "total": sum(passes(one, wanted) for one in documents),
        "undated": sum(passes(one, undated) and one.published.first is None for one in documents)
        if wanted.since or wanted.until
        else 0,
        "facets": {
            NAMES[name]: counted
            for name in FACETS
            if (counted := Counter(
                value for one in documents if passes(one, replace(wanted, **OWN[name])) for value in VALUES[name](one)
            ))
        },
    }  # fmt: skip


def asked(wanted: Filters, rng: Random) -> list[tuple[str, str]]:
    """The same as an address: what can be said by a field or by an operator, by the one or the other."""
    fields = [("tag", one) for one in wanted.tags] + [("author", one) for one in wanted.authors]
    typed = [f'"{words}"' for words in wanted.phrases] + [f'-"{words}"' for words in wanted.without]
    for kind in wanted.kinds:
        fields.append(("kind", kind)) if rng.random() < 0.5 else typed.append(f"kind:{kind}")
    for name in wanted.committees:
        fields.append(("committee", name)) if rng.random() < 0.5 else typed.append(f'committee:"{name}"')
    if wanted.since:
        typed.append(f"after:{wanted.since}") if rng.random() < 0.5 else fields.append(("since", str(wanted.since)))
    if wanted.until:
        fields.append(("until", f"{wanted.until.day} {wanted.until:%B %Y}"))
    return [("q", " ".join(typed)), *fields]


_HEADING = re.compile(r'<h3 id="facet-\d+">(.*?)</h3>(.*?)</div>', re.S)
_CHOICE = re.compile(r'<li><a href="[^"]*"[^>]*>(.*?)<span class="count">(\d+)</span></a></li>')


def counted(html: str) -> dict[str, object]:
    """What a page says."""
    total = re.search(r'<h2 id="results">(\w+) publication', html)
    undated = re.search(r'<p class="note">(\d+) more bear', html)
    facets = {name: {unescape(v): int(n) for v, n in _CHOICE.findall(part)} for name, part in _HEADING.findall(html)}
    assert total
    return {
        "total": int(total[1]) if total[1] != "No" else 0,
        "undated": int(undated[1]) if undated else 0,
        "facets": facets,
    }


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    room = Room(tmp_path_factory.mktemp("counts"), segment=40)
    room.put(*DOCUMENTS)
    room.publish()
    with closing(room.searcher()) as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(searcher: Searcher) -> TestClient:
    return TestClient(create_app(ShelfDesk(searcher), now=lambda: TODAY))  # type: ignore[arg-type]


def test_500_random_sets_of_filters_are_counted_as_by_hand(pages: TestClient, searcher: Searcher) -> None:
    rng, totals = Random(31), []
    for _ in range(500):
        wanted, words = some_filters(rng), " ".join(rng.sample(WORDS, rng.choice((0, 0, 2))))
        # So few documents fit into either leg: words leave out only those that have no text.
        found = {hit.document.id for hit in searcher.search(words, limit=1_000, shown=0, facets=()).hits}
        (_, typed), *fields = asked(wanted, rng)
        # A late page says the same counts without an answer and hits; so does the first.
        page = "99" if rng.random() < 0.9 else "1"
        params = [("q", f"{words} {typed}"), *fields, ("sort", "date"), ("page", page)]
        told = counted(pages.get("/", params=params).text)
        # A phrase that was asked for is among the words that rank: then what has no text is not found either.
        if wanted.phrases and not words:
            found &= {one.id for one in DOCUMENTS if one.text}
        assert told == expected(wanted, [one for one in DOCUMENTS if one.id in found]), params
        totals.append(told["total"])
    assert len(set(totals)) > 40 and totals.count(0) < 250


def test_a_count_that_is_one_off_would_be_found(pages: TestClient) -> None:
    wanted = Filters(kinds=(Kind.REPORT, Kind.MINUTES), since=date(2014, 1, 1))
    told = counted(pages.get("/", params=asked(wanted, Random(0))).text)
    assert told == expected(wanted, DOCUMENTS)
    assert told != expected(wanted, DOCUMENTS[1:])


def test_a_page_of_results_lists_what_it_counts(pages: TestClient) -> None:
    wanted = Filters(tags=("SGO",), without=("school",))
    titles: list[str] = []
    for page in range(1, 9):
        html = pages.get("/", params=[*asked(wanted, Random(1)), ("sort", "date"), ("page", str(page))]).text
        titles += re.findall(r"<h3>\s*<a href[^>]*>(.*?)</a>", html)
    assert sorted(titles) == sorted(one.title for one in DOCUMENTS if passes(one, wanted))


def test_the_brute_force_reads_no_index() -> None:
    """It agrees with sets worked out by hand, so that both cannot be wrong together."""
    assert says("Special Guardianship Orders rise", "guardianship order") and not says("order of court", "court order")
    assert [passes(one, Filters(kinds=(one.kind,))) for one in DOCUMENTS] == [True] * len(DOCUMENTS)
    assert not any(passes(one, Filters(since=date(2030, 1, 1))) for one in DOCUMENTS)
