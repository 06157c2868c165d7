"""`muniment template`: what was learned of a host's pages, and what it does to three of them."""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

import click

from ingest.records import Document
from service.commands.options import Call, showing
from service.home import Home

if TYPE_CHECKING:
    from ingest.template import GroupTemplate, SiteTemplate

_SAMPLES = 3
_SHOWN = 300


@click.command()
@click.argument("host")
@showing
def command(call: Call, host: str) -> int:
    """Show what was learned of the pages of HOST, and three of them before and after. Exit code 1: nothing was."""
    from ingest.template import from_json
    from service.learned import template_file

    home = call.home()
    file = template_file(home.templates, host)
    if not file.is_file():
        known = ", ".join(sorted(each.stem for each in home.templates.glob("*.json")))
        remedy = f"Ask for one of {known}." if known else "Crawl its site first."
        click.echo(f"Nothing was learned of {host}. {remedy}", err=True)
        return 1
    template = from_json(file.read_bytes())
    samples = list(islice(_samples(home, host, template), _SAMPLES))
    lines = [
        f"{host}: learned from {template.pages} pages. {template.alarm}".rstrip(),
        f"Titles end in {template.titles.suffix!r} and begin with {template.titles.prefix!r}.",
        *(line for number, group in enumerate(template.groups, 1) for line in _told(number, group)),
        *(f"\n{one['url']}\nBEFORE {one['before'][:_SHOWN]}\nAFTER  {one['after'][:_SHOWN]}" for one in samples),
    ]
    call.show({"template": template, "samples": samples}, "\n".join(lines))
    return 0


def _told(number: int, group: "GroupTemplate") -> list[str]:
    places = {"text": group.content, "title": group.title, "date": group.date}
    shown = (f"  {name}: {' > '.join((place or ())[-3:]) or 'no place of its own'}" for name, place in places.items())
    left = f"  left out: {len(group.repeated)} repeated texts, {len(group.slots)} boxes within the text"
    return [f"Group {number}: {group.pages} pages, {group.coverage:.0%} of those alike.", *shown, left]


def _samples(home: Home, host: str, template: "SiteTemplate") -> Iterator[dict[str, str]]:
    """Pages of ``host``: all their words, and the text that is read from them."""
    from ingest.archive import Archive
    from ingest.frontier import Frontier
    from ingest.outline import outline
    from service.learned import by_host, read_page

    with Frontier(home.frontier) as frontier, Archive(home.archive) as archive:
        kept = dict(frontier.kept(public=True))
        for url in by_host(kept).get(host, ()):
            page = archive.read(kept[url])
            found, outcome = outline(page), read_page(page, template)
            if found and isinstance(outcome, Document):
                before = "\n".join(block.text for block in found.blocks)
                yield {"url": url, "before": before, "after": outcome.text}
