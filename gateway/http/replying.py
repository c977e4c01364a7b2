"""uvicorn's connection, which answers by itself what can be answered as soon as it is there.

It does so without a task, an ASGI scope or a message: those cost more than the answer. A head whose
very bytes came before on the connection is known, and not parsed again. Knows no application.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.http.presence import ClientLeft
from gateway.http.reply import PATH, Whole
from gateway.interruption import Interruption

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from gateway.http.problem import Header
    from gateway.http.reply import Begun, Reply

log = logging.getLogger(__name__)

MOST_HEADS = 8
"""That are known of one connection: most clients send one, or one for each length of body."""
LONGEST_HEAD = 4096
"""Bytes of a head that is worth knowing."""


class Head(NamedTuple):
    """What the head of a POST to `PATH` says that keeps its connection."""

    headers: list[Header]
    length: int
    """Of the body."""


class Going:
    """An operation that was begun, in the place of one of uvicorn's cycles: it has what uvicorn's
    connections ask of those."""

    def __init__(self, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive
        self.response_complete = False
        self.disconnected = False
        self.message_event = asyncio.Event()
        self.leaving = Interruption(ClientLeft)


class Replying(HttpToolsProtocol):
    """`reply` is asked of the first POST to `PATH` in what is read in one go: a client that sends
    many does not get all of their answers before others get theirs."""

    reply: ClassVar[Reply | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._may_ask = False
        """Whether nothing of what was read last was asked of `reply`."""
        self._read = b""
        """What was read last, if it began with a message."""
        self._between = True
        """Whether all messages that have begun are complete."""
        self._held: bytes | None = None
        """The body, as far as it is there, of a request that the application has not heard of."""
        self._heads: dict[bytes, Head] = {}
        self._going: Going | None = None
        self._resting_since: float | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        cycle = cast("RequestResponseCycle | None", self.cycle)  # None before the first
        return cycle is None or cycle.response_complete

    @property
    def is_resting(self) -> bool:
        """Whether nothing has come since the last answer: then uvicorn's time limit counts."""
        return self._resting_since is not None

    def head_read(self) -> None:
        """The head of a request is over."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Who waits for an operation gives it up."""
        super().connection_lost(exc)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
        if self._going is not None:
            self._going.leaving.fire()

    # What is read

    def data_received(self, data: bytes) -> None:
        """One request, mostly, and all of it."""
        self._may_ask = self.reply is not None
        if self._heads and self._is_known(data):
            return
        self._read = data if self._between else b""
        super().data_received(data)
        held, self._held = self._held, None
        if held is not None:
            self._release(held)

    def on_message_begin(self) -> None:
        """Its first byte."""
        super().on_message_begin()
        self._between = False

    def on_headers_complete(self) -> None:
        """The last of its head."""
        self.head_read()
        if self._may_ask and self._is_first():
            self._held = b""
        else:
            super().on_headers_complete()
        self._may_ask = False

    def on_body(self, body: bytes) -> None:
        """A piece of its body."""
        if self._held is None:
            super().on_body(body)
        else:
            self._held += body

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._between = True
        body, self._held = self._held, None
        if body is None:
            super().on_message_complete()
            return
        keeps = self.parser.should_keep_alive()
        if self._is_answered(self.headers, body, keeps=keeps):
            if keeps:
                self._know(self._read, body)
        else:
            self._release(body)
            super().on_message_complete()

    def _is_first(self) -> bool:
        """Whether the request whose head was just read is the next to be answered, and may be
        answered at once."""
        return (
            self.url == PATH
            and self.is_idle
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
            and not self.flow.write_paused
        )

    def _is_known(self, data: bytes) -> bool:
        """Whether this was one request with a head that is known, and is answered, or will be."""
        end = data.find(b"\r\n\r\n") + 4
        head = self._heads.get(data[:end])
        if head is None or len(data) - end != head.length:
            return False
        if not self._between or not self.is_idle or self.flow.write_paused:
            return False
        self._unset_keepalive_if_required()
        self.head_read()
        self._may_ask = False
        return self._is_answered(head.headers, data[end:], keeps=True)

    def _know(self, read: bytes, body: bytes) -> None:
        """From now on this head is known, if what was read was it and the body, and no more."""
        end = read.find(b"\r\n\r\n") + 4
        announced = any(name == b"content-length" for name, _ in self.headers)
        if not announced or len(read) - end != len(body) or end > LONGEST_HEAD:
            return
        if len(self._heads) >= MOST_HEADS:
            self._heads.clear()
        self._heads[read[:end]] = Head(self.headers, len(body))

    # What is answered

    def _is_answered(self, headers: list[Header], body: bytes, *, keeps: bool) -> bool:
        """Whether it was answered at once, or will be; if not, nothing has happened."""
        assert self.reply is not None  # noqa: S101 - narrowing: else nothing is held, or known
        found = self.reply(headers, body)
        if isinstance(found, Whole):
            self._write(found, keeps=keeps)
        elif found is not None:
            self._go_on(found, keeps=keeps)
        return found is not None

    def _release(self, body: bytes) -> None:
        """Let the application answer what was held."""
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def _go_on(self, begun: Begun, *, keeps: bool) -> None:
        """Answer later; what comes on this connection meanwhile waits, as it does for uvicorn."""
        going = self._going = Going(keep_alive=keeps)
        self.cycle = cast("RequestResponseCycle", going)
        task = self.loop.create_task(self._answer(going, begun))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)

    async def _answer(self, going: Going, begun: Begun) -> None:
        try:
            with going.leaving:
                if going.disconnected:  # since before this task had its first turn
                    going.leaving.fire()
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

    # Time

    def on_response_complete(self) -> None:
        """As uvicorn's, but for an alarm that is set anew for every answer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            return
        self._resting_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._set_alarm(self.timeout_keep_alive)

    def _unset_keepalive_if_required(self) -> None:
        """Something came. The alarm stays: when it rings, it is seen whether it was in time."""
        self._resting_since = None

    def timeout_keep_alive_handler(self) -> None:
        """The alarm rings: was it idle since it was set?"""
        self.timeout_keep_alive_task = None
        if self._resting_since is None:
            return  # it is set again with the next answer
        left = self._resting_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._set_alarm(left)
        else:
            super().timeout_keep_alive_handler()

    def _set_alarm(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )
