"""Twelve states of the pages, at three widths, light, dark and in forced colours: nothing that axe finds fault with."""

import json
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import Watched, served, watch
from playwright.sync_api import Browser, Page
from test_page_tasks import QUESTION, WORDS

from eval.sample.documents import FOLDER
from ingest.records import Audience
from service.api import create_app
from service.home import Home
from service.records import State
from service.serving import ServingDesk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced": {"color_scheme": "dark", "forced_colors": "active"},
}


def suggest(page: Page) -> None:
    page.locator("#q").press_sequentially("li")
    page.locator("#suggestions li").first.wait_for()
    page.keyboard.press("ArrowDown")


def cite(page: Page) -> None:
    page.locator(".source .cite summary").first.click()


def stay(page: Page) -> None:
    """Nothing but what is opened by a summary."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")


@pytest.fixture(scope="module")
def desk(sample_home: Home) -> ServingDesk:
    return ServingDesk(sample_home, Audience.PUBLIC)


@pytest.fixture(scope="module")
def states(desk: ServingDesk) -> dict[str, tuple[str, Callable[[Page], None]]]:
    """An address for each of the twelve states, and what is done there; four by what questions are answered."""
    lines = (FOLDER / "queries.jsonl").read_text("utf-8").splitlines()
    found: dict[State, str] = {}
    for question in (json.loads(line)["text"] for line in lines):
        found.setdefault(desk.ask(question, desk.searcher).state, question)
        if len(found) == 4:
            break
    answered = {state.value: (f"/?q={question}", stay) for state, question in found.items()}
    assert set(answered) == {"answered", "partly", "not_found", "out_of_scope"}
    return answered | {
        "empty": ("/", stay),
        "results": (f"{WORDS}&page=2", stay),
        "no results": ('/?q="nobody ever wrote this" chragse', stay),
        "filtered": (f"{WORDS} -school after:soon&kind=position&since=2012&until=lately", stay),
        "suggestions open": ("/", suggest),
        "citation open": (f"/?q={QUESTION}", cite),
        "document page": (_document(desk), stay),
        "status": ("/status", stay),
    }


def _document(desk: ServingDesk) -> str:
    cited = desk.ask(QUESTION, desk.searcher).citations[0]
    return f"/documents/{cited.document.id}?version={cited.version}&start={cited.start}&end={cited.end}#quote"


@pytest.fixture(scope="module")
def base(desk: ServingDesk) -> Iterator[str]:
    with served(create_app(desk)) as address:
        yield address


@pytest.fixture(scope="module", params=[320, 768, 1280])
def visitor(request: pytest.FixtureRequest, chromium: Browser, base: str) -> Iterator[Watched]:
    made = watch(chromium, base, viewport={"width": request.param, "height": 800}, bypass_csp=True)
    yield made
    made.page.context.close()


NAMES = "answered partly not_found out_of_scope empty results filtered status".split()
NAMES += ["no results", "suggestions open", "citation open", "document page"]


def violations(page: Page) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    found = page.evaluate("(options) => axe.run(document, options)", options)["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_no_violation(visitor: Watched, states: dict, name: str) -> None:
    address, act = states[name]
    page = visitor.go(address)
    act(page)
    for look, media in LOOKS.items():
        page.emulate_media(**media)
        assert violations(page) == [], look
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), look


def test_axe_would_find_pale_words_in_the_dark_and_a_field_without_a_label(visitor: Watched) -> None:
    page = visitor.go("/")
    page.add_style_tag(content="@media (prefers-color-scheme: dark) { .lead { color: #444; } }")
    page.emulate_media(**LOOKS["light"])
    assert violations(page) == []
    page.emulate_media(**LOOKS["dark"])
    page.evaluate("document.querySelector('label[for=q]').remove()")
    assert [one.split(":")[0] for one in violations(page)] == ["color-contrast", "label"]


@pytest.mark.parametrize("name", NAMES)
def test_the_focus_is_seen_wherever_it_goes_and_is_nowhere_caught(
    chromium: Browser, base: str, states: dict, name: str
) -> None:
    """From the last stop to the first and back again, each with an outline."""
    address, act = states[name]
    page = watch(chromium, base, viewport={"width": 1280, "height": 800}).go(address)
    act(page)
    stops = page.evaluate(f"({STOPS})().length")
    page.evaluate(f"({STOPS})()[0].focus()")
    forwards = [_press(page, "Tab") for _ in range(stops - 1)]
    backwards = [_press(page, "Shift+Tab") for _ in range(stops - 1)]
    assert (forwards, backwards) == ([*range(1, stops)], [*range(stops - 2, -1, -1)])
    page.context.close()


STOPS = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, summary")]
  .filter((one) => one.checkVisibility())"""


def _press(page: Page, key: str) -> int:
    """Which of the stops of the page has the focus after ``key``; -1 where it cannot be seen."""
    page.keyboard.press(key)
    seen: int = page.evaluate(
        f"""(() => {{
          const one = document.activeElement, ringed = one.id === "q" ? one.parentElement : one;
          const seen = one.matches(":focus-visible") && getComputedStyle(ringed).outlineStyle !== "none";
          return seen ? ({STOPS})().indexOf(one) : -1;
        }})()"""
    )
    return seen
