"""A real site on loopback, from the collection beside the checkout, with a note of every answer that it gave."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"
SERVER = SHARED / "tools" / "serve_carpentries.py"
# The server leaves its list of articles open.
MARKS = [
    pytest.mark.skipif(not SERVER.exists(), reason="the site of the collections is not beside the checkout"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def carpentries() -> ModuleType:
    """The server's own module; the test that asks is skipped where the package it renders with is not installed."""
    pytest.importorskip("markdown", reason="the fixture site is rendered by the package markdown: pip install markdown")
    spec = importlib.util.spec_from_file_location("serve_carpentries", SERVER)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Served:
    """The site being served: its address, and the (path, status) of each answer, in order."""

    url: str
    site: Any
    answers: list[tuple[str, int]] = field(default_factory=list)


@contextmanager
def serving(posts: int = 100_000, theme: str = "semantic") -> Iterator[Served]:
    """Serve the newest ``posts`` of the site."""
    module = carpentries()

    class Handler(module.Handler):  # type: ignore[misc, name-defined]
        def respond(self, status: int, *rest: Any, **more: Any) -> None:
            served.answers.append((urlsplit(self.path).path, status))
            super().respond(status, *rest, **more)

    class Server(ThreadingHTTPServer):
        def handle_error(self, *what: Any) -> None:
            """A reader that was killed leaves its answer half taken; anything else is told."""
            if not isinstance(sys.exc_info()[1], ConnectionError):
                super().handle_error(*what)

    with Server(("127.0.0.1", 0), Handler) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        served = Served(url, module.Site(theme, posts))
        served.site.base = url
        server.site, server.delay = served.site, 0.0  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
