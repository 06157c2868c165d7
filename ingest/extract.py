"""A page becomes a document: title, text by sections, date, kind, tags, links; or a reason why not."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from ingest.assemble import assemble, is_attachment, links
from ingest.blocks import Block, Role
from ingest.content import Content, content_of
from ingest.dating import Shown, other_dates, published
from ingest.fallback import without_boxes
from ingest.filing import filed
from ingest.metadata import Metadata, asked, base_of, metadata
from ingest.outline import Outline, is_chrome, is_short, outline
from ingest.papers import from_docx, from_pdf, from_text
from ingest.records import DOCX, HTML, PDF, Document, Evidence, Page, Unreadable
from ingest.template import SiteTemplate
from ingest.urls import canonical

_TAG_LABEL = re.compile(r"(?:tags?|tagged|filed under|keywords?|topics?|categor(?:y|ies))\s*:\s*", re.IGNORECASE)
_FRONT = re.compile(
    r"(?:^|\s)(layout|title|date|authors?|tags|categories|teaser|description|slug|draft):(?=\s)", re.IGNORECASE
)
_ENTRY = re.compile(r"[\w-]+:(?:\s|$)")
_BY = re.compile(r"\bby:? ((?:[^\W\d_][\w.'’-]*(?:,? and |, | & | )?){2,16})", re.IGNORECASE)
_DATE_WORDS = 5
_EMPTY = "See whether it needs script to show any."
_LISTED = re.compile(r"/(?:tags?|categor(?:y|ies)|topics?|authors?|archives?)/[^/]+/?$|/page/\d+/?$", re.IGNORECASE)


def extract(page: Page, template: SiteTemplate | None) -> Document | Unreadable:
    """The document of one page, read by what was learned of its site; by the page alone where that is None."""
    reader = _READERS.get(_type_of(page))
    if reader is None:
        told = f"This is {page.media_type}, which cannot be read as text. Publish it as a page or a PDF."
        return Unreadable(page.url, "not-html", told)
    if page.status != 200:
        return Unreadable(page.url, "status", f"Its site answered with status {page.status}. Nothing of it is taken.")
    rules = asked(page.headers.get("x-robots-tag", ""), ())
    found = _not_indexed(page.url) if "noindex" in rules else reader(page, template)
    return replace(found, quotable=False) if isinstance(found, Document) and "nosnippet" in rules else found


def _type_of(page: Page) -> str:
    """The type that a page is read as: a server that does not know PDF or Word calls them anything."""
    if page.body.startswith(b"%PDF-"):
        return PDF
    is_docx = page.body.startswith(b"PK") and urlsplit(page.url).path.lower().endswith(".docx")
    return DOCX if is_docx else page.media_type


def _from_html(page: Page, template: SiteTemplate | None) -> Document | Unreadable:
    found = outline(page)
    if found is None or not found.blocks:
        return Unreadable(page.url, "empty", f"The page holds no text. {_EMPTY}")
    facts = metadata(found.root)
    rules = asked("", facts.metas)
    if "noindex" in rules:
        return _not_indexed(page.url)
    content = content_of(found, template)
    own = [block for block in content.blocks if not _is_tag_line(block)]
    if own and _is_front_matter(own[0].text):
        # The dashes below it may have made a heading of its last line.
        own = own[2 if own[1:] and own[1].level and _ENTRY.match(own[1].text) else 1 :]
    if not own:
        return Unreadable(page.url, "empty", f"The page holds no text of its own. {_EMPTY}")
    title = content.title or own[0].text[:120]
    facts, shown = facts.of_page(title, page.url), _shown(found, content, title)
    dated = published(page.url, facts, shown)
    resolve = partial(canonical, base=base_of(found.root, page.url))
    is_sure = dated.source.startswith(("meta", "JSON-LD")) or (content.has_date_place and content.dateline)
    if not (is_sure and dated.first) and _is_listing(page.url, own, resolve):
        return Unreadable(page.url, "listing", "The page only lists other pages of the site.")
    targets = links(own, resolve)
    read = replace(
        assemble(page, title, own),
        published=dated,
        attachments=tuple(link for link in targets if is_attachment(link)),
        links=tuple(link for link in targets if not is_attachment(link)),
        lang=facts.lang,
        dates=other_dates(facts, shown, dated),
        quotable="nosnippet" not in rules,
    )
    return filed(_credited(read, found.blocks, content.dateline, facts), facts.types)


def _shown(page: Outline, content: Content, title: str) -> Shown:
    """What of a page can hold its date."""
    pruned = None if content.has_date_place else partial(without_boxes, page.root, content.region)
    lines = tuple(block.text for block in page.blocks if is_short(block) and not block.leads_away)
    return Shown(title, content.dateline, lines, pruned)


def _credited(read: Document, page: Sequence[Block], dateline: str, facts: Metadata) -> Document:
    """``read`` with its tags and authors, and where these stand."""
    lined, line = _tags(page), _authors(dateline)
    evidence = Evidence(
        tags=_sources((lined, "links of tags"), (facts.tags, "metadata")),
        authors=_sources((facts.authors, "metadata")) or _sources((line, "beside the title")),
    )
    tags = tuple(dict.fromkeys((*lined, *facts.tags)))
    return replace(read, tags=tags, authors=facts.authors or line, evidence=evidence)


def _sources(*found: tuple[Sequence[str], str]) -> str:
    return ", ".join(source for names, source in found if names)


def _not_indexed(url: str) -> Unreadable:
    return Unreadable(url, "noindex", "The page asks not to be indexed.")


def _tags(blocks: Sequence[Block]) -> list[str]:
    """The words of links in the lines of tags that are not part of the site's chrome."""
    lines = [block for block in blocks if _is_tag_line(block) and not is_chrome(block.path)]
    return [link.text for block in lines for link in block.links if link.text]


def _is_front_matter(text: str) -> bool:
    """Whether a page begins with what its generator should have read: its layout, title and the like, each named."""
    return bool(_FRONT.match(text.removeprefix("---"))) and len({key.lower() for key in _FRONT.findall(text)}) > 2


def _is_tag_line(block: Block) -> bool:
    """Whether a block is nothing but links marked as tags, or links after "Tags:"."""
    label = _TAG_LABEL.match(block.text)
    marked = [link.text for link in block.links if label or "tag" in link.rel.split()]
    return bool(marked) and len(" ".join(marked)) >= 0.6 * (len(block.text) - (label.end() if label else 0))


def _authors(dateline: str) -> tuple[str, ...]:
    """The names after "by" in the line that dates the page."""
    named = _BY.search(dateline)
    parts = re.split(r",\s*|\s+and\s+|\s*&\s*", named[1]) if named else []
    return tuple(part.strip() for part in parts if 0 < len(part.split()) <= 5)


def _is_listing(url: str, blocks: Sequence[Block], resolve: Callable[[str], str]) -> bool:
    """Whether a page is links to pages of its own site with no prose between them."""
    host = urlsplit(url).netloc
    linked = plain = 0
    for block in blocks:
        inside = [link for link in block.links if urlsplit(resolve(link.href)).netloc == host]
        words = sum(len(link.text.split()) for link in inside)
        rest = len(block.text.split()) - words
        if rest > 12 and block.role is not Role.ROW:
            return False
        linked += words
        plain += 0 if block.level or (inside and rest <= _DATE_WORDS) else rest
    # A list whose last entry was withdrawn has but its title.
    return linked > plain or bool(_LISTED.search(urlsplit(url).path) and (linked or not plain))


_Reader = Callable[[Page, SiteTemplate | None], Document | Unreadable]
_READERS: Final[Mapping[str, _Reader]] = {
    **dict.fromkeys((*HTML, ""), _from_html),
    **dict.fromkeys(("text/plain", "text/markdown", "text/x-markdown"), lambda page, _: from_text(page)),
    PDF: lambda page, _: from_pdf(page),
    DOCX: lambda page, _: from_docx(page),
}
