"""What the keepers see of the running service: counts and times for Prometheus, and a line of JSON for each request.

Neither says what was asked: a route is named by its pattern, and queries, keys and addresses of visitors are left out.
"""

import json
import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from uuid import uuid4

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.serving import ServingDesk

_BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 1, 5)
_request: ContextVar[str] = ContextVar("request", default="")
_log = logging.getLogger("muniment.access")


class JsonLines(logging.Formatter):
    """One JSON object a line, in UTC, with the id of the request that it is about."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"at": at, "level": record.levelname.lower(), "from": record.name, "request": _request.get()}
        said |= {"message": record.getMessage()}
        said |= {"trace": self.formatException(record.exc_info)} if record.exc_info else {}
        return json.dumps(said | getattr(record, "facts", {}))


class Telemetry:
    """ASGI middleware: gives each request an id, times it, counts it under its route and logs it."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._seconds = Histogram(
            "muniment_request_seconds", "Time to the whole answer", ["route"], buckets=_BUCKETS, registry=registry
        )
        self._answers = Counter("muniment_answers", "Answers by status", ["route", "status"], registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and take note of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id, began, status = uuid4().hex, time.perf_counter(), 500
        _request.set(id)

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = id
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route, seconds = _route(scope), time.perf_counter() - began
            self._seconds.labels(route).observe(seconds)
            self._answers.labels(route, status).inc()
            facts = {"method": _method(scope), "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            _log.info("answered", extra={"facts": facts})


def counting(desk: ServingDesk, registry: CollectorRegistry) -> APIRouter:
    """The route that Prometheus reads."""

    def gauge(name: str, said: str, read: Callable[[], float]) -> None:
        Gauge(f"muniment_{name}", said, registry=registry).set_function(read)

    gauge("generation_made_seconds", "When the index was made (Unix)", lambda: desk.searcher.made_at.timestamp())  # noqa: PLW0108
    gauge("degraded", "1 where the index in force is damaged and one before answers", lambda: desk.degraded)
    gauge("crawl_failures", "Pages that the last crawl could not take", lambda: len(desk.note().failures))
    gauge("documents", "Documents held", lambda: sum(many for *_, many in desk.searcher.census()))
    routes = APIRouter(tags=["keeping"])

    @routes.get("/metrics", response_class=Response)
    def metrics() -> Response:
        """Counts and times in Prometheus' text format."""
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    return routes


def _route(scope: Scope) -> str:
    if "route" in scope:
        return str(getattr(scope["route"], "path", "other"))
    return "/static" if "endpoint" in scope else "other"


def _method(scope: Scope) -> str:
    return str(scope["method"]) if scope["method"] in ("GET", "HEAD", "POST") else "other"
