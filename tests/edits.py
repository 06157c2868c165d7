"""A home under edit: changes such as an association makes, and everything that a generation says afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import msgspec
from room import Room, some_paper

from index.catalog import Ruling
from index.generation import open_current
from index.records import Filters, Mode
from index.search import Searcher
from ingest.records import Audience, Document, Link

FILTERS = (Filters(), Filters(tags=("SGO",)), Filters(phrases=("guardian order",)), Filters(without=("court",)))


def edit(rng: Random, room: Room, documents: list[Document]) -> None:
    """Withdraw, restrict, give back, add, retitle, file anew, publish elsewhere as well, or write anew."""
    at = rng.randrange(len(documents))
    old = documents[at]
    match rng.randrange(9):
        case 0:
            room.catalog.withdraw(old.url)
        case 1:
            room.catalog.rule(old.url, Ruling.MEMBERS)
        case 2:
            room.catalog.take_back(old.url, Ruling.MEMBERS)
        case 3:
            documents.append(some_paper(rng, f"added-{len(documents)}"))
            room.put(documents[-1])
        case 4:
            room.put(replace(old, tags=("SGO",), title=f"{old.title} Revised"))
        case 5:
            room.put(replace(old, tags=tuple(tag.lower() for tag in old.tags)))
        case 6:
            file = replace(old, url=f"{old.url}-{at}.pdf", media_type="application/pdf")
            room.put(replace(old, attachments=(Link(file.url, "PDF"),)), file)
        case _:
            documents[at] = some_paper(rng, old.url.rsplit("/", 1)[1])
            room.put(documents[at])


def differing(room: Room, audience: Audience, questions: list[str]) -> list[str]:
    """The questions to which the generation in force answers otherwise than one built afresh, byte for byte."""
    room.publish_afresh(audience)
    afresh = Searcher(*open_current(room.folder / "fresh", audience), room.encoder)
    both = zip(said(room.searcher(audience), questions), said(afresh, questions), strict=False)
    return [asked for (asked, one), (_, other) in both if one != other]


def said(searcher: Searcher, questions: list[str]) -> Iterator[tuple[str, bytes]]:
    """Everything a generation says, but its name; to each question under some filter and in some mode."""
    modes, every = list(Mode), searcher.search("", limit=10_000)
    for number, question in enumerate(questions):
        filters, mode = FILTERS[number % len(FILTERS)], modes[number % len(modes)]
        found = searcher.search(question, filters, limit=40, mode=mode)
        yield question, msgspec.json.encode(replace(found, generation=""))
    yield "", msgspec.json.encode(replace(every, generation=""))
    for hit in every.hits:
        yield hit.document.url, msgspec.json.encode(searcher.related(hit.document.id, 12))


def some_edits(room: Room, rng: Random, documents: list[Document], count: int, at_once: int) -> None:
    """Edits with a generation for each audience after every few."""
    for number in range(count):
        edit(rng, room, documents)
        if number % at_once == 0 or number == count - 1:
            for audience in Audience:
                room.publish(audience)
