"""Several processes that serve one index: they answer alike, are counted together, replaced and stopped together."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from load import Service, running
from program import muniment

from service.home import Home
from service.keys import Keys, Scope

ASKED = 40


@pytest.fixture
def home(sample_home: Home, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_home.path, tmp_path / "home"))


@pytest.fixture
def service(home: Path, closed_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    # Where the processes keep what they count, as any temporary file.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with running(home, closed_port, tmp_path / "log", "--workers", "2") as service:
        get(f"{service.base}/readyz")
        yield service


def get(address: str, key: str = "") -> str:
    """An answer over a connection of its own: whichever process takes it."""
    with urlopen(Request(address, headers={"Authorization": f"Bearer {key}"} if key else {})) as answer:
        return str(answer.read().decode())


def workers(service: Service) -> set[int]:
    """The processes that serve: children of the one that was started, but for the one that tidies up after them."""
    told = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
    return {int(id) for id in told if "spawn_main" in typed(id)}


def typed(id: str) -> str:
    """How a process was started; "" for one that is no more."""
    try:
        return Path(f"/proc/{id}/cmdline").read_text()
    except OSError:
        return ""


def soon(true: Callable[[], bool]) -> bool:
    return any(true() or time.sleep(0.2) for _ in range(300))


def test_both_answer_alike_and_are_counted_together(service: Service, home: Path, tmp_path: Path) -> None:
    key, asked = Keys(home / "desk.sqlite").add("Root", Scope.ADMIN), f"{service.base}/api/search?q=mobile+libraries"

    def counted() -> set[str]:
        return {file.stem for file in tmp_path.glob("*/counter_*.db")}

    assert soon(lambda: bool(get(asked)) and len(counted()) == 2)
    before = answered(get(f"{service.base}/metrics", key))
    with ThreadPoolExecutor(4) as visitors:
        assert len(set(visitors.map(get, [asked] * ASKED))) == 1
        told = set(visitors.map(lambda _: answered(get(f"{service.base}/metrics", key)), range(8)))
    # Whoever is asked tells of both.
    assert told == {before + ASKED}


def answered(metrics: str) -> float:
    [line] = [line for line in metrics.splitlines() if line.startswith('muniment_answers_total{route="/api/search"')]
    return float(line.split()[-1])


def test_each_takes_up_what_is_published(service: Service, home: Path) -> None:
    asked = f"{service.base}/api/search?q=mobile+libraries&limit=1"
    before = json.loads(get(asked))
    victim = before["hits"][0]["document"]["url"]
    assert muniment("withdraw", victim, "--home", home).returncode == 0
    assert soon(lambda: all(json.loads(get(asked))["generation"] != before["generation"] for _ in range(20)))
    assert json.loads(get(asked))["hits"][0]["document"]["url"] != victim


def test_one_that_dies_is_replaced_and_all_end_together(service: Service) -> None:
    first = workers(service)
    assert len(first) == 2
    os.kill(min(first), signal.SIGKILL)
    assert soon(lambda: len(workers(service) - first) == 1)
    assert soon(lambda: '"ready"' in get(f"{service.base}/readyz"))
    last = workers(service)
    service.process.terminate()
    assert service.process.wait(timeout=30) == 0
    assert not [id for id in last if Path(f"/proc/{id}").exists()]


def test_none_outlives_the_one_that_started_them(service: Service) -> None:
    left = workers(service)
    service.process.kill()
    service.process.wait()
    assert soon(lambda: not any(Path(f"/proc/{id}").exists() for id in left))


@pytest.mark.parametrize(("flags", "set_to", "code"), [(("--workers", "0"), "1", 2), ((), "0", os.EX_CONFIG)])
def test_none_at_all_is_no_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...], set_to: str, code: int
) -> None:
    monkeypatch.setenv("MUNIMENT_SERVE_WORKERS", set_to)
    done = muniment("serve", "--home", tmp_path, *flags)
    assert (done.returncode, "workers" in done.stderr) == (code, True)


def test_without_an_index_none_is_started(tmp_path: Path) -> None:
    done = muniment("serve", "--home", tmp_path, "--workers", "2")
    assert (done.returncode, done.stdout) == (os.EX_UNAVAILABLE, "")


@pytest.mark.parametrize(("setting", "value"), [("LOOK_ACCENT", "red"), ("MODEL_NAME", "other")])
def test_what_none_of_them_can_start_with_stops_the_start(sample_home: Home, setting: str, value: str) -> None:
    done = muniment("serve", "--home", sample_home.path, "--workers", "2", seconds=30, **{f"MUNIMENT_{setting}": value})
    assert (done.returncode, done.stdout) == (os.EX_CONFIG, "")
    assert value in done.stderr
