"""Reading through the cache: serve what is fresh, share what is fetched, bridge what is out.

The only way to data that is kept. A fetch is a callable; nothing here knows what it does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from gateway.cache.admission import Admission
from gateway.cache.entry import Entry, Fetched, State, state, usable_on_error
from gateway.cache.keys import tenant_of
from gateway.cache.refresh import Pauses, Refreshes
from gateway.cache.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.cache.entry import Clock
    from gateway.cache.refresh import OnError
    from gateway.cache.single_flight import Flight
    from gateway.cache.tier import Tier

Fetch = Callable[[], Awaitable[Fetched]]
"""Goes to the source. It may serve other readers after the one that gave it has left."""

Source = Literal["fresh", "stale", "error", "miss", "shared"]
"""How an entry was come by: kept and fresh; kept and being refreshed; kept and served because
upstream is out; fetched now; fetched now for another reader as well."""


class Hit(NamedTuple):
    """What a reader gets."""

    entry: Entry
    state: State
    source: Source


class ReadThrough:
    """One for the process. Everything it holds on to is bounded, and ended by `aclose`."""

    def __init__(
        self,
        store: Tier,
        clock: Clock,
        *,
        is_outage: Callable[[BaseException], bool],
        on_refresh_error: OnError | None = None,
        retry_pause: float = 2,
        max_refreshes: int = 64,
        max_pauses: int = 4096,
    ) -> None:
        self._store = store
        self._clock = clock
        self._is_outage = is_outage
        self._flights: SingleFlight[Entry] = SingleFlight()
        self._admission = Admission()
        self._pauses = Pauses(clock, seconds=retry_pause, limit=max_pauses)
        self._refreshes = Refreshes(self._pauses, limit=max_refreshes, on_error=on_refresh_error)

    def peek(self, key: str) -> Entry | None:
        """The entry if it is fresh and at hand, without a coroutine."""
        entry = self._store.peek(key)
        return None if entry is None or self._clock() >= entry.fresh_until else entry

    def look(self, key: str, fetch: Fetch) -> Hit | tuple[Flight[Entry], bool]:
        """The entry under this key: kept, if it is at hand and may be served; else the flight that
        fetches it, once for all, and whether another reader started it; it is to be left (`leave`).
        """
        kept = self._kept(key, fetch)
        return kept or self._flights.board(key, partial(self._fetch_and_keep, key, fetch))

    def leave(self, key: str, flight: Flight[Entry]) -> None:
        """One waiter less: the last one that leaves cancels it."""
        self._flights.leave(key, flight)

    def hit(self, entry: Entry, *, shared: bool) -> Hit:
        """What a reader gets of a flight that landed."""
        return Hit(entry, state(entry, self._clock()), "shared" if shared else "miss")

    def is_outage(self, error: BaseException) -> bool:
        """Whether what is kept may be served in the place of this error."""
        return self._is_outage(error)

    async def purge(self, tags: Iterable[str]) -> None:
        """Forget what has one of these tags: who reads after this never sees what was before it.

        The tags of fetches in the air are not known yet. So nobody joins any more those of the
        same tenants, and none is kept if it lands with one of these tags; those who wait get it.
        """
        affected = frozenset(tags)
        tenants = {tenant_of(name) for name in affected}
        self._flights.detach(lambda key: tenant_of(key) in tenants)
        self._admission.purge(affected)
        await self._store.purge(affected)

    async def aclose(self) -> None:
        """Cancel every fetch and refresh, and wait until they have ended."""
        await self._refreshes.aclose()
        await self._flights.aclose()

    def has(self, key: str) -> bool:
        """Whether `look` would give what is kept: fresh, or stale and being refreshed."""
        entry = self._store.peek(key)
        return entry is not None and state(entry, self._clock()) is not State.EXPIRED

    def is_current(self, key: str, entry: Entry) -> bool:
        """Whether this very entry is kept under the key; counts as a use of it."""
        return self._store.peek(key) is entry

    def changes(self) -> int:
        """How often an entry that is at hand came, went or was replaced: as long as it is the same,
        what was current is so, if it is fresh."""
        return self._store.changes

    async def bridge(self, key: str) -> Hit | None:
        """The entry that may be served because its source is out, if there is one."""
        kept = await self._store.get(key)
        now = self._clock()
        if kept is None or not usable_on_error(kept, now):
            return None
        self._pauses.begin(key)
        return Hit(kept, state(kept, now), "error")

    def _kept(self, key: str, fetch: Fetch) -> Hit | None:
        """What is kept, if it may be served."""
        entry = self._store.peek(key)
        if entry is None:
            return None
        now = self._clock()
        found = state(entry, now)
        if found is State.FRESH:
            return Hit(entry, found, "fresh")
        if found is State.STALE:
            self._refreshes.start(key, partial(self._refresh, key, entry, fetch))
            return Hit(entry, found, "stale")
        if key in self._pauses and usable_on_error(entry, now):
            return Hit(entry, found, "error")
        return None

    async def _refresh(self, key: str, entry: Entry, fetch: Fetch) -> None:
        try:
            await self._flights.run(key, partial(self._fetch_and_keep, key, fetch))
        except Exception as error:
            if not self._is_outage(error):
                # Refused, not out: a key that no longer counts must not be served from memory.
                await self._store.purge(entry.tags)
            raise

    async def _fetch_and_keep(self, key: str, fetch: Fetch, flight: Flight[Entry]) -> Entry:
        with self._admission.ticket(key) as ticket:
            fetched = await fetch()
            flight.landed = True
            entry = Entry.of(fetched, self._clock())
            if self._admission.admit(ticket, fetched.tags):
                await self._store.set(key, entry)
        return entry
