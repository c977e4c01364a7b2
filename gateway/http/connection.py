"""One connection of a client, with limits that uvicorn has not: on the head of a request, on
clients that do not read, on idle ones before their first request.

What can be answered as soon as it is there is answered here, without a task, an ASGI scope or a
message: those cost more than the answer. Knows no application.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.http.presence import ClientLeft
from gateway.http.reply import PATH, Whole
from gateway.http.stall import Stall
from gateway.interruption import Interruption

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from gateway.http.reply import Begun, Reply

log = logging.getLogger(__name__)


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


class Going:
    """An operation that was begun, in the place of one of uvicorn's cycles: it has what uvicorn's
    connections ask of those."""

    def __init__(self, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.response_complete = False
        self.disconnected = False
        self.message_event = asyncio.Event()
        self.leaving = Interruption(ClientLeft)


class Connection(HttpToolsProtocol):
    """uvicorn's, with the limits of its class."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()
    reply: ClassVar[Reply | None] = None
    """What is asked of a POST to `PATH` before the application is."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._may_be_held = False
        """Whether nothing of what was read last was answered yet: a client that sends many requests
        in one go does not get all of their answers before others get theirs."""
        self._held: bytes | None = None
        """The body, as far as it is there, of a request that the application has not heard of."""
        self._going: Going | None = None
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
        self._forget_head()
        self._stall.forget()
        super().connection_lost(exc)
        if self._going is not None:
            self._going.leaving.fire()

    def data_received(self, data: bytes) -> None:
        """Any bytes put off uvicorn's own time limit on idle connections, so this one stands in."""
        in_head = self._head_bytes is not None
        self._may_be_held = True
        super().data_received(data)
        held, self._held = self._held, None
        if held is not None:
            self._release(held)
        if self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if in_head and self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self.limits.head_bytes:
                self.send_400_response("The head of the request is too large.")
                return
        if self._head_alarm is None and self.timeout_keep_alive_task is None and self._is_idle():
            self._expect_head()

    def on_message_begin(self) -> None:
        """The first byte of a head."""
        super().on_message_begin()
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        """Its last."""
        self._forget_head()
        if self._may_be_held and self._is_first():
            self._held = b""
        else:
            super().on_headers_complete()
        self._may_be_held = False

    def on_body(self, body: bytes) -> None:
        """A piece of a body."""
        if self._held is None:
            super().on_body(body)
        else:
            self._held += body

    def on_message_complete(self) -> None:
        """All of a request is there."""
        body, self._held = self._held, None
        if body is not None:
            assert self.reply is not None  # noqa: S101 - narrowing: else nothing is held
            found = self.reply(self.headers, body)
            if found is not None:
                keeps = self.parser.should_keep_alive()
                if isinstance(found, Whole):
                    self._write(found, keeps=keeps)
                else:
                    self._go_on(found, keeps=keeps)
                return
            self._release(body)
        super().on_message_complete()

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
        """It was idle for too long."""
        super().timeout_keep_alive_handler()
        self._end_if_closing()

    def handle_websocket_upgrade(self) -> None:
        """Not behind an answer that is not read yet: nobody would see how much waits."""
        if self._is_idle() and not self.transport.get_write_buffer_size():
            super().handle_websocket_upgrade()
        else:
            self.send_400_response("A WebSocket cannot begin before the last answer was read.")

    def _is_first(self) -> bool:
        """Whether the request whose head was just read is the next to be answered, and may be
        answered at once."""
        return (
            self.url == PATH
            and self.reply is not None
            and self._is_idle()
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
            and not self.flow.write_paused
        )

    def _release(self, body: bytes) -> None:
        """Let the application answer what was held."""
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def _go_on(self, begun: Begun, *, keeps: bool) -> None:
        """Answer later; what comes on this connection meanwhile waits, as it does for uvicorn."""
        going = self._going = Going(keeps)
        self.cycle = cast("RequestResponseCycle", going)
        task = self.loop.create_task(self._answer(going, begun))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    async def _answer(self, going: Going, begun: Begun) -> None:
        try:
            with going.leaving:
                answer = await begun.whole()
        except ClientLeft:
            log.info("the client left", extra={"request_id": begun.id})
            return
        except asyncio.CancelledError:
            self.transport.close()
            raise
        finally:
            going.response_complete = True
        self._write(answer, keeps=going.keep_alive)

    def _write(self, answer: Whole, *, keeps: bool) -> None:
        """As uvicorn writes what an application sends."""
        status, heading, id_, content = answer
        last = not keeps or heading.closes
        pieces = [STATUS_LINE[status]]
        pieces += [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        pieces += (heading.lines, b"x-request-id: ", id_)
        pieces.append(b"\r\nconnection: close\r\n" if last and not heading.closes else b"\r\n")
        pieces += (b"content-length: %d\r\n\r\n" % len(content), content)
        self.transport.write(b"".join(pieces))
        if last:
            self.transport.close()
        self.on_response_complete()

    def _end_if_closing(self) -> None:
        if self.transport.is_closing():
            self._stall.closes()

    def _is_idle(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first
        return cycle is None or cycle.response_complete

    def _expect_head(self) -> None:
        self._head_alarm = self.loop.call_later(self.limits.head_seconds, self.transport.close)

    def _forget_head(self) -> None:
        self._head_bytes = None
        if self._head_alarm is not None:
            self._head_alarm.cancel()
            self._head_alarm = None


def connection(limits: ConnectionLimits, reply: Reply | None = None) -> type[Connection]:
    """The class of connections with these limits: uvicorn makes them itself."""
    answering = None if reply is None else staticmethod(reply)
    return type("OurConnection", (Connection,), {"limits": limits, "reply": answering})
