"""Calls that keep coming while the clock moves: a new one every 75 seconds, 5 to 8 at a time."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from gateway.sandbox.data.scripts import arrival

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.sandbox.data.agents import Agent
    from gateway.sandbox.data.scripts import Script

EVERY_MS = 75_000
ALREADY = 8
"""So many arrived before the start, so that some are ongoing from the first moment."""
KEPT = 72 * 3_600_000 // EVERY_MS
"""Three days' worth; older ones are forgotten, or a sandbox left running would only grow."""


class Arrivals:
    """The newest `KEPT` calls up to the latest time asked for, the oldest first."""

    def __init__(self, world: str, agents: Sequence[Agent], anchor_ms: int) -> None:
        self._world = world
        self._agents = agents
        self._anchor_ms = anchor_ms
        self._next = 0
        self._scripts: deque[Script] = deque()
        self._by_id: dict[str, Script] = {}

    def until(self, now_ms: int) -> Sequence[Script]:
        # The next one may be registered already: a call is, up to five seconds before it starts.
        last = (now_ms - self._anchor_ms + 5_000) // EVERY_MS + ALREADY
        self._next = max(self._next, last - KEPT + 1)
        while self._next <= last:
            start_ms = self._anchor_ms + (self._next - ALREADY) * EVERY_MS
            script = arrival(self._world, self._agents, self._next, start_ms)
            self._scripts.append(script)
            self._by_id[script.call_id] = script
            self._next += 1
        while len(self._scripts) > KEPT:
            del self._by_id[self._scripts.popleft().call_id]
        return self._scripts

    def get(self, call_id: str, now_ms: int) -> Script | None:
        self.until(now_ms)
        return self._by_id.get(call_id)
