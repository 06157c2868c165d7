"""What editors decide about related articles: obeyed at once, by page or by kind, until its last day."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from program import muniment
from room import Room, paper

from index.search import Searcher
from ingest.records import MEMBERS, Audience, Kind
from service.cli import muniment as program
from service.errors import BadSetting
from service.pins import CHOSEN, Act, Pin, Pins, orphans, related

TODAY = date(2026, 11, 23)
WORDS = "The court may make a guardian order for the child."
PAPERS = [paper(name, f"{WORDS} {name} {name}.", title=f"Guardian {name}") for name in ("grant", "panel", "fund")]
PRESS = replace(paper("press", f"{WORDS} nurse.", title="Nurse"), kind=Kind.PRESS)
BUSES = paper("buses", "Home to school transport costs more.", title="Buses")


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    room = Room(tmp_path_factory.mktemp("pins"))
    room.put(*PAPERS, PRESS, BUSES)
    room.publish()
    return room.searcher()


def pin(act: str, what: str, on: str = "", on_kind: Kind | None = None, until: date | None = None) -> Pin:
    return Pin(Act(act), what, on, on_kind, "A. Editor", "Because.", until)


def names(searcher: Searcher, pins: Pins, page: int = 0, limit: int = 5) -> list[str]:
    return [item.document.url.rsplit("/", 1)[1] for item in related(searcher, pins, PAPERS[page].id, limit)]


@pytest.fixture
def pins(tmp_path: Path) -> Pins:
    return Pins(tmp_path / "pins.json", today=lambda: TODAY)


def test_without_decisions_the_table_speaks(searcher: Searcher, pins: Pins) -> None:
    assert set(names(searcher, pins)) == {"panel", "fund", "press"}
    assert pins.edition("g") == "g"


def test_what_is_pinned_stands_first_once_and_what_is_banned_nowhere(searcher: Searcher, pins: Pins) -> None:
    pins.write((pin("pin", BUSES.url), pin("pin", PRESS.url), pin("ban", PAPERS[1].url)))
    assert names(searcher, pins) == ["buses", "press", "fund"]
    assert names(searcher, pins, limit=1) == ["buses"]
    assert related(searcher, pins, PAPERS[0].id, 1)[0].reason == CHOSEN
    assert "Because." not in str(related(searcher, pins, PAPERS[0].id, 5))
    assert pins.edition("g").startswith("g-")


@pytest.mark.parametrize(
    ("ban", "shown"),
    [
        (pin("ban", PRESS.url), False),
        (pin("ban", PRESS.url, on=PAPERS[0].url), False),
        (pin("ban", PRESS.url, on=PAPERS[1].url), True),
        (pin("ban", PRESS.url, until=date(2026, 11, 22)), True),
        (pin("ban-kind", "press"), True),
    ],
)
def test_what_is_banned_is_not_shown_though_it_is_pinned(searcher: Searcher, pins: Pins, ban: Pin, shown: bool) -> None:
    for decisions in ((pin("pin", PRESS.url), ban), (ban, pin("pin", PRESS.url))):
        pins.write(decisions)
        assert ("press" in names(searcher, pins)) == shown


@pytest.mark.parametrize(
    ("decision", "here", "there"),
    [
        (pin("ban-kind", "press"), False, False),
        (pin("ban-kind", "press", on=PAPERS[0].url), False, True),
        (pin("ban", PRESS.url, on_kind=Kind.PRESS), True, True),
        (pin("ban", PRESS.url, on_kind=PAPERS[0].kind), False, False),
        (pin("ban", PRESS.url, until=TODAY), False, False),
        (pin("ban", PRESS.url, until=date(2026, 11, 22)), True, True),
    ],
)
def test_by_page_by_kind_and_until_its_last_day(
    searcher: Searcher, pins: Pins, decision: Pin, here: bool, there: bool
) -> None:
    pins.write((decision,))
    assert ("press" in names(searcher, pins, 0), "press" in names(searcher, pins, 1)) == (here, there)


def test_a_page_is_never_pinned_to_itself_and_what_is_gone_is_not_shown(searcher: Searcher, pins: Pins) -> None:
    pins.write((pin("pin", PAPERS[0].url), pin("pin", "https://example.org/gone")))
    assert set(names(searcher, pins)) == {"panel", "fund", "press"}


def test_a_ban_holds_where_members_are_shown_another_text(tmp_path: Path, pins: Pins) -> None:
    room = Room(tmp_path / "members")
    own = replace(PAPERS[1], url=PAPERS[1].url + MEMBERS, audience=Audience.MEMBERS)
    room.put(*PAPERS, own)
    room.publish(Audience.MEMBERS)
    searcher = room.searcher(Audience.MEMBERS)
    assert any(name.startswith("panel") for name in names(searcher, pins))
    pins.write((pin("ban", PAPERS[1].url),))
    assert names(searcher, pins) == ["fund"]


def test_what_has_no_effect_is_told(searcher: Searcher, pins: Pins) -> None:
    gone = "https://example.org/gone"
    told = [pins.fate(one, searcher) for one in (pin("ban", gone), pin("ban-kind", "press", on=gone))]
    assert told == [f"{gone} is not in the index"] * 2
    assert pins.fate(pin("pin", BUSES.url, until=date(2026, 1, 1)), searcher) == "has run out"
    assert pins.fate(pin("ban-kind", "press"), searcher) == ""


def test_a_broken_file_is_named_and_leaves_the_last_good_one_in_force(searcher: Searcher, tmp_path: Path) -> None:
    file = tmp_path / "pins.json"
    pins = Pins(file)
    pins.write((pin("ban", PRESS.url),))
    assert "press" not in names(searcher, pins)
    for harm in (b"[{", b'[{"owner": "Jos\xe9"}]'):
        file.write_bytes(harm)
        assert "press" not in names(searcher, pins)
        with pytest.raises(BadSetting, match=r"pins\.json"):
            pins.read()


def test_orphans_and_dead_ends_are_reported(searcher: Searcher, pins: Pins) -> None:
    found = orphans(searcher, pins, 5)
    assert [[card.url for card in cards] for cards in found.values()] == [[BUSES.url], [BUSES.url]]
    pins.write((pin("pin", BUSES.url),))
    assert BUSES.url not in [card.url for card in orphans(searcher, pins, 5)["never recommended"]]


def test_the_command_adds_and_takes_back(tmp_path: Path) -> None:
    add = ("pin", "add", "--home", tmp_path, "--owner", "A. Editor", "--reason", "Because.")
    assert muniment(*add, "ban-kind", "press", "--until", "2999-12-31").returncode == 0
    assert muniment(*add, "pin", "https://EXAMPLE.org/a#b", "--on-kind", "update").returncode == 0
    assert muniment(*add, "ban", "press").returncode == 2
    first, second = json.loads((tmp_path / "pins.json").read_text())
    assert (first["what"], first["until"]) == ("press", "2999-12-31")
    assert (second["what"], second["on_kind"]) == ("https://example.org/a", "update")
    written = (tmp_path / "pins.json").stat().st_mtime_ns
    none = muniment("pin", "remove", "3", "--home", tmp_path)
    assert (none.returncode, none.stdout) == (1, "") and "`muniment pin list` shows which there are" in none.stderr
    assert (tmp_path / "pins.json").stat().st_mtime_ns == written
    assert muniment("pin", "remove", "1", "--home", tmp_path).returncode == 0
    assert [one["act"] for one in json.loads((tmp_path / "pins.json").read_text())] == ["pin"]


def test_of_two_who_decide_at_once_none_is_lost(tmp_path: Path) -> None:
    add = ("pin", "add", "--home", tmp_path, "--owner", "A. Editor", "--reason", "Because.", "ban")
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda number: muniment(*add, f"https://example.org/{number}"), range(3)))
    assert {one.returncode for one in done} <= {0, 75}
    assert len(json.loads((tmp_path / "pins.json").read_text())) == sum(one.returncode == 0 for one in done)


@pytest.mark.parametrize(
    "arguments",
    [
        ("pin", BUSES.url, "--on", "www.example.org/about"),
        ("pin", BUSES.url, "--on", "nonsense"),
        ("pin", BUSES.url, "--on", ""),
        ("ban", "not a url"),
    ],
)
def test_what_is_no_address_is_refused_and_becomes_no_rule_for_every_page(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    words = ("pin", "add", *arguments, "--owner", "A. Editor", "--reason", "Because.", "--home", str(tmp_path))
    refused = CliRunner().invoke(program, words)
    assert refused.exit_code == 2
    assert "write it like https://www.example.org/page/" in refused.output
    assert not (tmp_path / "pins.json").exists()
