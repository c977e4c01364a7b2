"""How many requests to Retell each caller may cause in a window of time.

Taken by the estimate before an operation runs, settled by what it sent once it has ended. Knows no
HTTP; counts with the library `limits`, in windows that begin with a caller's first operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from limits import RateLimitItemPerSecond
from limits.aio.strategies import FixedWindowRateLimiter

from gateway.errors import RateLimited
from gateway.operation.counters import Counters

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Left:
    """What a caller has left, as it is told."""

    limit: int
    window: int
    """Seconds."""
    remaining: int
    reset: int
    """Seconds until all of it is there again."""


class AllowanceSpent(RateLimited):
    """Less is left than the operation may cost."""

    def __init__(self, cost: int, left: Left) -> None:
        super().__init__(
            f"The operation may make {cost} requests to Retell, and {left.remaining} are left of "
            f"{left.limit} in {left.window} seconds.",
            retry_after=left.reset,
        )
        self.cost = cost
        self.left = left


@dataclass(slots=True)
class Taken:
    """What one operation has taken of its caller's allowance."""

    _counters: Counters
    _key: str
    _cost: int
    _ends: float
    """When the window ends of which it was taken."""
    left: Left

    def settle(self, actual: int) -> None:
        """Give back what was not used, or take what was used beyond; to be called once."""
        difference = actual - self._cost
        self._counters.settle(self._key, difference, self._ends)
        left = self.left
        remaining = min(left.limit, max(0, left.remaining - difference))
        self.left = Left(left.limit, left.window, remaining, left.reset)


class Rates:
    """One for the process."""

    def __init__(self, limit: int, window: int, clock: Callable[[], float]) -> None:
        """`limit` requests in `window` seconds for each key."""
        self.limit = limit
        self._window = window
        self._clock = clock
        self._counters = Counters(clock)
        self._item = RateLimitItemPerSecond(limit, window, "caller")
        self._limiter = FixedWindowRateLimiter(self._counters)

    async def take(self, caller_key: str, cost: int) -> Taken:
        """Count `cost`; `AllowanceSpent`, and nothing counted, where less is left."""
        key = self._item.key_for(caller_key)
        may = await self._limiter.hit(self._item, caller_key, cost=cost)
        _, ends = self._counters.state(key)
        if not may:
            self._counters.settle(key, -cost, ends)
            raise AllowanceSpent(cost, self._left(key))
        return Taken(self._counters, key, cost, ends, self._left(key))

    def _left(self, key: str) -> Left:
        count, ends = self._counters.state(key)
        reset = max(0, ceil(ends - self._clock()))
        return Left(self.limit, self._window, max(0, self.limit - count), reset)
