"""The sample association's website on loopback, as a well-kept site behaves: for the demo and for tests."""

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

from eval.sample.documents import SITE, SampleDocument, read_documents
from eval.sample.pages import Listing, Pages, listings
from service.running import listen

# The value of the ``Authorization`` header that opens the members' pages.
MEMBERS_AUTHORIZATION = "Bearer sample-members"

SIGN_IN = "Please sign in with your authority's account to read this item."
WITHDRAWN = "This item was withdrawn by the committee that issued it."
UNKNOWN = "There is no page at this address. Try the navigation above."
HTML = "text/html; charset=utf-8"
FOR_MACHINES = {
    "/robots.txt": "text/plain; charset=utf-8",
    "/sitemap.xml": "application/xml",
    "/feed.xml": "application/atom+xml",
    "/style.css": "text/css; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What the site says to one request; ``changed`` is the ISO day of the last change, if it has one."""

    status: HTTPStatus
    media_type: str
    body: bytes
    changed: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that go with it; a page was changed at nine in the morning."""
        headers = {"Content-Type": self.media_type, "Vary": "Authorization"}
        if self.status == HTTPStatus.OK:
            headers["ETag"] = f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'
        if self.changed:
            changed = datetime.fromisoformat(f"{self.changed}T09:00:00+00:00")
            headers["Last-Modified"] = format_datetime(changed, usegmt=True)
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="members"'
        return headers


class SampleSite:
    """The site at ``url``: a function from a path and an authorization to a reply."""

    def __init__(self, url: str, widget_url: str | None = None) -> None:
        self.url = url
        every = read_documents()
        self._gone = {document.url for document in every if document.state == "withdrawn"}
        self._documents = {document.url: document for document in every if document.url not in self._gone}
        public, members = (
            [document for document in self._documents.values() if document.audience == audience]
            for audience in ("public", "members")
        )
        self._listings = {
            listing.address(number): (listing, number)
            for listing in [*listings(public), Listing("/members/", "Members' area", tuple(members))]
            for number in range(1, listing.pages + 1)
        }
        self._pages = Pages(url, public, widget_url)

    def reply(self, path: str, authorization: str | None = None) -> Reply:
        """The answer to a GET of ``path`` (without query)."""
        if self._is_closed(path) and authorization != MEMBERS_AUTHORIZATION:
            status = HTTPStatus.FORBIDDEN if authorization else HTTPStatus.UNAUTHORIZED
            return self._notice(status, "Members only", SIGN_IN)
        if path in self._gone:
            return self._notice(HTTPStatus.GONE, "Withdrawn", WITHDRAWN)
        if path in self._documents:
            return self._document(self._documents[path])
        if path in self._listings:
            return Reply(HTTPStatus.OK, HTML, self._pages.listing(*self._listings[path]))
        if path in FOR_MACHINES:
            return Reply(HTTPStatus.OK, FOR_MACHINES[path], self._pages.for_machines(path))
        # A calendar that never ends, disallowed by robots.txt, as many such sites have.
        if match := re.fullmatch(r"/calendar/(\d{4})/(\d{1,2})/", path):
            year, month = int(match[1]), int(match[2])
            later = f"/calendar/{year + month // 12}/{month % 12 + 1}/"
            return self._notice(HTTPStatus.OK, f"Calendar {month}/{year}", "No events this month.", later)
        return self._notice(HTTPStatus.NOT_FOUND, "Page not found", UNKNOWN)

    def _is_closed(self, path: str) -> bool:
        return path.startswith("/members/") and (path in self._documents or path in self._listings)

    def _document(self, document: SampleDocument) -> Reply:
        if document.is_pdf:
            return Reply(HTTPStatus.OK, "application/pdf", document.file.read_bytes(), document.last_change)
        return Reply(HTTPStatus.OK, HTML, self._pages.document(document), document.last_change)

    def _notice(self, status: HTTPStatus, title: str, text: str, later: str = "") -> Reply:
        return Reply(status, HTML, self._pages.notice(title, text, later))


def _app(site: SampleSite) -> Starlette:
    app, files = Starlette(), StaticFiles(directory=SITE)
    app.add_middleware(GZipMiddleware, minimum_size=1, exclude_content_types=("application/pdf",))

    async def answer(request: Request) -> Response:
        reply = site.reply(request.url.path, request.headers.get("Authorization"))
        response = Response(reply.body, reply.status, reply.headers)
        fresh = reply.status == HTTPStatus.OK and files.is_not_modified(response.headers, request.headers)
        return NotModifiedResponse(response.headers) if fresh else response

    app.add_route("/{path:path}", answer)
    return app


@contextmanager
def serve(port: int = 0, widget_url: str | None = None) -> Iterator[SampleSite]:
    """Serve the sample on 127.0.0.1 while the context lasts; port 0 takes a free one.

    ``widget_url`` is the address of a Related Articles script, placed under the heading that is otherwise empty.
    """
    with listen("127.0.0.1", port) as listening:
        site = SampleSite(f"http://127.0.0.1:{listening.getsockname()[1]}", widget_url)
        server = uvicorn.Server(uvicorn.Config(_app(site), log_config=None, access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield site
        finally:
            server.should_exit = True
            thread.join()
