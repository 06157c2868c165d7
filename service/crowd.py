"""What is done when too much is asked: at once, by one visitor, or in one request. Said early, and cheaply."""

import asyncio
import math
import time
from collections.abc import Callable
from http import HTTPStatus

from jinja2 import Environment
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems import Problem, respond

# Where searches take 35 ms of a processor, as many on two of them keep the slowest below three times the usual.
AT_ONCE = 8
MOST_BYTES = 512 << 10
BODY_SECONDS = 10
_FREE = ("/healthz", "/readyz", "/metrics", "/static/", "/widget.js")
_OWN = ("127.0.0.1", "::1", "testclient")


class Crowd:
    """ASGI middleware: at most ``AT_ONCE`` requests at work, ``per_minute`` from one visitor, bodies of a fair size."""

    def __init__(
        self, app: ASGIApp, templates: Environment, per_minute: int, visitor: Callable[[Request], str]
    ) -> None:
        self._app, self._templates, self._visitor = app, templates, visitor
        self._rate = RateLimitItemPerMinute(per_minute) if per_minute else None
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._working = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it at once."""
        path = str(scope.get("path", "")).removeprefix(str(scope.get("root_path", "")))
        if scope["type"] != "http" or path.startswith(_FREE):
            await self._app(scope, receive, send)
            return
        try:
            request = Request(scope)
            self._count(request)
            receive = await _whole(request, receive)
            if self._working >= AT_ONCE:
                raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too much is asked at once.", "Wait a second.", _after(1))
        except Problem as problem:
            await respond(Request(scope), problem, self._templates)(scope, receive, send)
            return
        await self._work(scope, receive, send)

    async def _work(self, scope: Scope, receive: Receive, send: Send) -> None:
        at_work = True
        self._working += 1

        async def released(message: Message) -> None:
            nonlocal at_work
            # The work is done when the answer begins: whoever reads it slowly holds up nobody.
            self._working -= at_work
            at_work = False
            await send(message)

        try:
            await self._app(scope, receive, released)
        finally:
            self._working -= at_work

    def _count(self, request: Request) -> None:
        visitor = self._visitor(request)
        if self._rate is None or visitor in _OWN or self._limiter.hit(self._rate, visitor):
            return
        wait = math.ceil(self._limiter.get_window_stats(self._rate, visitor).reset_time - time.time())
        detail, remedy = f"More than {self._rate.amount} requests in a minute.", "Ask less often."
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, remedy, _after(max(wait, 1)))


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
