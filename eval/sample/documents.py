"""The sample association's publications: Markdown files with TOML front matter, each PDF beside its source."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt

FOLDER = Path(__file__).parent
SITE = FOLDER / "site"

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table"])


@dataclass(frozen=True, slots=True)
class SampleDocument:
    """One publication: ``body`` is Markdown, ``url`` a path on the site.

    ``date`` is the first day (ISO) of what the association would call its date, or empty; ``shown`` is the date as
    the page prints it, which may be less or nothing. ``changed`` is the day of the last edit, for Last-Modified.
    ``state`` is "withdrawn" for the item that is gone, "scan" for the PDF that is a picture.
    """

    id: str
    url: str
    title: str
    kind: str
    body: str
    date: str = ""
    shown: str = ""
    changed: str = ""
    tags: tuple[str, ...] = ()
    committee: str = ""
    authors: tuple[str, ...] = ()
    audience: str = "public"
    lang: str = "en"
    state: str = ""

    @property
    def is_pdf(self) -> bool:
        """Whether the publication is served as a PDF file."""
        return self.url.endswith(".pdf")

    @property
    def day(self) -> str:
        """The ISO date where the page prints a full one; a season, a month or no date is no day."""
        return self.date if re.search(r"\b\d{1,2} [A-Z]", self.shown) else ""

    @property
    def file(self) -> Path:
        """The PDF of a publication that is one."""
        return SITE / f"{self.id}.pdf"

    @property
    def html(self) -> str:
        """The body as HTML, without the page around it."""
        return str(_MARKDOWN.render(self.body))

    @property
    def last_change(self) -> str:
        """The ISO day that the site gives as its last modification."""
        return self.changed or self.date


@cache
def read_documents() -> tuple[SampleDocument, ...]:
    """All publications, newest first, those without a date last."""
    documents = [_read(path) for path in sorted(SITE.glob("*.md"))]
    return tuple(sorted(documents, key=lambda document: document.date, reverse=True))


def _read(path: Path) -> SampleDocument:
    _, head, body = path.read_text(encoding="utf-8").split("+++\n", 2)
    fields = tomllib.loads(head)
    fields |= {name: tuple(fields[name]) for name in ("tags", "authors") if name in fields}
    return SampleDocument(id=path.stem, body=body.strip(), **fields)
