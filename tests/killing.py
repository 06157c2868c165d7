"""A process that kills itself, with no chance to tidy up, when it touches the disk for the n-th time."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from faults import Disk, on

TESTS = Path(__file__).resolve().parent
_TOUCHES = frozenset({"os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "shutil.copyfile"})
# Paths are those of the home under test: what Python writes for itself is not counted.
RUN = "import sys; sys.path[:0] = sys.argv[1:3]; from killing import main; main(*sys.argv[3:])"


class Deadly(Disk):
    """Kills this process at the ``failing``-th write, sync, rename or link of files below ``folder``."""

    def touch(self) -> bool:
        self.done += 1
        if self.done == self.failing:
            os.kill(os.getpid(), signal.SIGKILL)
        return False


def main(work: str, point: str, *arguments: str) -> None:
    """Do ``work``, named "module.function", and die at ``point``; prints how often it touched the disk otherwise."""
    import importlib

    module, function = work.split(".")
    action = getattr(importlib.import_module(module), function)
    disk, folder = Deadly(int(point)), arguments[0]

    def watch(event: str, told: tuple[Any, ...]) -> None:
        touches = event in _TOUCHES or (event == "open" and told[2] & (os.O_WRONLY | os.O_RDWR))
        if touches and any(str(one).startswith(folder) for one in told[:2]):
            disk.touch()

    sys.addaudithook(watch)
    with on(disk, pytest.MonkeyPatch()):
        action(*arguments)
    print(disk.done)


def killed(work: str, point: int, *arguments: object) -> int:
    """Do ``work`` in a process that dies at ``point`` (0: never). How often it touched the disk, or 0 if it died."""
    command = [sys.executable, "-c", RUN, TESTS, TESTS.parent, work, point, *arguments]
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False, timeout=120)
    if done.returncode == -signal.SIGKILL:
        return 0
    assert done.returncode == 0, done.stderr
    return int(done.stdout.splitlines()[-1])
