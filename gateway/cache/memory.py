"""Entries in the memory of this process: an aiocache cache with limits, tags and a quick look.

Knows nothing of fetching. Values are shared with every reader and never copied.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer

from gateway.cache.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.cache.entry import Clock


class MemoryCache(BaseCache):  # type: ignore[misc]  # aiocache ships no types
    """The least recently used entries go first, as soon as there are too many or too many bytes.

    aiocache's own commands work on it as on any of its caches (`get`, `set`, `multi_get`, ...),
    but only entries are kept, and each carries its own life: a `ttl` is refused.
    """

    NAME = "bounded-memory"

    def __init__(self, max_entries: int, max_bytes: int, clock: Clock) -> None:
        # Without timeout=0 aiocache wraps every command in wait_for: five times the cost.
        super().__init__(serializer=NullSerializer(), timeout=0)
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._clock = clock
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._keys_by_tag: dict[str, set[str]] = {}
        self._bytes = 0
        self.changes = 0
        """How often an entry came or went."""

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes_held(self) -> int:
        """The sizes of all entries together."""
        return self._bytes

    def peek(self, key: str) -> Entry | None:
        """The entry, without a coroutine; counts as a use. One past all use is dropped here."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self._clock() >= entry.kept_until:
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return entry

    async def purge(self, tags: Iterable[str]) -> int:
        """Forget every entry that has one of these tags; how many those were."""
        keys = {key for tag in tags for key in self._keys_by_tag.get(tag, ())}
        for key in keys:
            self._remove(key)
        return len(keys)

    def _keep(self, key: str, entry: Entry) -> bool:
        # What was there is outdated even if its successor cannot be kept.
        self._remove(key)
        too_big = entry.size > self._max_bytes or self._max_entries < 1
        if too_big or self._clock() >= entry.kept_until:
            return False
        self._entries[key] = entry
        self.changes += 1
        self._bytes += entry.size
        for tag in entry.tags:
            self._keys_by_tag.setdefault(tag, set()).add(key)
        while self._bytes > self._max_bytes or len(self._entries) > self._max_entries:
            self._remove(next(iter(self._entries)))
        return True

    def _remove(self, key: str) -> bool:
        entry = self._entries.pop(key, None)
        if entry is None:
            return False
        self.changes += 1
        self._bytes -= entry.size
        for tag in entry.tags:
            keys = self._keys_by_tag[tag]
            keys.remove(key)
            if not keys:
                del self._keys_by_tag[tag]
        return True

    # What aiocache's commands are made of. The options left alone are of encodings, connections
    # and optimistic locks, none of which there are in one process.

    async def _get(self, key: str, **_options: object) -> Entry | None:
        return self.peek(key)

    async def _multi_get(self, keys: Iterable[str], **_options: object) -> list[Entry | None]:
        return [self.peek(key) for key in keys]

    async def _set(
        self, key: str, value: object, ttl: float | None = None, **_options: object
    ) -> bool:
        if not isinstance(value, Entry):
            raise TypeError(f"only entries are kept, not {type(value).__name__}")
        if ttl is not None:
            raise ValueError("an entry carries its own life: no ttl")
        return self._keep(key, value)

    async def _multi_set(
        self, pairs: Iterable[tuple[str, object]], ttl: float | None = None, **_options: object
    ) -> None:
        for key, value in pairs:
            await self._set(key, value, ttl)

    async def _add(
        self, key: str, value: object, ttl: float | None = None, **_options: object
    ) -> None:
        if self.peek(key) is not None:
            raise ValueError(f"there is an entry under {key} already: set replaces it")
        await self._set(key, value, ttl)

    async def _exists(self, key: str, **_options: object) -> bool:
        return self.peek(key) is not None

    async def _delete(self, key: str, **_options: object) -> int:
        return int(self._remove(key))

    async def _clear(self, namespace: str | None = None, **_options: object) -> None:
        for key in [key for key in self._entries if key.startswith(namespace or "")]:
            self._remove(key)
