"""Ends connections whose client does not read: what waits for it would be kept for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


class Stall:
    """Of one connection."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.Transport,
        seconds: float,
        least_bytes: int,
    ) -> None:
        """In each stretch of so many `seconds` it must have read `least_bytes`."""
        self._loop = loop
        self._transport = transport
        self._seconds = seconds
        self._least_bytes = least_bytes
        self._alarm: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """From now on something waits for the client."""
        waiting = self._transport.get_write_buffer_size()
        self._alarm = self._loop.call_later(self._seconds, self._look, waiting)

    def forget(self) -> None:
        """It has read."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def closes(self) -> None:
        """A transport closes once all is read: that of a client that reads no more never does."""
        if self._alarm is None:
            self._alarm = self._loop.call_later(self._seconds, self._transport.abort)

    def _look(self, waited: int) -> None:
        if self._transport.get_write_buffer_size() > waited - self._least_bytes:
            self._transport.abort()
        else:
            self.watch()
