"""Files harmed as disks and people harm them, and what a home with a harmed index must do about it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from room import Room, paper, some_papers, some_questions

from index.generation import Manifest, current_folder
from index.search import Searcher
from ingest.records import Audience
from service.health import examine
from service.home import Home, open_home
from service.serving import ServingDesk

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def mutate(rng: Random, path: Path) -> None:
    """Flip a bit, blank a stretch, cut the end off, add to it, write another file over it, or take it away."""
    whole = path.read_bytes()
    at = rng.randrange(len(whole) + 1)
    until = min(len(whole), at + rng.randrange(1, 4096))
    harmed = rng.choice(
        (
            whole[: at - 1] + bytes([whole[at - 1] ^ (1 << rng.randrange(8))]) + whole[at:] if at else b"\0" + whole,
            whole[:at] + bytes(until - at) + whole[until:],
            whole[:at],
            whole + rng.randbytes(rng.randrange(1, 64)),
            rng.randbytes(len(whole)),
            None,
        )
    )
    path.unlink()
    if harmed is not None:
        path.write_bytes(harmed if harmed != whole else whole + b"\0")


def desk_of(room: Room) -> ServingDesk:
    """The serving desk over a room's public generations."""

    def opened(_: Home, folder: Path, manifest: Manifest) -> Searcher:
        return Searcher(folder, manifest, room.encoder)

    return ServingDesk(open_home(room.folder), Audience.PUBLIC, opened)


def top_tens(searcher: Searcher, questions: list[str]) -> list[list[str]]:
    """The ids of the best ten works for each question."""
    return [[hit.document.id for hit in searcher.search(one, facets=()).hits] for one in questions]


def two_generations(folder: Path, seed: int) -> Room:
    """A room whose two public generations share no file, the newer holding one document more."""
    room = Room(folder, segment=10_000)
    room.put(*some_papers(Random(seed), 12))
    for audience in Audience:
        room.publish(audience)
    room.put(paper("the-newest", "The guardian came last."))
    for audience in Audience:
        room.publish(audience)
    return room


def unhealed(room: Room, rng: Random, count: int, choose: Callable[[list[Path]], Path]) -> Iterator[str]:
    """``count`` times a file of the generation in force is harmed, and a promise about that is broken, if any is."""
    questions = some_questions(rng, 200)
    sound, before = top_tens(room.searcher(), questions), desk_of(room)
    assert not before.degraded
    for _ in range(count):
        folder = current_folder(room.generations, Audience.PUBLIC)
        assert folder is not None
        victim = choose(sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size))
        mutate(rng, victim)
        name = victim.relative_to(folder).as_posix()
        desk = desk_of(room)
        if not desk.degraded or desk.searcher.find("https://example.org/the-newest"):
            yield f"{name}: the harmed generation was opened"
        told = {one.check: one for one in examine(open_home(room.folder), NOW)}
        if not told["public index"].wrong or told["members index"].wrong:
            yield f"{name}: not named by the doctor"
        room.publish()
        if not desk.refresh() or desk.degraded or top_tens(desk.searcher, questions[:5]) != sound[:5]:
            yield f"{name}: not healed"
        before.refresh()
    if top_tens(room.searcher(), questions) != sound or top_tens(before.searcher, questions) != sound:
        yield "the answers differ in the end"
