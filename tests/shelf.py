"""A small association in memory for the tests of the web layer: real records, a little keyword ranking, no index."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

from index.analysis import analyse
from index.hits import FACETS
from index.records import NO_FILTERS, Card, FacetCount, Filters, FoundPassage, Hit, Mode, Order, RelatedItem, Results
from index.vocabulary import Vocabulary
from ingest.dates import read_date
from ingest.glossary import mine
from ingest.records import UNDATED, Audience, DateSpan, Document, Kind, Link, Section
from service.citing import place
from service.config import Settings
from service.feedback import FeedbackBook
from service.pins import Pins
from service.records import Answer, Citation, Sentence, State
from service.serving import CrawlNote, Failure

NAME = "Association of Directors of Family Services"
SITE = "https://adfs.example.org"
TODAY = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
_STOP = frozenset("a an and are be do for from has have in is it of on our should the to we what when which".split())


def make(slug: str, title: str, when: str, kind: Kind, tags: str, *blocks: tuple[str, str], **more: object) -> Document:
    """A document of (heading path "a > b" or "p. 2", text) blocks, each a section that begins with its heading."""
    text, sections = "", []
    for heading, words in blocks:
        start = len(text)
        page = int(heading[3:]) if heading.startswith("p. ") else None
        path = () if page else tuple(filter(None, heading.split(" > ")))
        text += "\n\n".join((*path[-1:], words, ""))
        anchor = path[-1].lower().replace(" ", "-") if path else None
        sections.append(Section(start, len(text) - 2, path, anchor, page))
    url = slug if "://" in slug else f"{SITE}/{slug}"
    span = (read_date(when) or UNDATED) if when else UNDATED
    return Document(url, title, text, tuple(sections), kind=kind, published=span, tags=tuple(tags.split(", ")), **more)


def card_of(document: Document) -> Card:
    """The catalogue card of a document."""
    return Card(**{name: getattr(document, name) for name in Card.__slots__ if hasattr(document, name)})


UPDATE_2015 = f"{SITE}/news/families-committee-update-summer-2015"
SHELF = (
    make(
        "news/families-committee-update-summer-2015",
        "Families Committee Update: Summer 2015",
        "Summer 2015",
        Kind.UPDATE,
        "Families, SGO",
        (
            "",
            "The committee met twice this term. Members heard that the Social Investment Fund (SIF) will close to new "
            "bids in September, and that the number of special guardianship orders (SGOs) continues to rise.",
        ),
        (
            "Special guardianship",
            "Special guardians should be assessed before the order is made, never after it. Nineteen authorities "
            "reported that assessments were completed in fewer than twelve weeks.\n\n"
            "The committee asked for a longer minimum period in which a child lives with a prospective guardian. It "
            "will write to the minister before the autumn.",
        ),
        (
            "Special guardianship > Support after the order",
            "A special guardian who cares for a child under an order is entitled to an assessment of support needs. "
            "Support plans that name a person to call are the ones that families use.",
        ),
        ("Health", "CAMHS waiting times were discussed with the LSCB chairs. A joint note follows."),
    ),
    make(
        "positions/special-guardianship-2017",
        "Special guardianship: our position",
        "14 March 2017",
        Kind.POSITION,
        "SGO, Courts",
        (
            "Summary",
            "We recommend that no special guardianship order is made until the child has lived with the prospective "
            "guardian for at least six months, save where the court finds an exceptional reason.",
        ),
        (
            "What we ask",
            "Special guardians should be offered training before the order, and a review one year after it. The "
            "allowance should equal the fostering allowance of the same authority.",
        ),
        attachments=(Link(f"{SITE}/files/sgo-2017.pdf", "Position paper (PDF)"),),
    ),
    make(
        "files/workforce-survey-2019.pdf",
        "Social work workforce survey 2019",
        "May 2019",
        Kind.REPORT,
        "Workforce",
        ("p. 1", "This survey went to all 152 authorities. One hundred and thirty-one answered."),
        ("p. 2", "The vacancy rate for children’s social workers stood at 16 per cent, against 14 per cent in 2017."),
        ("p. 3", "Agency workers filled most vacancies. Authorities with a staff college had fewer."),
        media_type="application/pdf",
        authors=("M. Okafor", "J. Lindqvist"),
    ),
    make(
        "consultations/send-review-response",
        "Response to the SEND review",
        "22 July 2022",
        Kind.CONSULTATION,
        "SEND, Schools",
        ("", "We welcome national standards, and doubt that tariffs can be set without local knowledge."),
        ("Transport", "Home to school transport now costs more than all youth work. We ask for a single, fair duty."),
    ),
    make(
        "press/budget-2023",
        "Directors respond to the budget",
        "16/3/23",
        Kind.PRESS,
        "Funding",
        ("", "The association said that the budget leaves a gap of 778 million pounds in children’s services."),
    ),
    make(
        "about/what-we-do",
        "What the association does",
        "",
        Kind.PAGE,
        "About",
        ("", "We bring together the directors of children’s services of every authority. We publish for them."),
    ),
    make(
        "minutes/council-2024-02",
        "Council of members, minutes",
        "8 February 2024",
        Kind.MINUTES,
        "Governance",
        ("Matters arising", "The treasurer reported a surplus. A paper on special guardianship was asked for."),
        audience=Audience.MEMBERS,
    ),
    *(
        make(
            f"news/families-committee-update-{year}-{season.lower()}",
            f"Families Committee Update: {season} {year}",
            f"{season} {year}",
            Kind.UPDATE,
            "Families, CAMHS" if year % 2 else "Families, Workforce",
            ("", f"The committee met in {season.lower()} {year}. It heard from the chairs of the regional groups."),
            ("Mental health", f"CAMHS waiting times in {year} remained the first concern of directors."),
        )
        for year in range(2016, 2024)
        for season in ("Spring", "Autumn")
    ),
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A Searcher over documents in memory: counts shared words, knows every filter and facet of the real one."""

    documents: tuple[Document, ...] = SHELF
    earlier: tuple[Document, ...] = ()
    renditions: dict[str, tuple[Document, ...]] = field(default_factory=dict)
    generation: str = "3f9c2b7a61d0e845"
    made_at: datetime = TODAY
    vocabulary: Vocabulary = field(init=False)
    _said: set[str] = field(default_factory=set)

    def search(
        self,
        query: str,
        filters: Filters = NO_FILTERS,
        limit: int = 10,
        offset: int = 0,
        mode: Mode = Mode.HYBRID,
        order: Order = Order.RELEVANCE,
        shown: int = 3,
    ) -> Results:
        matching = [(document, hit) for document in self.documents if (hit := self._hit(document, query))]
        passing = [hit for document, hit in matching if _passes(document, filters)]
        newest = sorted(passing, key=lambda hit: hit.document.published.first or date.min, reverse=True)
        ranked = newest if order is Order.DATE or not query else sorted(newest, key=lambda hit: -hit.relevance)
        dated = filters.since or filters.until
        undated = [one for one, _ in matching if dated and _passes(one, replace(filters, since=None, until=None))]
        return Results(
            query,
            len(ranked),
            sum(document.published.first is None for document in undated),
            tuple(ranked[offset : offset + limit]),
            {name: _facet(name, [one for one, _ in matching], filters) for name in FACETS},
            self.generation,
        )

    def __post_init__(self) -> None:
        words = Counter(word for one in self.documents for word in set(re.findall(r"[a-z]{4,}", one.text.lower())))
        committees = tuple({name for one in self.documents for name in one.committees})
        titles = tuple(one.title for one in self.documents)
        said = {term for one in self.documents for term in analyse(f"{one.title} {one.text}").split()}
        self._said.update(said)
        learned = Vocabulary(mine(one.text for one in self.documents), titles, committees, words)
        object.__setattr__(self, "vocabulary", learned)

    def rarity(self, terms: Sequence[str]) -> dict[str, float]:
        return {one: 1.0 if one in self._said else 2.0 for one in terms}

    def kinds(self) -> set[Kind]:
        return {one.kind for one in self.documents}

    def census(self) -> list[tuple[Kind, int | None, int]]:
        dated = Counter((d.kind, d.published.first.year if d.published.first else None) for d in self.documents)
        return [(kind, year, many) for (kind, year), many in dated.items()]

    def related(self, document_id: str, limit: int = 5) -> tuple[RelatedItem, ...]:
        this = self.card(document_id)
        others = [card_of(d) for d in self.documents if d.id != document_id]
        shared = [(card, sorted(set(card.tags) & set(this.tags))) for card in others] if this else []
        items = [RelatedItem(card, 0.5, f"Both are about {tags[0]}") for card, tags in shared if tags]
        return tuple(items[:limit])

    def document(self, document_id: str, version: str | None = None) -> Document | None:
        held = [d for d in (*self.documents, *self.earlier) if d.id == document_id]
        return next((d for d in held if version in (None, d.version)), None)

    def card(self, document_id: str) -> Card | None:
        return next((card_of(d) for d in self.documents if d.id == document_id), None)

    def find(self, url: str) -> str | None:
        return next((d.id for d in self.documents if d.url == url.rstrip("/")), None)

    def _hit(self, document: Document, query: str) -> Hit | None:
        wanted = _words(query)
        found = [_passage(document, section, wanted) for section in document.sections]
        best = sorted((p for p in found if p.marks), key=lambda p: -p.score)[:3]
        share = best[0].score / len(wanted) if best else 0.0
        others = tuple(map(card_of, self.renditions.get(document.id, ())))
        return Hit(card_of(document), share, share >= 0.5, tuple(best), others) if best or not query else None


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"\w+", text.lower()) if word not in _STOP}


def _passage(document: Document, section: Section, wanted: set[str]) -> FoundPassage:
    text = document.text[section.start : section.end]
    marks = [m for m in re.finditer(r"\w+", text) if m.group().lower().rstrip("s") in wanted]
    score = len({m.group().lower().rstrip("s") for m in marks})
    id = f"{document.id}-{section.start}"
    place = (section.heading, section.anchor, section.page, section.start, section.end)
    return FoundPassage(id, text, *place, float(score), tuple(m.span() for m in marks))


def _passes(document: Document, filters: Filters) -> bool:
    first, until = document.published.first, document.published.until
    since_ok = not filters.since or (until is not None and until >= filters.since)
    until_ok = not filters.until or (first is not None and first <= filters.until)
    said = " ".join((document.title, document.text)).lower()
    filed = {"kinds": [document.kind], "tags": document.tags}
    filed |= {"committees": document.committees, "authors": document.authors}
    labels_ok = all(
        not getattr(filters, name)
        or {v.casefold() for v in getattr(filters, name)} & {value.casefold() for value in values}
        for name, values in filed.items()
    )
    words_ok = all(p.lower() in said for p in filters.phrases) and not any(w.lower() in said for w in filters.without)
    return since_ok and until_ok and labels_ok and words_ok


def _facet(name: str, matching: list[Document], filters: Filters) -> tuple[FacetCount, ...]:
    own = {"kind": {"kinds": ()}, "tag": {"tags": ()}, "year": {"since": None, "until": None}}
    own |= {"committee": {"committees": ()}, "author": {"authors": ()}}
    passing = [document for document in matching if _passes(document, replace(filters, **own[name]))]
    values = {
        "kind": lambda one: [one.kind.value],
        "tag": lambda one: one.tags,
        "committee": lambda one: one.committees,
        "author": lambda one: one.authors,
        "year": lambda one: [str(one.published.first.year)] if one.published.first else [],
    }[name]
    return tuple(FacetCount(v, n) for v, n in Counter(v for one in passing for v in values(one)).most_common())


House = partial(Settings, name=NAME, questions=("What do we say about special guardianship?",))


@dataclass(slots=True)
class ShelfDesk:
    """A desk over a shelf. Its answer is the sentence of the nearest passage that shares most words."""

    searcher: Shelf = field(default_factory=Shelf)
    settings: Settings = field(default_factory=House)
    feedback: FeedbackBook = field(default_factory=lambda: FeedbackBook(Path(mkdtemp()) / "desk.sqlite"))
    pins: Pins = field(default_factory=lambda: Pins(Path("no-such-home/pins.json")))
    degraded: bool = False

    def ask(self, question: str, searcher: Shelf, filters: Filters = NO_FILTERS) -> Answer:
        hits = searcher.search(question, filters).hits[:5]
        said = [c for n, hit in enumerate(hits[:2], 1) if (c := _cite(n, searcher, hit, question))]
        state = _state(question, hits, said)
        said = said if state in (State.ANSWERED, State.PARTLY) else []
        sentences = tuple(Sentence(c.quote, (c.number,)) for c in said)
        return Answer(question, state, sentences, tuple(said), hits, searcher.generation)

    def note(self) -> CrawlNote:
        failures = (Failure(f"{SITE}/files/scan-1998.pdf", "A scan without text.", "Run text recognition over it."),)
        return CrawlNote(TODAY, failures, (UPDATE_2015, TODAY))


def _cite(number: int, shelf: Shelf, hit: Hit, question: str) -> Citation | None:
    wanted, passage = _words(question), hit.passages[0]
    spans = [m.span() for m in re.finditer(r"[^.\n]+\.", passage.text)]
    start, end = max(spans, key=lambda s: len(_words(passage.text[slice(*s)]) & wanted))
    start += len(passage.text[start:end]) - len(passage.text[start:end].lstrip())
    quote = passage.text[start:end]
    if 2 * len(_words(quote) & wanted) < len(wanted):
        return None
    url = place(hit.document, quote, passage.anchor, passage.page)
    where = (passage.start + start, passage.start + end, passage.heading, passage.page)
    return Citation(number, hit.document, quote, *where, url, hit.document.version)


def _state(question: str, hits: tuple[Hit, ...], said: list[Citation]) -> State:
    if not said:
        return State.NOT_FOUND if any(hit.likely for hit in hits) else State.OUT_OF_SCOPE
    numbers = set(re.findall(r"\d+", question))
    return State.ANSWERED if all(any(n in c.quote for c in said) for n in numbers) else State.PARTLY


def undated(document: Document) -> Document:
    """The same document with its date forgotten."""
    return replace(document, published=DateSpan())
