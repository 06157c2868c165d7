"""From the catalog to a finished generation for one audience.

Documents keep the segment they first fell into; a segment whose documents are unchanged is hard-linked from the
generation before, so the cost of publishing follows what changed.
"""

import os
import shutil
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np

from index import dense, generation, lexical, recommend, segment, vocabulary
from index.catalog import Catalog, Listed
from index.embed import EncoderSpec
from index.errors import IndexFault, NoRoom
from index.generation import FORMAT, Generation, Manifest, SegmentEntry, open_current, put_in_force
from index.records import COLLECTION, Scope
from ingest.records import Audience

# A segment is written anew for one change in it, a search asks each: up to 131,072 passages the first counts for more.
LEAST_SEGMENT_PASSAGES, MANY_SEGMENTS, MAX_SEGMENT_PASSAGES = 2_048, 64, 32_768
# What a passage takes in a segment, and a little more; see docs/measurements.md.
BYTES_PER_PASSAGE = 11_776
# The files of a generation that are told of all its segments together.
WHOLE = (vocabulary.FILE, recommend.WORKS, recommend.RELATED, recommend.REACH)


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: the generation in force and how many of its segments had to be written."""

    manifest: Manifest
    segments_written: int


def publish(
    catalog: Catalog,
    listed: Sequence[Listed],
    generations: Path,
    audience: Audience,
    encoder: EncoderSpec,
    on_segment: Callable[[int, int], None] = lambda done, total: None,
    await_vectors: Callable[[int], None] = lambda seq: None,
    max_segment_passages: int | None = None,
    trusting: bool = False,
) -> Published:
    """Put a generation of ``listed``, what ``catalog`` has at present for ``audience``, in force.

    Every live passage must have a vector of ``encoder``, at the latest when ``await_vectors`` of the last document of
    its segment returns. Where nothing changed, the generation in force stays. What
    another audience's generation has finished is not made again. ``trusting`` takes what was not written since it was
    sealed for sound: it is neither read nor healed. Raises NoRoom, with the bytes needed, before anything is written.
    """
    home = generations / audience
    home.mkdir(parents=True, exist_ok=True)
    before = _standing(generations, audience, encoder, trusting)
    scope = Scope(COLLECTION, audience)
    plan, manifest = _plan(listed, scope, encoder, before.manifest if before else None, max_segment_passages)
    if before and manifest.id == before.manifest.id:
        # Whoever looks for a newer one finds that this was put in force, and is well.
        put_in_force(generations, audience, before.folder, before.manifest.id)
        _prune(generations, audience, before.manifest)
        return Published(before.manifest, 0)
    beside = (_standing(generations, other, encoder, trusting) for other in Audience if other is not audience)
    sources = [one for one in (before, *beside) if one]
    kept = {id: folder for source in reversed(sources) for id, folder in source.segments.items()}
    _look_for_room(home, manifest, kept)
    building = home / f"building.{os.getpid()}.tmp"
    shutil.rmtree(building, ignore_errors=True)
    try:
        _write_segments(catalog, plan, manifest, kept, building, on_segment, await_vectors)
        manifest = _finish(building, manifest, sources, before)
        put_in_force(generations, audience, building, manifest.id)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    _prune(generations, audience, manifest)
    return Published(manifest, sum(one.id not in kept for one in manifest.segments))


def is_current(catalog: Catalog, folder: Path, manifest: Manifest) -> bool:
    """Whether publishing now, with the same encoder, would write no segment anew and leave none out."""
    listed = catalog.listings()[manifest.scope.audience]
    return _plan(listed, manifest.scope, manifest.encoder, manifest, None)[1].id == manifest.id


def _standing(generations: Path, audience: Audience, encoder: EncoderSpec, trusting: bool) -> Generation | None:
    with suppress(IndexFault):  # none yet, or damaged: nothing of it is linked, all is written again
        found = open_current(generations, audience, trusting)
        return found if found.manifest.encoder.id == encoder.id else None
    return None


def _plan(
    listed: Sequence[Listed], scope: Scope, encoder: EncoderSpec, before: Manifest | None, most: int | None
) -> tuple[list[list[Listed]], Manifest]:
    """The documents of each segment, and the manifest of them, to which its files are still to be told."""
    if most is None:
        total, most = sum(one.passages for one in listed), LEAST_SEGMENT_PASSAGES
        while most < MAX_SEGMENT_PASSAGES and most * MANY_SEGMENTS < total:
            most *= 2
    bounds = [segment.last_seq for segment in before.segments[:-1]] if before else []
    plan = _group(listed, bounds, most)
    entries = tuple(_entry(group, encoder) for group in plan)
    return plan, Manifest(FORMAT, scope, encoder, entries, datetime.now(UTC).isoformat(timespec="seconds"), {})


def _group(listed: Sequence[Listed], closed: list[int], most: int) -> list[list[Listed]]:
    """Cut at the bounds of the generation before; only its last segment, and one twice too large, are cut anew."""
    groups: list[list[Listed]] = []
    filled, place = 0, -1
    for one in listed:
        within = bisect_left(closed, one.seq)
        if within != place or filled + one.passages > most * (2 if within < len(closed) else 1):
            groups.append([])
            filled, place = 0, within
        groups[-1].append(one)
        filled += one.passages
    return groups


def _entry(listed: list[Listed], encoder: EncoderSpec) -> SegmentEntry:
    held = [(one.digest, one.passages) for one in listed]
    id = sha256(msgspec.json.encode([FORMAT, encoder.id, held])).hexdigest()[:16]
    return SegmentEntry(id, listed[-1].seq, len(listed), sum(one.passages for one in listed))


def _look_for_room(home: Path, manifest: Manifest, kept: Mapping[str, Path]) -> None:
    needed = BYTES_PER_PASSAGE * sum(one.passages for one in manifest.segments if one.id not in kept)
    free = shutil.disk_usage(home).free
    if free < needed:
        raise NoRoom(f"{needed} bytes free for {home}", f"{free}", "Make room on the disk.")


def _write_segments(
    catalog: Catalog,
    plan: list[list[Listed]],
    manifest: Manifest,
    kept: Mapping[str, Path],
    building: Path,
    on_segment: Callable[[int, int], None],
    await_vectors: Callable[[int], None],
) -> None:
    """Link what is ``kept``; of the others take over the entries of documents that are as they were."""
    planned, audience = {one.id for one in manifest.segments}, manifest.scope.audience
    rows = {
        mark: (folder, row)
        for id, folder in kept.items()
        if id not in planned
        for row, mark in enumerate(np.load(folder / recommend.EDITIONS).tolist())
    }
    # What a new segment takes over stands in one or two that follow one another.
    read = lru_cache(maxsize=4)(segment.read)

    def entries(group: Sequence[Listed]) -> list[segment.Entry]:
        found = [rows.get(segment.mark(one.digest)) for one in group]
        fresh = [catalog.edition(one, audience) for one, its in zip(group, found, strict=True) if not its]
        made = segment.make(fresh, catalog, manifest.encoder)
        return [read(its[0])[its[1]] if its else next(made) for its in found]

    for done, (one, group) in enumerate(zip(manifest.segments, plan, strict=True), start=1):
        folder = building / "segments" / one.id
        folder.mkdir(parents=True)
        if source := kept.get(one.id):
            shutil.copytree(source, folder, copy_function=os.link, dirs_exist_ok=True)
        else:
            await_vectors(one.last_seq)
            segment.write(folder, entries(group))
        on_segment(done, len(plan))


def _finish(building: Path, manifest: Manifest, sources: Sequence[Generation], before: Generation | None) -> Manifest:
    """Write what is told of all segments together, and seal."""
    ids = [one.id for one in manifest.segments]
    folders = [building / "segments" / id for id in ids]
    (building / "lexical").mkdir(parents=True)
    if folders:
        lexical.compose([folder / "lexical" for folder in folders], building / "lexical")
    same = next((one for one in sources if list(one.segments) == ids), None)
    if same:
        for name in WHOLE:
            os.link(same.folder / name, building / name)
        return generation.seal(building, replace(manifest, recall=same.manifest.recall))
    # Comparing vectors leaves the interpreter to the rest.
    with ThreadPoolExecutor(1) as pool:
        recall = pool.submit(dense.DenseIndex(folders).own_recall)
        vocabulary.build(building, dict(zip(ids, folders, strict=True)), before)
        recommend.build(building, folders, before)
    return generation.seal(building, replace(manifest, recall=recall.result()))


def _prune(generations: Path, audience: Audience, current: Manifest) -> None:
    """Keep the generation in force and, to answer where that is damaged, the one before: unless it holds what was
    taken out since.

    There is one writer, so that whatever is half made was left by one that was killed.
    """
    home = generations / audience
    for half_made in home.glob("*.tmp"):
        shutil.rmtree(half_made) if half_made.is_dir() else half_made.unlink()
    for place, folder in enumerate(generation.others(generations, audience, current.id)):
        if place or not _documents(folder, home / current.id) <= _documents(home / current.id, folder):
            shutil.rmtree(folder)


def _documents(folder: Path, other: Path) -> set[int]:
    """The documents of the segments that the other generation has not."""
    own = (segment for segment in folder.glob("segments/*") if not (other / "segments" / segment.name).exists())
    return {id for segment in own for id in np.load(segment / "ids.npy").tolist()}
