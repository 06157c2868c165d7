# ruff: noqa: E501
"""Pages in the shapes that associations' content systems give them, for tests: one article, six kinds of chrome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape

from ingest.records import Page

HOST = "https://www.example.org"
NOW = datetime(2020, 1, 1, tzinfo=UTC)
EVENTS = (("Annual conference", "14 November 2019"), ("Research forum", "03/02/20"), ("Leaders' dinner", "9 July 2018"))
COOKIES = "We use cookies so that the site works. By going on you agree."
CLOUD = "Adoption Early help Fostering Inspection SEND Workforce"
FOOTER = "Charity registered in England. Company limited by guarantee."
CHROME = (
    "cookies",
    "Tag Cloud",
    "Featured Event",
    "Related Articles",
    "Charity registered",
    *(name for name, _ in EVENTS),
)

_SENTENCES = (
    "The committee met on {n} occasions and considered the draft guidance on SGOs line by line.",
    "Members reported that {n} authorities had replaced the LSCB with new local arrangements.",
    "Paper {n} on thresholds for CAMHS referral was agreed subject to two amendments.",
    "It was noted that the SIF return for quarter {n} had been late in several regions.",
    "The chair thanked the {n} colleagues who had answered the survey at short notice.",
    "A further {n} responses were received after the closing date and will be reported next time.",
)


@dataclass(frozen=True)
class Article:
    """What a page says of its own: ``body`` pairs tags with texts, in order."""

    path: str
    title: str
    day: date | None
    author: str
    body: tuple[tuple[str, str], ...]
    number: int

    @property
    def text(self) -> str:
        return "\n\n".join(text for _, text in self.body)

    @property
    def html(self) -> str:
        return "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in self.body)

    @property
    def shown(self) -> str:
        return f"{self.day.day} {self.day:%B %Y}" if self.day else ""

    @property
    def event(self) -> tuple[str, str]:
        return EVENTS[self.number % len(EVENTS)]


def article(number: int, dated: bool = True) -> Article:
    """The article of that number: a heading in the middle of five to ten paragraphs, no text like another's."""
    lines = [
        " ".join(_SENTENCES[(number + at + step) % 6].format(n=number * 37 + at * 5 + step) for step in range(2))
        for at in range(5 + number % 6)
    ]
    body = [
        ("p", lines[0]),
        ("p", lines[1]),
        ("h2", f"Actions agreed by group {number}"),
        *(("p", line) for line in lines[2:]),
    ]
    day = date(2010 + number % 8, 1 + number % 12, 1 + number % 28) if dated else None
    return Article(
        f"/news/item-{number}", f"Notes of working group {number}", day, f"Ann Ames{number}", tuple(body), number
    )


def semantic(a: Article) -> str:
    """A theme of today: main, article, time."""
    return f"""<!doctype html><html lang="en-GB"><head><title>{a.title} | Directors' Association</title>
<meta property="article:published_time" content="{a.day or ""}"></head><body><div id="cookie-notice">{COOKIES}</div>
<header><nav><a href="/">Home</a><a href="/news/">News</a></nav></header><aside class="featured"><h2>Featured Event</h2>
<p>{a.event[0]}</p><time>{a.event[1]}</time></aside><main><article><h1>{a.title}</h1><p class="byline"><time>{a.shown}</time>
by {a.author}</p><div class="body">{a.html}</div><p>Tags: <a rel="tag" href="/tags/a/">SGO</a></p></article>
<section><h3>Related Articles</h3></section></main><aside><h3>Tag Cloud</h3>{CLOUD}</aside><footer>{FOOTER}</footer>"""


def wordpress(a: Article) -> str:
    return f"""<!doctype html><html lang="en"><head><title>{a.title} – Directors' Association</title></head>
<body class="single postid-{a.number}"><div id="page" class="site"><div id="content" class="site-content"><div id="primary">
<main id="main"><article id="post-{a.number}" class="post-{a.number} post type-post category-news"><header class="entry-header">
<h1 class="entry-title">{a.title}</h1><div class="entry-meta"><span class="posted-on">Posted on <a href="{a.path}">{a.shown}</a>
</span><span class="byline"> by {a.author}</span></div></header><div class="entry-content">{a.html}<div class="sharedaddy">
<h3>Share this:</h3><ul><li><a href="#">Twitter</a></li></ul></div></div></article></main></div><div id="secondary"
class="widget-area"><div class="widget"><h2>Featured Event</h2><p>{a.event[0]}, {a.event[1]}</p></div><div class="widget">
<h2>Tag Cloud</h2><p>{CLOUD}</p></div></div></div><footer id="colophon"><p>{FOOTER}</p><p>{COOKIES}</p></footer></div>"""


def drupal(a: Article) -> str:
    return f"""<!doctype html><html lang="en"><head><title>{a.title} | Directors' Association</title></head><body>
<div class="dialog-off-canvas-main-canvas"><div class="layout-container"><div class="region region-highlighted"><div>{COOKIES}
</div></div><main><a id="main-content"></a><div class="layout-content"><div class="region region-content">
<div id="block-page-title"><h1><span>{a.title}</span></h1></div><div id="block-content"><article data-history-node-id="{a.number}"
class="node node--type-article"><div class="node__content"><div class="field field--name-field-date"><div>Date</div>
<div>{a.shown}</div></div><div class="field field--name-body">{a.html}</div></div></article></div></div></div>
<aside class="layout-sidebar-second"><div class="region"><div id="block-event"><h2>Featured Event</h2><div>{a.event[0]}</div>
<div>{a.event[1]}</div></div><div id="block-related"><h2>Related Articles</h2></div></div></aside></main>
<footer><div>{FOOTER}</div></footer></div></div>"""


def webforms(a: Article) -> str:
    """ASP.NET: the whole page inside one form and tables, the same title for all, the heading in a font tag."""
    return f"""<html><head><title>Directors' Association</title></head><body><form method="post" action="./" id="aspnetForm">
<input type="hidden" name="__VIEWSTATE" value="{a.number * 991}"><table width="900"><tr><td colspan="2"><a href="/">Home</a> |
<a href="/news/">News</a></td></tr><tr><td width="160"><b>Tag Cloud</b><br>{CLOUD}<p>{COOKIES}</p></td><td><table><tr><td>
<b>Next Upcoming Event</b><br>Featured Event<br><a href="/e">{a.event[0]}</a><br>{a.event[1]}</td></tr><tr><td><font size="4"><b>
{a.title}</b></font></td></tr><tr><td>{a.shown} {a.author}</td></tr><tr><td>{a.html}</td></tr><tr><td><b>Related Articles</b>
</td></tr></table></td></tr><tr><td colspan="2">{FOOTER}</td></tr></table></form>"""


def sharepoint(a: Article) -> str:
    return f"""<html><head><title>{a.title} - Directors' Association</title></head><body><form id="aspnetForm"><div id="s4-workspace">
<div id="s4-bodyContainer"><div id="contentRow"><div id="sideNavBox"><div class="ms-core-sideNavBox"><ul><li><a href="/a">
Committees</a></li><li><a href="/b">Publications</a></li></ul><div>{COOKIES}</div></div></div><div id="contentBox"><div
id="DeltaPlaceHolderMain"><div class="article article-left"><div class="captioned-image"><div class="caption"></div></div>
<div class="article-header"><h1>{a.title}</h1><div class="date-line">{a.shown}</div></div><div class="article-content"><div
id="ctl00_RichHtmlField_displayContent">{a.html}</div></div><div class="ms-webpart-zone"><div id="WebPart{a.number}"><h2>
Featured Event</h2><p>{a.event[0]} {a.event[1]}</p></div></div></div></div></div></div></div></div><div>{FOOTER}</div></form>"""


def squarespace(a: Article) -> str:
    return f"""<!doctype html><html><head><title>{a.title} — Directors' Association</title><script type="application/ld+json">
{{"@context": "https://schema.org", "@type": "Article", "datePublished": "{a.day}T09:30:00+0000"}}</script></head><body
id="collection-5f{a.number}"><div id="siteWrapper"><header id="header">{COOKIES}</header><main id="page"><section data-section-id
="5e{a.number}"><div class="content-wrapper"><article class="h-entry entry" id="article-5f{a.number}"><div class="blog-item-title">
<h1 class="entry-title">{a.title}</h1></div><div class="blog-item-content"><div class="sqs-layout"><div class="row sqs-row">
<div class="col sqs-col-12"><div class="sqs-block html-block" id="block-yui_3_17_{a.number}"><div class="sqs-block-content">{a.html}
</div></div></div></div></div></div></article><section id="itemPagination"><h2>Featured Event</h2><div>{a.event[0]}</div></section>
</div></section></main><footer><div>{FOOTER}</div></footer></div>"""


def tables_1998(a: Article) -> str:
    """Fonts and tables, nothing closed, no class anywhere; two line breaks make a paragraph."""
    body = "<BR><BR>".join(f"<B>{text}</B>" if tag == "h2" else text for tag, text in a.body)
    return f"""<HTML><HEAD><TITLE>Directors' Association: {a.title}</TITLE></HEAD><BODY BGCOLOR="#FFFFFF"><CENTER><TABLE WIDTH=640>
<TR><TD COLSPAN=2><IMG SRC="logo.gif"><A HREF="/">Home</A> | <A HREF="/news/">News</A></TD></TR><TR><TD WIDTH=120 VALIGN=TOP>
<FONT SIZE=1><B>Featured Event</B><BR>{a.event[0]}<BR>{a.event[1]}<BR><BR>{CLOUD}</FONT></TD><TD><FONT SIZE=5>{a.title}</FONT><P>
<FONT SIZE=2><I>{a.shown}</I></FONT><P><FONT FACE="Arial">{body}</FONT></TD></TR><TR><TD COLSPAN=2><FONT SIZE=1>{FOOTER}</FONT>
</TD></TR></TABLE></CENTER>"""


def elementor(a: Article) -> str:
    """WordPress by a page builder: every piece of the page, its text too, calls itself a widget."""
    kinds = {"p": "text-editor", "h2": "heading"}
    pieces = "".join(_widget(kinds[tag], f"<{tag}>{escape(text)}</{tag}>") for tag, text in a.body)
    event = _widget("wp-widget-events", f"<h5>Featured Event</h5><p>{a.event[0]}</p><p>{a.event[1]}</p>")
    return f"""<!doctype html><html lang="en-GB"><head><title>{a.title} – Directors' Association</title></head><body class="elementor-page
elementor-page-{a.number}"><div class="elementor elementor-location-header">{_widget("html", f"<p>{COOKIES}</p>")}</div><div
data-elementor-type="single-post" class="elementor elementor-location-single post-{a.number}"><div class="e-con e-parent">
{_widget("theme-post-title", f"<h1>{a.title}</h1>")}{_widget("post-info", f"<ul><li>{a.shown}</li></ul>")}</div><div class="e-con
e-child">{pieces}</div></div><div class="elementor elementor-location-footer">{event}{_widget("tags", f"<p>{CLOUD}</p>")}
{_widget("text-editor", f"<p>{FOOTER}</p>")}</div>"""


def _widget(kind: str, inner: str) -> str:
    names = f"elementor-element elementor-widget elementor-widget-{kind}"
    return f'<div class="{names}"><div class="elementor-widget-container">{inner}</div></div>'


SHAPES: tuple[Callable[[Article], str], ...] = (
    semantic,
    wordpress,
    drupal,
    webforms,
    sharepoint,
    squarespace,
    elementor,
    tables_1998,
)


def page(html: str, path: str = "/news/item", media_type: str = "text/html; charset=utf-8", **headers: str) -> Page:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(HOST + path, 200, {"content-type": media_type, **named}, html.encode(), NOW)


def site(shape: Callable[[Article], str], numbers: Sequence[int] = range(12)) -> list[tuple[Article, Page]]:
    """A site of that shape, with its articles."""
    return [(each, page(shape(each), each.path)) for each in map(article, numbers)]


def listing(shape: Callable[[Article], str], articles: Sequence[Article]) -> Page:
    """A page of the site that only lists others."""
    items = "".join(f'<li><a href="{each.path}">{each.title}</a> {each.shown}</li>' for each in articles)
    a = Article("/news/", "News", None, "", (), 0)
    return page(shape(a).replace('<div class="body"></div>', f"<ul>{items}</ul>"), "/news/")


def first_page() -> str:
    """Like the page it all began with: an event box above the title, acronyms, a season for a date, an empty list."""
    notes = (
        ("h2", "Summer term meeting of the standards committee"),
        ("p", "The committee discussed the Single Inspection Framework (SIF) and the first twelve reports under it."),
        ("p", "Colleagues in two regions said that SIF judgements on the LSCB did not match those on the authority."),
        (
            "p",
            "Special Guardianship Orders (SGOs) have risen for the third year. A paper on support for SGO carers is due.",
        ),
        ("ul", "<li>Send evidence on SGO breakdown to the secretary.</li><li>Reply to the LSCB funding survey.</li>"),
        (
            "p",
            "Waiting times for Child and Adolescent Mental Health Services (CAMHS) were again raised by every region.",
        ),
        ("p", "The LSCB (Local Safeguarding Children Board) chairs will be asked to join the next meeting."),
        ("p", "A response on the inspection of SEND was agreed and will be published in due course."),
        ("p", "The budget pressures on early help were noted. Three authorities offered to share their models."),
        ("p", "Members thanked the outgoing chair, who had led the committee for four years."),
    )
    body = "".join(f"<{tag}>{text}</{tag}>" for tag, text in notes)
    return f"""<html lang="en"><head><title>Standards Committee Update: Summer 2015 - Directors' Association</title></head><body>
<div class="c1">{COOKIES}</div><div class="w"><div class="k8"><div class="b"><div class="t">Next Upcoming Event</div><div class="t">
Featured Event</div><div><a href="/events/autumn">Autumn seminar</a></div><div>Wed, 20 Nov 19 10:00</div></div><div class="b"><h1>
Standards Committee Update: Summer 2015</h1><div class="f">{body}</div></div><div class="b"><h3>Related Articles</h3></div></div>
<div class="k4"><div class="b"><h3>Tag Cloud</h3>{CLOUD}</div></div></div><div>{FOOTER}</div></body></html>"""
