"""How many requests to Retell each caller may cause in a window of time.

Taken by the estimate before an operation runs, settled by what it sent once it has ended; what is
refused takes a little, too. Knows no HTTP; counts with the library `limits`, in windows that begin
with a caller's first operation.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from limits import RateLimitItemPerSecond
from limits.aio.strategies import FixedWindowRateLimiter

from gateway.errors import GatewayError, RateLimited
from gateway.operation.counters import Counters

if TYPE_CHECKING:
    from collections.abc import Callable

REFUSAL = 1
"""What a refused operation takes, since reading it cost something: as much as one request."""


@dataclass(frozen=True, slots=True)
class Left:
    """What a caller has left, as it is told."""

    limit: int
    window: int
    """Seconds."""
    remaining: int
    reset: int
    """Seconds until all of it is there again."""


class Counted(GatewayError):
    """An error that tells what its caller has left."""

    left: Left | None = None


class AllowanceSpent(RateLimited, Counted):
    """Less is left than the operation may cost; or nothing, and it is not known what it may."""

    def __init__(self, cost: int | None, left: Left) -> None:
        of = f"of {left.limit} in {left.window} seconds"
        super().__init__(
            f"No requests to Retell are left {of}: documents that are not known here are not read."
            if cost is None
            else f"The operation may make {cost} requests to Retell, and {left.remaining} are left "
            f"{of}.",
            retry_after=left.reset,
        )
        self.cost = cost
        self.left: Left = left


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

    def check(self, caller_key: str) -> None:
        """`AllowanceSpent` where nothing is left."""
        left = self._left(self._item.key_for(caller_key))
        if not left.remaining:
            raise AllowanceSpent(None, left)

    async def charge(self, caller_key: str) -> Left:
        """Count what is refused, for good; `AllowanceSpent` where nothing is left."""
        self.check(caller_key)
        return (await self.take(caller_key, REFUSAL)).left

    def _left(self, key: str) -> Left:
        count, ends = self._counters.state(key)
        reset = max(0, ceil(ends - self._clock()))
        return Left(self.limit, self._window, max(0, self.limit - count), reset)
