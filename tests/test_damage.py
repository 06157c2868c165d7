"""What is damaged is refused, said and healed; what is sound answers meanwhile. At length in `make soak`."""

import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from damage import NOW, desk_of, mutate, two_generations, unhealed
from fastapi.testclient import TestClient
from room import Room, paper, some_papers
from rounds import Site, go, home_at, in_one_process, serving, state

from index import files
from index.catalog import Catalog
from index.compiled import CompiledEncoder, compiled_folder
from index.errors import Damaged
from index.generation import current_folder, others
from index.weights import PINNED_WEIGHTS
from ingest.archive import Archive, ArchiveRef
from ingest.records import Audience, Page
from service import crawling, pipeline
from service.api import create_app
from service.health import examine
from service.home import open_home

PUBLIC = Audience.PUBLIC


def test_harmed_indexes_are_refused_while_the_one_before_answers_and_publishing_heals(tmp_path: Path) -> None:
    rng = Random(11)
    assert list(unhealed(two_generations(tmp_path, 11), rng, 25, rng.choice)) == []


def test_an_index_that_is_opened_unchecked_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = two_generations(tmp_path, 12)
    monkeypatch.setattr(files, "check", lambda *_: None)
    assert next(unhealed(room, Random(12), 1, lambda files: next(one for one in files if one.name == "works.npy")))


@pytest.mark.parametrize("name", ["manifest.json", "manifest.json.sha256"])
def test_the_manifest_is_under_a_checksum_too(tmp_path: Path, name: str) -> None:
    room = two_generations(tmp_path, 13)
    rng = Random(13)
    assert list(unhealed(room, rng, 4, lambda files: next(one for one in files if one.name == name))) == []


@pytest.mark.parametrize("said", [b"", b"\xff\xfe", b"\0", b"../members", b"0123456789abcdef"])
def test_a_pointer_that_leads_nowhere_is_damage(tmp_path: Path, said: bytes) -> None:
    room = two_generations(tmp_path, 14)
    (room.generations / PUBLIC / "CURRENT").write_bytes(said)
    desk = desk_of(room)
    assert desk.degraded
    room.publish()
    desk.refresh()
    assert not desk.degraded


def test_a_service_says_that_it_is_degraded_and_when_it_is_no_more(tmp_path: Path) -> None:
    room = two_generations(tmp_path, 15)
    desk = desk_of(room)
    client = TestClient(create_app(desk))
    assert client.get("/readyz").json()["status"] == "ready"
    room.put(paper("later", "The guardian came later still."))
    room.publish()
    harmed = current_folder(room.generations, PUBLIC)
    assert harmed is not None
    (harmed / "related.sqlite").write_bytes(b"")
    before = desk.searcher.generation
    assert not desk.refresh()
    assert (client.get("/readyz").json()["status"], desk.searcher.generation) == ("degraded", before)
    room.publish()
    assert desk.refresh()
    assert client.get("/readyz").json()["status"] == "ready"


def test_where_generations_share_the_harmed_file_none_is_opened_and_an_open_one_answers_on(tmp_path: Path) -> None:
    room = Room(tmp_path, segment=4)
    room.put(*some_papers(Random(16), 12))
    room.publish()
    desk = desk_of(room)
    room.put(paper("later", "The guardian came later."))
    room.publish()
    [before] = others(room.generations, PUBLIC, current_folder(room.generations, PUBLIC).name)  # type: ignore[union-attr]
    shared = next(path for path in before.rglob("vectors.faiss") if path.stat().st_nlink > 1)
    shared.write_bytes(b"not an index")
    with pytest.raises(Damaged, match="muniment publish"):
        desk_of(room)
    desk.refresh()
    assert desk.degraded
    room.publish()
    desk.refresh()
    assert not desk.degraded and not desk_of(room).degraded


def test_a_generation_that_holds_what_was_taken_out_since_is_not_kept_to_fall_back_on(tmp_path: Path) -> None:
    room = two_generations(tmp_path, 17)
    room.catalog.withdraw("https://example.org/the-newest")
    room.publish()
    assert others(room.generations, PUBLIC, current_folder(room.generations, PUBLIC).name) == []  # type: ignore[union-attr]


def test_a_harmed_model_is_refused_named_and_compiled_again(models: Path, tmp_path: Path) -> None:
    home = open_home(tmp_path)
    folder = compiled_folder(home.models, next(iter(PINNED_WEIGHTS.values())))
    shutil.copytree(models / folder.name, folder)
    two_generations(tmp_path, 18)
    rng, files = Random(18), sorted(path.name for path in folder.iterdir())
    assert files == ["encoder.json", "encoder.json.sha256", "model.bin", "model.xml", "tokenizer.json"]
    assert "model" not in {one.check for one in examine(home, NOW)}
    for name in files:
        mutate(rng, folder / name)
        with pytest.raises(Damaged, match="muniment publish"):
            CompiledEncoder(folder)
        assert [one.check for one in examine(home, NOW) if one.wrong] == ["model"]
        shutil.copy(models / folder.name / name, folder / name)


def some_page(number: int) -> Page:
    return Page(f"https://example.org/{number}", 200, {}, Random(number).randbytes(2_000), NOW)


def harmed_archive(folder: Path, rng: Random) -> tuple[int, int]:
    """Of forty responses in a harmed file, how many are still read, and how many of those as they were."""
    with Archive(folder) as archive:
        refs = {number: archive.write(some_page(number)) for number in range(40)}
    mutate(rng, folder / refs[0].file)
    with Archive(folder) as archive:
        read = {number: archive.read(ref) for number, ref in refs.items() if archive.holds(ref)}
    return len(read), sum(page == some_page(number) for number, page in read.items())


def test_a_harmed_response_is_refused_or_is_word_for_word_as_it_came(tmp_path: Path) -> None:
    kept = [harmed_archive(tmp_path / str(seed), Random(seed)) for seed in range(30)]
    assert all(read == same for read, same in kept)
    assert min(read for read, _ in kept) < 40
    assert not Archive(tmp_path).holds(ArchiveRef("none.warc.gz", 0))


def wrong_at(folder: Path) -> list[str]:
    """What the doctor finds wrong today."""
    return [one.check for one in examine(home_at(folder), datetime.now(UTC)) if one.wrong]


def healed(site: Site, folder: Path) -> list[str]:
    """What is wrong after the remedy: the archive read afresh, then a crawl."""
    crawling.rebuild(home_at(folder), pipeline.silent)
    assert go(site, folder) == 0
    return wrong_at(folder)


def test_responses_and_documents_that_are_lost_are_named_and_had_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_one_process(monkeypatch)
    with serving() as site:
        assert go(site, tmp_path) == 0
        before = state(tmp_path)
        assert wrong_at(tmp_path) == []
        [file] = (tmp_path / "archive").iterdir()
        file.write_bytes(file.read_bytes()[:600])
        assert wrong_at(tmp_path) == ["archive"]
        assert (healed(site, tmp_path), state(tmp_path)) == ([], before)
        with closing(Catalog(tmp_path / "catalog.sqlite")) as catalog:
            catalog.forget(f"{site.url}/a")
        assert wrong_at(tmp_path) == ["public index", "members index", "catalog"]
        assert (healed(site, tmp_path), state(tmp_path)["members"]) == ([], before["members"])
        (tmp_path / "catalog.sqlite").write_bytes(b"no database" * 1_000)
        assert wrong_at(tmp_path) == ["catalog.sqlite"]
