"""The pictures in README and docs are of the program as it is: taken anew, they say and look the same.

``SCREENSHOTS=1 pytest tests/test_screenshots.py`` puts them in place after a change that is meant.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from browser import served, watch
from PIL import Image, ImageChops, ImageStat
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, Page, expect
from shelf import TODAY
from test_page_tasks import QUESTION

from eval.commands.demo import ASKED, NAME
from ingest.records import Audience
from service.api import create_app
from service.home import Home
from service.serving import ServingDesk

pytestmark = pytest.mark.browser
DOCS = Path(__file__).resolve().parents[1] / "docs"
# Of 255, the mean difference of blocks of 40 pixels. Measured: other fonts up to 11.8, no style sheet 13.3 to 45, but
# for the wide page of answers, 12.0, whose text is large in either.
ALIKE, BLOCK = 12.5, 40
_PASSING = re.compile(r"\d+ \w+ \d{4}, \d\d:\d\d UTC|127\.0\.0\.1:\d+|\b[0-9a-f]{16}\b")
_WORDS = "shows"


def type_and_wait(page: Page) -> None:
    page.locator("#q").press_sequentially("lib")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")


def stay(page: Page) -> None:
    """As it opens."""


# What the pictured parts say whatever the collection answers.
SAID = ".house, .box, .answer h2, .sources-title, .feedback"
PICTURES = {
    "search": (f"/?q={QUESTION}", 1280, "light", stay, SAID),
    "search-dark": (f"/?q={QUESTION}", 768, "dark", stay, SAID),
    "search-narrow": (f"/?q={QUESTION}", 320, "light", stay, SAID),
    "suggestions": ("/", 1280, "light", type_and_wait, ".house, .box label, h1, .questions"),
    "status": ("/status", 1280, "light", stay, "h1, h2, .figures dt, .failures"),
}


@pytest.fixture(scope="module")
def base(sample_home: Home) -> Iterator[str]:
    settings = replace(sample_home.settings, name=NAME, questions=ASKED)
    desk = ServingDesk(Home(sample_home.path, settings), Audience.PUBLIC)
    with served(create_app(desk, now=lambda: TODAY)) as address:
        yield address


def take(chromium: Browser, base: str, name: str, to: Path, style: bool = True) -> Path:
    """A picture, and within it the words that it shows; what passes with the hour is left out of those."""
    address, width, scheme, act, css = PICTURES[name]
    page = watch(chromium, base, viewport={"width": width, "height": 1000}, color_scheme=scheme).page
    if not style:
        page.route("**/*.css*", lambda route: route.abort())
    page.goto(base + address)
    act(page)
    told = PngInfo()
    told.add_itxt(_WORDS, _PASSING.sub("…", " ".join(" ".join(page.locator(css).all_inner_texts()).split())))
    picture = page.screenshot(animations="disabled", caret="hide")
    Image.open(BytesIO(picture)).convert("RGB").save(to / f"{name}.png", pnginfo=told, optimize=True)
    page.context.close()
    return to / f"{name}.png"


def words(picture: Path) -> str:
    with Image.open(picture) as image:
        image.load()
        return str(image.text[_WORDS])


def difference(one: Path, other: Path) -> float:
    """How unlike two pictures are, seen from afar."""
    both = [Image.open(picture).convert("L") for picture in (one, other)]
    afar = [image.resize((image.width // BLOCK, image.height // BLOCK), Image.Resampling.BOX) for image in both]
    return float(ImageStat.Stat(ImageChops.difference(*afar)).mean[0])


@pytest.mark.parametrize("name", PICTURES)
def test_each_picture_shows_the_program_as_it_is(chromium: Browser, base: str, tmp_path: Path, name: str) -> None:
    taken = take(chromium, base, name, DOCS if os.environ.get("SCREENSHOTS") else tmp_path)
    remedy = "If the change is meant: SCREENSHOTS=1 pytest tests/test_screenshots.py"
    assert words(taken) == words(DOCS / f"{name}.png"), remedy
    assert difference(taken, DOCS / f"{name}.png") < ALIKE, remedy


def test_a_picture_of_what_is_no_longer_so_would_be_found(chromium: Browser, base: str, tmp_path: Path) -> None:
    plain = take(chromium, base, "search-narrow", tmp_path, style=False)
    assert difference(plain, DOCS / "search-narrow.png") > ALIKE
    assert words(DOCS / "search.png") != words(DOCS / "status.png")


def test_every_picture_is_shown_and_every_picture_shown_is_one_that_is_taken() -> None:
    pages = [DOCS.parent / "README.md", *DOCS.glob("*.md")]
    shown = {
        Path(name).stem for page in pages for name in re.findall(r"!\[[^]]+\]\(([^)]+)\)", page.read_text("utf-8"))
    }
    assert shown == set(PICTURES) == {file.stem for file in DOCS.glob("*.png")}
