"""The service as a process: it listens, says so in one line, and stops cleanly."""

import logging
import socket

import click
import uvicorn

from ingest.records import Audience
from service.access import Access
from service.api import create_app
from service.errors import BadSetting
from service.home import Home
from service.keys import Keys
from service.serving import ServingDesk
from service.telemetry import JsonLines


def serve(home: Home, audience: Audience) -> None:
    """Serve until stopped. Raises NothingPublished before listening, BadSetting where the port is taken."""
    _log_as_json()
    desk = ServingDesk(home, audience)
    listening = listen(home)
    settings = home.settings
    address = f"http://{settings.serve.host}:{listening.getsockname()[1]}{settings.base_path}/"
    click.echo(f"{settings.name}: search at {address}")
    desk.start()
    try:
        app = create_app(desk, access=Access(audience, Keys(home.desk), settings.serve))
        config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, proxy_headers=False)
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        desk.stop()
        listening.close()


def _log_as_json() -> None:
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[lines], force=True)


def listen(home: Home) -> socket.socket:
    """The socket that the settings name, listening. Raises BadSetting where the port is taken."""
    address = home.settings.serve.host, home.settings.serve.port
    try:
        listening = socket.create_server(address, backlog=256)
    except OSError as error:
        remedy = "Stop what listens there, or give another with --port."
        raise BadSetting(f"a free port at {address[0]}:{address[1]}", error.strerror or str(error), remedy) from error
    # Else the end of each answer would wait 40 ms for the reader to have acknowledged its beginning.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
