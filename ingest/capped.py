"""A reader of hostile files in a process of its own, under limits on memory and time."""

import json
import os
import signal
import subprocess
import sys
from multiprocessing import parent_process
from pathlib import Path
from threading import Thread
from typing import Any

MEGABYTES = 1024
SECONDS = 60


def run_capped(
    worker: str, reader: str, body: bytes, megabytes: int = MEGABYTES, seconds: int = SECONDS
) -> dict[str, Any]:
    """What the script ``worker`` beside this one made of ``body``, or ``{"failure": name}``.

    A worker sets its own limits, reads stdin and writes JSON; "crashed" and "limit-hit" are told of it from outside.
    """
    script = Path(__file__).with_name(worker)
    command = [sys.executable, "-I", str(script), reader, str(megabytes), str(seconds)]
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return {"failure": "limit-hit"}
    if done.returncode == -signal.SIGXCPU:
        return {"failure": "limit-hit"}
    if done.returncode:
        return {"failure": "crashed"}
    return dict(json.loads(done.stdout))


def end_with_parent() -> None:
    """End this process when the one that started it does: left alone it would wait for work for ever."""

    def watch() -> None:
        if parent := parent_process():
            parent.join()
        os._exit(1)

    Thread(target=watch, daemon=True).start()
