"""A generation: an immutable folder that answers for one audience, named by a hash of what it holds.

``generations/<audience>/CURRENT`` names the one to open. A generation is written beside the others, synced, renamed
into place, and only then named; whoever reads sees the old or the new, never half of one. Where the one in force is
damaged, the newest sound one beside it answers.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import msgspec

from index import files
from index.embed import EncoderSpec
from index.errors import Damaged, NothingPublished, OtherFormat
from index.records import Scope
from ingest.durable import sync
from ingest.records import Audience

FORMAT = 15
_CURRENT = "CURRENT"
_MANIFEST = "manifest.json"
_HEAL = "Run `muniment publish` to make the index again."


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """One sealed segment: ``id`` is a hash of its documents, ``last_seq`` where the next one begins."""

    id: str
    last_seq: int
    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds; ``files`` has the SHA-256 of each, by path within the folder.

    ``recall`` is what codes find of the best so many by meaning (``DenseIndex.own_recall``); None where all is found.
    """

    format: int
    scope: Scope
    encoder: EncoderSpec
    segments: tuple[SegmentEntry, ...]
    made_at: str
    files: dict[str, str]
    recall: dict[int, float] | None = None

    @property
    def id(self) -> str:
        """16 hexadecimal digits: the same content has the same id whenever and however it was made."""
        held = [self.format, self.scope, self.encoder.id, [segment.id for segment in self.segments]]
        return sha256(msgspec.json.encode(held)).hexdigest()[:16]

    @property
    def documents(self) -> int:
        return sum(segment.documents for segment in self.segments)

    @property
    def passages(self) -> int:
        return sum(segment.passages for segment in self.segments)


class Generation(NamedTuple):
    """A generation where it stands."""

    folder: Path
    manifest: Manifest

    @property
    def segments(self) -> dict[str, Path]:
        """The folder of each segment, by its id."""
        return {one.id: self.folder / "segments" / one.id for one in self.manifest.segments}


def current_folder(generations: Path, audience: Audience) -> Path | None:
    """The folder of the generation in force, or None before the first."""
    folder = generations / audience
    try:
        return folder / (folder / _CURRENT).read_text(errors="replace").strip()
    except FileNotFoundError:
        return None


def turn(generations: Path, audience: Audience) -> files.Written | None:
    """A mark that is another each time that a generation is put in force, be it the same again.

    None before the first, and while the home is out of reach.
    """
    with suppress(OSError):
        return files.written(generations / audience / _CURRENT)
    return None


def others(generations: Path, audience: Audience, name: str) -> list[Path]:
    """The finished generations beside ``name``, newest first."""
    folders = [path for path in (generations / audience).iterdir() if path.is_dir()]
    kept = [path for path in folders if path.name != name and path.suffix != ".tmp"]
    return sorted(kept, key=lambda path: path.stat().st_mtime, reverse=True)


def open_sound(generations: Path, audience: Audience) -> tuple[Path, Manifest, Damaged | None]:
    """The generation in force; where it is damaged, the newest sound one beside it, and what is wrong with the first.

    Raises NothingPublished, or Damaged where none is sound.
    """
    try:
        return *open_current(generations, audience), None
    except Damaged as fault:
        for folder in others(generations, audience, ""):
            with suppress(Damaged):
                return folder, read_manifest(folder), fault
        raise


def open_current(generations: Path, audience: Audience, trusting: bool = False) -> Generation:
    """The generation in force, as ``read_manifest`` has it. Raises NothingPublished or Damaged."""
    folder = in_force(generations, audience)
    return Generation(folder, read_manifest(folder, trusting))


def in_force(generations: Path, audience: Audience) -> Path:
    """The folder of the generation in force. Raises NothingPublished."""
    folder = current_folder(generations, audience)
    if folder is None:
        remedy = "Crawl a site or add a folder, then publish."
        raise NothingPublished(f"a published index for the {audience.value} audience", "none", remedy)
    return folder


def read_manifest(folder: Path, trusting: bool = False) -> Manifest:
    """The manifest of a generation, after every file it names was checked by SHA-256. Raises Damaged.

    ``trusting`` leaves out what was not written since the manifest was: a decaying disk is not found out so.
    """
    manifest = peek(folder)
    files.check(folder, manifest.files, _HEAL, folder / _MANIFEST if trusting else None)
    return manifest


def peek(folder: Path) -> Manifest:
    """The manifest of a generation of which nothing else was looked at. Raises Damaged."""
    content = files.read_sealed(folder / _MANIFEST, _HEAL)
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise OtherFormat("a manifest of this version", str(error), _HEAL) from error
    if manifest.format != FORMAT:
        raise OtherFormat(f"an index of format {FORMAT}", f"format {manifest.format}", _HEAL)
    return manifest


def _sound(folder: Path) -> bool:
    try:
        read_manifest(folder)
    except Damaged:
        return False
    return True


def seal(folder: Path, manifest: Manifest) -> Manifest:
    """Write the ``manifest`` of a finished folder, with its files, and bring to disk what is not there yet.

    What was read before stands in another generation too, and is.
    """
    names = files.names_below(folder)
    for name in files.unread(folder, names):
        sync(folder / name)
    manifest = replace(manifest, files=files.digests(folder, names, trusting=True))
    files.write_sealed(folder / _MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    for root, _, _ in os.walk(folder):
        sync(Path(root))
    return manifest


def put_in_force(generations: Path, audience: Audience, folder: Path, name: str) -> None:
    """Rename the sealed ``folder`` into place and name it as the current generation, in one step each.

    A sound generation of that name stays as it is; a damaged one is replaced.
    """
    home = generations / audience
    final = home / name
    if folder != final and final.exists() and not _sound(final):
        final.rename(folder.with_suffix(".damaged.tmp"))
    if not final.exists():
        folder.rename(final)
    files.replace(home / _CURRENT, name.encode())
