"""What script adds to the pages: what is offered while typing, what is spoken, where one stands on coming back."""

import asyncio
import json
from collections.abc import Iterator
from random import Random
from urllib.parse import urlencode

import pytest
from browser import served, watch
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Locator, Page, expect
from test_page_tasks import QUESTION, WORDS

from eval.sample.documents import FOLDER
from ingest.records import Audience
from service.api import create_app
from service.home import Home
from service.serving import ServingDesk

pytestmark = pytest.mark.browser
# Longer than the pause after a key, so that answers overtake one another.
SLOWEST_SECONDS = 0.4
TYPED = "overdue charges", "library", "open access", "school lib", "summer shelf", "alr", "community man", "standards"


@pytest.fixture(scope="module")
def app(sample_home: Home) -> FastAPI:
    return create_app(ServingDesk(sample_home, Audience.PUBLIC))


@pytest.fixture(scope="module")
def base(app: FastAPI) -> Iterator[str]:
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def slow(app: FastAPI) -> Iterator[str]:
    """The same, but what is offered comes when it pleases."""
    rng = Random(5)

    async def delayed(scope, receive, send) -> None:
        if scope["type"] == "http" and scope["path"] == "/api/suggest":
            await asyncio.sleep(rng.random() * SLOWEST_SECONDS)
        await app(scope, receive, send)

    with served(delayed) as address:
        yield address


def offered(page: Page) -> list[str]:
    return page.locator("#suggestions li").evaluate_all("all => all.map((one) => one.dataset.text)")


def wrong_lists(pages: list[Page], app: FastAPI, typings: int) -> int:
    """How many of these typings, at random speed, leave another list than that of what stands in the box.

    Several pages take turns: while one is typed into, the others have time to settle.
    """
    rng, client, wrong = Random(7), TestClient(app), 0
    for turn in range(typings + len(pages)):
        page = pages[turn % len(pages)]
        if turn >= typings:
            page.wait_for_timeout(1_000 * SLOWEST_SECONDS + 300)
        if turn >= len(pages):
            standing = page.locator("#q").input_value()
            reply = client.get("/api/suggest", params={"q": standing}).json()
            wrong += offered(page) != [one["text"] for one in reply["suggestions"]]
        if turn < typings:
            words = rng.choice(TYPED)
            page.locator("#q").fill("")
            for letter in words[: rng.randrange(3, 8)]:
                page.keyboard.type(letter)
                page.wait_for_timeout(rng.choice((10, 40, 130, 160)))
    return wrong


def typists(chromium: Browser, base: str, count: int, script: str | None = None) -> list[Page]:
    pages = []
    for _ in range(count):
        page = watch(chromium, base, base_url=base).page
        if script is not None:
            page.route("**/static/app.js*", lambda route: route.fulfill(body=script, content_type="text/javascript"))
        page.goto("/")
        pages.append(page)
    return pages


def close(pages: list[Page]) -> None:
    for page in pages:
        page.context.close()


def test_fifty_fast_typings_end_with_the_list_of_what_was_typed_last(chromium, slow: str, app: FastAPI) -> None:
    pages = typists(chromium, slow, 4)
    assert wrong_lists(pages, app, 50) == 0
    close(pages)


def test_a_box_that_took_late_results_would_be_found(chromium, slow: str, app: FastAPI) -> None:
    script = TestClient(app).get("/static/app.js").text
    pages = typists(chromium, slow, 4, script.replace("if (mine === latest) show", "show"))
    # Chance decides which answer is late: on a busy machine a dozen typings may pass.
    assert any(wrong_lists(pages, app, 12) for _ in range(5))
    close(pages)


def test_the_box_is_a_combobox_by_the_written_practice(chromium, base: str) -> None:
    page = watch(chromium, base, base_url=base).go("/")
    box, options = page.get_by_role("combobox"), page.get_by_role("option")
    assert box.get_attribute("aria-autocomplete") == "list" and box.get_attribute("aria-controls") == "suggestions"
    box.press_sequentially("libraries")
    expect(options.first).to_be_visible()
    words = offered(page)
    assert len(words) > 3 and box.get_attribute("aria-expanded") == "true"
    assert box.get_attribute("aria-activedescendant") is None

    def active() -> int:
        selected = page.locator("#suggestions [aria-selected=true]").evaluate_all("all => all.map((one) => one.id)")
        assert selected == [one for one in [box.get_attribute("aria-activedescendant")] if one]
        assert page.evaluate("document.activeElement.id") == "q"
        return int(selected[0].split("-")[1]) if selected else -1

    walked = []
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
        walked.append(active())
    assert walked == [0, 1, 0, -1, len(words) - 1, -1, 0, -1]
    assert box.input_value() == "libraries"
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false" and not options.first.is_visible()
    page.keyboard.press("Alt+ArrowDown")
    assert box.get_attribute("aria-expanded") == "true" and active() == -1
    page.keyboard.press("Alt+ArrowUp")
    assert box.get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=*")
    assert page.locator("#q").input_value() == words[0]
    page.context.close()


def suggesting(chromium, base: str) -> tuple[Page, Locator]:
    """A page whose box offers something, and the box."""
    page = chromium.new_page()
    page.goto(base)
    box = page.locator("#q")
    box.press_sequentially("libr")
    page.locator("#suggestions li").first.wait_for()
    return page, box


def test_what_is_typed_on_is_no_longer_what_was_pointed_at(chromium, base: str) -> None:
    page, box = suggesting(chromium, base)
    box.press("ArrowDown")
    box.press_sequentially("ary fees")
    box.press("Enter")
    page.wait_for_url("**/?q=library+fees")
    page.close()


def test_a_list_goes_where_the_next_is_refused(chromium, base: str) -> None:
    page, box = suggesting(chromium, base)
    page.route("**/api/suggest?*", lambda route: route.fulfill(status=429, json={"detail": "Too many."}))
    box.press_sequentially("zzz")
    page.wait_for_timeout(800)
    assert not offered(page) and box.get_attribute("aria-expanded") == "false"
    page.close()


def test_enter_beside_an_opinion_says_neither_yes_nor_no(chromium, base: str) -> None:
    page = chromium.new_page()
    page.goto(f"{base}/?q=overdue+charges")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.locator("#reason").fill("This is wrong.")
    page.locator("#reason").press("Enter")
    page.wait_for_timeout(500)
    assert "POST" not in sent
    page.close()


def test_a_suggestion_can_be_clicked_and_leaving_the_box_shuts_the_list(chromium, base: str) -> None:
    page = watch(chromium, base, base_url=base).go("/")
    page.get_by_role("combobox").press_sequentially("sls")
    assert page.get_by_role("option").first.inner_text().startswith("SLS: School Library Service")
    page.keyboard.press("Tab")
    assert not page.get_by_role("option").first.is_visible()
    page.get_by_role("combobox").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("option").first.click()
    page.wait_for_url("**/?q=SLS")
    page.context.close()


def test_what_is_spoken_is_one_message_for_each_settled_query(chromium, base: str) -> None:
    page, heard = watch(chromium, base, base_url=base).page, list[str]()
    page.expose_function("hear", lambda said: heard.extend([said]))
    page.add_init_script(
        """addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
             const said = document.querySelector("[role=status]").textContent;
             if (said) hear(said);
           }).observe(document.querySelector("[role=status]"), { childList: true }))"""
    )
    page.goto("/")
    page.locator("#q").press_sequentially("overdue charges", delay=40)
    page.wait_for_timeout(1_200)
    page.locator("#q").press_sequentially(" zzz", delay=40)
    page.wait_for_timeout(1_200)
    page.locator("#q").fill("")
    page.locator("#q").press_sequentially("sls", delay=40)
    page.wait_for_timeout(1_200)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    page.locator("#q").fill("overdue charges")
    page.keyboard.press("Enter")
    page.wait_for_timeout(800)
    found = page.locator("#results").inner_text()
    page.goto('/?q="nobody ever wrote this"')
    page.wait_for_timeout(800)
    page.goto("/?kind=position")
    page.wait_for_timeout(800)
    positions = page.locator("#results").inner_text()
    answer = page.request.get("/api/ask?q=overdue+charges").json()["state"]
    spoken = {"answered": "What we have published", "partly": "Part of an answer"}.get(
        answer, "We have not published an answer to this"
    )
    assert heard == [
        "4 suggestions.",
        "No suggestions.",
        "1 suggestion.",
        f"{spoken}. {found}.",
        "We have not published on this. No publications.",
        f"{positions}.",
    ]
    page.context.close()


def test_the_shortcuts_lead_to_the_box_until_they_are_switched_off(chromium, base: str) -> None:
    page = watch(chromium, base, base_url=base).go(WORDS)
    for keys in ("/", "Control+k", "Meta+k"):
        page.locator(".house-foot a").first.focus()
        page.keyboard.press(keys)
        assert page.evaluate("document.activeElement.id") == "q", keys
    page.keyboard.type("/")
    assert page.locator("#q").input_value() == "/"
    switch = page.get_by_role("button", name="Keyboard shortcuts")
    switch.click()
    for _ in range(2):
        assert switch.get_attribute("aria-pressed") == "false"
        for keys in ("/", "Control+k"):
            page.locator(".house-foot a").first.focus()
            page.keyboard.press(keys)
            assert page.evaluate("document.activeElement.id") != "q", keys
        page.reload()
    switch.click()
    page.locator(".house-foot a").first.focus()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.context.close()


def forty_addresses() -> list[str]:
    """Searches as they come about: questions and words, filters, dates, orders and pages."""
    rng = Random(41)
    questions = [json.loads(line)["text"] for line in (FOLDER / "queries.jsonl").read_text("utf-8").splitlines()]
    pairs = [
        [
            ("q", rng.choice(("", rng.choice(questions), rng.choice(TYPED), '"late books" -school'))),
            *rng.sample(
                [("kind", "position"), ("kind", "update"), ("kind", "report"), ("tag", "funding")], rng.randrange(3)
            ),
            *rng.sample([("since", "2014"), ("until", "May 2021"), ("sort", "date"), ("page", "2")], rng.randrange(3)),
            ("utm_source", "letter"),
        ]
        for _ in range(40)
    ]
    return [f"/?{urlencode(one)}" for one in pairs]


def shown(page: Page) -> list[str]:
    return page.locator(".hit h3 a, .recent h3 a").evaluate_all("all => all.map((one) => one.href)")


@pytest.mark.slow
def test_forty_addresses_show_the_same_in_a_fresh_browser_and_back_leads_to_where_one_stood(
    chromium, base: str
) -> None:
    rng = Random(43)
    page = watch(chromium, base, base_url=base, viewport={"width": 1000, "height": 600}, reduced_motion="reduce").page
    for address in forty_addresses():
        page.goto(address)
        documents, links = (
            shown(page),
            page.locator("main a[href*='/documents/'], .refine a, .house-foot a").filter(visible=True),
        )
        link = links.nth(rng.randrange(links.count()))
        link.focus()
        page.evaluate("(by) => scrollBy({ top: by, behavior: 'instant' })", rng.randrange(-80, 80))
        before = page.evaluate("scrollY"), link.get_attribute("href")
        with page.expect_event("load"):
            page.keyboard.press("Enter")
        page.go_back()
        page.wait_for_function("(wanted) => Math.abs(scrollY - wanted) < 2", arg=before[0])
        assert page.evaluate("document.activeElement.getAttribute('href')") == before[1], address
        fresh = chromium.new_context()
        other = fresh.new_page()
        other.goto(page.url)
        assert shown(other) == documents == shown(page), address
        fresh.close()
    page.context.close()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("address", ["/", WORDS, f"/?q={QUESTION}", "/status"])
def test_a_page_is_light_and_keeps_still(chromium, base: str, address: str, width: int) -> None:
    page = watch(chromium, base, base_url=base, viewport={"width": width, "height": 800}).page
    page.add_init_script(
        """window.shift = 0;
           new PerformanceObserver((list) => list.getEntries().forEach((one) => (window.shift += one.value)))
             .observe({ type: "layout-shift", buffered: true })"""
    )
    page.goto(address, wait_until="networkidle")
    if page.locator("#q").count():
        page.locator("#q").fill("")
        page.locator("#q").press_sequentially("lib")
        expect(page.get_by_role("option").first).to_be_visible()
    page.wait_for_timeout(200)
    sizes = page.evaluate(
        "performance.getEntries().filter((e) => 'transferSize' in e).reduce((sum, e) => sum + e.transferSize, 0)"
    )
    assert 0 < sizes <= 100_000
    assert page.evaluate("shift") <= 0.02
    page.context.close()


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("address", ["/", f"/?q={QUESTION}", "/status"])
def test_what_is_still_to_come_moves_nothing_that_is_there(chromium, base: str, address: str, width: int) -> None:
    page = watch(chromium, base, base_url=base, viewport={"width": width, "height": 800}).page
    page.goto(address)
    moved = page.evaluate(
        """() => {
             const blocks = [...document.querySelectorAll("main :is(li, blockquote, table)")];
             const place = (block) => {
               const { x, y, width } = block.getBoundingClientRect();
               return `${x} ${y} ${width}`;
             };
             const before = blocks.map(place);
             return blocks.reverse().filter((block) => {
               if (place(block) !== before[blocks.length - 1 - blocks.indexOf(block)]) return true;
               block.remove();
             }).map((block) => block.outerHTML.slice(0, 80));
           }"""
    )
    assert not moved
    page.context.close()
