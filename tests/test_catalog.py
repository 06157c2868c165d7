"""The catalog: what was put in is there, once, and nothing that was taken out shows."""

from dataclasses import replace
from pathlib import Path

import apsw
import numpy as np
import pytest
from room import BagEncoder, Room, cut, paper

from index.catalog import Catalog, Change, Ruling
from index.errors import NewerHome
from index.migrations import FORMAT
from ingest.records import Audience

A = paper("guardians", "The court may make an order.", "Carers > A panel hears the carer.", title="Guardians")
B = replace(A, text=A.text.replace("order", "grant"))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def live(room: Room, audience: Audience = Audience.PUBLIC) -> list[str]:
    return [edition.current.version for edition in room.catalog.editions(audience)]


def test_a_document_put_twice_is_put_once(room: Room) -> None:
    assert room.put(A) == [Change.REVISION]
    assert room.put(A) == [Change.NOTHING]
    assert room.catalog.count() == {"documents": 1, "withdrawn": 0, "passages": 2, "vectors": 0}


def test_it_comes_back_as_it_was_put(room: Room) -> None:
    room.put(A)
    assert room.catalog.document(A.id) == A
    assert [A.text[s.passage.start : s.passage.end] for s in room.catalog.passages(A.id)] == [
        "The court may make an order.",
        "A panel hears the carer.",
    ]


def test_a_new_title_date_or_tag_is_a_change_but_new_tags_alone_no_new_version(room: Room) -> None:
    room.put(A)
    tagged = replace(A, tags=("SGO",))
    assert room.put(tagged) == [Change.FACTS]
    assert tagged.version == A.version
    assert room.catalog.document(A.id) == tagged
    [edition] = room.catalog.editions(Audience.PUBLIC)
    assert [version.version for version in edition.versions] == [A.version]


def test_an_anchor_that_moved_is_kept_without_a_new_revision_and_encodes_nothing(room: Room) -> None:
    room.put(A)
    room.embed()
    moved = replace(A, sections=tuple(replace(section, anchor="moved") for section in A.sections))
    passages = [replace(passage, anchor="moved") for passage in cut(A)]
    assert room.catalog.put(moved, passages) is Change.FACTS
    assert {one.passage.anchor for one in room.catalog.passages(A.id)} == {"moved"}
    assert room.embed() == 0
    closed = replace(moved, audience=Audience.MEMBERS)
    assert [room.put(each)[0] for each in (closed, closed, moved)] == ["changed", "unchanged", "changed"]


def test_going_back_to_an_earlier_text_keeps_both_versions_and_encodes_nothing_again(room: Room) -> None:
    for document in (A, B):
        room.put(document)
        assert room.embed() > 0
    assert room.put(A) == [Change.REVISION]
    assert room.embed() == 0
    [edition] = room.catalog.editions(Audience.PUBLIC)
    assert edition.current == A
    assert {version.version for version in edition.versions} == {A.version, B.version}


def test_only_what_an_edit_changed_is_encoded(room: Room) -> None:
    room.put(A)
    room.embed()
    room.encoder.encoded.clear()
    room.put(B)
    room.embed()
    assert room.encoder.encoded == ["Guardians\nThe court may make an grant."]


def test_the_same_words_in_two_documents_are_encoded_once(room: Room) -> None:
    room.put(A, replace(A, url="https://example.org/copy"))
    assert room.embed() == 2


def test_another_model_has_vectors_of_its_own_and_the_first_are_kept(room: Room) -> None:
    first, second = room.encoder, BagEncoder("other")
    room.put(A)
    encoded = []
    for encoder in (first, second, first, second):
        room.encoder = encoder
        encoded.append(room.embed())
    assert encoded == [2, 2, 0, 0]


def test_a_vector_is_kept_to_half_precision(room: Room) -> None:
    room.put(A)
    room.embed()
    [stored, _] = room.catalog.passages(A.id)
    [kept] = room.catalog.vectors(room.encoder.spec.id, [stored.text_hash])
    assert kept is not None
    cosine = (
        np.frombuffer(kept[0], np.float16) @ room.encoder.encode_query("Guardians\nThe court may make an order.")[0]
    )
    assert cosine == pytest.approx(1, abs=1e-3)
    assert list(room.catalog.vectors(room.encoder.spec.id, ["unknown"])) == [None]


def test_withdrawn_is_gone_from_every_audience_until_put_again(room: Room) -> None:
    room.put(A)
    assert room.catalog.withdraw(A.url)
    assert not room.catalog.withdraw(A.url)
    assert not room.catalog.withdraw("https://example.org/never-seen")
    assert live(room) == live(room, Audience.MEMBERS) == []
    assert room.catalog.document(A.id) is None
    assert room.put(A) == [Change.REVISION]
    assert live(room) == [A.version]


@pytest.mark.parametrize(("ruling", "members"), [(Ruling.WITHDRAWN, []), (Ruling.MEMBERS, [A.version])])
def test_an_editors_decision_holds_at_once_and_is_taken_back_whole(
    room: Room, ruling: Ruling, members: list[str]
) -> None:
    room.put(A)
    assert room.catalog.rule(A.url, ruling)
    assert not room.catalog.rule(A.url, ruling)
    assert not room.catalog.rule("https://example.org/never-seen", ruling)
    assert (live(room), live(room, Audience.MEMBERS)) == ([], members)
    assert [held for held, _ in room.catalog.rulings(A.url)] == [ruling]
    assert room.catalog.take_back(A.url, ruling)
    assert not room.catalog.take_back(A.url, ruling)
    assert live(room) == live(room, Audience.MEMBERS) == [A.version]


@pytest.mark.parametrize(("ruling", "members"), [(Ruling.WITHDRAWN, []), (Ruling.MEMBERS, [B.version])])
def test_an_editors_decision_outlives_a_change_of_the_page(room: Room, ruling: Ruling, members: list[str]) -> None:
    room.put(A)
    room.catalog.rule(A.url, ruling)
    assert room.put(B) == [Change.REVISION]
    assert room.put(B) == [Change.NOTHING]
    assert (live(room), live(room, Audience.MEMBERS)) == ([], members)
    assert room.catalog.take_back(A.url, ruling)
    assert live(room) == [B.version]


def test_what_its_site_closed_meanwhile_stays_closed_when_the_editor_takes_a_decision_back(room: Room) -> None:
    room.put(A)
    room.catalog.rule(A.url, Ruling.MEMBERS)
    room.catalog.rule(A.url, Ruling.WITHDRAWN)
    room.put(replace(A, audience=Audience.MEMBERS))
    room.catalog.take_back(A.url, Ruling.WITHDRAWN)
    room.catalog.take_back(A.url, Ruling.MEMBERS)
    assert (live(room), live(room, Audience.MEMBERS)) == ([], [A.version])


def test_a_members_revision_stays_hidden_after_the_document_became_public_again(room: Room) -> None:
    secret = replace(B, audience=Audience.MEMBERS)
    room.put(A, secret, A)
    [public], [members] = room.catalog.editions(Audience.PUBLIC), room.catalog.editions(Audience.MEMBERS)
    assert [version.version for version in public.versions] == [A.version]
    assert secret.version in {version.version for version in members.versions}


def test_a_home_made_by_a_newer_program_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "catalog.sqlite"
    Catalog(file).close()
    apsw.Connection(str(file)).execute(f"PRAGMA user_version={FORMAT + 1}")
    with pytest.raises(NewerHome, match="Upgrade muniment"):
        Catalog(file)


def test_a_batch_that_fails_leaves_nothing(room: Room) -> None:
    with pytest.raises(RuntimeError), room.catalog.write():
        room.put(A)
        raise RuntimeError
    assert room.catalog.count()["documents"] == 0
    assert room.put(A) == [Change.REVISION]


def test_what_is_written_is_there_for_the_next_who_opens(room: Room) -> None:
    room.put(A)
    other = Catalog(room.folder / "catalog.sqlite")
    assert other.document(A.id) == A
    other.close()
