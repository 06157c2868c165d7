"""A crawl of the site that the settings describe, and the note it leaves for the status page."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.archive import Archive
from ingest.crawl import crawl
from ingest.errors import Unreachable
from ingest.fetch import Fetcher
from ingest.frontier import Frontier
from ingest.gate import is_loopback
from ingest.plan import CrawlPlan, CrawlReport, Credentials
from ingest.urls import as_host, canonical, origin_of
from ingest.visits import Decision, State
from service.config import CrawlSettings, Settings
from service.errors import BadSetting
from service.home import Home
from service.intake import Intake, Progress
from service.pipeline import settle_pending, take_and_publish, take_pending, writing_encoder
from service.serving import CrawlNote, Failure, write_note

MOST_FAILURES = 200
_RETRIED = "The next crawl tries again; open the address in a browser if it stays so."


def update(
    home: Home, seeds: Sequence[str], progress: Progress, then_publish: bool = True
) -> tuple[CrawlReport, Intake]:
    """Crawl, catalogue what changed, and put it in force: all that keeps a home in step with its site."""
    report = crawl_home(home, seeds, progress)
    return report, _take_in(home, progress, then_publish)


def rebuild(home: Home, progress: Progress, then_publish: bool = True) -> Intake:
    """Make every document again from the responses as they once came; nothing is fetched."""
    with Frontier(home.frontier) as frontier:
        frontier.hand_on_again()
    return _take_in(home, progress, then_publish)


def crawl_home(home: Home, seeds: Sequence[str], progress: Progress, papers: bool = True) -> CrawlReport:
    """Crawl from ``seeds``, or from the settings' own; what changed is left pending. Raises Unreachable."""
    settings = home.settings.crawl
    plan = replace(_plan(settings, seeds or settings.seeds), papers=papers)
    with Frontier(home.frontier) as frontier, Archive(home.archive) as archive:
        return asyncio.run(_crawl(plan, settings, frontier, archive, progress))


def rehearse(settings: Settings, seeds: Sequence[str], progress: Progress) -> list[Decision]:
    """What a first crawl would decide about every address of the site, and by which rule; nothing of it is kept.

    Pages are fetched for their links and read for what they are; papers are judged by their addresses alone.
    """
    with TemporaryDirectory() as folder:
        aside = Home(Path(folder), settings)
        crawl_home(aside, seeds, progress, papers=False)
        settle_pending(aside, progress)
        with Frontier(aside.frontier) as frontier:
            return [frontier.why(entry.url)[-1] for entry in frontier.known() if entry.rule]


def _take_in(home: Home, progress: Progress, then_publish: bool) -> Intake:
    encoder = writing_encoder(home)

    def take() -> Intake:
        intake = take_pending(home, encoder, progress)
        with Frontier(home.frontier) as frontier:
            oldest = frontier.longest_unseen(public=True)
            write_note(home.note, CrawlNote(frontier.last_crawled(), failures_of(frontier), oldest))
        return intake

    return take_and_publish(home, encoder, take, progress) if then_publish else take()


def failures_of(frontier: Frontier) -> tuple[Failure, ...]:
    """The pages of the public site that should have given a document and did not, each with what to do."""
    return tuple(map(_failure, frontier.failures(MOST_FAILURES)))


def _failure(one: Decision) -> Failure:
    # Of what came and could not be read, the last sentence says what to do.
    fault, parted, advice = one.reason.rpartition(". ")
    told = (fault, advice) if parted and one.state is State.SKIPPED else (one.reason.rstrip("."), _RETRIED)
    return Failure(one.url, *told)


async def _crawl(
    plan: CrawlPlan, settings: CrawlSettings, frontier: Frontier, archive: Archive, progress: Progress
) -> CrawlReport:
    def on_progress(report: CrawlReport) -> None:
        done = report.fetched + report.unchanged + report.gone + report.refused + report.failed
        tally = f"{report.changed} changed, {report.gone} gone, {report.failed} failed"
        progress("crawl", done, done + report.waiting, f"{done / max(report.seconds, 0.1):.0f}/s, {tally}")

    fetcher = Fetcher(
        plan.allowed,
        agent=settings.user_agent,
        allow_loopback=settings.loopback,
        delay_seconds=settings.pace_seconds,
        per_host=settings.at_once,
    )
    async with fetcher:
        return await crawl(plan, frontier, fetcher, archive, on_progress)


def _plan(settings: CrawlSettings, urls: Sequence[str]) -> CrawlPlan:
    seeds, hosts = tuple(map(canonical, urls)), tuple(map(as_host, settings.hosts))
    if not seeds:
        raise BadSetting("an address to begin from", "none", "Give one: `muniment crawl URL`, or set crawl.seeds.")
    if "" in seeds:
        remedy = 'Write it like "https://www.example.org/".'
        raise BadSetting("the address of a web site", repr(urls[seeds.index("")]), remedy)
    if "" in hosts:
        wrong = repr(settings.hosts[hosts.index("")])
        raise BadSetting("the names of hosts in crawl.hosts", wrong, 'Write each like "files.example.org".')
    if not settings.loopback and (own := next(filter(is_loopback, seeds), "")):
        raise Unreachable("the address of another machine", own, "Allow it by `--loopback`, or set crawl.loopback.")
    login = None
    if settings.login_header:
        login = Credentials(settings.login_header, settings.login_value, frozenset(map(origin_of, seeds)))
    alike = ("include", "exclude", "max_pages", "max_depth")
    return CrawlPlan(
        seeds=seeds,
        hosts=hosts,
        max_bytes=int(settings.max_gigabytes * 1e9),
        max_seconds=settings.max_hours * 3600,
        credentials=login,
        **{name: getattr(settings, name) for name in alike},
    )
