"""What the cache is played against: a clock that is set, a source that counts, a slow store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from gateway.cache.entry import Entry, Fetched, Freshness
from gateway.cache.memory import MemoryCache
from gateway.cache.read_through import ReadThrough
from gateway.cache.readings import Readings

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from gateway.cache.read_through import Fetch, Hit
    from gateway.cache.tier import Tier

T = TypeVar("T")

FRESHNESS = Freshness(max_age=10, stale_while_revalidate=20, stale_if_error=60)
TAG = frozenset({"key:tag"})
"""Of the tenant whose key is `key`."""


class OutageError(Exception):
    """The source is out."""


class RefusedError(Exception):
    """The source is there, and says no."""


def is_outage(error: BaseException) -> bool:
    return isinstance(error, OutageError)


class Clock:
    """Stands still unless it is set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Source:
    """A fetch: its values are 1, 2, 3, ... While the gate is shut, fetches wait before it."""

    def __init__(self, freshness: Freshness = FRESHNESS, tags: frozenset[str] = TAG) -> None:
        self.freshness = freshness
        self.tags = tags
        self.error: Exception | None = None
        self.fetches = 0
        self.cancelled = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> Fetched:
        self.fetches += 1
        number = self.fetches
        error, gate = self.error, self.gate
        try:
            await gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if error is not None:
            raise error
        return Fetched(number, self.freshness, self.tags)

    def shut(self) -> asyncio.Event:
        """Shut a new gate: fetches from now on wait until it is set."""
        self.gate = asyncio.Event()
        return self.gate


class SlowStore:
    """A memory cache at a distance: `set` and `purge` take effect in order, and return late."""

    def __init__(self, clock: Clock) -> None:
        self.memory = MemoryCache(100, 100_000, clock)
        self.gate = asyncio.Event()
        self.sets = 0

    @property
    def changes(self) -> int:
        return self.memory.changes

    def peek(self, key: str) -> Entry | None:
        return self.memory.peek(key)

    async def get(self, key: str) -> Entry | None:
        await asyncio.sleep(0)
        return self.memory.peek(key)

    async def set(self, key: str, entry: Entry) -> None:
        await self.gate.wait()
        self.sets += 1
        await self.memory.set(key, entry)

    async def purge(self, tags: Iterable[str]) -> None:
        await self.gate.wait()
        await self.memory.purge(tags)


class HoardingStore:
    """Drops nothing by itself: what an entry is still good for is all the reader's to judge."""

    changes = 0

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}

    def peek(self, key: str) -> Entry | None:
        return self.entries.get(key)

    async def get(self, key: str) -> Entry | None:
        return self.entries.get(key)

    async def set(self, key: str, entry: Entry) -> None:
        self.entries[key] = entry

    async def purge(self, tags: Iterable[str]) -> None:
        gone = frozenset(tags)
        self.entries = {key: kept for key, kept in self.entries.items() if not kept.tags & gone}


def reading(
    clock: Clock,
    store: Tier | None = None,
    on_refresh_error: Callable[[str, Exception], None] | None = None,
) -> ReadThrough:
    """A read-through with a pause of two seconds and room for two refreshes."""
    return ReadThrough(
        store or MemoryCache(100, 100_000, clock),
        clock,
        is_outage=is_outage,
        on_refresh_error=on_refresh_error,
        retry_pause=2,
        max_refreshes=2,
    )


async def get(cache: ReadThrough, key: str, fetch: Fetch) -> Hit:
    """What an operation gets that reads this key alone."""
    readings: Readings[Hit] = Readings(
        cache, at_once=1, remaining=lambda: 3600.0, worded=lambda error: error
    )
    try:
        return await readings.read(key, fetch, lambda hit: hit)
    finally:
        readings.close()


async def settle() -> None:
    """Let every task run until it waits for something that does not come by itself."""
    for _ in range(20):
        await asyncio.sleep(0)


async def promptly(reading: Coroutine[object, object, T]) -> T:
    """The result of what waits for nothing that is shut; an error rather than a hang if it does."""
    task = asyncio.create_task(reading)
    await settle()
    return task.result()


def at_once(command: Coroutine[object, object, T]) -> T:
    """The result of a command that never waits; without an event loop, so that it cannot."""
    try:
        command.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    command.close()
    raise AssertionError("it waited")


def other_tasks() -> set[str]:
    """The names of all tasks but the one that asks."""
    return {task.get_name() for task in asyncio.all_tasks() - {asyncio.current_task()}}
