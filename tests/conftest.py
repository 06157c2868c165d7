"""Fixtures that every test may ask for."""

import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from answers import library
from browser import chromium
from fastapi.testclient import TestClient
from reading import known

from eval.sample.site import MEMBERS_AUTHORIZATION, SampleSite, serve
from index.compiled import compile_model
from index.weights import DEFAULT_MODEL
from ingest.records import Audience
from service.api import create_app
from service.home import Home, open_home
from service.serving import ServingDesk

__all__ = ["chromium", "closed_port", "known", "library", "models", "real", "sample_home", "sample_site"]

# Kept between runs of the tests, as a home keeps it between crawls: the conversion is checked, then never changes.
MODELS = Path(__file__).resolve().parents[1] / ".venv" / "test-models"


LOOPBACK = ("127.", "::1", "::ffff:127.", "localhost")
OUTSIDE: list[str] = []


def _watch(event: str, told: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(told[1], tuple) and not told[1][0].startswith(LOOPBACK):
        OUTSIDE.append(f"{told[1]}")


sys.addaudithook(_watch)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """No test may have tried to reach another machine."""
    if OUTSIDE:
        print(f"\nconnections to other machines were tried: {sorted(set(OUTSIDE))}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def _left_behind(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests leave in folders of their own making goes when pytest's own folders do."""
    tempfile.tempdir = str(tmp_path_factory.mktemp("left"))


@pytest.fixture(scope="session")
def models() -> Path:
    """A folder holding the default model, compiled."""
    compile_model(DEFAULT_MODEL, MODELS)
    return MODELS


@pytest.fixture
def closed_port() -> int:
    """A port of this machine on which nothing listens, nor on the next one, where a demo serves its site."""
    while True:
        with socket.socket() as taken, socket.socket() as following:
            taken.bind(("127.0.0.1", 0))
            port = int(taken.getsockname()[1])
            with suppress(OSError, OverflowError):
                following.bind(("127.0.0.1", port + 1))
                return port


@pytest.fixture(scope="session")
def sample_site() -> Iterator[SampleSite]:
    """The sample association's web site on loopback."""
    with serve() as site:
        yield site


@pytest.fixture(scope="session")
def sample_home(sample_site: SampleSite, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with the sample association crawled, catalogued and published by the real thing. Do not change it."""
    from service.crawling import update
    from service.pipeline import silent

    path = tmp_path_factory.mktemp("sample-home")
    shutil.copytree(models, path / "models")
    login = {"crawl.login_header": "Authorization", "crawl.login_value": MEMBERS_AUTHORIZATION}
    home = open_home(path, {"name": "The sample association", "crawl.loopback": True, **login})
    # In a thread of its own, because a browser's driver may be running an event loop in this one.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(update, home, [f"{sample_site.url}/"], silent).result()
    return home


@pytest.fixture(scope="session")
def real(sample_home: Home) -> TestClient:
    """A visitor of the pages over the sample association. They are shared: say nothing there."""
    return TestClient(create_app(ServingDesk(sample_home, Audience.PUBLIC)))
