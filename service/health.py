"""The health of a home: what is wrong, what is only worth knowing, and what to do about it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import apsw

from index.analysis import is_english
from index.catalog import Catalog
from index.compiled import read_spec
from index.errors import IndexFault
from index.generation import open_current
from index.publish import is_current
from ingest.archive import Archive
from ingest.frontier import Frontier
from ingest.records import Audience
from ingest.template import from_json
from service.crawling import failures_of
from service.home import Home

OLDEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; ``wrong`` where it should not stay so."""

    check: str
    wrong: bool
    found: str
    remedy: str = ""


def examine(home: Home, now: datetime) -> Iterator[Finding]:
    """Everything that can be told of a home without changing it."""
    if not home.catalog.is_file():
        yield Finding("catalog", True, f"none at {home.catalog}", "Crawl a site or add a folder.")
        return
    broken = [finding for file in (home.catalog, home.frontier) for finding in _database(file)]
    if broken:
        yield from broken
        return
    with closing(Catalog(home.catalog)) as catalog:
        yield from (_generation(home, catalog, audience) for audience in Audience)
        yield from _languages(catalog)
        if home.frontier.is_file():
            with Frontier(home.frontier) as frontier:
                yield from _frontier(frontier, now)
                yield from _archive(home, frontier, catalog)
    yield from _models(home)
    yield from _templates(home)


def _database(file: Path) -> Iterator[Finding]:
    if not file.is_file():
        return
    try:
        with closing(apsw.Connection(str(file))) as db:
            told = db.pragma("integrity_check")
    except (apsw.ReadOnlyError, apsw.CantOpenError) as error:
        yield Finding(file.name, True, f"cannot be examined: {error}", "Run this as the user to whom the home belongs.")
        return
    except apsw.Error as error:
        told = str(error)
    if told != "ok":
        yield Finding(file.name, True, f"damaged: {told}", "Run `muniment restore` with the latest backup.")


def _models(home: Home) -> Iterator[Finding]:
    for folder in sorted(path for path in home.models.glob("*") if path.suffix != ".tmp"):
        try:
            read_spec(folder)
        except IndexFault as fault:
            yield Finding("model", True, fault.found, fault.remedy)


def _archive(home: Home, frontier: Frontier, catalog: Catalog) -> Iterator[Finding]:
    """Catalog = archive: every document that came from a crawl is held, and the response that it was read from."""
    with Archive(home.archive) as archive:
        kept = dict(frontier.kept())
        lost = [url for url, ref in kept.items() if not archive.holds(ref)]
    missing = [url for url in frontier.taken() if not catalog.knows(url)]
    for check, urls, trouble in (("archive", lost, "cannot be read"), ("catalog", missing, "are not in the catalog")):
        found = f"{len(urls)} of {len(kept)} pages {trouble}, such as {urls[0]}" if urls else f"{len(kept)} pages held"
        remedy = "Run `muniment rebuild --from-archive`, then `muniment crawl`, which fetches what was lost."
        yield Finding(check, bool(urls), found, remedy if urls else "")


def _generation(home: Home, catalog: Catalog, audience: Audience) -> Finding:
    check = f"{audience} index"
    try:
        folder, manifest = open_current(home.generations, audience)
    except IndexFault as fault:
        return Finding(check, True, fault.found, fault.remedy)
    if is_current(catalog, folder, manifest):
        recall = (f"; codes find {share:.3f} of the best {n:,}" for n, share in (manifest.recall or {}).items())
        return Finding(check, False, f"{manifest.documents} documents, as in the catalog{''.join(recall)}")
    return Finding(check, True, "not what the catalog holds", "Run `muniment publish`.")


def _languages(catalog: Catalog) -> Iterator[Finding]:
    spoken = Counter(edition.current.lang for edition in catalog.editions(Audience.MEMBERS))
    other = ", ".join(f"{count} in {lang}" for lang, count in spoken.most_common() if not is_english(lang))
    if other:
        yield Finding("languages", False, f"documents in other languages than English: {other}")


def _templates(home: Home) -> Iterator[Finding]:
    for file in sorted(home.templates.glob("*.json")):
        try:
            template = from_json(file.read_bytes())
        except ValueError as error:
            found = f"{file.name} is damaged: {error}"
            yield Finding("templates", True, found.rstrip("."), "Run `muniment rebuild --from-archive`.")
            continue
        if template.alarm:
            remedy = f"See `muniment template {template.host}`; then `muniment rebuild --from-archive`."
            yield Finding("templates", True, template.alarm.rstrip("."), remedy)


def _frontier(frontier: Frontier, now: datetime) -> Iterator[Finding]:
    pending = sum(1 for _ in frontier.pending())
    if pending:
        yield Finding("pages", True, f"{pending} fetched and not read yet", "Run `muniment crawl` again.")
    if seen := frontier.longest_unseen():
        url, at = seen
        age = now - at
        remedy = "Run `muniment crawl`, or see `muniment why` for that address." if age > OLDEST else ""
        yield Finding("oldest page", age > OLDEST, f"last verified {age.days} days ago: {url}", remedy)
    for failure in failures_of(frontier):
        yield Finding("failure", False, f"{failure.url}: {failure.reason}", failure.remedy)
