"""`muniment crawl`: a site in, or brought up to date."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from service.commands.options import AS_JSON, HOME, NO_PUBLISH, progress, show

if TYPE_CHECKING:
    from ingest.plan import CrawlReport
    from service.intake import Intake


@click.command()
@click.argument("urls", nargs=-1)
@click.option("--loopback", is_flag=True, default=None, help="Allow addresses of this machine; refused otherwise.")
@NO_PUBLISH
@HOME
@AS_JSON
def command(urls: tuple[str, ...], loopback: bool | None, no_publish: bool, home_path: Path, as_json: bool) -> None:
    """Take in the site at URLS (by default the settings' crawl.seeds), following its links, sitemaps and feeds."""
    from service.crawling import update
    from service.home import open_home, writing

    home = open_home(home_path, {"crawl.loopback": loopback})
    with writing(home, "crawl"), progress() as report:
        crawled, intake = update(home, urls, report, then_publish=not no_publish)
    show({"crawl": crawled, "intake": intake}, as_json, summary(crawled, intake))


def summary(crawled: "CrawlReport", intake: "Intake") -> str:
    """What a crawl did, in two lines, and what it could not do."""
    lines = [
        f"{crawled.fetched} pages fetched, {crawled.unchanged} unchanged, {crawled.gone} gone, "
        f"{crawled.refused} refused, {crawled.failed} failed in {crawled.seconds:.0f} s.",
        f"{intake.changed} documents new or changed, {intake.withdrawn} withdrawn, "
        f"{len(intake.unreadable)} pages that hold none.",
        *(f"Failed: {one.url}: {one.reason}" for one in crawled.failures),
    ]
    return "\n".join(lines)
