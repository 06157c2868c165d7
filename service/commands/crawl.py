"""`muniment crawl`: a site in, or brought up to date, once or again and again."""

import re
import signal
import time
from typing import TYPE_CHECKING, Any

import click

from ingest.errors import IngestError
from service.commands.options import NO_PUBLISH, Call, progress, showing
from service.config import read_settings
from service.home import writing

if TYPE_CHECKING:
    from ingest.plan import CrawlReport
    from service.intake import Intake

_SHOWN, _DIGITS = 20, 6
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def _seconds(context: click.Context, option: click.Parameter, text: str | None) -> int | None:
    if text is None:
        return None
    said = re.fullmatch(r"(\d+)([smhd])", text)
    if not said or len(said[1]) > _DIGITS:
        raise click.BadParameter(f'{text!r} is no length of time; write "30m", "6h" or "1d".')
    return int(said[1]) * _UNITS[said[2]]


@click.command()
@click.argument("urls", nargs=-1)
@click.option("--dry-run", is_flag=True, help="List what would be taken, what not, and by which rules; keep nothing.")
@click.option("--every", callback=_seconds, metavar="TIME", help='Crawl again after a pause of "30m", "6h" or "1d".')
@click.option("--watch", "every", flag_value="1h", callback=_seconds, help="The same as --every 1h.")
@click.option("--loopback", is_flag=True, default=None, help="Allow addresses of this machine; refused otherwise.")
@NO_PUBLISH
@showing
def command(
    call: Call, urls: tuple[str, ...], dry_run: bool, every: int | None, loopback: bool | None, no_publish: bool
) -> int:
    """Take in the site at URLS (by default the settings' crawl.seeds), following its links, sitemaps and feeds.

    Exit code 1: done, but the site was redesigned, and what was learned of its pages wants a look.
    """
    import apsw

    from index.errors import IndexFault

    # A shell that starts it in the background has Ctrl-C ignored, and asyncio would not take it over.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _interrupt)
    flags = {"crawl.loopback": loopback}
    if dry_run:
        return _rehearse(call, urls, flags)
    if every is None:
        return _round(call, urls, flags, not no_publish)
    while True:
        try:
            _round(call, urls, flags, not no_publish)
        except (IngestError, IndexFault, OSError, apsw.Error) as error:
            click.echo(f"This round failed; the next one comes. {error}", err=True)
        time.sleep(every)


def _interrupt(*told: Any) -> None:
    """End as by Ctrl-C, at which asyncio cancels its tasks: an exception out of nowhere in one of them can get lost."""
    handler = signal.getsignal(signal.SIGINT)
    (handler if callable(handler) else signal.default_int_handler)(*told)


def _round(call: Call, urls: tuple[str, ...], flags: dict[str, Any], then_publish: bool) -> int:
    from service.crawling import update

    home = call.begin(flags)
    with writing(home, "crawl"), progress() as report:
        crawled, intake = update(home, urls, report, then_publish)
    call.show({"crawl": crawled, "intake": intake}, summary(crawled, intake))
    return 1 if intake.alarms else 0


def _rehearse(call: Call, urls: tuple[str, ...], flags: dict[str, Any]) -> int:
    from ingest.visits import State
    from service.crawling import rehearse

    with progress() as report:
        decided = rehearse(read_settings(call.path, flags=flags).settings, urls, report)
    told = [(one.state is State.KEPT or one.rule == "paper", one.rule, one.url, one.reason) for one in decided]
    told.sort(key=lambda each: (not each[0], each[1]))
    rows = [dict(zip(("taken", "rule", "url", "reason"), each, strict=True)) for each in told]
    lines = [f"{'take' if taken else 'leave'} {url}: {why} (rule {rule})" for taken, rule, url, why in told]
    taken = sum(each[0] for each in told)
    call.show(rows, "\n".join((*lines, f"{taken} to take, {len(told) - taken} to leave.")))
    return 0


def summary(crawled: "CrawlReport", intake: "Intake") -> str:
    """What a crawl did, in two lines, and what it could not do."""
    told = sorted(crawled.failures, key=lambda one: one.state)  # what failed before what is refused
    failures = [f"{one.state.capitalize()}: {one.url}: {one.reason}" for one in told]
    lines = [
        f"{crawled.fetched} pages fetched, {crawled.unchanged} unchanged, {crawled.gone} gone, "
        f"{crawled.refused} refused, {crawled.failed} failed in {crawled.seconds:.0f} s.",
        f"{intake.changed} documents new or changed, {intake.refiled} refiled, {intake.withdrawn} withdrawn, "
        f"{len(intake.unreadable)} pages that hold none.",
        *failures[:_SHOWN],
        *([f"and {len(failures) - _SHOWN} more: `muniment doctor` has the failed."] if len(failures) > _SHOWN else []),
        *(f"Alarm: {alarm}" for alarm in intake.alarms),
    ]
    return "\n".join(lines)
