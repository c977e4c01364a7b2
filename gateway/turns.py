"""Work that would hold up the event loop, done in turns: others go on between two of them."""

from __future__ import annotations

import asyncio
from time import perf_counter

TURN = 0.005
"""Seconds of work after which others get their turn."""


class Turns:
    """Of one piece of work, or of several that are done side by side."""

    __slots__ = ("_ends", "_line")

    def __init__(self) -> None:
        self._ends = perf_counter() + TURN
        self._line: asyncio.Lock | None = None

    def is_over(self) -> bool:
        """Whether it is others' turn: `pause` is to be waited for then."""
        return perf_counter() > self._ends

    async def pause(self) -> None:
        """Let others go on."""
        await asyncio.sleep(0)
        self._ends = perf_counter() + TURN

    async def stand_in_line(self) -> None:
        """Wait for a turn. Tasks that were waiting for the same thing, or for things that all come
        at once, would else do all that they do with it before anybody else goes on."""
        if self._line is None:
            self._line = asyncio.Lock()
        async with self._line:
            if self.is_over():
                await self.pause()
