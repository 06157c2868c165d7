"""The twelve things that people come for, each done by keyboard alone, without script as with it."""

import re
from collections.abc import Callable, Iterator

import pytest
from browser import served, tab_to, watch
from playwright.sync_api import Browser, Page

from eval.sample.site import SampleSite
from ingest.records import Audience
from service.api import create_app
from service.home import Home
from service.serving import ServingDesk

pytestmark = pytest.mark.browser
QUESTION = "Do we still support charging readers for late books?"
WORDS = "/?q=overdue+charges"


@pytest.fixture(scope="module")
def base(sample_home: Home) -> Iterator[str]:
    with served(create_app(ServingDesk(sample_home, Audience.PUBLIC))) as address:
        yield address


def press(page: Page, css: str, text: str | None = None) -> None:
    """Lead the focus to an element and press Enter, which leads elsewhere."""
    tab_to(page, page.locator(css, has_text=text) if text else page.locator(css))
    with page.expect_event("load"):
        page.keyboard.press("Enter")


def write(page: Page, css: str, text: str) -> None:
    tab_to(page, page.locator(css))
    page.keyboard.type(text)


def chips(page: Page) -> list[str]:
    return [chip.split("–")[0].strip() for chip in page.locator(".chips a").all_inner_texts()]


def total(page: Page) -> int:
    return int(page.locator("#results").inner_text().split()[0])


def search(page: Page) -> None:
    page.goto("/")
    write(page, "#q", "overdue charges")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=overdue+charges")
    assert total(page) > 10 and page.locator("#q").input_value() == "overdue charges"


def filter_by_kind(page: Page) -> None:
    page.goto(WORDS)
    before = total(page)
    press(page, ".refine .choices a", "Position paper")
    assert chips(page) == ["Position paper"] and 0 < total(page) < before
    assert all("Position paper" in facts for facts in page.locator(".hit > .facts").all_inner_texts())


def filter_by_date(page: Page) -> None:
    page.goto(WORDS)
    write(page, "#since", "May 2019")
    page.keyboard.press("Enter")
    page.wait_for_url("**since=May+2019**")
    assert chips(page) == ["from 1 May 2019"]
    years = [int(re.findall(r"\d{4}", facts)[-1]) for facts in page.locator(".hit > .facts").all_inner_texts()]
    assert years and min(years) >= 2019


def remove_a_filter(page: Page) -> None:
    page.goto(f"{WORDS}&kind=position&since=2012")
    press(page, ".chips a", "Position paper")
    assert chips(page) == ["from 1 January 2012"]


def turn_the_page(page: Page) -> None:
    page.goto(WORDS)
    first = page.locator(".hit h3").all_inner_texts()
    press(page, ".pages a[rel=next]")
    assert "Page 2 of" in page.locator(".pages").inner_text()
    assert not set(first) & set(page.locator(".hit h3").all_inner_texts())


def sort_by_date(page: Page) -> None:
    page.goto(WORDS)
    press(page, ".order a", "date")
    years = [re.findall(r"\d{4}", facts)[-1:] for facts in page.locator(".hit > .facts").all_inner_texts()]
    assert "sort=date" in page.url and years == sorted(years, reverse=True)


def read_a_cited_answer(page: Page) -> None:
    page.goto(f"/?q={QUESTION}")
    assert page.locator(".said .sentence").count() >= 1
    tab_to(page, page.locator(".said a.number"))
    page.keyboard.press("Enter")
    page.wait_for_url("**#source-1")
    assert page.locator("#source-1 mark").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.quoted').id") == "source-1"


def open_the_source(page: Page) -> None:
    page.goto(f"/?q={QUESTION}")
    quoted = page.locator("#source-1 mark").first.inner_text()
    press(page, "#source-1 a", "Open at this place")
    page.wait_for_url(re.compile(r"^(?!.*\?q=)"))
    # The fragment itself is the browser's own; that the words stand there is ours.
    words = " ".join(page.locator("body").inner_text().split())
    assert " ".join(quoted.split())[:60] in words


def open_the_document(page: Page) -> None:
    page.goto(f"/?q={QUESTION}")
    quoted = page.locator("#source-1 mark").first.inner_text()
    press(page, "#source-1 a", "Read in full here")
    assert "/documents/" in page.url
    assert " ".join(page.locator("mark#quote").inner_text().split()) in " ".join(quoted.split())


def copy_a_citation(page: Page) -> None:
    page.goto(f"/?q={QUESTION}")
    tab_to(page, page.locator(".source .cite summary"))
    page.keyboard.press("Enter")
    harvard = tab_to(page, page.get_by_role("textbox", name="Harvard citation").first)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    wanted = harvard.input_value()
    assert "Available at: http" in wanted
    page.goto("/")
    tab_to(page, page.locator("#q"))
    page.keyboard.press("Control+v")
    assert page.locator("#q").input_value() == wanted


def give_feedback(page: Page) -> None:
    page.goto(f"/?q={QUESTION}")
    write(page, "#reason", "It is what I needed")
    press(page, ".feedback button", "Yes")
    page.wait_for_url("**thanks=yes**")
    assert "Thank you" in page.locator("#feedback").inner_text()


def read_the_status(page: Page) -> None:
    page.goto("/")
    press(page, ".house-foot a", "Status")
    assert page.locator("h1").inner_text() == "Status of the collection"
    assert int(page.locator(".figures dd").first.inner_text()) > 50 and page.locator(".years rect").count() > 5


TASKS: tuple[Callable[[Page], None], ...] = (
    search,
    filter_by_kind,
    filter_by_date,
    remove_a_filter,
    turn_the_page,
    sort_by_date,
    read_a_cited_answer,
    open_the_source,
    open_the_document,
    copy_a_citation,
    give_feedback,
    read_the_status,
)


@pytest.fixture(scope="module")
def page_of(chromium: Browser, base: str) -> Iterator[Callable[[bool], Page]]:
    opened: dict[bool, Page] = {}

    def page(script: bool) -> Page:
        if script not in opened:
            opened[script] = watch(chromium, base, java_script_enabled=script, base_url=base).page
        return opened[script]

    yield page
    for one in opened.values():
        one.context.close()


@pytest.mark.parametrize("script", [False, True], ids=["no-script", "script"])
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.__name__)
def test_each_task_is_done_by_keyboard(
    page_of: Callable[[bool], Page], sample_site: SampleSite, task: Callable[[Page], None], script: bool
) -> None:
    task(page_of(script))


def test_a_trap_would_be_found(page_of: Callable[[bool], Page]) -> None:
    page = page_of(True)
    page.goto(WORDS)
    page.evaluate("document.getElementById('since').addEventListener('keydown', (event) => event.preventDefault())")
    with pytest.raises(AssertionError, match="does not lead to"):
        tab_to(page, page.locator(".house-foot a").first, most=60)
