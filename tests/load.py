"""Load on a service in a process of its own: requests sent when they are due, whatever became of those before."""

import asyncio
import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp
from program import PROGRAM, ROOT


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one request; status 0: the connection was refused, -1: it was broken off."""

    path: str
    at: float
    status: int
    seconds: float
    body: bytes
    retry_after: str


@dataclass(slots=True)
class Service:
    """A service that listens."""

    process: "subprocess.Popen[str]"
    base: str

    @property
    def megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


@contextmanager
def running(home: Path, port: int, log: Path, *more: str) -> Iterator[Service]:
    """`muniment serve` over a home."""
    command = [*PROGRAM, "serve", "--home", str(home), "--port", str(port), *more]
    with log.open("w") as err:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=err, text=True, cwd=ROOT)
        try:
            assert process.stdout is not None
            assert "search at" in process.stdout.readline(), log.read_text()
            yield Service(process, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.communicate(timeout=30)


def due(rates: dict[str, float], seconds: float, paths: dict[str, Sequence[str]]) -> list[tuple[float, str]]:
    """When which path is asked for: each kind of ``paths`` at its rate a second, in turn."""
    plan = [
        (number / rate, paths[kind][number % len(paths[kind])])
        for kind, rate in rates.items()
        for number in range(int(rate * seconds))
    ]
    return sorted(plan)


async def sent(base: str, plan: Sequence[tuple[float, str]], headers: dict[str, str] | None = None) -> list[Told]:
    """The fate of every request of a plan."""
    began, limits = monotonic(), aiohttp.TCPConnector(limit=0, force_close=True)
    timeout = aiohttp.ClientTimeout(total=60)

    async def one(session: aiohttp.ClientSession, at: float, path: str) -> Told:
        await asyncio.sleep(max(0.0, began + at - monotonic()))
        sent_at, status, body, wait = monotonic(), 0, b"", ""
        try:
            async with session.get(base + path) as answer:
                status, wait = -1, answer.headers.get("Retry-After", "")
                body = await answer.read()
                status = answer.status
        except aiohttp.ClientConnectorError:
            status = 0
        except (aiohttp.ClientError, TimeoutError, OSError):
            status = -1
        return Told(path, at, status, monotonic() - sent_at, body, wait)

    async with aiohttp.ClientSession(connector=limits, timeout=timeout, headers=headers) as session:
        return await asyncio.gather(*(one(session, at, path) for at, path in plan))


def mixed(told: Sequence[Told]) -> list[str]:
    """Paths that one generation answered in two ways: some of one answer came from another."""
    seen: dict[tuple[str, str], set[bytes]] = {}
    for one in told:
        if one.status == 200:
            seen.setdefault((one.path, json.loads(one.body)["generation"]), set()).add(one.body)
    return [path for (path, _), bodies in seen.items() if len(bodies) > 1]


def quantile(told: Sequence[Told], share: float, **having: Any) -> float:
    """Milliseconds within which a share of the answers came."""
    times = sorted(one.seconds for one in told if one.status == having.get("status", 200))
    return 1000 * times[min(len(times) - 1, int(share * len(times)))] if times else 0.0
