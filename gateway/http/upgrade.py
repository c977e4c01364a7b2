"""A connection that became a WebSocket, with limits that uvicorn has not: on clients that do not
read, and on messages in many pieces. Knows no application."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ClassVar

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from gateway.http.connection import ConnectionLimits
from gateway.http.stall import Stall

if TYPE_CHECKING:
    import asyncio
    from asyncio.transports import BaseTransport

    from uvicorn._types import ASGIReceiveEvent
    from websockets.frames import Frame

log = logging.getLogger(__name__)
# uvicorn writes down each address with its query string, and the library each frame: both may hold
# what nobody is to read.
log.setLevel(logging.WARNING)

MOST_PIECES = 1024
"""Of one message: empty ones do not make it longer, but each is kept."""


class WebSocket(WebSocketsSansIOProtocol):
    """uvicorn's, with the limits of its class."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = self.conn.logger = log
        self.conn.debug = False
        self._heard = False
        """Anything since the last ping."""

    def connection_made(self, transport: BaseTransport) -> None:
        """The connection is there already; it is only read anew."""
        super().connection_made(transport)
        self._stall = Stall(
            self.loop, self.transport, self.limits.stalled_seconds, self.limits.stalled_bytes
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing rings any more."""
        self._stall.forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Whatever comes shows that somebody is there."""
        self._heard = True
        super().data_received(data)
        if not self.handshake_initiated:
            # The head is no upgrade, and uvicorn would leave it at that.
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def pause_writing(self) -> None:
        """More waits for the client than it reads: until it does, nothing is read from it, since
        a ping would be answered at once, and wait as well."""
        super().pause_writing()
        self._stall.watch()
        self._pause_reading()

    def resume_writing(self) -> None:
        """It has read most of it: it is there."""
        self._heard = True
        super().resume_writing()
        self._stall.forget()
        if not self.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    async def receive(self) -> ASGIReceiveEvent:
        """The next message."""
        message = await super().receive()
        if not self.writable.is_set():
            self._pause_reading()
        return message

    def handle_cont(self, event: Frame) -> None:
        """A further piece of a message."""
        if len(self.frames) < MOST_PIECES:
            super().handle_cont(event)
        elif not self.close_sent:
            self.conn.send_close(1008, "The message has too many pieces.")
            self.handle_parser_exception()

    def send_keepalive_ping(self) -> None:
        """Somebody who is there says so."""
        self._heard = False
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """No answer to a ping: unless something else came, or it waits behind a long answer."""
        if not self._heard and self.writable.is_set():
            # uvicorn's code for this (1011) tells clients not to come again.
            self.transport.abort()
            return
        self.pong_timer = None
        self.schedule_ping()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application is done with it: what is not read soon never is."""
        super().on_task_complete(task)
        if not self.disconnected:
            self._stall.closes()

    def _pause_reading(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()


def websocket(limits: ConnectionLimits) -> type[WebSocket]:
    """The class of sockets with these limits: uvicorn makes them itself."""
    return type("LimitedWebSocket", (WebSocket,), {"limits": limits})
