"""The service as a process: it listens, says so in one line, and stops cleanly."""

import atexit
import logging
import os
import socket
from contextlib import closing
from functools import partial
from tempfile import TemporaryDirectory

import click
import uvicorn
from fastapi import FastAPI

from index.generation import open_sound
from index.workers import end_with_parent
from ingest.records import Audience
from service.access import Access
from service.api import create_app
from service.encoders import serving_encoder
from service.errors import BadSetting
from service.home import Home
from service.keys import Keys
from service.look import look_routes
from service.serving import ServingDesk
from service.telemetry import JsonLines


def serve(home: Home, audience: Audience) -> None:
    """Serve until stopped, in as many processes as the settings say.

    Raises NothingPublished or Damaged before listening, BadSetting where the port is taken.
    """
    settings, made = home.settings, partial(application, home, audience)
    several = settings.serve.workers > 1
    if several:  # what stops one stops all, or they would be started again and again
        look_routes(settings.look)
        serving_encoder(home, open_sound(home.generations, audience)[1])
    app = made if several else made()
    with closing(listen(settings.serve.host, settings.serve.port)) as listening:
        host = f"[{settings.serve.host}]" if ":" in settings.serve.host else settings.serve.host
        address = f"http://{host}:{listening.getsockname()[1]}{settings.base_path}/"
        click.echo(f"{settings.name}: search at {address}")
        config = uvicorn.Config(
            app,
            factory=several,
            workers=settings.serve.workers,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        if several:
            _run_several(config, listening)
        else:
            uvicorn.Server(config).run(sockets=[listening])


def application(home: Home, audience: Audience) -> FastAPI:
    """What one process serves: from the index in force now, and from each that comes to be."""
    end_with_parent()
    _log_as_json()
    desk = ServingDesk(home, audience)
    desk.start()
    atexit.register(desk.stop)
    return create_app(desk, access=Access(audience, Keys(home.desk), home.settings.serve))


def _run_several(config: uvicorn.Config, listening: socket.socket) -> None:
    """Each opens the index for itself; its files, and so the memory they are mapped to, are the same for all."""
    from uvicorn.supervisors import Multiprocess  # read late: one process alone needs none

    _log_as_json()
    with TemporaryDirectory() as counts:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts
        Multiprocess(config, [listening]).run()


def _log_as_json() -> None:
    lines = logging.StreamHandler()
    lines.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[lines], force=True)


def listen(host: str, port: int) -> socket.socket:
    """The socket of an address, listening. Raises BadSetting where that cannot be had."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        remedy = "Stop what listens there, or name another port, or an address of this machine."
        raise BadSetting(f"a free port at {host}:{port}", error.strerror or str(error), remedy) from error
    # Else the end of each answer would wait 40 ms for the reader to have acknowledged its beginning.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
