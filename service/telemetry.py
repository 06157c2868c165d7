"""What the keepers see of the running service: counts and times for Prometheus, and a line of JSON for each request.

Neither says what was asked: a route is named by its pattern, and queries, keys and addresses of visitors are left out.
"""

import json
import logging
import time
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from uuid import uuid4

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
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

    def __init__(self, app: ASGIApp, registry: CollectorRegistry | None) -> None:
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
        id, method, began, status = uuid4().hex, _method(scope), time.perf_counter(), 500
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
            facts = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1)}
            _log.info("answered", extra={"facts": facts})


def registries(workers: int) -> tuple[CollectorRegistry | None, CollectorRegistry]:
    """Where a process counts, and what tells of all that serve: several keep counts in files, which are added up."""
    whole = CollectorRegistry()
    if workers == 1:
        return whole, whole
    from prometheus_client.multiprocess import MultiProcessCollector  # read late: one process alone needs none

    MultiProcessCollector(whole)  # type: ignore[no-untyped-call]
    return None, whole


class _Standing(Collector):
    """What a desk has at present."""

    def __init__(self, desk: ServingDesk) -> None:
        self._desk = desk

    def collect(self) -> Iterator[Metric]:
        desk, searcher = self._desk, self._desk.searcher
        documents = sum(many for *_, many in searcher.census())
        for name, said, value in (
            ("generation_made_seconds", "When the index was made (Unix)", searcher.made_at.timestamp()),
            ("degraded", "1 where the index in force is damaged and one before answers", desk.degraded),
            ("crawl_failures", "Pages that the last crawl could not take", len(desk.note().failures)),
            ("documents", "Documents held", documents),
        ):
            yield GaugeMetricFamily(f"muniment_{name}", said, value)


def counting(desk: ServingDesk, registry: CollectorRegistry) -> APIRouter:
    """The route that Prometheus reads."""
    registry.register(_Standing(desk))
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
