"""Counts the operations that run, so that a server that stops lets them finish first."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

from gateway.http.interruption import Interruption
from gateway.http.problem import ShuttingDown

if TYPE_CHECKING:
    from collections.abc import Iterator

State = Literal["starting", "ready", "draining"]


class Drain:
    """The gateway's life as `/readyz` tells it, and the operations that are under way."""

    def __init__(self, last_words: float = 1.0) -> None:
        """`last_words`: seconds in which cancelled operations may still say that they were."""
        self._last_words = last_words
        self.state: State = "starting"
        self._running: set[Interruption] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def running(self) -> int:
        """How many operations are under way."""
        return len(self._running)

    def ready(self) -> None:
        """All that a request needs is open; not taken back once draining began."""
        if self.state == "starting":
            self.state = "ready"

    def begin(self) -> None:
        """Tell `/readyz` to refuse; requests that still arrive are answered as before."""
        self.state = "draining"

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Count what runs inside; it ends with `ShuttingDown` when its time has passed."""
        interruption = Interruption(ShuttingDown)
        self._running.add(interruption)
        self._idle.clear()
        try:
            with interruption:
                yield
        finally:
            self._running.discard(interruption)
            if not self._running:
                self._idle.set()

    async def finish(self, grace: float) -> int:
        """Wait `grace` seconds for the operations to end, then cancel the rest; how many."""
        self.begin()
        try:
            async with asyncio.timeout(grace):
                await self._idle.wait()
        except TimeoutError:
            left = tuple(self._running)
            for interruption in left:
                interruption.fire()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._last_words):
                    await self._idle.wait()
            return len(left)
        return 0
