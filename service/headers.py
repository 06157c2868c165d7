"""The headers every response carries, and those that let a page be kept until the next generation."""

from http import HTTPStatus
from urllib.parse import urlsplit

from jinja2 import Environment
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.problems import respond

_POLICY = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
_ALWAYS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # What is found here stands elsewhere, where search engines find it; the ways to narrow a search have no end.
    "X-Robots-Tag": "noindex, nofollow",
}
_READ_ELSEWHERE = ("/api/", "/related", "/widget.js")
_LASTING = "public, max-age=31536000, immutable"
_KEPT = "public, max-age=60, stale-while-revalidate=600, stale-if-error=86400"


class Prefixed:
    """ASGI middleware: the application stands under ``prefix``, whether or not the proxy takes it off."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its path as ASGI wants it: root path included."""
        path = str(scope.get("path", ""))
        if not f"{path}/".startswith(f"{self._prefix}/"):
            path = self._prefix + path
        await self._app({**scope, "root_path": self._prefix, "path": path}, receive, send)


class Headed:
    """ASGI middleware: HEAD is answered as GET is; the server, which was asked for the head, leaves the body out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, a HEAD as a GET."""
        if scope.get("method") == "HEAD":
            # In place: the route that is found is told outside. The server has its own: ``Prefixed`` copied it.
            scope["method"] = "GET"
        await self._app(scope, receive, send)


class SafeHeaders:
    """ASGI middleware: safe headers on every response, and a problem instead of a broken connection.

    ``shared`` says that anyone may read, keep and show elsewhere what is said here.
    """

    def __init__(self, app: ASGIApp, templates: Environment, shared: bool = True) -> None:
        self._app, self._templates, self._shared = app, templates, shared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; give its response the headers."""
        started = False
        # A mount changes both on the way.
        path = str(scope.get("path", "")).removeprefix(str(scope.get("root_path", "")))
        is_asset = path.startswith(("/static/", "/look.css")) and bool(scope.get("query_string"))

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                lasting = is_asset and message["status"] < HTTPStatus.BAD_REQUEST
                _dress(MutableHeaders(scope=message), path, lasting, self._shared)
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            await respond(Request(scope), error, self._templates)(scope, receive, dressed)


def _dress(headers: MutableHeaders, path: str, lasting: bool, shared: bool) -> None:
    headers.update(_ALWAYS)
    if "location" in headers:  # by what name and over what a proxy is asked, nobody knows here
        headers["Location"] = urlsplit(headers["Location"])._replace(scheme="", netloc="").geturl()
    if not shared:
        headers["Cache-Control"] = "private, no-store"  # what only some may read no cache in between may keep
        return
    if path.startswith(_READ_ELSEWHERE):
        headers["Access-Control-Allow-Origin"] = "*"
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    headers["Cache-Control"] = _LASTING if lasting else headers.get("Cache-Control", "no-cache")


def fresh(request: Request, response: Response, generation: str) -> Response:
    """The response with what a cache needs to keep it until the next generation, and a while beyond an outage.

    Whoever holds this generation's already is only told so.
    """
    held = request.headers.get("if-none-match", "")
    if f'"{generation}"' in [tag.strip().removeprefix("W/") for tag in held.split(",")]:
        response = Response(status_code=HTTPStatus.NOT_MODIFIED)
    response.headers.update({"ETag": f'"{generation}"', "Cache-Control": _KEPT})
    return response
