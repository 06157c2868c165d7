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
from ingest.outline import outline
from ingest.pdf import from_pdf
from ingest.prose import from_text
from ingest.records import Document, Page, Unreadable
from ingest.template import SiteTemplate
from ingest.urls import canonical

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
    own, tags = _without_tags(content.blocks)
    if not own:
        return Unreadable(page.url, "empty", "The page holds no text of its own.")
    title = content.title or own[0].text[:120]
    pruned = None if content.has_date_place else partial(without_boxes, found.root, content.region)
    dated = published(page.url, facts, content.dateline, title, pruned)
    resolve = partial(_resolve, found.root, page.url)
    is_sure = dated.source.startswith(("meta", "JSON-LD")) or (content.has_date_place and content.dateline)
    if not is_sure and _is_listing(page.url, own, resolve):
        return Unreadable(page.url, "listing", "The page only lists other pages of the site.")
    targets = links(own, resolve)
    made = assemble(own)
    tags = tuple(dict.fromkeys((*tags, *facts.tags)))
    return Document(
        url=page.url,
        title=title,
        text=made.text,
        sections=made.sections,
        kind=kind_of(page.url, title, tags, facts.types)[0],
        published=dated,
        tags=tags,
        authors=facts.authors,
        attachments=tuple(link for link in targets if is_attachment(link)),
        links=tuple(link for link in targets if not is_attachment(link)),
        lang=facts.lang,
        audience=page.audience,
    )


def _is_noindex(page: Page, facts: Metadata) -> bool:
    rules = f"{page.headers.get('x-robots-tag', '')},{facts.robots}".lower()
    return any(rule.strip() in ("noindex", "none") for rule in rules.split(","))


def _without_tags(blocks: Sequence[Block]) -> tuple[list[Block], tuple[str, ...]]:
    """Take out the blocks that are nothing but links marked as tags."""
    tags, own = [], []
    for block in blocks:
        marked = [link.text for link in block.links if "tag" in link.rel.split()]
        tags += marked
        if not marked or len(" ".join(marked)) < 0.6 * len(block.text):
            own.append(block)
    return own, tuple(tag for tag in tags if tag)


def _is_listing(url: str, blocks: Sequence[Block], resolve: partial[str | None]) -> bool:
    """Whether a page is links to pages of its own site with no prose between them."""
    host = urlsplit(url).netloc
    linked = plain = 0
    for block in blocks:
        inside = [link for link in block.links if urlsplit(resolve(link.href) or "").netloc == host]
        words = sum(len(link.text.split()) for link in inside)
        rest = len(block.text.split()) - words
        linked += words
        plain += rest
        if rest > 12 and block.role is not Role.ROW:
            return False
    return linked > plain or bool(_LISTED.search(urlsplit(url).path) and linked)


def _resolve(root: HtmlElement, url: str, href: str) -> str | None:
    base = next(iter(root.xpath("//head/base/@href")), "")
    return canonical(href, urljoin(url, base)) or None
