"""The pages in a real chromium: nothing spills, leaves the house or breaks the policy, and all works without script."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import served, watch
from shelf import SHELF, TODAY, ShelfDesk
from test_pages import HOSTILE, QUESTION, hostile_shelf

from service.api import create_app

pytestmark = pytest.mark.browser

UPDATE = SHELF[0]
START = UPDATE.text.index("Special guardians should")
PAGES = {
    "opening": "/",
    "answered": f"/?q={QUESTION}",
    "partly": "/?q=special guardianship orders in 1987",
    "not_found": "/?q=special guardianship fostering committee tea biscuits",
    "out_of_scope": "/?q=badgers",
    "filtered": "/?q=committee&kind=update&since=2018&page=2",
    "misread": "/?q=committee&since=lately",
    "document": f"/documents/{UPDATE.id}?version={UPDATE.version}&start={START}&end={START + 60}#quote",
    "status": "/status",
    "problem": "/documents/0000000000000000",
}


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with served(create_app(ShelfDesk(), now=lambda: TODAY)) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_no_page_spills_sideways_asks_another_host_or_breaks_the_policy(chromium, base, width, scheme):
    visitor = watch(chromium, base, viewport={"width": width, "height": 800}, color_scheme=scheme)
    for name, address in PAGES.items():
        page = visitor.go(address)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    complaints = [said for said in visitor.complaints if "404" not in said]
    assert (visitor.strangers, complaints) == ([], [])
    visitor.page.context.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 320, "height": 800}, "color_scheme": "dark"},
        {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    ],
    ids=["320-dark", "1280-light"],
)
def test_axe_finds_nothing_against_wcag_aa(chromium, base, options):
    visitor = watch(chromium, base, bypass_csp=True, **options)
    for name, address in PAGES.items():
        page = visitor.go(address)
        page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        result = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
        assert result.violations_count == 0, f"{name}: {result.generate_report()}"
    visitor.page.context.close()


def test_the_whole_visit_works_without_script(chromium, base):
    page = watch(chromium, base, java_script_enabled=False).go("/")
    page.get_by_label("A question, or a few words").fill("committee")
    page.get_by_role("button", name="Search").click()
    assert page.locator("#results").inner_text() == "17 publications"
    page.get_by_role("link", name="CAMHS").click()
    page.get_by_label("Since").fill("May 2018")
    page.get_by_role("button", name="Apply dates").click()
    assert "from 1 May 2018" in page.locator(".chips").inner_text()
    page.get_by_role("link", name="CAMHS – remove this filter").click()
    page.get_by_role("link", name="Next").click()
    assert "Page 2 of 2" in page.locator(".pages").inner_text()
    page.locator(".order").get_by_role("link", name="date").click()
    assert "sort=date" in page.url and "page=" not in page.url
    page.goto(f"{base}/?q={QUESTION}")
    page.get_by_role("link", name="Source 1").click()
    assert page.url.endswith("#source-1")
    card = page.locator(".source").first
    assert card.get_by_role("link", name="Open at this place").first.get_attribute("href").startswith(UPDATE.url)
    card.get_by_text("Cite", exact=True).click()
    assert "Available at:" in card.get_by_role("textbox", name="Harvard citation").input_value()
    card.get_by_role("link", name="Read in full here").first.click()
    assert page.locator("mark#quote").is_visible()
    page.get_by_role("link", name="Status of the collection").click()
    assert page.locator(".failures").is_visible()
    page.context.close()


def test_the_keyboard_alone_reaches_everything_in_order(chromium, base):
    page = watch(chromium, base).go(f"/?q={QUESTION}")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "source-1"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    stops = page.evaluate("document.querySelectorAll('a[href], button, input:not([type=hidden]), summary').length")
    seen = set()
    for _ in range(stops + 20):
        page.keyboard.press("Tab")
        place = page.evaluate("(e => [e.tagName, e.textContent, e.id].join())(document.activeElement)")
        if place.startswith("BODY"):
            break
        seen.add(place)
        outline = page.evaluate("(e => e.matches(':focus-visible'))(document.activeElement)")
        assert outline, place
    assert any("Status of the collection" in one for one in seen)
    page.context.close()


def test_the_quote_is_in_view_when_a_document_opens(chromium, base):
    visitor = watch(chromium, base, viewport={"width": 320, "height": 300}, reduced_motion="reduce")
    page = visitor.go(PAGES["document"])
    page.locator("#quote").wait_for()
    box = page.locator("#quote").bounding_box()
    assert box is not None and 0 <= box["y"] <= 300 - box["height"]
    page.context.close()


def test_copy_gives_the_citation(chromium, base):
    visitor = watch(chromium, base, permissions=["clipboard-read", "clipboard-write"])
    page = visitor.go(f"/?q={QUESTION}")
    card = page.locator(".source").first
    card.get_by_text("Cite", exact=True).click()
    card.get_by_role("button", name="Copy the Harvard citation").click()
    page.get_by_role("button", name="Copy the Harvard citation").filter(has_text="Copied").wait_for()
    assert (
        page.evaluate("navigator.clipboard.readText()")
        == card.get_by_role("textbox", name="Harvard citation").input_value()
    )
    page.context.close()


def test_text_may_be_spaced_and_doubled_without_loss(chromium, base):
    visitor = watch(chromium, base, viewport={"width": 320, "height": 800}, bypass_csp=True)
    spacing = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
    for name, address in PAGES.items():
        page = visitor.go(address)
        page.add_style_tag(content=f"{spacing} p {{ margin-bottom: 2em !important; }}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    page.context.close()


def test_print_leaves_the_tools_and_keeps_answer_and_sources(chromium, base):
    page = watch(chromium, base).go(f"/?q={QUESTION}")
    page.emulate_media(media="print")
    for hidden in (".box button", ".refine", ".order", ".cite >> nth=0"):
        assert not page.locator(hidden).is_visible(), hidden
    for visible in (".said", ".source >> nth=0", ".printed >> nth=0", ".hit >> nth=0"):
        assert page.locator(visible).is_visible(), visible
    page.context.close()


@pytest.mark.parametrize("payload", HOSTILE)
def test_no_payload_runs(chromium, payload):
    shelf = hostile_shelf(payload)
    with served(create_app(ShelfDesk(shelf))) as base:
        visitor = watch(chromium, base)
        for address in ("/?q=special guardianship", f"/documents/{shelf.documents[0].id}?start=0&end=99", "/status"):
            visitor.go(address)
        visitor.page.goto(f"{base}/?" + "&".join(f"{name}=__" for name in ("q", "tag", "since")))
        visitor.page.locator("#q").fill(payload)
        visitor.page.locator("#q").press("Enter")
        visitor.page.wait_for_load_state()
        assert (visitor.strangers, visitor.complaints) == ([], [])
        visitor.page.context.close()


def test_a_page_is_light(chromium, base):
    page = watch(chromium, base).go("/?q=committee")
    sizes = page.evaluate(
        "performance.getEntries().filter((e) => 'transferSize' in e).reduce((sum, e) => sum + e.transferSize, 0)"
    )
    assert 0 < sizes <= 100_000
    page.context.close()
