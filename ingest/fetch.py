"""One polite GET behind the address gate. The only code that speaks to the network."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self, TypeAlias
from urllib.parse import quote

import aiohttp
from yarl import URL

from ingest.gate import Blocked, Gate, Lookup, is_loopback, system_lookup
from ingest.pace import Pace
from ingest.plan import Credentials
from ingest.records import Page, joined_headers
from ingest.robots import MAX_AGE_SECONDS, MAX_BYTES, MAX_REDIRECTS, Robots, read_robots
from ingest.urls import canonical, host_of, origin_of

AGENT = "Muniment/0.1 (+https://example.org/muniment)"
MAX_BODY_BYTES = 32 << 20
_LOOPBACK_AT_ONCE = 32
# The longest wait for a busy server before its answer is taken as it is.
_PATIENCE_SECONDS = 120.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MEDIA = frozenset({"image", "video", "audio", "font"})
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate", "br"})
_BUSY = frozenset({429, 503})
_UNKEPT = frozenset({"set-cookie", "transfer-encoding", "connection", "keep-alive", "content-length"})
_ASCII = "".join(map(chr, range(32, 127)))


@dataclass(frozen=True, slots=True)
class Validators:
    """What a site said last time to recognise its answer by."""

    etag: str | None = None
    last_modified: str | None = None


NONE = Validators()


@dataclass(frozen=True, slots=True)
class NotModified:
    """The site says that nothing has changed since the validators it was shown."""


@dataclass(frozen=True, slots=True)
class Redirected:
    """The site points to ``target``: canonical, or "" where that is no http(s) address. Nothing was followed."""

    url: str
    target: str
    status: int


@dataclass(frozen=True, slots=True)
class _NotTaken:
    """``rule`` is a short stable name, ``reason`` is for people."""

    url: str
    rule: str
    reason: str


class Refused(_NotTaken):
    """We did not take it, and would not the next time."""


class Failed(_NotTaken):
    """We tried and got no usable answer; the next time may do."""


Outcome: TypeAlias = Page | NotModified | Redirected | Refused | Failed


class Fetcher:
    """Polite GETs to the allowed ``hosts``; an async context manager.

    ``delay_seconds`` lies between the starts of two requests to one host (a longer Crawl-delay wins), ``per_host`` of
    which run at once; loopback needs no such mercy and gets none. ``lookup``, ``clock`` and ``sleep`` are the effects.
    ``token`` is the name by which a robots.txt speaks of it.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        *,
        agent: str = AGENT,
        allow_loopback: bool = False,
        delay_seconds: float = 0.1,
        per_host: int = 4,
        timeout_seconds: float = 60.0,
        max_bytes: int = MAX_BODY_BYTES,
        lookup: Lookup = system_lookup,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gate = Gate(hosts, allow_loopback, lookup)
        self._agent, self.token = agent, agent.partition("/")[0]
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds, connect=15, sock_read=20)
        self._delay_seconds, self._per_host, self._max_bytes = delay_seconds, per_host, max_bytes
        self._clock, self._sleep = clock, sleep
        self._paces: dict[str, Pace] = {}
        self._robots: dict[str, tuple[float, asyncio.Future[Robots]]] = {}
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(resolver=self._gate, limit=0)
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": self._agent, "Accept-Encoding": "gzip, deflate, br"},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, url: str, known: Validators = NONE, credentials: Credentials | None = None) -> Outcome:
        """Fetch a canonical address unless the gate or robots.txt forbid it; redirects are reported, not followed."""
        if refusal := self._gate.refusal(url):
            return Refused(url, "gate", f"Not fetched: {refusal}.")
        robots = await self.robots(url)
        if not robots.allows(url, self.token):
            return _forbidden(url, robots)
        headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        if credentials and origin_of(url) in credentials.origins:
            headers[credentials.header] = credentials.value
        return await self._patiently(url, {name: value for name, value in headers.items() if value})

    async def follow(self, url: str, hops: int = MAX_REDIRECTS) -> Outcome:
        """Like ``get``, following redirects, each of which passes the gate and robots.txt again."""
        outcome = await self.get(url)
        while isinstance(outcome, Redirected) and hops > 0:
            outcome, hops = await self.get(outcome.target), hops - 1
        return outcome

    async def robots(self, url: str) -> Robots:
        """The rules of an address's origin, read at most once a day."""
        origin = origin_of(url)
        read_at, known = self._robots.get(origin, (0.0, None))
        if known is None or self._clock() - read_at > MAX_AGE_SECONDS:
            known = asyncio.ensure_future(self._read_robots(origin))
            self._robots[origin] = self._clock(), known
        return await asyncio.shield(known)

    async def _read_robots(self, origin: str) -> Robots:
        url = f"{origin}/robots.txt"
        for hops in range(MAX_REDIRECTS + 1):
            if refusal := self._gate.refusal(url):
                return Robots(False, f"a redirect to {url[:200]!r}: {refusal}" if hops else refusal)
            outcome = await self._patiently(url, {}, MAX_BYTES)
            if not isinstance(outcome, Redirected):
                break
            url = outcome.target
        if not isinstance(outcome, Page):
            return Robots(False, getattr(outcome, "reason", "too many redirects"))
        robots = read_robots(outcome.status, outcome.body)
        self._pace(origin).slow_to(robots.delay_seconds(self.token))
        return robots

    async def _patiently(self, url: str, headers: Mapping[str, str], cut: int | None = None) -> Outcome:
        """One request, again while the server says that it is busy and asks for no longer wait than our patience."""
        pace = self._pace(url)
        for tries in range(4):
            if (asked := pace.pause_seconds()) > _PATIENCE_SECONDS:
                return Failed(url, "asked-to-wait", f"The site asked to be left alone for {asked:.0f} s.")
            async with pace:
                outcome, retry_after = await self._once(url, headers, cut)
            if not (isinstance(outcome, Page) and outcome.status in _BUSY) or tries == 3:
                break
            pace.pause(retry_after if retry_after is not None else 2.0**tries)
        return outcome

    async def _once(self, url: str, headers: Mapping[str, str], cut: int | None) -> tuple[Outcome, float | None]:
        try:
            async with self._session.get(URL(url, encoded=True), headers=headers, allow_redirects=False) as response:
                return await self._take(url, response, cut), _retry_after(response.headers.get("Retry-After"))
        except TimeoutError:
            return Failed(url, "timeout", f"No whole answer within {self._timeout.total:.0f} s."), None
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error.__cause__, Blocked):
                return Refused(url, "gate", f"Not fetched: {error.__cause__}."), None
            return Failed(url, "connection", f"No answer: {str(error)[:300] or type(error).__name__}."), None

    async def _take(self, url: str, response: aiohttp.ClientResponse, cut: int | None) -> Outcome:
        if response.status == 304:
            return NotModified()
        if response.status in _REDIRECTS and "Location" in response.headers:
            return Redirected(url, canonical(response.headers["Location"], url), response.status)
        if response.content_type.partition("/")[0] in _MEDIA:
            return Refused(url, "type", f"Its type, {response.content_type}, is not read.")
        if ", ".join(response.headers.getall("Content-Encoding", [])).lower() not in _ENCODINGS:
            return Failed(url, "encoding", "It came in an encoding that was not asked for.")
        body = await self._body(response, cut)
        if body is None:
            return Refused(url, "too-large", f"Larger than {self._max_bytes >> 20} MiB.")
        return Page(url, response.status, _headers(response), body, datetime.now(UTC))

    async def _body(self, response: aiohttp.ClientResponse, cut: int | None) -> bytes | None:
        """The body, only its first ``cut`` bytes where given; None where it is too large to take.

        It is decoded as it is read, a quarter of a MiB at a time, so a small answer cannot become a large one unseen.
        """
        pieces, size = [], 0
        async for piece in response.content.iter_any():
            pieces.append(piece)
            size += len(piece)
            if size > (cut or self._max_bytes):
                response.close()
                return b"".join(pieces)[:cut] if cut else None
        return b"".join(pieces)

    def _pace(self, url: str) -> Pace:
        host = host_of(url)
        if host not in self._paces:
            polite = (0.0, _LOOPBACK_AT_ONCE) if is_loopback(url) else (self._delay_seconds, self._per_host)
            self._paces[host] = Pace(*polite, self._clock, self._sleep)
        return self._paces[host]


def _forbidden(url: str, robots: Robots) -> Outcome:
    if robots.reachable:
        return Refused(url, "robots", "The site's robots.txt asks not to fetch it.")
    return Failed(url, "robots-unreachable", f"The site's robots.txt could not be read: {robots.found}.")


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Lower-case names, repeated ones joined; those of the transfer left out, since the body is decoded."""
    kept = ((name, value) for name, value in response.headers.items() if name.lower() not in _UNKEPT)
    joined = joined_headers((name, quote(value, safe=_ASCII, errors="surrogateescape")) for name, value in kept)
    if "content-encoding" in joined:
        joined["x-crawler-content-encoding"] = joined.pop("content-encoding")
    return joined


def _retry_after(value: str | None) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3): a number of them, or a date."""
    if value is None or value.strip().isdecimal():
        return float(value) if value else None
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
