"""The Related Articles element in a hostile page: it shows what it should, or leaves the page as it was."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import served
from playwright.sync_api import Browser, BrowserContext, Page, Route
from shelf import SHELF, ShelfDesk
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from ingest.dates import read_date
from service.api import create_app
from service.present import published

pytestmark = pytest.mark.browser

UPDATE = SHELF[0]
WIDGET = Path(__file__).resolve().parents[1] / "service" / "widget" / "widget.js"
CANONICAL = f'<link rel="canonical" href="{UPDATE.url}">'
HOSTILE_CSS = """
* { color: red !important; font: 40px fantasy !important; display: block !important; }
a, li, h2, ul, section { position: fixed; transform: rotate(9deg); visibility: hidden; border: 9px solid lime }
muniment-related { letter-spacing: 1em; text-transform: uppercase; text-align: right; line-height: 4 }
"""

# The shapes that association sites have; the pasted line stands under their own empty heading.
PARAGRAPHS = "<p>A paragraph of the committee's notes, as long as such paragraphs are.</p>" * 40
LINE = '<muniment-related heading=""><p>See all updates.</p></muniment-related>'
WORDPRESS = f"""
<div class="wp-site-blocks"><header class="wp-block-template-part"><nav>Updates</nav></header>
<main class="wp-block-group"><h1 class="wp-block-post-title">Committee update</h1>
<div class="entry-content wp-block-post-content">{PARAGRAPHS}</div>
<h2 class="wp-block-heading">Related Articles</h2><div class="wp-block-html">{LINE}</div></main>
<footer class="wp-block-template-part">Contact us</footer></div>"""
DRUPAL = f"""
<div class="dialog-off-canvas-main-canvas"><div class="layout-container"><main role="main"><div class="layout-content">
<article class="node node--type-article node--view-mode-full"><h1 class="page-title">Committee update</h1>
<div class="node__content"><div class="field field--name-body">{PARAGRAPHS}</div></div></article>
<div id="block-related" class="block"><h2>Related Articles</h2><div class="field__item">{LINE}</div></div>
</div></main><footer>Contact us</footer></div></div>"""
PLAIN = f"<h1>Committee update</h1>{PARAGRAPHS}<h2>Related Articles</h2>{LINE}<hr><p>Contact us</p>"
# What the page moved by itself, as browsers count layout shift.
WATCH = """<script>window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((one) => {
    if (!one.hadRecentInput) window.shift += one.value })).observe({ type: "layout-shift", buffered: true })</script>"""
LATE = "<script>addEventListener('muniment-load', () => { window.filled = true })</script>"


@pytest.fixture(scope="module")
def house() -> Iterator[str]:
    with served(create_app(ShelfDesk())) as address:
        yield address


class Host:
    """Another site, on an origin of its own: an ASGI app with one page."""

    html, policy = "", ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"Content-Security-Policy": self.policy} if self.policy else {}
        await HTMLResponse(self.html, headers=headers)(scope, receive, send)


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Host, str]]:
    with served(host := Host()) as address:
        yield host, address


@pytest.fixture
def visit(chromium: Browser, house: str, site: tuple[Host, str]) -> Iterator[Callable[..., Page]]:
    """Open a page that has pasted the line; what it asks, says and throws is on record."""
    context = chromium.new_context(viewport={"width": 800, "height": 600})
    context.set_default_timeout(15_000)
    yield lambda *args, **options: host(context, house, site, *args, **options)
    context.close()


def host(
    context: BrowserContext,
    house: str,
    site: tuple[Host, str],
    body: str,
    head: str = CANONICAL,
    policy: str = "",
    answer: Callable[[Route], None] | None = None,
    lang: str = "en-GB",
) -> Page:
    page = context.new_page()
    page.asked, page.told, page.wrong = [], [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda said: page.told.append(said.text))
    if answer:
        page.route("**/api/related?**", answer)
    script = f"<script src='{house}/widget.js' defer></script>"
    app, address = site
    app.policy = policy
    app.html = f"<!doctype html><html lang={lang}><head>{head}{script}</head><body>{body}</body></html>"
    page.goto(f"{address}/page")
    return page


def links(page: Page, element: str = "muniment-related") -> list[str]:
    return page.locator(f"{element} a").all_inner_texts()


def asked_of(page: Page, house: str) -> list[str]:
    return [url for url in page.asked if url.startswith(f"{house}/api")]


def test_it_shows_related_articles_for_the_canonical_address(visit, house):
    page = visit("<muniment-related limit=3></muniment-related>")
    page.locator("muniment-related a").first.wait_for()
    assert len(links(page)) == 3
    assert page.locator("muniment-related a").first.get_attribute("href").startswith("https://adfs.example.org/")
    assert page.get_by_role("heading", level=2).inner_text() == "Related Articles"
    first = page.locator("muniment-related li").first.inner_text()
    assert "14 March 2017" in first and "Both are about" in first
    assert page.wrong == [] and page.context.cookies() == []


def test_a_language_that_is_no_tag_costs_nobody_the_list(visit, house):
    page = visit("<muniment-related></muniment-related>", lang="en_GB")
    assert "14 March 2017" in page.locator("muniment-related li").first.inner_text()


@pytest.mark.parametrize(
    "when", ["2014", "May 2014", "Spring 2014", "March/April 2014", "June-July 2014", "Winter 2023"]
)
def test_a_date_is_said_as_exactly_as_on_our_own_pages(visit, when):
    span = read_date(when)
    dated = {"published": span.first.isoformat(), "published_until": span.until.isoformat()}
    found = {"title": "Notes", "url": UPDATE.url, "lang": "en", "published_precision": span.precision} | dated
    items = [{"document": found, "reason": ""}]
    page = visit("<muniment-related></muniment-related>", answer=lambda route: route.fulfill(json={"items": items}))
    assert page.locator("muniment-related p").inner_text().replace(" – ", " to ") == published(span)


def test_the_attribute_and_then_the_location_name_a_page_without_canonical_link(visit, house):
    page = visit(f'<muniment-related url="{UPDATE.url}"></muniment-related>', head="")
    page.locator("muniment-related a").first.wait_for()
    page = visit("<muniment-related></muniment-related>", head="")
    page.wait_for_event("requestfinished", lambda request: "/api/related" in request.url)
    assert "%2Fpage&" in asked_of(page, house)[0]


def test_heading_level_and_words_are_the_hosts_to_choose(visit, house):
    page = visit('<muniment-related level="4" heading="Read on"></muniment-related>')
    page.get_by_role("heading", level=4, name="Read on").wait_for()


def test_nothing_is_asked_before_it_nears_the_view(visit, house):
    page = visit("<p style='height: 4000px'></p><muniment-related></muniment-related>")
    page.wait_for_timeout(200)
    assert asked_of(page, house) == []
    page.evaluate("scrollTo(0, 3400)")
    page.locator("muniment-related a").first.wait_for()


def test_the_hosts_styles_change_nothing_inside(visit, house):
    def looks(css: str) -> str:
        page = visit(f"<style>{css}</style><muniment-related></muniment-related>")
        page.locator("muniment-related a").first.wait_for(state="attached")
        return page.evaluate(
            """() => [...document.querySelector('muniment-related').shadowRoot.querySelectorAll('*')].map((one) => {
                const look = getComputedStyle(one);
                return [one.tagName, ...['color', 'font', 'display', 'position', 'visibility', 'letterSpacing',
                    'textTransform', 'textAlign', 'lineHeight', 'borderTopWidth'].map((name) => look[name])].join();
            }).join('\\n')"""
        )

    calm = HOSTILE_CSS.replace("* {", "body > p {")
    assert looks(calm) == looks("")
    assert looks(HOSTILE_CSS) == looks("")


def test_css_variables_and_parts_are_the_way_in(visit, house):
    style = "muniment-related { --muniment-link: rgb(1, 2, 3) } ::part(heading) { color: rgb(4, 5, 6) }"
    page = visit(f"<style>{style}</style><muniment-related></muniment-related>")
    link = page.locator("muniment-related a").first
    link.wait_for()
    assert link.evaluate("one => getComputedStyle(one).color") == "rgb(1, 2, 3)"
    assert page.locator("muniment-related h2").evaluate("one => getComputedStyle(one).color") == "rgb(4, 5, 6)"


def test_a_strict_policy_with_trusted_types_has_nothing_to_report(visit, house):
    policy = (
        f"default-src 'none'; script-src {house}/widget.js; connect-src {house}; style-src 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    page = visit("<muniment-related></muniment-related>", policy=policy)
    page.locator("muniment-related a").first.wait_for()
    assert (page.told, page.wrong) == ([], [])


def bad_answer(kind: str, route: Route) -> None:
    match kind:
        case "404" | "500":
            route.fulfill(status=int(kind), body="{}")
        case "not json":
            route.fulfill(body="<html>")
        case "another shape":
            route.fulfill(body=json.dumps({"items": [{"document": None}, 3]}), content_type="application/json")
        case "no items":
            route.fulfill(body=json.dumps({"items": []}), content_type="application/json")
        case "script addresses":
            found = {"title": "x", "url": "javascript:alert(1)", "published": None}
            items = [{"document": found, "reason": ""}]
            route.fulfill(body=json.dumps({"items": items}), content_type="application/json")
        case "offline":
            route.abort()
        case "stalled":
            pass


@pytest.mark.parametrize(
    "kind", ["404", "500", "not json", "another shape", "no items", "script addresses", "offline", "stalled"]
)
def test_whatever_goes_wrong_the_fallback_stays_and_nothing_is_thrown(visit, kind):
    listen = "<script>addEventListener('muniment-load', (e) => { window.told = 'load' + e.detail.count });"
    listen += "addEventListener('muniment-error', () => { window.told = 'error' })</script>"
    body = f"{listen}<muniment-related><p>Until then, this.</p></muniment-related>"
    page = visit(body, answer=lambda route: bad_answer(kind, route))
    page.wait_for_function("window.told", timeout=5000)
    assert page.evaluate("window.told") == ("load0" if kind in ("no items", "script addresses") else "error")
    assert page.get_by_text("Until then, this.").is_visible()
    assert page.locator("muniment-related a").count() == 0
    assert page.wrong == []


def test_twice_on_a_page_and_moved_about_it_stays_itself(visit, house):
    again = f"<script src='{house}/widget.js' defer></script>"
    page = visit(f"<muniment-related id=a></muniment-related><main></main>{again}"
                "<muniment-related id=b limit=2></muniment-related>")  # fmt: skip
    page.locator("#a a").first.wait_for()
    page.locator("#b a").first.wait_for()
    page.evaluate("document.querySelector('main').append(document.querySelector('#a'))")
    assert (len(links(page, "#a")), len(links(page, "#b"))) == (5, 2)
    assert page.wrong == []


def test_a_page_of_another_site_may_ask_about_the_text_that_it_has(visit, house):
    page = visit("")
    asked = {
        "method": "POST",
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({"text": "Guardians"}),
    }
    given = page.evaluate(f"(asked) => fetch('{house}/api/related', asked).then((said) => said.json())", asked)
    assert given["items"]


def test_following_a_link_is_told_to_the_host(visit, house):
    listen = "<script>addEventListener('muniment-open', (e) => { window.opened = e.detail.url });"
    listen += "addEventListener('click', (e) => e.preventDefault())</script>"
    page = visit(f"{listen}<muniment-related></muniment-related>")
    page.locator("muniment-related a").first.click()
    assert page.evaluate("window.opened") == SHELF[1].url


def test_the_fallback_shows_at_once_and_gives_way(visit, house):
    page = visit("<muniment-related><p>Until then, this.</p></muniment-related>")
    page.locator("muniment-related a").first.wait_for()
    assert not page.get_by_text("Until then, this.").is_visible()


@pytest.mark.parametrize("body", [WORDPRESS, DRUPAL, PLAIN], ids=["WordPress", "Drupal", "plain HTML"])
def test_the_empty_heading_is_filled_and_nothing_jumps(visit, body):
    page = visit(body, head=f"{CANONICAL}{WATCH}{LATE}")
    for _ in range(20):
        page.mouse.wheel(0, 200)
        page.wait_for_timeout(20)
    page.wait_for_function("window.filled")
    assert len(links(page)) == 5
    assert page.get_by_role("heading", name="Related Articles").count() == 1
    assert page.evaluate("window.shift") <= 0.01
    assert page.wrong == []


def test_a_page_that_fills_in_view_is_seen_to_jump(visit):
    page = visit(f"<h2>Related Articles</h2>{LINE}<p>{'Contact us. ' * 200}</p>", head=f"{CANONICAL}{WATCH}{LATE}")
    page.wait_for_function("window.filled")
    page.wait_for_timeout(200)
    assert page.evaluate("window.shift") > 0.01


def test_it_is_small_and_stands_alone():
    source = WIDGET.read_bytes()
    assert len(gzip.compress(source)) <= 8 * 1024
    for forbidden in (b"import ", b"innerHTML", b"eval(", b"document.cookie", b"localStorage", b".style."):
        assert forbidden not in source
