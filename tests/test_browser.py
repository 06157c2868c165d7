"""The pages in a real chromium: nothing spills, leaves the house or breaks the policy, and all works without script."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import served, watch
from shelf import SHELF, TODAY, ShelfDesk
from test_pages import QUESTION

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


def test_a_link_that_is_copied_after_an_opinion_was_given_thanks_nobody_for_it(chromium, base):
    page = watch(chromium, base, permissions=["clipboard-read", "clipboard-write"]).go(f"/?q={QUESTION}&kind=update")
    asked = page.url
    page.get_by_role("button", name="Yes", exact=True).click()
    page.get_by_text("Thank you.").wait_for()
    page.get_by_role("button", name="Copy link to this page").click()
    page.get_by_text("Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert parse_qs(urlsplit(copied).query) == parse_qs(urlsplit(asked).query) and "#" not in copied
    page.context.close()


SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
p { margin-bottom: 2em !important; }"""
# What a box cuts off: words that are wider or higher than it shows, but for those that are meant to be unseen.
CUT = """[...document.querySelectorAll("main *, header *, footer *")].filter((one) => one.checkVisibility()
  && !one.closest(".unseen, svg, input, textarea, .suggestions") && getComputedStyle(one).overflow !== "visible"
  && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)).map((one) => one.outerHTML)"""


def visible(page):
    return " ".join(page.locator("body").inner_text().split())


@pytest.mark.parametrize("height", [800, 256], ids=["320-wide", "1280-by-1024-at-400-percent"])
def test_nothing_is_lost_where_space_is_scarce_and_text_is_spaced(chromium, base, height):
    """A window of 1280 by 1024 at 400 % is one of 320 by 256 CSS pixels: what was said at full width is said there."""
    wide = watch(chromium, base, viewport={"width": 1280, "height": 1024})
    visitor = watch(chromium, base, viewport={"width": 320, "height": height}, bypass_csp=True)
    for name, address in PAGES.items():
        page, words = visitor.go(address), visible(wide.go(address))
        meant = {"Publications", "Narrow"} if name != "status" else set(words.split())  # table heads and figures fold
        assert set(words.split()) - set(visible(page).split()) <= meant, name
        for style in ("", SPACED):
            page.add_style_tag(content=f"{style}\n")
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, style)
            assert page.evaluate(CUT) == [], (name, style)
            if name != "status":
                assert set(words.split()) - set(visible(page).split()) <= meant, (name, style)
    page.context.close()
    wide.page.context.close()


def test_words_that_a_box_cuts_off_would_be_found(chromium, base):
    page = watch(chromium, base, viewport={"width": 320, "height": 256}, bypass_csp=True).go(PAGES["answered"])
    page.add_style_tag(content=".said { height: 3em; overflow: hidden; }")
    assert [one[:15] for one in page.evaluate(CUT)][:1] == ['<p class="said"']
    page.context.close()


def test_print_leaves_the_tools_and_keeps_answer_and_sources(chromium, base):
    page = watch(chromium, base).go(f"/?q={QUESTION}")
    page.emulate_media(media="print")
    for hidden in (".box button", ".foot-ways button", ".refine", ".order", ".cite >> nth=0"):
        assert not page.locator(hidden).is_visible(), hidden
    for visible in (".said >> nth=0", ".source >> nth=0", ".printed >> nth=0", ".hit >> nth=0"):
        assert page.locator(visible).is_visible(), visible
    page.context.close()


def test_a_page_is_light(chromium, base):
    page = watch(chromium, base).go("/?q=committee")
    sizes = page.evaluate(
        "performance.getEntries().filter((e) => 'transferSize' in e).reduce((sum, e) => sum + e.transferSize, 0)"
    )
    assert 0 < sizes <= 100_000
    page.context.close()
