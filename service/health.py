"""The health of a home: what is wrong, what is only worth knowing, and what to do about it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta

from index.analysis import is_english
from index.catalog import Catalog
from index.errors import IndexFault
from index.generation import open_current
from index.publish import is_current
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
    with closing(Catalog(home.catalog)) as catalog:
        yield from (_generation(home, catalog, audience) for audience in Audience)
        yield from _languages(catalog)
    yield from _templates(home)
    if home.frontier.is_file():
        with Frontier(home.frontier) as frontier:
            yield from _frontier(frontier, now)


def _generation(home: Home, catalog: Catalog, audience: Audience) -> Finding:
    check = f"{audience} index"
    try:
        folder, manifest = open_current(home.generations, audience)
    except IndexFault as fault:
        return Finding(check, True, fault.found, fault.remedy)
    if is_current(catalog, folder, manifest):
        return Finding(check, False, f"{manifest.documents} documents, as in the catalog")
    return Finding(check, True, "not what the catalog holds", "Run `muniment publish`.")


def _languages(catalog: Catalog) -> Iterator[Finding]:
    spoken = Counter(edition.current.lang for edition in catalog.editions(Audience.MEMBERS))
    other = ", ".join(f"{count} in {lang}" for lang, count in spoken.most_common() if not is_english(lang))
    if other:
        yield Finding("languages", False, f"documents in other languages than English: {other}")


def _templates(home: Home) -> Iterator[Finding]:
    for file in sorted(home.templates.glob("*.json")):
        template = from_json(file.read_bytes())
        if template.alarm:
            remedy = f"See `muniment template {template.host}`; then `muniment rebuild --from-archive`."
            yield Finding("templates", True, template.alarm, remedy)


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
