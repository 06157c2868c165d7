"""How fast one host is asked: so many at once, so long between two, and not at all while it wants to be left alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Self


class Pace:
    """``async with pace`` waits for a turn and holds it."""

    def __init__(
        self, delay_seconds: float, at_once: int, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._delay_seconds = delay_seconds
        self._slots = asyncio.Semaphore(at_once)
        self._clock, self._sleep = clock, sleep
        self._next_start = clock()

    def slow_to(self, delay_seconds: float) -> None:
        """Leave at least this long between two starts."""
        self._delay_seconds = max(self._delay_seconds, delay_seconds)

    def pause(self, seconds: float) -> None:
        """Start nothing for so long."""
        self._next_start = max(self._next_start, self._clock() + seconds)

    def pause_seconds(self) -> float:
        """How long nothing may start, beyond the ordinary delay between two."""
        return max(0.0, self._next_start - self._clock() - self._delay_seconds)

    async def __aenter__(self) -> Self:
        await self._slots.acquire()
        while (wait := self._next_start - self._clock()) > 0:
            await self._sleep(wait)
        self._next_start = self._clock() + self._delay_seconds
        return self

    async def __aexit__(self, *_: object) -> None:
        self._slots.release()
