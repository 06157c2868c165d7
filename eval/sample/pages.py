"""The pages of the sample site as HTML: publications and listings inside the chrome that such sites carry."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from jinja2 import Environment, FileSystemLoader

from eval.sample.documents import FOLDER, SampleDocument

PAGE_SIZE = 10
TEMPLATES = {
    **dict.fromkeys(("article", "press", "event", "page"), "article.html"),
    **dict.fromkeys(("update", "minutes"), "committee.html"),
    **dict.fromkeys(("position", "consultation", "report"), "paper.html"),
}
SECTIONS = {
    "update": ("/updates/", "Committee updates"),
    "article": ("/articles/", "Articles"),
    "consultation": ("/consultations/", "Consultations"),
    "position": ("/positions/", "Position papers"),
    "press": ("/press/", "Press notes"),
    "report": ("/reports/", "Reports"),
    "minutes": ("/minutes/", "Minutes"),
    "event": ("/events/", "Events"),
}
# The box above every title names an event of another year: the date that a careless reader takes for the page's.
EVENTS = (
    ("Annual conference: Open for whom?", "Thu, 12 Nov 26 09:30"),
    ("Spring General Meeting", "Wed, 17 Mar 27 11:00"),
    ("New directors' induction day", "Tue, 08 Dec 26 10:00"),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page that only lists others: its address, its title and what it lists, cut into numbered pages."""

    url: str
    title: str
    documents: tuple[SampleDocument, ...]

    @property
    def pages(self) -> int:
        """How many numbered pages the listing has, at least one."""
        return max(1, ceil(len(self.documents) / PAGE_SIZE))

    def address(self, number: int) -> str:
        """The path of one numbered page; the first is the listing's own."""
        return self.url if number == 1 else f"{self.url}page/{number}/"


def slug(name: str) -> str:
    """A name as part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def listings(documents: Sequence[SampleDocument]) -> list[Listing]:
    """The listings of the public documents: home, sections, years, tags and committees."""
    listed = {("/", "Latest from the association"): list(documents)}
    for document in documents:
        for place in _filed_under(document):
            listed.setdefault(place, []).append(document)
    return [Listing(*place, tuple(its)) for place, its in listed.items()]


def _filed_under(document: SampleDocument) -> list[tuple[str, str]]:
    places = [SECTIONS[document.kind]] if document.kind in SECTIONS else []
    places += [(f"/years/{document.date[:4]}/", f"Published in {document.date[:4]}")] if document.date else []
    places += [(f"/tags/{slug(tag)}/", f"Tagged: {tag}") for tag in document.tags]
    places += [(f"/committees/{slug(document.committee)}/", document.committee)] if document.committee else []
    return places


class Pages:
    """Renders every page with the navigation, tag cloud and box that the whole site shares."""

    def __init__(self, url: str, documents: Sequence[SampleDocument], widget_url: str | None) -> None:
        self._environment = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True)
        tags = Counter(tag for document in documents for tag in document.tags)
        committees = sorted({document.committee for document in documents if document.committee})
        self._environment.globals |= {
            "cloud": [(tag, f"/tags/{slug(tag)}/", min(5, 1 + tags[tag] // 3)) for tag in sorted(tags, key=str.lower)],
            "committees": [(name, f"/committees/{slug(name)}/") for name in committees],
            "sections": list(SECTIONS.values()),
            "years": sorted({document.date[:4] for document in documents if document.date}, reverse=True),
            "slug": slug,
            "url": url,
            "documents": documents,
            "widget_url": widget_url,
        }

    def document(self, document: SampleDocument) -> bytes:
        """A publication's page, in the template of its kind."""
        return self._render(TEMPLATES[document.kind], document.title, document=document, lang=document.lang)

    def listing(self, listing: Listing, number: int = 1) -> bytes:
        """One numbered page of a listing."""
        shown = listing.documents[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        return self._render("listing.html", listing.title, listing=listing, number=number, shown=shown)

    def notice(self, title: str, text: str, later: str) -> bytes:
        """A page that says one thing (not found, withdrawn, sign in) and may lead on to ``later``."""
        return self._render("notice.html", title, text=text, later=later)

    def for_machines(self, path: str) -> bytes:
        """What robots, feed readers and browsers ask for beside the pages."""
        return self._environment.get_template(path).render().encode()

    def _render(self, template: str, title: str, lang: str = "en", **values: object) -> bytes:
        event = EVENTS[len(title) % len(EVENTS)]
        return self._environment.get_template(template).render(title=title, event=event, lang=lang, **values).encode()
