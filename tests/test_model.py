"""A home against a small model of it: whatever is done in whatever order, it holds and shows what the model says.

EXAMPLES=1000 STEPS=50 in `make soak`.
"""

import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from room import Room, paper

from index import publish as publishing
from index.catalog import Ruling
from index.generation import open_sound
from ingest.records import Audience, Document
from service import backup
from service.home import open_home

EXAMPLES, STEPS = int(os.environ.get("EXAMPLES", "20")), int(os.environ.get("STEPS", "30"))
NAMES = st.sampled_from(["minutes", "report", "survey", "press"])
WORDS = st.sampled_from(["guardian", "court", "panel", "grant"])


@dataclass
class Known:
    """What the model knows of one publication."""

    document: Document
    live: bool = True
    rulings: set[Ruling] = field(default_factory=set)

    def shown(self, audience: Audience) -> bool:
        closed = self.document.audience is Audience.MEMBERS or Ruling.MEMBERS in self.rulings
        return self.live and Ruling.WITHDRAWN not in self.rulings and (audience is Audience.MEMBERS or not closed)


class Keeping(RuleBasedStateMachine):
    """What keepers and crawls do to a home."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        self.room = Room(self.folder / "home")
        self.model: dict[str, Known] = {}
        self.kept: dict[str, Known] | None = None
        self.published: dict[Audience, dict[str, Document]] = {}

    def teardown(self) -> None:
        self.room.catalog.close()
        shutil.rmtree(self.folder)

    @rule(name=NAMES, word=WORDS, audience=st.sampled_from(Audience))
    def put(self, name: str, word: str, audience: Audience) -> None:
        document = replace(paper(name, f"The {word} met."), audience=audience)
        self.room.put(document)
        rulings = self.model[name].rulings if name in self.model else set()
        self.model[name] = Known(document, rulings=rulings)

    @rule(name=NAMES)
    def withdraw(self, name: str) -> None:
        known = self.model.get(name)
        assert self.room.catalog.withdraw(paper(name).url) == bool(known and known.live)
        if known:
            known.live = False

    @rule(name=NAMES, ruling=st.sampled_from(Ruling))
    def decide(self, name: str, ruling: Ruling) -> None:
        known = self.model.get(name)
        visible = known is not None and known.shown(Audience.MEMBERS)
        changes = visible and not (ruling is Ruling.MEMBERS and not known.shown(Audience.PUBLIC))  # type: ignore[union-attr]
        assert self.room.catalog.rule(paper(name).url, ruling) == changes
        if changes:
            known.rulings.add(ruling)  # type: ignore[union-attr]

    @rule(name=NAMES, ruling=st.sampled_from(Ruling))
    def take_back(self, name: str, ruling: Ruling) -> None:
        known = self.model.get(name)
        assert self.room.catalog.take_back(paper(name).url, ruling) == bool(known and ruling in known.rulings)
        if known:
            known.rulings.discard(ruling)

    @rule(audience=st.sampled_from(Audience))
    def publish(self, audience: Audience) -> None:
        self.room.publish(audience)
        self.published[audience] = self.showing(audience)

    @rule(audience=st.sampled_from(Audience), step=st.sampled_from(["_write_segments", "_finish", "put_in_force"]))
    def crash(self, audience: Audience, step: str) -> None:
        """A publish that breaks off, in a process that ends there."""

        def broken(*_: object) -> None:
            raise OSError(5, "broken off")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(publishing, step, broken)
            try:
                self.room.publish(audience)
            except OSError:
                pass
            else:
                self.published[audience] = self.showing(audience)
        self.reopen()

    @rule()
    def reopen(self) -> None:
        self.room.catalog.close()
        self.room = Room(self.room.folder)

    @rule()
    def back_up(self) -> None:
        shutil.rmtree(self.folder / "kept", ignore_errors=True)
        backup.back_up(open_home(self.room.folder), self.folder / "kept")
        self.kept = {name: replace(known, rulings=set(known.rulings)) for name, known in self.model.items()}

    @rule()
    def restore(self) -> None:
        if self.kept is None:
            return
        self.room.catalog.close()
        shutil.rmtree(self.room.folder)
        backup.restore(self.folder / "kept", open_home(self.room.folder))
        self.room = Room(self.room.folder)
        self.model = {name: replace(known, rulings=set(known.rulings)) for name, known in self.kept.items()}
        self.published = {}

    def showing(self, audience: Audience) -> dict[str, Document]:
        return {known.document.id: known.document for known in self.model.values() if known.shown(audience)}

    @invariant()
    def the_catalog_holds_what_the_model_says(self) -> None:
        for audience in Audience:
            held = {one.current.id: one.current.version for one in self.room.catalog.editions(audience)}
            assert held == {id: document.version for id, document in self.showing(audience).items()}

    @invariant()
    def every_generation_shows_what_was_published(self) -> None:
        for audience, shown in self.published.items():
            _, _, fault = open_sound(self.room.generations, audience)
            searcher = self.room.searcher(audience)
            found = {hit.document.id: hit.document.version for hit in searcher.search("", limit=50).hits}
            for hit in searcher.search("", limit=50).hits:
                found |= {other.id: other.version for other in hit.renditions}
            searcher.close()
            assert fault is None
            assert found == {id: document.version for id, document in shown.items()}


CALM = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.slow
def test_whatever_is_done_a_home_is_what_the_model_says() -> None:
    run_state_machine_as_test(Keeping, settings=CALM)


def test_a_home_that_forgets_an_editors_decision_is_found_out() -> None:
    kept = Keeping()
    kept.put("report", "court", Audience.PUBLIC)
    kept.decide("report", Ruling.MEMBERS)
    kept.the_catalog_holds_what_the_model_says()
    kept.room.catalog._db.execute("DELETE FROM ruling")
    with pytest.raises(AssertionError):
        kept.the_catalog_holds_what_the_model_says()
    kept.teardown()
