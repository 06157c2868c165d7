"""Encoding goes on beside what needs no vectors yet, in the order of documents, and stops with what it is for."""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest
from room import BagEncoder, Room, paper, some_papers

from index import publish
from index.catalog import Catalog
from index.errors import IndexFault
from index.generation import open_current
from index.records import Span
from ingest.records import Audience
from service import encoding
from service.home import Home, open_home
from service.intake import Intake
from service.pipeline import publish_home, silent, take_and_publish, take_documents

PATIENCE = 30.0
PAPERS = some_papers(Random(5), 40)


class Watched(BagEncoder):
    """Says before each portion, by the texts of it, that it begins."""

    def __init__(self, begun: Callable[[Sequence[str]], object]) -> None:
        super().__init__()
        self._begun = begun

    def encode_sentences(
        self, texts: Sequence[str], sentences: Sequence[Sequence[Span]], on_batch: Callable[[int], None]
    ) -> Any:
        self._begun(texts)
        return super().encode_sentences(texts, sentences, on_batch)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home where a portion and a segment are a few passages."""
    monkeypatch.setattr(encoding, "PORTION", 8)
    monkeypatch.setattr(encoding, "_LOOK_SECONDS", 0.01)
    monkeypatch.setattr(publish, "LEAST_SEGMENT_PASSAGES", 8)
    return open_home(tmp_path)


def vectors(home: Home) -> int:
    with closing(Catalog(home.catalog)) as catalog:
        return catalog.count()["vectors"]


def test_what_was_taken_in_is_encoded_while_the_rest_is_taken_in(home: Home) -> None:
    begun = Event()
    encoder = Watched(lambda _: begun.set())

    def take() -> Intake:
        take_documents(home, PAPERS[:20], encoder)
        assert begun.wait(PATIENCE), "nothing was encoded before all was taken in"
        return take_documents(home, PAPERS[20:], encoder)

    assert take_and_publish(home, encoder, take).changed == 20
    assert len(encoder.encoded) == len(set(encoder.encoded)) == vectors(home)


def test_the_first_segment_is_written_while_the_last_passages_are_encoded(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, asked, last = Event(), Event(), [PAPERS[-1].title]
    wait = encoding.Encoding.wait

    def waits(self: encoding.Encoding, seq: int) -> None:
        asked.set()
        wait(self, seq)

    monkeypatch.setattr(encoding.Encoding, "wait", waits)

    def begun(texts: Sequence[str]) -> None:
        # Until then more may be taken in, and nobody is told of what is done.
        assert asked.wait(PATIENCE), "nobody waited for vectors"
        if any(one.startswith(title) for one in texts for title in last):
            assert written.wait(PATIENCE), "no segment was written before the last passage was encoded"

    def told(stage: str, done: int, total: int | None) -> None:
        if stage == "publish":
            written.set()

    take_documents(home, PAPERS, BagEncoder())
    publish_home(home, Watched(begun), told)
    assert written.is_set()


def test_what_is_published_beside_encoding_is_what_is_published_after_it(home: Home, tmp_path: Path) -> None:
    encoder, after = BagEncoder(), open_home(tmp_path / "after")
    take_and_publish(home, encoder, partial(take_documents, home, PAPERS, encoder))
    take_documents(after, PAPERS, encoder)
    with encoding.Encoding(after.catalog, encoder, silent):
        pass
    publish_home(after, encoder)
    one, other = (open_current(each.generations, Audience.PUBLIC)[1] for each in (home, after))
    assert (len(one.segments) > 3, one.id) == (True, other.id)
    # Tantivy names its files by chance.
    told, expected = ({name: sum for name, sum in each.files.items() if "lexical" not in name} for each in (one, other))
    assert told == expected


def test_an_encoder_that_fails_is_heard_of_and_what_it_made_before_is_kept(home: Home) -> None:
    portions: list[int] = []

    def begun(texts: Sequence[str]) -> None:
        portions.append(len(texts))
        if len(portions) == 3:
            raise ValueError("out of order")

    take_documents(home, PAPERS, BagEncoder())
    with pytest.raises(ValueError, match="out of order"):
        publish_home(home, Watched(begun))
    assert vectors(home) == 16
    with pytest.raises(IndexFault):
        open_current(home.generations, Audience.PUBLIC)
    whole = BagEncoder()
    publish_home(home, whole)
    assert len(whole.encoded) == vectors(home) - 16


def test_where_taking_in_fails_encoding_stops_after_the_batch_at_hand(home: Home) -> None:
    begun, until = Event(), time.monotonic() + PATIENCE

    def stop_in_between(texts: Sequence[str]) -> None:
        begun.set()
        while not work._stopped and time.monotonic() < until:
            time.sleep(0.001)

    encoder = Watched(stop_in_between)
    work = encoding.Encoding(home.catalog, encoder, silent)
    with pytest.raises(OSError, match="the disk went away"), work:
        take_documents(home, PAPERS, encoder)
        assert begun.wait(PATIENCE)
        raise OSError("the disk went away")
    assert (len(encoder.encoded), vectors(home)) == (8, 0)


def test_a_text_of_two_documents_is_encoded_with_the_first(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.put(
        paper("z", "The fund opened.", title="Fund"),
        paper("y", "Another text."),
        paper("a", "The fund opened.", title="Fund"),
    )
    missing = room.catalog.unembedded(room.encoder.spec.id)
    assert [(one.seq, "fund" in one.text) for one in missing] == [(1, True), (2, False)]
