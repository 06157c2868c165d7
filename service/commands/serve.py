"""`muniment serve`: the search page, the API and the widget."""

from pathlib import Path

import click

from service.commands.options import AUDIENCE, HOME


@click.command()
@click.option("--host", help="The address to listen on; the default is serve.host.")
@click.option("--port", type=int, help="The port to listen on; the default is serve.port.")
@AUDIENCE
@HOME
def command(host: str | None, port: int | None, audience: str, home_path: Path) -> None:
    """Serve one audience's index; a newly published one is taken up within a second."""
    from ingest.records import Audience
    from service.home import open_home
    from service.running import serve

    serve(open_home(home_path, {"serve.host": host, "serve.port": port}), Audience(audience))
