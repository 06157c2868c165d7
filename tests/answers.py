"""A small library to ask, and what an answer says of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from room import BagEncoder, Room, paper

from index.search import Searcher
from ingest.records import DateSpan, Document, Precision
from service.records import Answer

GUARDIANS = paper(
    "guardians",
    "The committee met twice this term. Special guardians should be assessed before the order is made.",
    "Money > The carer allowance is paid every month. It ends when the child turns eighteen.",
    title="Families Committee Update",
    published=DateSpan(date(2015, 6, 1), date(2015, 8, 31), Precision.SEASON, "beside the title"),
)
SURVEY = paper(
    "survey.pdf",
    "This survey went to every authority.",
    "The vacancy rate for social workers stood at 16 per cent.",
    title="Workforce survey",
    media_type="application/pdf",
)
LIBRARY = (
    GUARDIANS,
    replace(SURVEY, sections=tuple(replace(part, page=i) for i, part in enumerate(SURVEY.sections, start=1))),
    paper(
        "transport", "Buses cost more than youth work. School transport needs a single fair duty.", title="Transport"
    ),
)


@contextmanager
def opened(folder: Path, *documents: Document) -> Iterator[Searcher]:
    room = Room(folder, BagEncoder(dimension=256))
    room.put(*documents)
    room.publish()
    searcher = room.searcher()
    yield searcher
    searcher.close()
    room.catalog.close()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with opened(tmp_path_factory.mktemp("library"), *LIBRARY) as searcher:
        yield searcher


def said(given: Answer) -> list[str]:
    return [citation.quote for citation in given.citations]


def march(year: int) -> DateSpan:
    return DateSpan(date(year, 3, 1), date(year, 3, 31), Precision.MONTH, "beside the title")
