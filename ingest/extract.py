"""A page becomes a document: title, text by sections, date, kind, tags, links; or a reason why not."""

import re
from collections.abc import Sequence
from functools import partial
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from ingest.assemble import assemble, is_attachment, links
from ingest.blocks import Block, Role
from ingest.content import content_of
from ingest.fallback import without_boxes
from ingest.kinds import kind_of
from ingest.metadata import Metadata, metadata, published
from ingest.outline import is_chrome, outline
from ingest.pdf import from_pdf
from ingest.prose import from_text
from ingest.records import Document, Page, Unreadable
from ingest.template import SiteTemplate
from ingest.urls import canonical

_TAG_LABEL = re.compile(r"(?:tags?|tagged|filed under|keywords?|topics?|categor(?:y|ies))\s*:\s*", re.IGNORECASE)
_BY = re.compile(r"\bby:? ((?:[^\W\d_][\w.'’-]*(?:,? and |, | & | )?){2,16})", re.IGNORECASE)
_DATE_WORDS = 5
_HTML = ("text/html", "application/xhtml+xml", "")
_LISTED = re.compile(r"/(?:tags?|categor(?:y|ies)|topics?|authors?|archives?)/[^/]+/?$|/page/\d+/?$", re.IGNORECASE)


def extract(page: Page, template: SiteTemplate | None) -> Document | Unreadable:
    """The document of one page, read by what was learned of its site; by the page alone where that is None."""
    if page.media_type in _HTML:
        return _from_html(page, template)
    if page.media_type in ("text/plain", "text/markdown", "text/x-markdown"):
        return from_text(page)
    if page.media_type == "application/pdf":
        return from_pdf(page)
    return Unreadable(page.url, "not-html", f"This is {page.media_type}, which cannot be read as text.")


def _from_html(page: Page, template: SiteTemplate | None) -> Document | Unreadable:
    found = outline(page)
    if found is None or not found.blocks:
        return Unreadable(page.url, "empty", "The page holds no text.")
    facts = metadata(found.root)
    if _is_noindex(page, facts):
        return Unreadable(page.url, "noindex", "The page asks not to be indexed.")
    content = content_of(found, template)
    own = [block for block in content.blocks if not _is_tag_line(block)]
    if not own:
        return Unreadable(page.url, "empty", "The page holds no text of its own.")
    title = content.title or own[0].text[:120]
    pruned = None if content.has_date_place else partial(without_boxes, found.root, content.region)
    dated = published(page.url, facts, content.dateline, title, pruned)
    resolve = partial(_resolve, found.root, page.url)
    is_sure = dated.source.startswith(("meta", "JSON-LD")) or (content.has_date_place and content.dateline)
    if not (is_sure and dated.first) and _is_listing(page.url, own, resolve):
        return Unreadable(page.url, "listing", "The page only lists other pages of the site.")
    targets = links(own, resolve)
    made = assemble(own)
    tags = tuple(dict.fromkeys((*_tags(found.blocks), *facts.tags)))
    return Document(
        url=page.url,
        title=title,
        text=made.text,
        sections=made.sections,
        kind=kind_of(page.url, title, tags, facts.types)[0],
        published=dated,
        tags=tags,
        authors=facts.authors or _authors(content.dateline),
        attachments=tuple(link for link in targets if is_attachment(link)),
        links=tuple(link for link in targets if not is_attachment(link)),
        lang=facts.lang,
        audience=page.audience,
    )


def _is_noindex(page: Page, facts: Metadata) -> bool:
    rules = f"{page.headers.get('x-robots-tag', '')},{facts.robots}".lower()
    return any(rule.strip() in ("noindex", "none") for rule in rules.split(","))


def _tags(blocks: Sequence[Block]) -> list[str]:
    """The words of links in the lines of tags that are not part of the site's chrome."""
    lines = [block for block in blocks if _is_tag_line(block) and not is_chrome(block.path)]
    return [link.text for block in lines for link in block.links if link.text]


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


def _is_listing(url: str, blocks: Sequence[Block], resolve: partial[str | None]) -> bool:
    """Whether a page is links to pages of its own site with no prose between them."""
    host = urlsplit(url).netloc
    linked = plain = 0
    for block in blocks:
        inside = [link for link in block.links if urlsplit(resolve(link.href) or "").netloc == host]
        words = sum(len(link.text.split()) for link in inside)
        rest = len(block.text.split()) - words
        if rest > 12 and block.role is not Role.ROW:
            return False
        linked += words
        plain += 0 if block.level or (inside and rest <= _DATE_WORDS) else rest
    return linked > plain or bool(_LISTED.search(urlsplit(url).path) and linked)


def _resolve(root: HtmlElement, url: str, href: str) -> str | None:
    base = next(iter(root.xpath("//head/base/@href")), "")
    return canonical(href, urljoin(url, base)) or None
