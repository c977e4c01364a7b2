"""One connection of a client, with limits that uvicorn has not: on the head of a request, on
clients that do not read, on idle ones before their first request. Knows no application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from gateway.http.replying import Replying
from gateway.http.stall import Stall

if TYPE_CHECKING:
    import asyncio

    from gateway.http.reply import Reply


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a client may make the server wait for, and keep."""

    at_once: int = 10_000
    head_seconds: float = 15.0
    """From the first moment in which a request could begin to the end of its head."""
    head_bytes: int = 64 * 1024
    """Of a head, after its first piece."""
    stalled_seconds: float = 20.0
    """In which a client must have read `stalled_bytes` of what waits for it."""
    stalled_bytes: int = 32 * 1024
    message_bytes: int = 256 * 1024
    """Of one message on a WebSocket."""
    ping_seconds: float = 20.0
    """Between two pings on one, and from a ping to its answer."""


class Connection(Replying):
    """uvicorn's, with the limits of its class."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_alarm: asyncio.TimerHandle | None = None
        self._head_bytes: int | None = None
        """Of the head that is being read; None between heads."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """One too many is closed at once."""
        super().connection_made(transport)
        self._stall = Stall(
            self.loop, transport, self.limits.stalled_seconds, self.limits.stalled_bytes
        )
        if len(self.connections) > self.limits.at_once:
            transport.abort()
            return
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing rings any more."""
        self.head_read()
        self._stall.forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Any bytes put off uvicorn's own time limit on idle connections, so this one stands in."""
        in_head = self._head_bytes is not None
        super().data_received(data)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if in_head and self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.head_bytes:
                self.send_400_response("The head of the request is too large.")
                return
        if self._head_alarm is None and not self.is_resting and self.is_idle:
            self._expect_head()

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        self._head_bytes = 0

    def head_read(self) -> None:
        """Its last."""
        self._head_bytes = None
        if self._head_alarm is not None:
            self._head_alarm.cancel()
            self._head_alarm = None

    def pause_writing(self) -> None:
        """More waits for the client than it reads."""
        super().pause_writing()
        self._stall.watch()

    def resume_writing(self) -> None:
        """It has read most of it."""
        super().resume_writing()
        self._stall.forget()
        self._end_if_closing()

    def on_response_complete(self) -> None:
        """All of an answer was handed to the transport."""
        super().on_response_complete()
        self._end_if_closing()

    def timeout_keep_alive_handler(self) -> None:
        """It may have been idle for too long."""
        super().timeout_keep_alive_handler()
        self._end_if_closing()

    def handle_websocket_upgrade(self) -> None:
        """Not behind an answer that is not read yet: nobody would see how much waits."""
        if self.is_idle and not self.transport.get_write_buffer_size():
            super().handle_websocket_upgrade()
        else:
            self.send_400_response("A WebSocket cannot begin before the last answer was read.")

    def _end_if_closing(self) -> None:
        if self.transport.is_closing():
            self._stall.closes()

    def _expect_head(self) -> None:
        self._head_alarm = self.loop.call_later(self.limits.head_seconds, self.transport.close)


def connection(limits: ConnectionLimits, reply: Reply | None = None) -> type[Connection]:
    """The class of connections with these limits, for which `reply` is asked before the application
    is: uvicorn makes them itself."""
    answering = None if reply is None else staticmethod(reply)
    return type("OurConnection", (Connection,), {"limits": limits, "reply": answering})
