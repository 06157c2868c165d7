"""A web site for tests, on loopback: a table of paths, and a note of everything that was asked of it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Self, TypeVar

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run one test's coroutine, which must end within a minute."""
    return asyncio.run(asyncio.wait_for(coroutine, 60))


def answer(
    text: str = "", status: int = 200, headers: Mapping[str, str] | None = None, kind: str = "text/html"
) -> Handler:
    async def handle(_: web.Request) -> web.Response:
        return web.Response(text=text, status=status, headers=headers, content_type=kind)

    return handle


def redirect(target: str, status: int = 301) -> Handler:
    return answer(status=status, headers={"Location": target})


def html(title: str, *links: str, head: str = "", text: str = "") -> Handler:
    """A page with a validator, which knows when it has not changed."""
    anchors = "".join(f'<p><a href="{each}">{each}</a></p>' for each in links)
    body = f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1>{text}{anchors}</body></html>"
    return versioned(body.encode(), "text/html")


def versioned(body: bytes, kind: str) -> Handler:
    etag = f'"{sha256(body).hexdigest()[:16]}"'

    async def handle(request: web.Request) -> web.Response:
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, content_type=kind, headers={"ETag": etag})

    return handle


@dataclass
class Website:
    """Serves ``pages`` by path (with its query, else without), 404 for the rest; ``asked`` are the requests so far."""

    pages: dict[str, Handler]
    asked: list[web.BaseRequest] = field(default_factory=list)
    port: int = 0

    async def __aenter__(self) -> Self:
        self._runner = web.ServerRunner(web.Server(self._serve), handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}{path}"

    def paths(self) -> list[str]:
        """What was asked for, without robots.txt, sitemaps and made-up addresses."""
        shown = [request.path_qs for request in self.asked]
        return [path for path in shown if path in self.pages and path not in ("/robots.txt", "/sitemap.xml")]

    def add(self, pages: Mapping[str, Handler] | Iterable[tuple[str, Handler]]) -> None:
        self.pages.update(pages)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        handler = self.pages.get(request.path_qs) or self.pages.get(request.path) or answer("No such page.", 404)
        return await handler(request)
