"""The open connections to one origin: which is used next, and which are kept for later.

There is no maximum: `RetellClient` bounds what is under way at once. So nobody waits here, and no
place can be lost with a caller that leaves.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from typing import TYPE_CHECKING

from gateway.upstream.wire import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


class Pool:
    """Keeps connections whose last answer was complete, as many and as long as `limits` say."""

    def __init__(self, limits: httpx.Limits, clock: Callable[[], float]) -> None:
        most, seconds = limits.max_keepalive_connections, limits.keepalive_expiry
        self._most = math.inf if most is None else most
        self._seconds = math.inf if seconds is None else seconds
        self._clock = clock
        self._open: set[Connection] = set()
        self._idle: deque[Connection] = deque()
        """The longest unused one first. The last is used next, so that the others grow old."""
        self._closed = False
        self._all_lost = asyncio.Event()

    @property
    def sizes(self) -> tuple[int, int]:
        """How many connections there are, and how many of them are idle."""
        return len(self._open), len(self._idle)

    def connection(self) -> Connection:
        """The protocol for one that is about to be opened, and added once it is."""
        return Connection(self._freed, self._lost)

    def add(self, connection: Connection) -> None:
        """A new one. Not told by `connection_made`: uvloop forgets to tell of the end of what was
        made for a caller that left in that moment."""
        if connection.usable:
            self._open.add(connection)
            if self._closed:
                connection.close()

    def take(self, *, only_reads: bool) -> Connection | None:
        """An idle one, if there is any that was not unused for too long.

        The loop tells of a peer that closes, but not before its next turn. A request that must not
        be sent twice asks the kernel too.
        """
        if self._closed:
            raise RuntimeError("The transport has been closed.")
        self._drop()
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and (only_reads or connection.quiet()):
                return connection
            connection.close()
        return None

    async def aclose(self) -> None:
        """Close all of them, in use or not."""
        self._closed = True
        for connection in list(self._open):
            connection.close()
        if self._open:
            await self._all_lost.wait()

    def _freed(self, connection: Connection) -> None:
        connection.idle_since = self._clock()
        self._idle.append(connection)
        self._drop()

    def _drop(self) -> None:
        oldest = self._clock() - self._seconds
        idle = self._idle
        while idle and (len(idle) > self._most or idle[0].idle_since <= oldest):
            idle.popleft().close()

    def _lost(self, connection: Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        if self._closed and not self._open:
            self._all_lost.set()
