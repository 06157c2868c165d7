"""The association's own look: what can be read is taken, what cannot stops the start with a remedy."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from shelf import House, ShelfDesk

from service.api import create_app
from service.config import LookSettings, read_settings
from service.errors import BadSetting
from service.look import contrast, logo, stylesheet

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>alert(1)</script><circle r="4"/></svg>'


def test_name_logo_and_colours_come_from_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "crest.svg").write_text(SVG)
    said = 'name = "Reading Rooms"\nquestions = ["Who pays?"]\n[look]\nlogo = "crest.svg"\naccent = "#7a1f3d"\n'
    (tmp_path / "muniment.toml").write_text(said)
    settings = read_settings(tmp_path, {}).settings
    client = TestClient(create_app(ShelfDesk(settings=settings)))  # type: ignore[arg-type]
    page = BeautifulSoup(client.get("/").text, "lxml")
    assert page.select_one(".house-name").get_text(strip=True) == "Reading Rooms"
    assert page.select_one(".questions a")["href"] == "?q=Who+pays%3F"
    shown = client.get(page.select_one(".house-name img")["src"])
    assert (shown.text, shown.headers["content-type"]) == (SVG, "image/svg+xml")
    assert "default-src 'self'" in shown.headers["content-security-policy"]  # opened alone, its script is barred
    style = client.get(page.select("link[rel=stylesheet]")[1]["href"])
    assert "--accent: #7a1f3d; --accent-ink: #ffffff;" in style.text
    assert "immutable" in style.headers["cache-control"]


def test_a_prefix_stands_before_logo_and_colours(tmp_path: Path) -> None:
    (tmp_path / "crest.svg").write_text(SVG)
    house = House(base_path="/library", look=LookSettings(logo=str(tmp_path / "crest.svg")))
    client = TestClient(create_app(ShelfDesk(settings=house)))
    page = BeautifulSoup(client.get("/library/").text, "lxml")
    for link in (page.select_one(".house-name img")["src"], *(one["href"] for one in page.select("head link"))):
        assert link.startswith("/library/") and client.get(link).status_code == 200


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (LookSettings(accent="red"), "a colour in look.accent, found 'red'"),
        (LookSettings(accent="#fff000; } body { display: none"), "a colour in look.accent"),
        (LookSettings(accent="#ffd700"), "Take one darker"),
        (LookSettings(accent_dark="#223322"), "Take one lighter"),
    ],
)
def test_a_colour_that_cannot_be_read_stops_the_start(look: LookSettings, said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        create_app(ShelfDesk(settings=House(look=look)))


@pytest.mark.parametrize("name", ["missing.svg", "logo.html"])
def test_a_logo_that_pages_cannot_show_stops_the_start(tmp_path: Path, name: str) -> None:
    (tmp_path / "logo.html").write_text("<p>")
    with pytest.raises(BadSetting, match=r"look\.logo"):
        logo(LookSettings(logo=str(tmp_path / name)))


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#0000ff", "#ffffff", 8.59)]
)
def test_contrast_is_as_wcag_counts_it(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)


@given(st.from_regex("#[0-9a-f]{6}", fullmatch=True))
def test_whatever_colour_is_taken_text_on_it_is_legible(colour: str) -> None:
    try:
        style = stylesheet(LookSettings(accent=colour))
    except BadSetting:
        assert contrast(colour, "#fbfaf6") < 4.5
    else:
        ink = style.split("--accent-ink: ")[1][:7]
        assert contrast(colour, ink) >= 4.5
