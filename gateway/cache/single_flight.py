"""One fetch per key at a time; whoever asks meanwhile waits for the same one.

Knows nothing of entries or stores.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")


class FlightCancelledError(Exception):
    """The flight was ended by someone other than its waiters: a shutdown, or the fetch itself.

    Not a CancelledError: a waiter that nobody cancelled must not look as if it had been.
    """


class Flight(Generic[T]):
    """One fetch under way, in a task of its own, and how many wait for it."""

    __slots__ = ("landed", "task", "waiters")

    task: asyncio.Task[T]

    def __init__(self) -> None:
        self.waiters = 0
        self.landed = False
        """Set by the work once the answer is in: who leaves from then on cancels nothing."""


class SingleFlight(Generic[T]):
    """The work runs in a copy of the context of the reader that started it; waiters keep theirs."""

    def __init__(self) -> None:
        self._flights: dict[str, Flight[T]] = {}
        self._tasks: set[asyncio.Task[T]] = set()
        self._closed = False

    async def run(self, key: str, work: Callable[[Flight[T]], Awaitable[T]]) -> tuple[T, bool]:
        """The result of the work, and whether it was shared: started by another reader."""
        flight, shared = self.board(key, work)
        try:
            await _ended(flight.task)
        finally:
            self.leave(key, flight)
        if flight.task.cancelled():
            raise FlightCancelledError
        return flight.task.result(), shared

    def board(self, key: str, work: Callable[[Flight[T]], Awaitable[T]]) -> tuple[Flight[T], bool]:
        """The flight for this key, with one waiter more, and whether it is shared; it is to be left
        (`leave`)."""
        flight = self._flights.get(key)
        shared = flight is not None
        if flight is None:
            flight = self._start(key, work)
        flight.waiters += 1
        return flight, shared

    def leave(self, key: str, flight: Flight[T]) -> None:
        """One waiter less; nobody waits any more for one whose last waiter leaves in the air."""
        flight.waiters -= 1
        if flight.waiters == 0 and not flight.landed:
            self._abandon(key, flight)

    def detach(self, meant: Callable[[str], bool]) -> None:
        """Whoever asks for such a key from now on starts a new flight; those in the air fly on."""
        for key in [key for key in self._flights if meant(key)]:
            del self._flights[key]

    async def aclose(self) -> None:
        """Cancel what is in the air and wait until it is down; start nothing any more."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: str, work: Callable[[Flight[T]], Awaitable[T]]) -> Flight[T]:
        if self._closed:
            raise FlightCancelledError
        flight: Flight[T] = Flight()

        async def fly() -> T:
            return await work(flight)

        def down(task: asyncio.Task[T]) -> None:
            self._tasks.discard(task)
            self._forget(key, flight)
            if not task.cancelled():
                task.exception()  # marks it as retrieved, should all waiters have left

        flight.task = asyncio.create_task(fly(), name=f"fetch {key}")
        flight.task.add_done_callback(down)
        self._tasks.add(flight.task)
        self._flights[key] = flight
        return flight

    def _abandon(self, key: str, flight: Flight[T]) -> None:
        # Forgotten at once, not when the cancelled task ends: a reader who comes in between must
        # not wait for a flight that is going down.
        self._forget(key, flight)
        flight.task.cancel()

    def _forget(self, key: str, flight: Flight[T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


async def _ended(task: asyncio.Task[T]) -> None:
    """Wait for the end of a task, whatever it is: `asyncio.wait` of one, at a third of its cost."""
    ending = asyncio.get_running_loop().create_future()

    def end(_task: asyncio.Task[T]) -> None:
        if not ending.done():
            ending.set_result(None)

    task.add_done_callback(end)
    try:
        await ending
    finally:
        task.remove_done_callback(end)
