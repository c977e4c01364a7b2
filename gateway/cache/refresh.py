"""Fetches that nobody waits for: at most one per key, bounded in number, pausing after a failure.

Knows neither entries nor stores.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from gateway.cache.entry import Clock

OnError = Callable[[str, Exception], None]
"""Told of every failed refresh: its key and why. Must not raise."""


class Pauses:
    """Keys that are not to be fetched for a moment. Over the limit the oldest is forgotten."""

    def __init__(self, clock: Clock, *, seconds: float, limit: int) -> None:
        self._clock = clock
        self._seconds = seconds
        self._limit = limit
        self._until: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def begin(self, key: str) -> None:
        """Pause this key from now on."""
        # All pauses are equally long, so insertion order is the order in which they end.
        self._until.pop(key, None)
        now = self._clock()
        while self._until:
            oldest = next(iter(self._until))
            if len(self._until) < self._limit and self._until[oldest] > now:
                break
            del self._until[oldest]
        self._until[key] = now + self._seconds

    def __contains__(self, key: str) -> bool:
        until = self._until.get(key)
        return until is not None and self._clock() < until


class Refreshes:
    """Runs refreshes in tasks of their own, keeps hold of them and cancels them at the end."""

    def __init__(self, pauses: Pauses, *, limit: int, on_error: OnError | None = None) -> None:
        self._pauses = pauses
        self._limit = limit
        self._on_error = on_error
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def start(self, key: str, work: Callable[[], Awaitable[object]]) -> None:
        """Refresh this key, unless that is under way, pausing, over the limit or too late."""
        full = len(self._tasks) >= self._limit
        if full or self._closed or key in self._tasks or key in self._pauses:
            return
        task = asyncio.create_task(self._run(key, work), name=f"refresh {key}")
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._tasks.pop(key))

    async def aclose(self) -> None:
        """Cancel what is under way and wait until it has ended; start nothing any more."""
        self._closed = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, key: str, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - nobody waits for it: it is reported instead
            self._pauses.begin(key)
            if self._on_error is not None:
                self._on_error(key, error)
