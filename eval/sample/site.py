"""The sample association's website on loopback, as a well-kept site behaves: for the demo and for tests."""

import gzip
import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from eval.sample.documents import FOLDER, SampleDocument, read_documents
from eval.sample.pages import Listing, Pages, listings

MEMBERS_AUTHORIZATION = "Bearer sample-members"
"""The value of the ``Authorization`` header that opens the members' pages."""

SIGN_IN = "Please sign in with your authority's account to read this item."
WITHDRAWN = "This item was withdrawn by the committee that issued it."
UNKNOWN = "There is no page at this address. Try the navigation above."
ROBOTS = "User-agent: *\nDisallow: /calendar/\nSitemap: {url}/sitemap.xml\n"
SITEMAP = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>\n'
)
FEED = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><id>{url}/</id>'
    '<title>Association of Directors of Local Libraries</title><link rel="self" href="{url}/feed.xml"/>'
    "<updated>{updated}T09:00:00Z</updated>{rows}</feed>\n"
)
ENTRY = (
    '<entry><id>{url}</id><title>{title}</title><link href="{url}"/><updated>{day}T09:00:00Z</updated>'
    "<author><name>ADLL</name></author></entry>"
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the site says to one request; ``changed`` is the ISO day of the last change, if it has one."""

    status: HTTPStatus
    media_type: str
    body: bytes
    changed: str = ""

    @property
    def etag(self) -> str:
        """A strong validator of the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'

    @property
    def last_modified(self) -> datetime | None:
        """Nine in the morning of the day of the last change."""
        return datetime.fromisoformat(f"{self.changed}T09:00:00+00:00") if self.changed else None


class SampleSite:
    """The site at ``url``: a function from a path and an authorization to a reply."""

    def __init__(self, url: str, widget_url: str | None = None) -> None:
        self.url = url
        every = read_documents()
        self._gone = {document.url for document in every if document.state == "withdrawn"}
        self._documents = {document.url: document for document in every if document.url not in self._gone}
        self._public = [document for document in self._documents.values() if document.audience == "public"]
        members = tuple(document for document in self._documents.values() if document.audience == "members")
        self._listings = {
            listing.address(number): (listing, number)
            for listing in [*listings(self._public), Listing("/members/", "Members' area", members)]
            for number in range(1, listing.pages + 1)
        }
        self._pages = Pages(self._public, widget_url)

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
            return _html(self._pages.listing(*self._listings[path]))
        return self._machine(path) or self._calendar(path) or self._unknown()

    def _is_closed(self, path: str) -> bool:
        return path.startswith("/members/") and (path in self._documents or path in self._listings)

    def _document(self, document: SampleDocument) -> Reply:
        if document.is_pdf:
            return Reply(HTTPStatus.OK, "application/pdf", document.file.read_bytes(), document.last_change)
        return _html(self._pages.document(document), document.last_change)

    def _machine(self, path: str) -> Reply | None:
        if path == "/robots.txt":
            return _text("text/plain; charset=utf-8", ROBOTS.format(url=self.url))
        if path == "/sitemap.xml":
            return _text("application/xml", SITEMAP.format(rows="".join(map(self._sitemap_row, self._public))))
        if path == "/feed.xml":
            latest = sorted(self._public, key=lambda document: document.last_change, reverse=True)[:20]
            rows = "".join(map(self._entry, latest))
            return _text("application/atom+xml", FEED.format(url=self.url, updated=latest[0].last_change, rows=rows))
        if path == "/style.css":
            return _text("text/css; charset=utf-8", (FOLDER / "templates" / "style.css").read_text(encoding="utf-8"))
        return None

    def _calendar(self, path: str) -> Reply | None:
        # A calendar that never ends, disallowed by robots.txt, as many such sites have.
        if not (match := re.fullmatch(r"/calendar/(\d{4})/(\d{1,2})/", path)):
            return None
        year, month = int(match[1]), int(match[2])
        later = f"/calendar/{year + month // 12}/{month % 12 + 1}/"
        return _html(self._pages.notice(f"Calendar {month}/{year}", "No events this month.", later))

    def _unknown(self) -> Reply:
        return self._notice(HTTPStatus.NOT_FOUND, "Page not found", UNKNOWN)

    def _notice(self, status: HTTPStatus, title: str, text: str) -> Reply:
        return Reply(status, "text/html; charset=utf-8", self._pages.notice(title, text).encode())

    def _sitemap_row(self, document: SampleDocument) -> str:
        return f"<url><loc>{self.url}{document.url}</loc><lastmod>{document.last_change}</lastmod></url>"

    def _entry(self, document: SampleDocument) -> str:
        return ENTRY.format(url=self.url + document.url, title=escape(document.title), day=document.last_change)


def _html(text: str, changed: str = "") -> Reply:
    return Reply(HTTPStatus.OK, "text/html; charset=utf-8", text.encode(), changed)


def _text(media_type: str, text: str) -> Reply:
    return Reply(HTTPStatus.OK, media_type, text.encode())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: SampleSite

    def do_GET(self) -> None:
        reply = self.site.reply(urlsplit(self.path).path, self.headers.get("Authorization"))
        fresh = reply.status == HTTPStatus.OK and self._is_fresh(reply)
        headers, body = self._headers(reply), b"" if fresh else reply.body
        if body and "gzip" in self.headers.get("Accept-Encoding", "") and "pdf" not in reply.media_type:
            headers["Content-Encoding"], body = "gzip", gzip.compress(body, mtime=0)
        self.send_response(HTTPStatus.NOT_MODIFIED if fresh else reply.status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET

    def _headers(self, reply: Reply) -> dict[str, str]:
        headers = {"Content-Type": reply.media_type, "Vary": "Accept-Encoding, Authorization"}
        if reply.status == HTTPStatus.OK:
            headers["ETag"] = reply.etag
        if reply.last_modified:
            headers["Last-Modified"] = format_datetime(reply.last_modified, usegmt=True)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = 'Bearer realm="members"'
        return headers

    def _is_fresh(self, reply: Reply) -> bool:
        if tags := self.headers.get("If-None-Match"):
            return reply.etag in tags
        since = self.headers.get("If-Modified-Since")
        if not since or not reply.last_modified:
            return False
        try:
            return reply.last_modified <= parsedate_to_datetime(since).astimezone(UTC)
        except ValueError:
            return False

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the program that serves the sample owns the terminal."""


@contextmanager
def serve(port: int = 0, widget_url: str | None = None) -> Iterator[SampleSite]:
    """Serve the sample on 127.0.0.1 while the context lasts; port 0 takes a free one.

    ``widget_url`` is the address of a Related Articles script, placed under the heading that is otherwise empty.
    """
    with ThreadingHTTPServer(("127.0.0.1", port), _Handler) as server:
        site = SampleSite(f"http://127.0.0.1:{server.server_port}", widget_url)
        server.RequestHandlerClass = type("_SiteHandler", (_Handler,), {"site": site})
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()
