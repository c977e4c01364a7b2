"""The reads of one operation: each key once, a few at a time, no longer than it has time.

Callbacks where a task for each would do: most of them wait for a fetch, and that is all.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from gateway.cache.read_through import Hit
from gateway.cache.single_flight import FlightCancelledError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.cache.entry import Entry
    from gateway.cache.read_through import Fetch, ReadThrough
    from gateway.cache.single_flight import Flight

T = TypeVar("T")


class _Reading(Generic[T]):
    """One key on its way: what fetches it, what is made of it, and who waits for that."""

    __slots__ = (
        "begun",
        "bridged",
        "error",
        "fetch",
        "flight",
        "key",
        "shared",
        "taken",
        "waiters",
    )

    def __init__(self, key: str, fetch: Fetch, taken: Callable[[Hit], T]) -> None:
        self.key = key
        self.fetch = fetch
        self.taken = taken
        self.waiters: list[asyncio.Future[T]] = []
        self.flight: Flight[Entry] | None = None
        """What it waits for; None before it has begun and after it was left."""
        self.shared = False
        self.begun = False
        """Whether it is one of the few."""
        self.bridged = False
        self.error: BaseException | None = None
        """What it came to: whoever asks again is told the same."""


class Readings(Generic[T]):
    """Of one operation; to be closed with it."""

    def __init__(
        self,
        cache: ReadThrough,
        *,
        at_once: int,
        remaining: Callable[[], float],
        worded: Callable[[BaseException], BaseException],
    ) -> None:
        """`remaining` seconds are left to the operation: who still waits then gets what is kept, or
        a `TimeoutError`. What is wrong with a read is `worded` before anybody hears of it."""
        self._cache = cache
        self._at_once = at_once
        self._remaining = remaining
        self._worded = worded
        self._by_key: dict[str, _Reading[T]] = {}
        self._open: set[_Reading[T]] = set()
        self._in_line: deque[_Reading[T]] = deque()
        self._busy = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._bridging: set[asyncio.Task[None]] = set()
        self._closed = False

    def __contains__(self, key: str) -> bool:
        """Whether it is on its way, or could not be read."""
        return key in self._by_key

    def read(self, key: str, fetch: Fetch, taken: Callable[[Hit], T]) -> asyncio.Future[T]:
        """What is `taken` from the hit; the first who asks for a key says how."""
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        reading = self._by_key.get(key)
        if reading is not None:
            if reading.error is None:
                reading.waiters.append(waiter)
            else:
                fail(waiter, reading.error)
            return waiter
        if self._closed:
            waiter.cancel()  # nothing is sent for an operation that is over
            return waiter
        reading = self._by_key[key] = _Reading(key, fetch, taken)
        reading.waiters.append(waiter)
        self._open.add(reading)
        if self._alarm is None:
            self._alarm = waiter.get_loop().call_later(self._remaining(), self._too_late)
        if self._busy < self._at_once:
            self._begin(reading)
        else:
            self._in_line.append(reading)
        return waiter

    def forget(self) -> None:
        """Whoever asks from now on starts a new read; those on their way go on."""
        self._by_key.clear()

    def close(self) -> None:
        """Give up what is on its way; other operations keep what they share."""
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        for reading in self._open:
            self._leave(reading)
            for waiter in reading.waiters:
                waiter.cancel()
        self._open.clear()
        self._in_line.clear()
        for task in self._bridging:
            task.cancel()

    def _begin(self, reading: _Reading[T]) -> None:
        self._busy += 1
        reading.begun = True
        try:
            found = self._cache.look(reading.key, reading.fetch)
        except FlightCancelledError as error:
            self._settle(reading, error)
            return
        if isinstance(found, Hit):
            self._settle(reading, found)
            return
        reading.flight, reading.shared = found
        reading.flight.task.add_done_callback(partial(self._landed, reading))

    def _landed(self, reading: _Reading[T], task: asyncio.Task[Entry]) -> None:
        if reading.flight is None:
            return  # it was left before
        self._leave(reading)
        error = FlightCancelledError() if task.cancelled() else task.exception()
        if error is None:
            self._end(reading, self._cache.hit(task.result(), shared=reading.shared))
        elif self._cache.is_outage(error):
            self._bridge(reading, error)
        else:
            self._end(reading, error)

    def _too_late(self) -> None:
        self._alarm = None  # it rings at once for who asks even later
        for reading in tuple(self._open):
            self._leave(reading)
            self._bridge(reading, TimeoutError())
        self._in_line.clear()

    def _leave(self, reading: _Reading[T]) -> None:
        flight, reading.flight = reading.flight, None
        if flight is not None:
            self._cache.leave(reading.key, flight)

    def _bridge(self, reading: _Reading[T], error: BaseException) -> None:
        """What is kept may be served in the place of this error."""
        if reading.bridged:
            return
        reading.bridged = True
        task = asyncio.create_task(self._bridged(reading, error))
        self._bridging.add(task)
        task.add_done_callback(self._bridging.discard)

    async def _bridged(self, reading: _Reading[T], error: BaseException) -> None:
        # Looked up again rather than remembered: it may have been purged meanwhile.
        self._end(reading, await self._cache.bridge(reading.key) or error)

    def _end(self, reading: _Reading[T], found: Hit | BaseException) -> None:
        """It is over, and has made room."""
        self._settle(reading, found)
        while self._in_line and self._busy < self._at_once:
            self._begin(self._in_line.popleft())

    def _settle(self, reading: _Reading[T], found: Hit | BaseException) -> None:
        self._open.discard(reading)
        waiters = [each for each in reading.waiters if not each.done()]
        if isinstance(found, Hit):
            if self._by_key.get(reading.key) is reading:
                del self._by_key[reading.key]
            taken = reading.taken(found)
            for waiter in waiters:
                waiter.set_result(taken)
        else:
            reading.error = self._worded(found)
            for waiter in waiters:
                fail(waiter, reading.error)
        if reading.begun:
            self._busy -= 1


def fail(waiter: asyncio.Future[T], error: BaseException) -> None:
    """Tell it, whether anybody waits or not."""
    waiter.set_exception(error)
    waiter.exception()  # marks it as retrieved, should nobody wait any more
