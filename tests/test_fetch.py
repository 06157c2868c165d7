"""One polite GET: what a site or a stranger may do to it, and what it never does to a site."""

import asyncio
import gzip
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from aiohttp import web
from website import Handler, Website, answer, html, redirect, run, versioned

from ingest.fetch import Failed, Fetcher, NotModified, Outcome, Redirected, Refused, Validators
from ingest.plan import Credentials
from ingest.records import Page
from ingest.robots import Robots


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, list[float]()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def fetched(pages: dict[str, Handler], path: str = "/", clock: Clock | None = None, **options: object) -> Outcome:
    """What a fetcher makes of one path of a site."""

    async def ask() -> Outcome:
        clock_ = clock or Clock()
        settings: dict[str, object] = {"allow_loopback": True, "clock": clock_, "sleep": clock_.sleep} | options
        async with Website(pages) as site, Fetcher([site.host], **settings) as fetcher:  # type: ignore[arg-type]
            return await fetcher.get(site.url(path))

    return run(ask())


def test_a_page_comes_with_its_headers_and_its_body_unpacked() -> None:
    async def packed(request: web.Request) -> web.Response:
        assert request.headers["User-Agent"].startswith("Muniment/")
        headers = {
            "Content-Encoding": "gzip",
            "ETag": '"1"',
            "Set-Cookie": "session=secret",
            "X-Robots-Tag": "noarchive",
        }
        return web.Response(body=gzip.compress(b"<p>SIF</p>"), headers=headers, content_type="text/html")

    page = fetched({"/": packed})
    assert isinstance(page, Page)
    assert (page.status, page.body, page.media_type) == (200, b"<p>SIF</p>", "text/html")
    assert page.headers["etag"] == '"1"'
    assert page.headers["x-crawler-content-encoding"] == "gzip"
    assert "content-encoding" not in page.headers
    assert "secret" not in str(page.headers)
    assert abs(datetime.now(UTC) - page.fetched_at) < timedelta(minutes=1)


@pytest.mark.parametrize("status", [200, 403, 404, 410, 500])
def test_any_status_is_a_page_for_others_to_judge(status: int) -> None:
    page = fetched({"/": answer("x", status)})
    assert isinstance(page, Page)
    assert page.status == status


def test_a_page_that_has_not_changed_is_not_sent_again() -> None:
    async def twice() -> Outcome:
        async with Website({"/": html("A")}) as site, Fetcher([site.host], allow_loopback=True) as fetcher:
            page = await fetcher.get(site.url())
            assert isinstance(page, Page)
            return await fetcher.get(site.url(), Validators(page.headers["etag"], page.headers.get("last-modified")))

    assert isinstance(run(twice()), NotModified)


# Redirects and the gate.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b?utm_source=x", "/b"),
        ("../c#d", "/c"),
        ("javascript:alert(1)", ""),
        ("http://10.0.0.1/", "http://10.0.0.1/"),
    ],
)
def test_a_redirect_is_reported_and_not_followed(status: int, location: str, target: str) -> None:
    outcome = fetched({"/a/x": redirect(location, status)}, "/a/x")
    assert isinstance(outcome, Redirected)
    assert outcome.target.endswith(target) if target else outcome.target == ""


HOSTILE = [
    "http://169.254.169.254/latest/",
    "http://10.0.0.1/",
    "http://localhost/",
    "http://[::1]/",
    "https://example.com/",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("target", HOSTILE)
def test_each_redirect_passes_the_gate_again(target: str) -> None:
    async def follow() -> Outcome:
        async def never(host: str, port: int) -> Sequence[str]:
            raise AssertionError(f"{host} was looked up")

        async with (
            Website({"/": redirect(target)}) as site,
            Fetcher([site.host], allow_loopback=True, lookup=never) as fetcher,
        ):
            return await fetcher.follow(site.url())

    outcome = run(follow())
    assert isinstance(outcome, Refused)
    assert outcome.rule == "gate"


def test_ten_thousand_redirects_are_not_followed() -> None:
    async def follow() -> tuple[Outcome, int]:
        async def onwards(request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": f"/{int(request.path[1:] or 0) + 1}"})

        pages = {f"/{number or ''}": onwards for number in range(10_000)}
        async with Website(pages) as site, Fetcher([site.host], allow_loopback=True) as fetcher:
            return await fetcher.follow(site.url()), len(site.paths())

    outcome, asked = run(follow())
    assert isinstance(outcome, Redirected)
    assert asked <= 11


def test_loopback_is_closed_unless_asked_for() -> None:
    outcome = fetched({"/": html("A")}, allow_loopback=False)
    assert isinstance(outcome, Refused)
    assert outcome.rule == "gate"


@pytest.mark.parametrize("redirected", [False, True])
def test_what_the_gate_refuses_is_called_a_redirect_where_it_is_one(redirected: bool) -> None:
    async def ask() -> Robots:
        async with (
            Website({"/robots.txt": redirect("http://10.0.0.1/robots.txt")}) as site,
            Fetcher([site.host, "10.0.0.1"], allow_loopback=True) as fetcher,
        ):
            return await fetcher.robots(site.url() if redirected else "http://10.0.0.1/")

    told = "10.0.0.1 is not a public address"
    assert run(ask()).found == (f"a redirect to 'http://10.0.0.1/robots.txt': {told}" if redirected else told)


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["10.0.0.1", "::ffff:127.0.0.1"], []])
def test_a_name_that_leads_inside_is_refused(answers: list[str]) -> None:
    async def ask() -> tuple[Outcome, int]:
        async def lookup(host: str, port: int) -> Sequence[str]:
            return answers

        async with Website({"/": html("A")}) as site:
            host = f"rebound.example:{site.port}"
            async with Fetcher([host], lookup=lookup) as fetcher:
                return await fetcher.get(f"http://{host}/"), len(site.asked)

    outcome, asked = run(ask())
    assert isinstance(outcome, Refused | Failed)
    assert "no public address" in outcome.reason
    assert asked == 0


def test_a_name_is_looked_up_once_and_that_answer_connected_to() -> None:
    async def ask() -> tuple[Outcome, int]:
        answers = iter([["127.0.0.1"]])

        async def lookup(host: str, port: int) -> Sequence[str]:
            return next(answers)

        async with Website({"/": html("A")}) as site:
            host = f"site.example:{site.port}"
            async with Fetcher([host], allow_loopback=True, lookup=lookup) as fetcher:
                return await fetcher.get(f"http://{host}/"), len(site.asked)

    outcome, asked = run(ask())
    assert isinstance(outcome, Page)
    assert asked == 2


def test_credentials_go_to_their_origin_alone() -> None:
    async def ask() -> list[str | None]:
        async with Website({"/": html("A")}) as one, Website({"/": html("B")}) as other:
            mine = Credentials("Cookie", "session=secret", frozenset({f"http://{one.host}"}))
            async with Fetcher([one.host, other.host], allow_loopback=True) as fetcher:
                await fetcher.get(one.url(), credentials=mine)
                await fetcher.get(other.url(), credentials=mine)
            return [request.headers.get("Cookie") for request in (*one.asked, *other.asked)]

    assert run(ask()) == [None, "session=secret", None, None]


# robots.txt.


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        (answer("User-agent: *\nDisallow: /"), False),
        (answer("User-agent: muniment\nDisallow: /\n\nUser-agent: *\nAllow: /"), False),
        (answer("User-agent: *\nDisallow: /private/"), True),
        (answer(status=404), True),
        (answer(status=403), True),
        (answer(status=500), False),
        (answer(status=429), False),
        (redirect("/elsewhere.txt"), False),
        (redirect("/nowhere.txt"), True),
        (redirect("/robots.txt"), False),
        (redirect("http://other.example/robots.txt"), False),
        (answer("User-agent: *\nAllow: /\n" + "#" * 600_000), True),
    ],
)
def test_robots_txt_rules_every_fetch(robots: Handler, allowed: bool) -> None:
    forbidding = answer("User-agent: *\nDisallow: /")
    outcome = fetched({"/robots.txt": robots, "/elsewhere.txt": forbidding, "/": html("A")})
    assert isinstance(outcome, Page) is allowed


def test_robots_txt_that_does_not_answer_forbids() -> None:
    async def never(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    outcome = fetched({"/robots.txt": never, "/": html("A")}, timeout_seconds=0.3)
    assert isinstance(outcome, Failed)
    assert outcome.rule == "robots-unreachable"


def test_robots_txt_is_read_once_a_day() -> None:
    async def ask() -> list[int]:
        clock, counts = Clock(), []
        async with Website({"/": html("A")}) as site, Fetcher([site.host], allow_loopback=True, clock=clock) as fetcher:
            for hours in (0, 1, 22, 2):
                clock.now += hours * 3600
                await asyncio.gather(*(fetcher.get(site.url()) for _ in range(5)))
                counts.append(sum(request.path == "/robots.txt" for request in site.asked))
        return counts

    assert run(ask()) == [1, 1, 1, 2]


# Pace.


def busy(times: int, status: int, retry_after: str | None) -> Handler:
    left = iter(range(times))

    async def handle(_: web.Request) -> web.Response:
        if next(left, None) is None:
            return web.Response(text="at last")
        return web.Response(status=status, headers={"Retry-After": retry_after} if retry_after else {})

    return handle


@pytest.mark.parametrize(
    ("retry_after", "slept"),
    [("7", [7, 7]), (None, [1, 2]), ("0", []), ("soon", [1, 2]), ("-5", [1, 2]), ("Thu, 01 Jan 1970 00:00:00 GMT", [])],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(
    status: int, retry_after: str | None, slept: list[float]
) -> None:
    clock = Clock()
    page = fetched({"/": busy(2, status, retry_after)}, clock=clock)
    assert isinstance(page, Page)
    assert page.body == b"at last"
    assert clock.slept == slept


def test_a_retry_date_is_waited_for() -> None:
    clock = Clock()
    page = fetched(
        {"/": busy(1, 503, format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True))}, clock=clock
    )
    assert isinstance(page, Page)
    assert page.status == 200
    assert 45 < sum(clock.slept) <= 50


def test_a_server_that_stays_busy_is_given_up_for_now() -> None:
    clock = Clock()
    page = fetched({"/": busy(99, 503, "3")}, clock=clock)
    assert isinstance(page, Page)
    assert page.status == 503
    assert clock.slept == [3, 3, 3]


def test_a_wait_beyond_patience_stops_all_requests_to_the_host() -> None:
    async def ask() -> tuple[list[Outcome], int]:
        clock = Clock()
        async with Website({"/": busy(1, 503, "86400"), "/b": html("B")}) as site:
            async with Fetcher([site.host], allow_loopback=True, clock=clock, sleep=clock.sleep) as fetcher:
                outcomes = [await fetcher.get(site.url(path)) for path in ("/", "/b", "/b")]
            return outcomes, len(site.paths())

    outcomes, asked = run(ask())
    assert [each.rule for each in outcomes if isinstance(each, Failed)] == ["asked-to-wait"] * 3
    assert asked == 1


@pytest.mark.parametrize(
    ("robots", "delay"), [("", 0.5), ("User-agent: *\nCrawl-delay: 3", 3.0), ("User-agent: *\nCrawl-delay: 0.1", 0.5)]
)
def test_between_two_requests_lies_the_longer_delay(robots: str, delay: float) -> None:
    async def ask() -> list[float]:
        clock, starts = Clock(), list[float]()

        async def lookup(host: str, port: int) -> Sequence[str]:
            return ["127.0.0.1"]

        async def page(_: web.Request) -> web.Response:
            starts.append(clock.now)
            return web.Response()

        async with Website({"/": page, "/robots.txt": answer(robots)}) as site:
            host = f"site.example:{site.port}"
            options = {"clock": clock, "sleep": clock.sleep, "delay_seconds": 0.5}
            async with Fetcher([host], allow_loopback=True, lookup=lookup, **options) as fetcher:  # type: ignore[arg-type]
                for _ in range(4):
                    await fetcher.get(f"http://{host}/")
        return starts

    starts = run(ask())
    assert [round(later - earlier, 6) for earlier, later in pairwise(starts)] == [delay] * 3


# Hostile bodies.


def streamed(chunk: bytes, times: int, pause: float = 0.0, headers: dict[str, str] | None = None) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        for _ in range(times):
            await response.write(chunk)
            await asyncio.sleep(pause)
        return response

    return handle


def test_a_page_just_within_the_limit_is_taken() -> None:
    body = versioned(b"x" * 1000, "text/html")
    assert isinstance(fetched({"/": body}, max_bytes=1000), Page)
    assert isinstance(fetched({"/": body}, max_bytes=999), Refused)


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "gzip, gzip", "é"])
def test_a_body_that_is_not_what_it_claims_fails(encoding: str) -> None:
    outcome = fetched({"/": streamed(b"not packed", 1, headers={"Content-Encoding": encoding})})
    assert isinstance(outcome, Failed)
    assert "encoding" in outcome.reason.lower()


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "audio/mpeg", "font/woff2"])
def test_pictures_and_films_are_not_waited_for(kind: str) -> None:
    outcome = fetched({"/": streamed(b"x" * 1000, 10_000, headers={"Content-Type": kind})})
    assert isinstance(outcome, Refused)
    assert outcome.rule == "type"


def test_a_closed_port_fails_with_a_reason() -> None:
    async def ask() -> Outcome:
        async with Website({}) as site:
            host = site.host
        async with Fetcher([host], allow_loopback=True) as fetcher:
            return await fetcher.get(f"http://{host}/")

    outcome = run(ask())
    assert isinstance(outcome, Failed)
    assert outcome.rule == "robots-unreachable"
