"""From pages to catalogued documents: read by worker processes, cut into passages, made durable batch by batch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from index.catalog import Catalog
from index.embed import Encoder
from ingest.chunk import chunk
from ingest.extract import extract
from ingest.records import Audience, Document, Page, Unreadable
from ingest.template import SAMPLE, SiteTemplate, from_json, learn, to_json

WORKERS = 2
BATCH = 64
# Text is encoded in portions: after each one the vectors are durable and need not be made again.
ENCODE_PORTION = 512

# By these rules the page is no publication (any more). By any other it could not be read: its last good text stays.
NO_PUBLICATION = frozenset({"noindex", "listing"})

Outcome = Document | Unreadable
Progress = Callable[[str, int, int | None], None]
Item = TypeVar("Item")


@dataclass(slots=True)
class Intake:
    """What became of the pages that were handed in."""

    changed: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)


def host_of(url: str) -> str:
    """Pages of one host are learned together; files without an address count as one host."""
    return urlsplit(url).netloc or "files"


def learning_sample(urls: Iterable[str]) -> set[str]:
    """The addresses that a site's template is learned from: ``SAMPLE`` of each host, as if drawn at random."""
    by_host: dict[str, list[str]] = {}
    for url in sorted(urls, key=lambda url: sha256(url.encode()).digest()):
        kept = by_host.setdefault(host_of(url), [])
        if len(kept) < SAMPLE:
            kept.append(url)
    return {url for kept in by_host.values() for url in kept}


def templates_for(folder: Path, pages: Iterable[Page]) -> dict[str, SiteTemplate]:
    """What is known of each host's pages, learned now from these where it was not before.

    What is learned can show in public, so it is learned from public pages only.
    """
    by_host: dict[str, list[Page]] = {}
    for page in pages:
        by_host.setdefault(host_of(page.url), []).append(page)
    return {host: _template(folder / f"{host.replace(':', '_')}.json", kept) for host, kept in by_host.items()}


def extract_all(pages: Iterable[Page], templates: Mapping[str, SiteTemplate]) -> Iterator[Outcome]:
    """The outcome of every page, in order, read by worker processes."""
    # Forking a process that runs threads can leave a lock taken for ever in the child.
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        for batch in portions(pages, BATCH * WORKERS):
            learned = [templates.get(host_of(page.url)) for page in batch]
            yield from pool.map(_outcome, batch, learned, chunksize=BATCH // 4)


def catalogue(
    catalog: Catalog, encoder: Encoder, outcomes: Iterable[Outcome], on_durable: Callable[[Sequence[Outcome]], None]
) -> Intake:
    """Put documents into the catalog, a batch to a transaction; ``on_durable`` hears of each batch once it is one."""
    intake = Intake()
    for batch in portions(outcomes, BATCH):
        with catalog.write():
            for outcome in batch:
                _take(catalog, encoder, outcome, intake)
        on_durable(batch)
    return intake


def embed_missing(catalog: Catalog, encoder: Encoder, progress: Progress) -> int:
    """Encode every live passage that has no vector of this encoder yet; returns how many were encoded."""
    missing = catalog.unembedded(encoder.spec.id)
    # By length across the whole of it, so that every portion and batch pads little; longest first, as the slowest.
    missing.sort(key=lambda one: len(one.text), reverse=True)
    done = 0

    def on_batch(count: int) -> None:
        nonlocal done
        done += count
        progress("encode", done, len(missing))

    for portion in portions(missing, ENCODE_PORTION):
        texts, sentences = [one.text for one in portion], [one.sentences for one in portion]
        vectors, held = encoder.encode_sentences(texts, sentences, on_batch)
        catalog.put_vectors(encoder.spec.id, [one.hash for one in portion], vectors, held)
    return len(missing)


def portions(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    """``items`` in tuples of ``size``, the last one shorter."""
    rest = iter(items)
    while portion := tuple(islice(rest, size)):
        yield portion


def _outcome(page: Page, template: SiteTemplate | None) -> Outcome:
    # One page that no reader was ready for must not cost the others; it is recorded like any other failure.
    try:
        return extract(page, template)
    except Exception as error:
        return Unreadable(page.url, "reader-failed", f"The reader failed: {error!r}. Please report this page.")


def _template(file: Path, pages: list[Page]) -> SiteTemplate:
    if file.is_file():
        return from_json(file.read_bytes())
    template = learn([page for page in pages if page.audience is Audience.PUBLIC])
    if template.groups:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(to_json(template))
    return template


def _take(catalog: Catalog, encoder: Encoder, outcome: Outcome, intake: Intake) -> None:
    if isinstance(outcome, Unreadable):
        intake.unreadable.append(outcome)
        if outcome.rule in NO_PUBLICATION:
            intake.withdrawn += catalog.withdraw(outcome.url)
        return
    passages = chunk(outcome, encoder.count_tokens, encoder.spec.max_tokens)
    changed = catalog.put(outcome, passages)
    intake.changed += changed
    intake.unchanged += not changed
