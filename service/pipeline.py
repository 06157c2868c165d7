"""Settings into running things: the one place that chooses what works with what."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from index.catalog import Catalog
from index.embed import Encoder
from index.generation import put_in_force
from index.publish import Published, publish
from index.weights import DEFAULT_MODEL
from ingest.archive import Archive
from ingest.errors import BadInput
from ingest.folder import read_path
from ingest.frontier import Frontier
from ingest.records import MEMBERS, Audience, Document, Page, Unreadable, document_id
from ingest.urls import canonical
from ingest.visits import State
from service.config import CHOICE_FILE, choose_model, model_was_chosen
from service.encoders import open_encoder
from service.encoding import Encoding
from service.home import BESIDE, PUBLISHED, Home, open_home, with_model, writing
from service.intake import Intake, Progress, catalogue, extract_all, of_kind, portions
from service.learned import Before, Learned, Outcome, learn_all, of_members_own

PORTION = 128
_NAMED = 3


def silent(stage: str, done: int, total: int | None, tally: str = "") -> None:
    """Progress that nobody watches."""


def take_documents(home: Home, documents: Iterable[Document], encoder: Encoder) -> Intake:
    """Catalogue documents that are documents already."""
    with closing(Catalog(home.catalog)) as catalog:
        return catalogue(catalog, encoder, documents, lambda _: None)


def take_paths(home: Home, paths: Iterable[Path], encoder: Encoder, progress: Progress = silent) -> Intake:
    """Catalogue what files hold. Raises BadInput for a file that cannot be read as what it says it is, or whose address
    is that of another.
    """
    read = _read(paths)
    with closing(Catalog(home.catalog)) as catalog:
        with catalog.write():
            resolved = cache(Path.resolve)  # a collection is one file of many documents
            replaced = [found.url for file, found in read if _replaces(catalog, found, resolved(file))]
        outcomes = (of_kind(outcome, home.settings.kinds) for _, outcome in _outcomes(read, home.templates))
        intake = catalogue(catalog, encoder, _counted(outcomes, len(read), progress), lambda _: None)
    if replaced:
        named = ", ".join(replaced[:_NAMED]) + (" ..." if len(replaced) > _NAMED else "")
        intake.alarms.append(f"Of files that are gone others took the place, {len(replaced)} in all: {named}")
    return intake


def read_outcomes(paths: Iterable[Path]) -> Iterator[tuple[Path, Outcome]]:
    """What would be read from files: pages of one host learned together, nothing kept."""
    with TemporaryDirectory() as templates:
        yield from _outcomes(_read(paths), Path(templates))


def take_pending(home: Home, encoder: Encoder, progress: Progress = silent) -> Intake:
    """Catalogue what a crawl brought home, and withdraw what it found gone.

    A page stays pending until its document is durable, so whatever was cut short is taken up again.
    """
    with (
        closing(Catalog(home.catalog)) as catalog,
        Frontier(home.frontier) as frontier,
        Archive(home.archive) as archive,
    ):
        before: Before = lambda url: catalog.document(document_id(url))  # noqa: E731
        learned, outcomes = _read_pending(home, frontier, archive, before, progress)
        intake = catalogue(catalog, encoder, outcomes, lambda batch: _settle(frontier, batch))
        intake.withdrawn += _withdraw_departed(catalog, frontier)
    intake.alarms += learned.alarms
    return intake


def settle_pending(home: Home, progress: Progress = silent) -> None:
    """Decide what each pending page is, with no catalog to take it: for a rehearsal."""
    with Frontier(home.frontier) as frontier, Archive(home.archive) as archive:
        _, outcomes = _read_pending(home, frontier, archive, lambda _: None, progress)
        for batch in portions(outcomes, PORTION):
            _settle(frontier, batch)


def publish_home(
    home: Home, encoder: Encoder, progress: Progress = silent, trusting: bool = True
) -> dict[Audience, Published]:
    """Encode what has not been encoded and put a generation in force for each audience; see ``publish``."""
    with Encoding(home.catalog, encoder, progress) as encoding:
        return _publish(home, encoding, progress, trusting)


def take_and_publish(home: Home, encoder: Encoder, take: Callable[[], Intake], progress: Progress = silent) -> Intake:
    """``take`` documents in, which are encoded as they come, and put them in force."""
    with Encoding(home.catalog, encoder, progress) as encoding:
        intake = take()
        _publish(home, encoding, progress, trusting=True)
    return intake


def _publish(home: Home, encoding: Encoding, progress: Progress, trusting: bool) -> dict[Audience, Published]:
    spec, told = encoding.encoder.spec, partial(progress, "publish")
    with closing(Catalog(home.catalog)) as catalog:
        published = {
            audience: publish(catalog, listed, home.generations, audience, spec, told, encoding.wait, trusting=trusting)
            for audience, listed in catalog.listings().items()
        }
    if home.shelf == PUBLISHED:
        # What a killed process left there is never pruned, whatever is withdrawn.
        shutil.rmtree(home.path / BESIDE, ignore_errors=True)
        # Were a choice kept that was overruled, it would hold again, unasked, when the settings are set back.
        if not model_was_chosen(home.path):
            (home.path / CHOICE_FILE).unlink(missing_ok=True)
    return published


def beside(home: Home, model: str) -> Home:
    """The home with another model: what is published of it stands apart until ``switch``. With its own it is itself."""
    if model != DEFAULT_MODEL and Path(model).is_dir():
        model = str(Path(model).resolve())
    return home if model == home.settings.model.name else with_model(home, model, BESIDE)


def switch(other: Home, encoder: Encoder, published: Mapping[Audience, Published]) -> None:
    """Put in force what was published ``beside``, and let every later start use its model.

    The choice comes first: from then on an index of either model answers, and publishing completes what was broken off.
    """
    home = with_model(other, other.settings.model.name)
    choose_model(home.path, home.settings.model.name)
    for audience, one in published.items():
        folder = other.generations / audience / one.manifest.id
        put_in_force(home.generations, audience, folder, one.manifest.id)
    publish_home(home, encoder)


def edit_catalog(
    home_path: Path, change: Callable[[Catalog, str], bool], urls: Iterable[str], then_publish: bool
) -> list[str]:
    """Apply ``change`` to the documents at ``urls`` and publish; returns the addresses where it changed nothing."""
    home = open_home(home_path)
    with writing(home, "change by an editor"):
        with closing(Catalog(home.catalog)) as catalog, catalog.write():
            missing = [url for url in urls if not sum(change(catalog, each) for each in texts_at(url))]
        if then_publish:
            publish_home(home, writing_encoder(home))
    return missing


def forget(home: Home, url: str) -> dict[str, int]:
    """Remove the document at ``url`` from everything but the generations in force; how much of each kind went."""
    texts = texts_at(url)
    gone = {"response": sum(map(Archive(home.archive).blank, texts))}
    with closing(Catalog(home.catalog)) as catalog, Frontier(home.frontier) as frontier:
        frontier.forget(texts[0])
        return catalog.forget(texts[0]) | gone


def texts_at(url: str) -> tuple[str, str]:
    """The addresses under which the text of ``url`` stands: the public's and, where it is another, the members'."""
    bare = canonical(url) or url
    return bare, bare + MEMBERS


def writing_encoder(home: Home) -> Encoder:
    """The encoder for work in bulk: two one-thread streams."""
    return open_encoder(home, threads=2)


def _read_pending(
    home: Home, frontier: Frontier, archive: Archive, before: Before, progress: Progress
) -> tuple[Learned, Iterator[Outcome]]:
    def read(url: str) -> Page | None:
        try:
            return archive.read(kept[url])
        except BadInput:
            frontier.lose(url)
            return None

    pending, kept = dict(frontier.pending()), dict(frontier.kept())
    public = dict(frontier.pending(public=True)), dict(frontier.kept(public=True))
    learned = learn_all(home.templates, *public, read, before, extract_all)
    found = extract_all(filter(None, map(read, pending)), learned)
    spared = (learned.spared(of_kind(outcome, home.settings.kinds), before(outcome.url)) for outcome in found)
    return learned, _counted(of_members_own(spared, before), len(pending), progress)


def _read(paths: Iterable[Path]) -> list[tuple[Path, Page | Outcome]]:
    return [found for path in paths for found in read_path(path)]


def _replaces(catalog: Catalog, found: Page | Outcome, file: Path) -> bool:
    """Whether what is ``found`` had stood in another file, which is gone. Raises BadInput where that is still there.

    What has an address on the web may stand in many files.
    """
    if isinstance(found, Unreadable) or urlsplit(found.url).scheme in ("http", "https"):
        return False
    before = catalog.claim(found.url, str(file))
    if before and Path(before).exists():
        remedy = "Add the folder that holds both, or rename one; move the first away if the second replaces it."
        raise BadInput(f"one file with the address {found.url}", f"{before} and {file}", remedy)
    return bool(before)


def _outcomes(read: list[tuple[Path, Page | Outcome]], templates: Path) -> Iterator[tuple[Path, Outcome]]:
    pages = [found for _, found in read if isinstance(found, Page)]
    by_url = {page.url: page for page in pages}
    learned = learn_all(templates, by_url, by_url, by_url.__getitem__, lambda _: None, extract_all)
    extracted = extract_all(pages, learned)
    return ((path, next(extracted) if isinstance(found, Page) else found) for path, found in read)


def _counted(outcomes: Iterable[Outcome], total: int, progress: Progress) -> Iterator[Outcome]:
    for done, outcome in enumerate(outcomes, start=1):
        yield outcome
        progress("extract", done, total)


def _settle(frontier: Frontier, batch: Sequence[Outcome]) -> None:
    with frontier.batch():
        for outcome in batch:
            if isinstance(outcome, Unreadable):
                frontier.settle(outcome.url, State.SKIPPED, outcome.rule, outcome.reason)
            else:
                frontier.settle(outcome.url, State.KEPT, "document", f"Taken as {outcome.kind.value}.")


def _withdraw_departed(catalog: Catalog, frontier: Frontier) -> int:
    withdrawn = 0
    for batch in portions(list(frontier.departed()), PORTION):
        with catalog.write():
            withdrawn += sum(catalog.withdraw(url) for url in batch)
        with frontier.batch():
            for url in batch:
                frontier.settle_departed(url)
    return withdrawn
