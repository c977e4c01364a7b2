"""uvicorn, with a drain before it closes its doors. Knows no application."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from socket import socket
    from types import FrameType

    from gateway.http.drain import Drain


class DrainingServer(uvicorn.Server):
    """On the first SIGTERM or SIGINT the drain begins and new requests are still answered.

    The doors close when nothing runs any more, or after `grace`. uvicorn alone closes them at once.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain, *, grace: float = 20.0) -> None:
        super().__init__(config)
        self._drain = drain
        self._grace = grace
        self._closing: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Remember the loop: a signal handler may run outside of it."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal drains, a second one does what uvicorn does."""
        if self._loop is None or self._drain.state == "draining":
            super().handle_exit(sig, frame)
            return
        self._drain.begin()
        self._loop.call_soon_threadsafe(self._start_closing, sig, frame)

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """After a second signal nothing waits for the drain any more."""
        if self._closing is not None:
            self._closing.cancel()
        await super().shutdown(sockets)

    def _start_closing(self, sig: int, frame: FrameType | None) -> None:
        self._closing = asyncio.get_running_loop().create_task(self._close(sig, frame))

    async def _close(self, sig: int, frame: FrameType | None) -> None:
        await self._drain.finish(self._grace)
        super().handle_exit(sig, frame)
