"""`muniment serve`: the search page, the API and the widget."""

import click

from service.commands.options import AUDIENCE, Call, in_home


@click.command()
@click.option("--host", help="The address to listen on; the default is serve.host.")
@click.option("--port", type=int, help="The port to listen on; the default is serve.port.")
@click.option("--workers", type=click.IntRange(1), help="How many processes serve; the default is serve.workers.")
@AUDIENCE
@in_home
def command(call: Call, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve one audience's index; a newly published one is taken up within a second."""
    from service.running import serve

    serve(call.home({"serve.host": host, "serve.port": port, "serve.workers": workers}), call.audience)
