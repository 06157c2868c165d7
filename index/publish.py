"""From the catalog to a finished generation for one audience.

Documents keep the segment they first fell into; a segment whose documents are unchanged is hard-linked from the
generation before, so the cost of publishing follows what changed.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np

from index import dense, lexical, likeness, recommend, sentences, succession, texts, vocabulary, works
from index.analysis import analyse
from index.catalog import Catalog, Edition, StoredPassage
from index.columns import day_bounds, document_number, label_id, labels_of, make_columns
from index.embed import EncoderSpec, Vectors, embedded_text
from index.errors import IndexFault, NoRoom
from index.generation import (
    COLLECTION,
    FORMAT,
    Manifest,
    SegmentEntry,
    audience_folder,
    current_folder,
    files_of,
    others,
    put_in_force,
    read_manifest,
    seal,
)
from index.records import Scope
from ingest.records import Audience, Document

MAX_SEGMENT_PASSAGES = 32_768
# What a passage takes in a segment, and a little more: 45 MB for 13,713 of them on the site in docs/measurements.md.
BYTES_PER_PASSAGE = 4_096


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: the generation in force and how many of its segments had to be written."""

    manifest: Manifest
    segments_written: int


def publish(
    catalog: Catalog,
    generations: Path,
    audience: Audience,
    encoder: EncoderSpec,
    on_segment: Callable[[int, int], None] = lambda done, total: None,
    max_segment_passages: int = MAX_SEGMENT_PASSAGES,
) -> Published:
    """Put a generation of the catalog's present state in force for ``audience``.

    Every live passage must have a vector of ``encoder``. Where nothing changed, the generation in force stays. Raises
    NoRoom, with the bytes needed, before anything is written.
    """
    home = audience_folder(generations, audience)
    home.mkdir(parents=True, exist_ok=True)
    before = _previous(generations, audience)
    plan = _plan(catalog, audience, encoder, before, max_segment_passages)
    _look_for_room(home, plan, before)
    building = home / f"building.{os.getpid()}.tmp"
    shutil.rmtree(building, ignore_errors=True)
    try:
        written = _write_segments(catalog, plan, encoder, before, building, on_segment)
        manifest = _finish(building, plan, Scope(COLLECTION, audience), encoder)
        put_in_force(generations, audience, building, manifest.id)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _prune(generations, audience, manifest)
    return Published(manifest, written)


def is_current(catalog: Catalog, folder: Path, manifest: Manifest) -> bool:
    """Whether publishing now, with the same encoder, would write no segment anew and leave none out."""
    before = folder, manifest
    plan = _plan(catalog, manifest.scope.audience, manifest.encoder, before, MAX_SEGMENT_PASSAGES)
    return [planned.entry.id for planned in plan] == [segment.id for segment in manifest.segments]


@dataclass(frozen=True, slots=True)
class _Planned:
    entry: SegmentEntry
    editions: tuple[Edition, ...]


def _previous(generations: Path, audience: Audience) -> tuple[Path, Manifest] | None:
    folder = current_folder(generations, audience)
    try:
        return (folder, read_manifest(folder)) if folder else None
    except IndexFault:
        return None  # damaged: nothing of it is linked, all is written again


def _plan(
    catalog: Catalog, audience: Audience, encoder: EncoderSpec, before: tuple[Path, Manifest] | None, most: int
) -> list[_Planned]:
    sizes = catalog.passage_counts()
    bounds = [segment.last_seq for segment in before[1].segments] if before else []
    groups = _group(list(catalog.editions(audience)), sizes, bounds, most)
    return [_planned(group, sizes, encoder) for group in groups]


def _group(editions: Sequence[Edition], sizes: dict[str, int], bounds: list[int], most: int) -> list[list[Edition]]:
    """Cut at the bounds of the generation before; only its last segment, and one that outgrew itself, are cut anew."""
    groups: list[list[Edition]] = []
    closed, filled = bounds[:-1], 0
    for edition in editions:
        crossed = bool(groups) and any(groups[-1][-1].seq <= bound < edition.seq for bound in closed)
        size = sizes.get(edition.current.id, 0)
        if not groups or crossed or filled + size > most:
            groups.append([])
            filled = 0
        groups[-1].append(edition)
        filled += size
    return groups


def _planned(editions: list[Edition], sizes: dict[str, int], encoder: EncoderSpec) -> _Planned:
    held = [(edition.digest, sizes.get(edition.current.id, 0)) for edition in editions]
    id = sha256(msgspec.json.encode([FORMAT, encoder.id, held])).hexdigest()[:16]
    passages = sum(size for _, size in held)
    return _Planned(SegmentEntry(id, editions[-1].seq, len(editions), passages), tuple(editions))


def _look_for_room(home: Path, plan: list[_Planned], before: tuple[Path, Manifest] | None) -> None:
    kept = {segment.id for segment in before[1].segments} if before else set()
    needed = BYTES_PER_PASSAGE * sum(one.entry.passages for one in plan if one.entry.id not in kept)
    free = shutil.disk_usage(home).free
    if free < needed:
        raise NoRoom(f"{needed} bytes free for {home}", f"{free}", "Make room on the disk.")


def _write_segments(
    catalog: Catalog,
    plan: list[_Planned],
    encoder: EncoderSpec,
    before: tuple[Path, Manifest] | None,
    building: Path,
    on_segment: Callable[[int, int], None],
) -> int:
    kept = {segment.id for segment in before[1].segments} if before else set()
    for done, planned in enumerate(plan):
        folder = building / "segments" / planned.entry.id
        folder.mkdir(parents=True)
        if before and planned.entry.id in kept:
            shutil.copytree(
                before[0] / "segments" / planned.entry.id, folder, copy_function=os.link, dirs_exist_ok=True
            )
        else:
            _write_segment(catalog, planned.editions, encoder, folder)
        on_segment(done + 1, len(plan))
    return sum(planned.entry.id not in kept for planned in plan)


def _write_segment(catalog: Catalog, editions: Sequence[Edition], encoder: EncoderSpec, folder: Path) -> None:
    documents = [edition.current for edition in editions]
    stored = [list(catalog.passages(document.id)) for document in documents]
    flat = [(row, passage) for row, passages in enumerate(stored) for passage in passages]
    shelves = (
        texts.Shelf(edition.current, edition.versions, tuple(one.passage for one in passages))
        for edition, passages in zip(editions, stored, strict=True)
    )
    texts.build(folder / "texts.sqlite", shelves)
    works.save(folder, documents)
    likeness.save(folder, documents)
    vocabulary.save(folder, documents)
    succession.save(folder, documents)
    make_columns(documents, [one.key for _, one in flat], [row for row, _ in flat]).save(folder)
    vectors, held = _vectors(catalog, encoder, [one for _, one in flat])
    dense.build(folder / "vectors.faiss", vectors)
    sentences.build(folder, held)
    (folder / "lexical").mkdir()
    with _disk_errors():
        lexical.build(folder / "lexical", (_lexical_row(documents[row], one) for row, one in flat))


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Tantivy tells of a disk that fails as of a wrong value: here it is an OSError like any other."""
    try:
        yield
    except ValueError as error:
        if not (told := re.search(r"\(os error (\d+)\)", str(error))):
            raise
        raise OSError(int(told[1]), str(error)) from error


def _vectors(
    catalog: Catalog, encoder: EncoderSpec, passages: Sequence[StoredPassage]
) -> tuple[Vectors, list[sentences.Codes]]:
    vectors, held = np.empty((len(passages), encoder.dimension), dtype=np.float32), []
    for row, stored in enumerate(catalog.vectors(encoder.id, (one.text_hash for one in passages))):
        if stored is None:
            raise IndexFault("a vector for every passage", "a passage not encoded", "Run `muniment publish` again.")
        vectors[row] = np.frombuffer(stored[0], dtype=np.float16)
        held.append(np.frombuffer(stored[1], dtype=np.int8).reshape(-1, encoder.dimension))
    return vectors, held


def _lexical_row(document: Document, one: StoredPassage) -> lexical.LexicalRow:
    day_from, day_until = day_bounds(document.published)
    return lexical.LexicalRow(
        key=one.key,
        words=analyse(embedded_text(document.title, one.passage.heading, one.passage.text), document.lang),
        day_from=day_from,
        day_until=day_until,
        document=document_number(document.id),
        labels=tuple(label_id(*label) for label in labels_of(document)),
    )


def _finish(building: Path, plan: list[_Planned], scope: Scope, encoder: EncoderSpec) -> Manifest:
    folders = [building / "segments" / planned.entry.id for planned in plan]
    (building / "lexical").mkdir(parents=True)
    if folders:
        lexical.compose([folder / "lexical" for folder in folders], building / "lexical")
    works.build(building / "works.npy", folders)
    recommend.build(building / "related.sqlite", folders, works.load(building / "works.npy"))
    entries = tuple(planned.entry for planned in plan)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(FORMAT, scope, encoder, entries, made_at, files_of(building))
    seal(building, manifest)
    return manifest


def _prune(generations: Path, audience: Audience, current: Manifest) -> None:
    """Keep the generation in force and, to answer where that is damaged, the one before: unless it holds what was
    taken out since.

    There is one writer, so that whatever is half made was left by one that was killed.
    """
    home = audience_folder(generations, audience)
    for half_made in home.glob("*.tmp"):
        shutil.rmtree(half_made) if half_made.is_dir() else half_made.unlink()
    held = _documents(home / current.id)
    for place, folder in enumerate(others(generations, audience, current.id)):
        if place or not _documents(folder) <= held:
            shutil.rmtree(folder)


def _documents(folder: Path) -> set[int]:
    return {int(id) for file in folder.glob("segments/*/ids.npy") for id in np.load(file)}
