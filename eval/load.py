"""The service as its visitors meet it: how soon it is there, how long they wait, what it holds in memory."""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from itertools import cycle, islice
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from eval.errors import EvalError
from eval.speed import MINE, Figure, figures
from service.home import Home

# Questions a second of visitors who do not wait for one another, and for how many seconds they come.
RATE, LASTING = 150, 20
_MUNIMENT = (sys.executable, "-c", "from service.cli import main; main()")
_ADDRESS = re.compile(r"http://\S+")


def serving(home: Home, passages: int, questions: Sequence[str]) -> Iterator[Figure]:
    """A search from cold, and a service that is started, asked one question after another, then pressed."""
    cold = [_cold(home, question) for question in questions[:5]]
    yield from figures("search from cold", passages, {MINE: cold})
    start = time.perf_counter()
    with served(home) as (address, process):
        yield from figures("serve until ready", passages, {MINE: [time.perf_counter() - start]})
        asked = list(islice(cycle(questions), 1_000))
        waited, _ = asyncio.run(visit(address, asked, rate=None))
        yield from figures("search over HTTP", passages, {MINE: waited})
        yield Figure.single("memory while serving", passages, "MiB", _proportional_memory(process.pid) / 2**20)
        pressing = list(islice(cycle(questions), RATE * LASTING))
        waited, refused = asyncio.run(visit(address, pressing, RATE))
        yield from figures(f"search over HTTP, {RATE} a second", passages, {MINE: waited})
        yield Figure.single("share of these refused", passages, "", refused / len(pressing))


def _cold(home: Home, question: str) -> float:
    start = time.perf_counter()
    command = (*_MUNIMENT, "search", question, "--home", str(home.path))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


@contextmanager
def served(home: Home) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a service of its own process over ``home``, and that process; it answers when this begins.

    Raises EvalError for one that does not start.
    """
    command = (*_MUNIMENT, "serve", "--port", "0", "--home", str(home.path))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            told = _ADDRESS.search(process.stdout.readline() if process.stdout else "")
            if not told:
                by_hand = f"See what `muniment serve --home {home.path}` says."
                raise EvalError("a service that starts", f"exit code {process.wait()}", by_hand)
            address = told[0]
            asyncio.run(visit(address, ["ready"], rate=None))
            yield address, process
        finally:
            process.terminate()


async def visit(address: str, questions: Sequence[str], rate: float | None) -> tuple[list[float], int]:
    """Seconds until each answer, and how many were refused for want of room: each question after the last answer, or
    ``rate`` a second whoever still waits, counted from when it was due. Raises EvalError for any other answer.
    """
    waited, refused = list[float](), 0
    async with aiohttp.ClientSession() as session:

        async def ask(question: str, due: float) -> None:
            nonlocal refused
            await asyncio.sleep(due - time.perf_counter())
            async with session.get(f"{address}api/search?{urlencode({'q': question})}") as answer:
                await answer.read()
            if answer.status not in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE):
                raise EvalError("an answer", f"status {answer.status} for {question!r}", "Ask it by hand.")
            if answer.status == HTTPStatus.OK:
                waited.append(time.perf_counter() - due)
            else:
                refused += 1

        start = time.perf_counter()
        if rate is None:
            for question in questions:
                await ask(question, time.perf_counter())
        else:
            await asyncio.gather(*(ask(one, start + at / rate) for at, one in enumerate(questions)))
    return waited, refused


def _proportional_memory(process: int) -> int:
    """Bytes that a process holds, shared pages by its share of them (PSS)."""
    told = Path(f"/proc/{process}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", told, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
