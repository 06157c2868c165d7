"""Publishing costs what changed, and answers as if all had been made afresh."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import apsw
import numpy as np
import pytest
from edits import differing, said, some_edits
from room import WORDS, BagEncoder, Room, paper, some_papers, some_questions

from index import dense, files, neighbours, recommend
from index import publish as publishing
from index.catalog import Listed, Ruling
from index.columns import label_id
from index.errors import Damaged, IndexFault, WrongModel
from index.generation import Manifest, current_folder, open_current
from index.publish import publish
from index.records import Filters, Mode
from index.search import Searcher
from ingest.records import Audience, DateSpan, Precision

PUBLIC, MEMBERS = Audience.PUBLIC, Audience.MEMBERS


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_after_any_edits_it_answers_byte_for_byte_as_one_built_afresh(
    room: Room, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So few documents would all be each other's neighbours, and all be worked out anew.
    monkeypatch.setattr(neighbours, "MOST", 4)
    monkeypatch.setattr(recommend, "_MANY", 1.0)
    monkeypatch.setattr(recommend, "AT_ONCE", (128, 3)[seed % 2])
    rng = Random(seed)
    documents = some_papers(rng, 30)
    room.segment = 24
    room.put(*documents)
    some_edits(room, rng, documents, 20, at_once=7)
    for audience in Audience:
        assert differing(room, audience, some_questions(rng, 12)) == []


def test_who_followed_a_work_that_is_gone_may_lead_another(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last is no neighbour of the first, and is found again by what followed that one alone."""
    monkeypatch.setattr(neighbours, "MOST", 2)
    monkeypatch.setattr(recommend, "_MANY", 1.0)
    words = [f"{first}{last}" for first in "babedofugahi" for last in "lan ren tis von mar kel dor sip nu pol".split()]
    words = [f"{word}{number}" for number, word in enumerate(words * 2)]
    mixed = [word for at in Random(1).sample(range(30, 130, 5), 20) for word in words[at : at + 5]]
    for number, part in enumerate((words[:100], words[15:115], words[30:130], mixed)):
        day = date(2020, 1, 1 + number)
        room.put(paper(f"p{number}", " ".join(part), published=DateSpan(day, day, Precision.DAY)))
    room.publish()
    room.catalog.withdraw("https://example.org/p0")
    room.publish()
    assert differing(room, PUBLIC, []) == []


def test_the_manifest_tells_what_codes_find_however_the_generation_was_made(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"CODED_FROM": 20, "CANDIDATES": 2, "RECALLED": (2, 20)}.items():
        monkeypatch.setattr(dense, name, value)
    room.encoder, rng, documents = BagEncoder(dimension=16), Random(9), some_papers(Random(9), 80)
    room.put(*documents)
    before = room.publish().manifest
    some_edits(room, rng, documents, 12, at_once=3)
    after = open_current(room.generations, PUBLIC)[1]
    afresh = room.publish_afresh().manifest
    assert after.recall == afresh.recall != before.recall
    assert after.recall is not None and 0.5 < after.recall[20] < 1 and set(after.recall) == {2, 20}
    assert replace(after, recall=None).id == after.id


def test_a_segment_that_is_not_written_again_is_found_out(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(listed: list[Listed], *rest: Any) -> Any:
        return planned([one._replace(digest=one.id * 2) for one in listed], *rest)

    planned = publishing._entry
    monkeypatch.setattr(publishing, "_entry", blind)
    rng = Random(1)
    documents = some_papers(rng, 30)
    room.put(*documents)
    some_edits(room, rng, documents, 12, at_once=4)
    assert differing(room, PUBLIC, some_questions(rng, 12))


def test_a_generation_that_takes_over_what_a_change_touched_is_found_out(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def blind(past: Any) -> Any:
        return np.isin(np.arange(len(past._near.ids)), past.fresh)

    monkeypatch.setattr(neighbours, "MOST", 4)
    monkeypatch.setattr(recommend, "_MANY", 1.0)
    rng = Random(1)
    documents = some_papers(rng, 30)
    room.put(*documents)
    room.publish()
    monkeypatch.setattr(recommend._Past, "touched", blind)
    some_edits(room, rng, documents, 12, at_once=4)
    assert differing(room, PUBLIC, [])


def test_a_segment_put_together_from_rows_is_the_one_that_is_written_at_once(room: Room) -> None:
    rng, room.segment = Random(4), 10_000
    documents = some_papers(rng, 30)
    room.put(*documents)
    some_edits(room, rng, documents, 12, at_once=3)
    room.publish_afresh()
    (one,), (other,) = (
        list(current.glob("segments/*"))
        for folder in (room.generations, room.folder / "fresh")
        if (current := current_folder(folder, PUBLIC))
    )
    assert one.name == other.name
    files = {file.name for file in one.iterdir() if file.is_file()}
    assert files == {file.name for file in other.iterdir() if file.is_file()}
    assert [name for name in files if (one / name).read_bytes() != (other / name).read_bytes()] == []


def test_what_was_not_written_since_is_not_read_again_and_what_was_is_healed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def publish_trusting() -> Path:
        room.embed()
        listed, spec = room.catalog.listings()[PUBLIC], room.encoder.spec
        publish(room.catalog, listed, room.generations, PUBLIC, spec, max_segment_passages=12, trusting=True)
        return current_folder(room.generations, PUBLIC) or room.folder

    def noted(path: Path) -> str:
        read.append(path.stat().st_ino)
        return digest(path)

    read, digest = list[int](), files.digest
    room.put(*some_papers(Random(6), 30))
    before = publish_trusting()
    monkeypatch.setattr(files, "_READ", {})
    monkeypatch.setattr(files, "digest", noted)
    room.put(paper("new", "One more."))
    after = publish_trusting()
    held = {file.stat().st_ino for file in before.rglob("*") if file.is_file()}
    assert read and not held & set(read)
    victim = next(after.glob("segments/*/terms.npy"))
    whole = victim.read_bytes()
    victim.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    publish_trusting()
    open_current(room.generations, PUBLIC)


def test_what_one_took_for_read_another_in_the_same_process_reads(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that decays under a file leaves its time as it was; `muniment demo` publishes and then serves."""
    room.put(*some_papers(Random(6), 30))
    folder = room.publish() and current_folder(room.generations, PUBLIC)
    assert folder
    victim = next(folder.glob("segments/*/terms.npy"))
    whole, before = victim.read_bytes(), victim.stat()
    victim.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    os.utime(victim, ns=(before.st_atime_ns, before.st_mtime_ns))
    monkeypatch.setattr(files, "_READ", {})  # as in a process that begins
    open_current(room.generations, PUBLIC, trusting=True)
    with pytest.raises(Damaged):
        open_current(room.generations, PUBLIC)


def test_what_is_the_same_for_both_audiences_is_made_once(room: Room) -> None:
    room.put(*some_papers(Random(6), 10))
    public, members = (room.publish(audience) for audience in Audience)
    assert (public.segments_written, members.segments_written) == (len(public.manifest.segments), 0)
    folders = [current_folder(room.generations, audience) for audience in Audience]
    assert folders[0] and folders[1] and (folders[0] / "related.sqlite").samefile(folders[1] / "related.sqlite")
    room.put(paper("secret", "The minutes.", audience=MEMBERS))
    assert [room.publish(audience).segments_written for audience in Audience] == [0, 1]


def test_one_edit_rewrites_one_segment(room: Room) -> None:
    documents = [paper(f"p{n}", *(f"{word} {n}." for word in WORDS[:4])) for n in range(30)]
    room.put(*documents)
    segments = len(room.publish().manifest.segments)
    assert segments == 10
    room.put(replace(documents[4], text=documents[4].text.replace("order", "grant")))
    assert room.publish().segments_written == 1
    assert room.publish().segments_written == 0
    room.put(paper("new", "One more."))
    assert room.publish().segments_written == 1


def test_an_unchanged_segment_is_the_same_file(room: Room) -> None:
    documents = [paper(f"p{n}", *(f"{word} {n}." for word in WORDS[:4])) for n in range(6)]
    room.put(*documents)
    first, manifest = _open(room)
    room.put(replace(documents[5], text="Other words."))
    second, _ = _open(room)
    held = f"segments/{manifest.segments[0].id}/vectors.faiss"
    assert (first / held).samefile(second / held)


def _open(room: Room) -> tuple[Path, Manifest]:
    room.publish()
    return open_current(room.generations, PUBLIC)


CANARY = "Zyzzyva"


def said_by(folder: Path) -> Iterator[str]:
    """Every value of every table and every term of every index below a generation's folder."""
    for file in folder.rglob("*.sqlite"):
        db = apsw.Connection(f"file:{file}?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI)
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall():
            for row in db.execute(f"SELECT * FROM {table}"):
                yield from (value.decode() if isinstance(value, bytes) else str(value) for value in row)


def test_a_public_generation_is_the_same_whatever_members_have(tmp_path: Path) -> None:
    """Ids, statistics, scores, related articles: nothing tells that there are other documents."""
    alone, beside = Room(tmp_path / "alone"), Room(tmp_path / "beside")
    public = some_papers(Random(5), 25)
    hidden = [
        paper(f"hidden-{n}", f"{CANARY} guardian order {n}", title=CANARY, tags=(CANARY, "SGO"), audience=MEMBERS)
        for n in range(25)
    ]
    alone.put(*public)
    for one, other in zip(public, hidden, strict=True):
        beside.put(one, other)
    names = {room.publish().manifest.id for room in (alone, beside)}
    folder, manifest = open_current(beside.generations, PUBLIC)
    assert len(names) == 1 or list(said(alone.searcher(), WORDS)) == list(said(beside.searcher(), WORDS))
    assert manifest.documents == 25
    assert not [text for text in said_by(folder) if CANARY.casefold() in text.casefold()]
    assert alone.searcher().search(CANARY, mode=Mode.LEXICAL).total == 0
    assert beside.searcher().search(CANARY, mode=Mode.LEXICAL).total == 0
    beside.publish(MEMBERS)
    assert beside.searcher(MEMBERS).search(CANARY, mode=Mode.LEXICAL).total == 25
    assert [text for text in said_by(open_current(beside.generations, MEMBERS)[0]) if CANARY in text]


@pytest.mark.parametrize("ruling", Ruling)
def test_what_was_withdrawn_or_restricted_is_nowhere_in_the_next_public_generation(room: Room, ruling: Ruling) -> None:
    secret = paper("secret", f"The {CANARY} was seen.", title=CANARY, tags=(CANARY,))
    room.put(*some_papers(Random(7), 10), secret)
    room.publish()
    assert room.searcher().document(secret.id) == secret
    assert room.catalog.rule(secret.url, ruling)
    room.publish()
    searcher = room.searcher()
    assert (
        searcher.document(secret.id) is searcher.document(secret.id, secret.version) is searcher.card(secret.id) is None
    )
    assert searcher.find(secret.url) is None
    assert searcher.search("", Filters(tags=(CANARY,))).total == 0
    assert not [text for text in said_by(open_current(room.generations, PUBLIC)[0]) if CANARY in text]


def test_every_public_version_that_was_ever_current_can_be_read_again(room: Room) -> None:
    versions = [paper("report", f"The figure is {number}.") for number in (1, 2, 3)]
    for version in versions:
        room.put(version)
        room.publish()
    searcher = room.searcher()
    assert [searcher.document(versions[0].id, one.version) for one in versions] == versions
    assert searcher.document(versions[0].id) == versions[-1]


def test_a_passage_without_a_vector_is_a_fault_not_a_gap(room: Room) -> None:
    room.put(paper("report", "The figure is 1."))
    with pytest.raises(IndexFault, match="not encoded"):
        publish(room.catalog, room.catalog.listings()[PUBLIC], room.generations, PUBLIC, room.encoder.spec)
    assert not (room.generations / "public" / "CURRENT").exists()


def test_an_index_made_with_another_model_is_refused_with_the_remedy(room: Room) -> None:
    room.put(paper("report", "The figure is 1."))
    room.publish()
    with pytest.raises(WrongModel, match="muniment publish"):
        Searcher(*open_current(room.generations, PUBLIC), BagEncoder("other"))


def test_changing_the_model_and_back_encodes_nothing_again(room: Room) -> None:
    room.put(*some_papers(Random(8), 6))
    first, second = room.encoder, BagEncoder("other", 24)
    ids = []
    for encoder in (first, second, first, second):
        room.encoder = encoder
        ids.append(room.publish().manifest.id)
        assert room.searcher().search("guardian").total > 0
    assert ids[0] == ids[2] != ids[1] == ids[3]
    assert len(first.encoded) + len(second.encoded) == 2 * len({*first.encoded, *second.encoded})


def test_labels_are_the_same_number_in_any_case() -> None:
    assert label_id("tag", "SGO") == label_id("tag", "sgo") != label_id("tag", "SGOs")
    assert 0 <= label_id("tag", "SGO") < 2**62
