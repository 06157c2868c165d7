"""`muniment demo`: the sample association, from its web site to a search page, in one command."""

import click

from service.commands.options import Call, in_home, progress
from service.home import writing

NAME = "Association of Directors of Local Libraries"
ASKED = (
    "Do we still support charging readers for late books?",
    "How old must users of a library without staff be?",
    "What do we say about filters on public computers?",
)


@click.command()
@click.option("--port", type=click.IntRange(1, 65534), help="The port to serve on; the default is serve.port.")
@in_home
def command(call: Call, port: int | None) -> None:
    """Crawl the sample association, publish its index and serve its search page."""
    from eval.sample.site import MEMBERS_AUTHORIZATION, serve
    from ingest.records import Audience
    from service.crawling import update
    from service.running import serve as serve_home

    flags = {
        "name": NAME,
        "questions": ASKED,
        "serve.port": port,
        "crawl.loopback": True,
        "crawl.login_header": "Authorization",
        "crawl.login_value": MEMBERS_AUTHORIZATION,
    }
    home = call.begin(flags)
    address = f"http://{home.settings.serve.host}:{home.settings.serve.port}/widget.js"
    # A fixed port: the sample's addresses, and so all that is known of them, stay the same from run to run.
    with serve(home.settings.serve.port + 1, widget_url=address) as site:
        with writing(home, "demo"), progress() as report:
            update(home, [site.url], report)
        click.echo(f"The sample association's own site: {site.url}/", err=True)
        serve_home(home, Audience.PUBLIC)
