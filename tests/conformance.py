"""What every search must keep whatever engine ranks: random cases, each compared with a reader who looks at all."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from exact import ExactEngine, stands
from room import TAGS, WORDS, Room, cut, some_paper, some_questions

from index.analysis import analyse, query_terms
from index.embed import embedded_text
from index.records import COLLECTION, Filters, Hit, Mode, Results, Scope
from index.search import LEG_LIMIT, Searcher
from ingest.records import Audience, Document, Kind

# The tags that half, one in twenty and one in a thousand of the documents carry.
SHARES = {"Half": 2, "Twentieth": 20, "Thousandth": 1_000}
COMMITTEES, AUTHORS = ("Schools Committee", "Health Committee"), ("A. Reader", "B. Writer")


@dataclass(frozen=True, slots=True)
class Case:
    """One search."""

    question: str
    filters: Filters
    mode: Mode
    limit: int


def some_collection(rng: Random, count: int) -> list[Document]:
    """Documents filed at random, and of some a copy elsewhere that belongs to the same work."""
    made = []
    for number in range(count):
        tags = tuple(tag for tag, share in SHARES.items() if number % share == share - 1)
        paper = some_paper(rng, f"paper-{number}")
        committees, authors = (tuple(rng.sample(names, rng.randrange(2))) for names in (COMMITTEES, AUTHORS))
        made.append(replace(paper, tags=paper.tags + tags, committees=committees, authors=authors))
        if number % 10 == 0:
            made.append(replace(made[-1], url=f"{paper.url}-again", tags=paper.tags[:1]))
    return made


def some_cases(rng: Random, count: int) -> Iterator[Case]:
    """Half of them with one of ``SHARES`` alone; the others with filters of every sort."""
    for question in some_questions(rng, count):
        narrow = Filters(tags=(rng.choice(list(SHARES)),))
        filters = narrow if rng.random() < 0.5 else some_filters(rng)
        yield Case(
            rng.choice((question, question, question, "")), filters, rng.choice(list(Mode)), rng.randrange(1, 30)
        )


def some_filters(rng: Random) -> Filters:
    year = rng.randrange(2012, 2024)
    return Filters(
        kinds=tuple(rng.sample(list(Kind), rng.randrange(4))),
        tags=tuple(tag.lower() for tag in rng.sample((*TAGS, *SHARES), rng.randrange(3))),
        since=date(year, rng.randrange(1, 13), rng.randrange(1, 29)) if rng.random() < 0.3 else None,
        until=date(year + rng.randrange(3), 12, 31) if rng.random() < 0.3 else None,
        committees=tuple(rng.sample(COMMITTEES, rng.random() < 0.2)),
        authors=tuple(rng.sample(AUTHORS, rng.random() < 0.2)),
        phrases=tuple(" ".join(rng.choices(WORDS[:6], k=2)) for _ in range(rng.random() < 0.2)),
        without=tuple(rng.sample(WORDS, rng.random() < 0.3)),
    )


class Library:
    """Documents with the words of their passages, and the work each is of."""

    def __init__(self, documents: list[Document], searcher: Searcher) -> None:
        self.documents = documents
        self._texts = {one.id: [analyse(embedded_text(one.title, p)).split() for p in cut(one)] for one in documents}
        # Which documents are one work is another promise, kept by its own tests.
        hits = searcher.search("", limit=10_000).hits
        self.work = {card.id: hit.document.id for hit in hits for card in (hit.document, *hit.renditions)}

    def held(self, one: Document, case: Case) -> list[list[str]] | None:
        """The passages that hold every phrase; None where the document says what is not wanted."""
        texts = self._texts[one.id]
        wanted, unwanted = (
            [analyse(words).split() for words in said] for said in (case.filters.phrases, case.filters.without)
        )
        if any(stands(phrase, text) for phrase in unwanted for text in texts):
            return None
        return [text for text in texts if all(stands(phrase, text) for phrase in wanted)]


class Reader:
    """Answers one search by reading every passage of every document."""

    def __init__(self, library: Library, case: Case) -> None:
        self._library, self._case = library, case
        self._held = {one.id: library.held(one, case) for one in library.documents}

    def found(self, filters: Filters) -> list[Document] | None:
        """The documents of the result set; None where so many passages pass that a leg leaves some out."""
        passing = [one for one in self._library.documents if filed(one, filters) and self._held[one.id] is not None]
        if self._case.question and sum(len(self._held[one.id] or ()) for one in passing) > LEG_LIMIT:
            return None
        return [one for one in passing if self._says(self._held[one.id] or [])]

    def works(self, filters: Filters) -> set[str] | None:
        documents = self.found(filters)
        return None if documents is None else {self._library.work[one.id] for one in documents}

    def facet(self, filters: Filters, values: Callable[[Document], list[str]]) -> Counter[str] | None:
        documents = self.found(filters)
        if documents is None:
            return None
        carried = {(self._library.work[one.id], value) for one in documents for value in values(one)}
        return Counter(value for _, value in carried)

    def undated(self, filters: Filters) -> int | None:
        if filters.since is None and filters.until is None:
            return 0
        ever, found = self.found(replace(filters, since=None, until=None)), self.works(filters)
        if ever is None or found is None:
            return None
        return len({self._library.work[one.id] for one in ever if one.published.first is None} - found)

    def _says(self, held: list[list[str]]) -> bool:
        terms = set(query_terms(self._case.question))
        if not terms:
            return bool(held) or not self._case.filters.phrases
        return any(terms & set(text) for text in held) if self._case.mode is Mode.LEXICAL else bool(held)


def filed(one: Document, filters: Filters) -> bool:
    """Whether a document's card passes."""
    first, until = one.published.first, one.published.until
    if (filters.since or filters.until) and (first is None or until is None):
        return False
    if (filters.since and until and until < filters.since) or (filters.until and first and first > filters.until):
        return False
    wanted = (filters.kinds, filters.tags, filters.committees, filters.authors)
    carried = ((one.kind,), one.tags, one.committees, one.authors)
    return all(not any_of or folded(any_of) & folded(its) for any_of, its in zip(wanted, carried, strict=True))


def folded(values: tuple[str, ...]) -> set[str]:
    return {value.casefold() for value in values}


def years(one: Document) -> list[str]:
    first, until = one.published.first, one.published.until
    return [str(year) for year in range(first.year, until.year + 1)] if first and until else []


FACETS: dict[str, tuple[dict[str, object], Callable[[Document], list[str]]]] = {
    "kind": ({"kinds": ()}, lambda one: [one.kind.value]),
    "tag": ({"tags": ()}, lambda one: list(one.tags)),
    "committee": ({"committees": ()}, lambda one: list(one.committees)),
    "author": ({"authors": ()}, lambda one: list(one.authors)),
    "year": ({"since": None, "until": None}, years),
}


def faults(searcher: Searcher, library: Library, case: Case) -> list[str]:
    """What of a search differs from what a reader says, or from the same search asked for in smaller pieces."""
    whole = searcher.search(case.question, case.filters, limit=10_000, mode=case.mode)
    page = searcher.search(case.question, case.filters, limit=case.limit, offset=case.limit, mode=case.mode)
    reader = Reader(library, case)
    found = {library.work[hit.document.id] for hit in whole.hits}
    expected, undated = reader.works(case.filters), reader.undated(case.filters)
    keep = {
        "set": found == (expected if expected is not None else found),
        "total": whole.total == page.total == len(whole.hits) == len(found),
        "page": page.hits == whole.hits[case.limit : 2 * case.limit],
        "same facets on every page": page.facets == whole.facets,
        "undated": undated is None or whole.undated == undated,
        "order": not case.question or order(whole.hits) == sorted(order(whole.hits)),
    }
    for name, (without, values) in FACETS.items():
        counts = reader.facet(replace(case.filters, **without), values)  # type: ignore[arg-type]
        keep[name] = counts is None or {one.value: one.count for one in whole.facets[name]} == counts
    return [name for name, kept in keep.items() if not kept]


def order(hits: tuple[Hit, ...]) -> list[tuple[float, str]]:
    """Best first, equal ones by id."""
    return [(-hit.passages[0].score, hit.document.id) for hit in hits]


def scores(results: Results) -> list[float]:
    return [hit.passages[0].score if hit.passages else 0.0 for hit in results.hits]


def both(room: Room) -> tuple[Searcher, Searcher]:
    """The searcher over the room's public generation, and the same over the exact engine."""
    searchers = room.searcher(), room.searcher()
    searchers[1]._engine = ExactEngine(room, Scope(COLLECTION, Audience.PUBLIC))
    return searchers
