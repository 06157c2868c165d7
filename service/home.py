"""A home: the folder in which everything about one association is kept, and who may write to it."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.lock import holding
from service.config import Settings, read_settings

PUBLISHED, BESIDE = "generations", "generations-beside"


class _Within:
    """A file or folder of a home, by its name there."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, home: "Home", _: type) -> Path:
        return home.path / self._name


@dataclass(frozen=True, slots=True)
class Home:
    """Where things lie in a home, and its settings; ``shelf`` is the folder of its generations."""

    path: Path
    settings: Settings
    shelf: str = PUBLISHED

    catalog = _Within("catalog.sqlite")
    frontier = _Within("frontier.sqlite")
    desk = _Within("desk.sqlite")
    archive = _Within("archive")
    templates = _Within("templates")
    models = _Within("models")
    pins = _Within("pins.json")
    note = _Within("crawl.json")

    @property
    def generations(self) -> Path:
        return self.path / self.shelf


def with_model(home: Home, name: str, shelf: str = PUBLISHED) -> Home:
    """The home as if its settings named the model ``name``; a hash pinned for another does not hold for it."""
    model = home.settings.model
    model = replace(model, name=name, sha256=model.sha256 if name == model.name else "")
    return replace(home, settings=replace(home.settings, model=model), shelf=shelf)


def open_home(path: Path, flags: Mapping[str, object] | None = None) -> Home:
    """The home at ``path``, made where it is not there yet, with the settings that hold for it."""
    path.mkdir(parents=True, exist_ok=True)
    return Home(path, read_settings(path, flags=flags).settings)


def writing(home: Home, work: str) -> AbstractContextManager[None]:
    """Be the one process that writes to ``home``. Raises Busy, naming the holder, where another is."""
    return holding(home.path / "writer.lock", work)
