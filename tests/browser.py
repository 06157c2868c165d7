"""A real chromium for tests, Debian's or whichever is found, and a server for it to visit."""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import uvicorn
from playwright.sync_api import Browser, Locator, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # It would ask for its maker's machines by name whatever else it is told.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)


def find_chromium() -> str | None:
    """The path of a chromium on this machine."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


# Its driver keeps an event loop running in this thread: gone by the end of a module, it is in no other test's way.
@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A headless chromium with an empty profile."""
    path = find_chromium()
    if path is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(_QUIET))
        yield browser
        browser.close()


@contextmanager
def served(app: object) -> Iterator[str]:
    """Serve an ASGI app on a free loopback port; gives its address, without a slash at the end."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@dataclass
class Watched:
    """A page with a record of what it tried: other hosts, policy reports, dialogs, errors."""

    page: Page
    base: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def go(self, address: str) -> Page:
        self.page.goto(self.base + address)
        return self.page

    @property
    def strangers(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(self.base)]


def watch(browser: Browser, base: str, **options: object) -> Watched:
    watched = Watched(browser.new_context(**options).new_page(), base)
    watched.page.set_default_timeout(15_000)
    watched.page.on("request", lambda request: watched.requests.append(request.url))
    watched.page.on("pageerror", lambda error: watched.complaints.append(f"error: {error}"))
    watched.page.on("dialog", lambda dialog: (watched.complaints.append("dialog"), dialog.dismiss()))
    watched.page.on("console", lambda said: watched.complaints.append(said.text) if said.type == "error" else None)
    return watched


def tab_to(page: Page, wanted: Locator, key: str = "Tab", most: int = 250) -> Locator:
    """Press Tab until ``wanted`` has the focus, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press(key)
        if wanted.first.evaluate("one => one === document.activeElement"):
            return wanted.first
    raise AssertionError(f"{key} does not lead to {wanted}")
