"""Counters in memory that end with their windows: the storage that the library `limits` counts in.

Its own memory has no bound, no clock but the system's, and looks through all keys at every count.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from limits.aio.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_COUNTERS = 10_000
"""Callers that are told apart at once; beyond, the one that asked longest ago starts anew."""


@dataclass(slots=True)
class Counter:
    """What was counted in a window, and when that ends."""

    count: int
    ends: float


class Counters(Storage):
    """One for the process. Nothing in it waits, so each call is whole."""

    STORAGE_SCHEME = None  # made here only, never from an address

    def __init__(self, clock: Callable[[], float], most: int = MOST_COUNTERS) -> None:
        super().__init__()
        self._clock = clock
        self._most = most
        self._counters: OrderedDict[str, Counter] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counters)

    def state(self, key: str) -> tuple[int, float]:
        """What was counted in the current window, and when that ends; now, where there is none."""
        counter = self._current(key)
        return (0, self._clock()) if counter is None else (counter.count, counter.ends)

    def settle(self, key: str, difference: int, ends: float) -> None:
        """Count more, or less where it is negative, in the window that ends then."""
        counter = self._current(key)
        if counter is not None and counter.ends == ends:
            counter.count = max(0, counter.count + difference)

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, in a window that begins now where there is none."""
        counter = self._current(key)
        if counter is None:
            counter = self._counters[key] = Counter(0, self._clock() + expiry)
            if len(self._counters) > self._most:
                self._counters.popitem(last=False)
        self._counters.move_to_end(key)
        counter.count += amount
        return counter.count

    async def get(self, key: str) -> int:
        """What was counted in the current window."""
        return self.state(key)[0]

    async def get_expiry(self, key: str) -> float:
        """When the current window ends; now, where there is none."""
        return self.state(key)[1]

    async def clear(self, key: str) -> None:
        """Forget one."""
        self._counters.pop(key, None)

    async def reset(self) -> int:
        """Forget all; how many there were."""
        count = len(self._counters)
        self._counters.clear()
        return count

    async def check(self) -> bool:
        """Whether it can be reached."""
        return True

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library would take for a failure of a storage elsewhere."""
        return ValueError

    def _current(self, key: str) -> Counter | None:
        counter = self._counters.get(key)
        if counter is None or counter.ends > self._clock():
            return counter
        del self._counters[key]
        return None
