"""What is done when too much is asked: at once, by one visitor, or in one request. Said early, and cheaply."""

import asyncio
import math
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from http import HTTPStatus

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.config import ServeSettings
from service.errors import Problem

# More searches at once than processors answer no more, each later; nor do many in one interpreter.
SEARCHES, LOOKUPS = min(max(os.cpu_count() or 2, 2), 4), 64
# How long somebody waits for a place: long enough for a change of the index to pass. Once that was in vain for one, or
# so many wait that it will be, waiting helps nobody for a while (Maurer, "Fail at Scale", ACM Queue 2015).
PATIENCE_SECONDS, CROWDED_PATIENCE_SECONDS, CROWDED_SECONDS = 0.2, 0.01, 1
MOST_WAITING = 8
MOST_BYTES_ASKED = 16 << 10
MOST_BYTES = 512 << 10
BODY_SECONDS = 10
_FREE = ("/healthz", "/readyz", "/metrics", "/static/", "/widget.js")
_SEARCHING = ("/", "/api/search", "/api/ask")
_OWN = ("127.0.0.1", "::1")


class Crowd:
    """ASGI middleware: so many at work at once, so many a minute from one visitor, and bodies of a fair size.

    Raises Problem for what is refused.
    """

    def __init__(self, app: ASGIApp, serve: ServeSettings, visitor: Callable[[Request], str]) -> None:
        self._app, self._visitor = app, visitor
        self._rate = RateLimitItemPerMinute(serve.per_minute) if serve.per_minute else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        # The processors are shared by all processes; with one place alone a question would wait for one next door.
        searches = max(SEARCHES // serve.workers, 2)
        self._searches, self._lookups, self._free = Places(searches), Places(LOOKUPS), Places(sys.maxsize)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it at once."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        _weigh(request)
        places = self._places(request)
        receive = await _whole(request, receive)
        await places.find()
        await self._work(places, scope, receive, send)

    def _places(self, request: Request) -> "Places":
        """Where the request is at work; it is counted, unless it costs next to nothing. Raises Problem."""
        path = request.scope["path"].removeprefix(request.scope["root_path"])
        if path.startswith(_FREE):
            return self._free
        self._count(self._visitor(request))
        return self._searches if path in _SEARCHING or request.method == "POST" else self._lookups

    async def _work(self, places: "Places", scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as place:
            place.callback(places.leave)

            async def leave(message: Message) -> None:
                # The work is done when the answer begins: whoever reads it slowly holds up nobody.
                place.close()
                await send(message)

            await self._app(scope, receive, leave)

    def _count(self, visitor: str) -> None:
        if self._rate is None or visitor in _OWN or self._limiter.hit(self._rate, visitor):
            return
        wait = math.ceil(self._limiter.get_window_stats(self._rate, visitor).reset_time - time.time())
        detail, remedy = f"More than {self._rate.amount} requests in a minute.", "Ask less often."
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, remedy, _after(max(wait, 1)))


def _weigh(request: Request) -> None:
    """Raise Problem for an address or headers longer than any page or program of ours sends."""
    if len(request.scope["query_string"]) > MOST_BYTES_ASKED:
        raise Problem(HTTPStatus.REQUEST_URI_TOO_LONG, f"More than {MOST_BYTES_ASKED} bytes.", "Ask in fewer words.")
    if sum(len(name) + len(value) for name, value in request.scope["headers"]) > MOST_BYTES_ASKED:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        raise Problem(status, f"More than {MOST_BYTES_ASKED} bytes of headers.", "Send fewer.")


class Places:
    """So many at work at once."""

    def __init__(self, many: int) -> None:
        self._free = asyncio.Semaphore(many)
        self._waiting, self._crowded_until = 0, -math.inf

    async def find(self) -> None:
        """Take a place. Raises Problem where none becomes free."""
        clock = asyncio.get_running_loop().time
        self._waiting += 1
        if self._waiting > MOST_WAITING:
            self._crowded_until = clock() + CROWDED_SECONDS
        crowded = clock() < self._crowded_until
        try:
            async with asyncio.timeout(CROWDED_PATIENCE_SECONDS if crowded else PATIENCE_SECONDS):
                await self._free.acquire()
        except TimeoutError:
            self._crowded_until = clock() + CROWDED_SECONDS
            detail, remedy = "Too much is asked at once.", "Try again in a second."
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, remedy, _after(CROWDED_SECONDS)) from None
        finally:
            self._waiting -= 1

    def leave(self) -> None:
        """Give the place back."""
        self._free.release()


async def _whole(request: Request, receive: Receive) -> Receive:
    """The body read to its end before any work is done. Raises Problem for one that is too long or too slow."""
    if request.method in ("GET", "HEAD"):
        return receive
    too_long = Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"More than {MOST_BYTES} bytes.", "Send less text.")
    told = request.headers.get("content-length", "0")
    if not told.isdecimal() or int(told) > MOST_BYTES:
        raise too_long
    body, more = b"", True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while more:
                message = await receive()
                body, more = body + message.get("body", b""), message.get("more_body", False)
                if len(body) > MOST_BYTES:
                    raise too_long
    except TimeoutError:
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "The request did not end.", "Send it at once.") from None
    parts = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def again() -> Message:
        return next(parts, None) or await receive()

    return again


def _after(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)}
