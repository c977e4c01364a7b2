"""One HTTP/1.1 connection: a request's bytes out, its answer in. Knows no pool and no origin.

llhttp (`httptools`) parses, strictly. What is wrong becomes an exception of httpx's that names
neither URL nor host.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, cast

import httpx
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.upstream.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_HEAD = 64 * 1024
"""Bytes that may come before a head is complete, or later without any of the body among them."""
BUFFERED = 256 * 1024
"""Bytes of a body that wait for their reader before the connection is read no further."""


class Connection(asyncio.Protocol):
    """One request at a time; `on_free` is called whenever the next one may follow."""

    idle_since = 0.0

    def __init__(
        self,
        on_free: Callable[[Connection], None],
        on_lost: Callable[[Connection], None],
    ) -> None:
        self._on_free = on_free
        self._on_lost = on_lost
        self._parser = HttpResponseParser(self)
        self._answer = Answer(done=True)
        self._bodiless = False
        self._reusable = False
        self._paused = False
        self._fruitless = 0
        self.usable = False

    # Called by whoever has a request

    def send(self, data: bytes, *, bodiless: bool) -> Answer:
        """Send a whole request; `bodiless`: its answer has no body whatever its head says."""
        answer = self._answer = Answer()
        self._bodiless = bodiless
        self._reusable = False
        self._fruitless = 0
        self._transport.write(data)
        return answer

    async def head_of(self, answer: Answer) -> None:
        """Wait for the answer's head."""
        while not answer.status:
            await self._more(answer)

    async def body_of(self, answer: Answer) -> bytes | None:
        """The next piece of the body; None: that was all."""
        while not answer.pieces:
            if answer.done:
                return None
            await self._more(answer)
        pieces, answer.pieces, answer.buffered = answer.pieces, [], 0
        if self._paused and self.usable and self._answer is answer:
            self._resume()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def _more(self, answer: Answer) -> None:
        if answer.error is not None:
            raise answer.error
        answer.waiter = asyncio.get_running_loop().create_future()
        try:
            await answer.waiter
        except asyncio.CancelledError:
            self.give_up(answer)
            raise
        finally:
            answer.waiter = None

    def give_up(self, answer: Answer) -> None:
        """Nobody reads on: without the rest of its answer, a connection is of no more use."""
        if not answer.over:
            answer.fail(httpx.ReadError("The answer was given up."))
            self.close()

    def quiet(self) -> bool:
        """Whether the peer has sent nothing and not closed, as far as the kernel knows by now."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._transport.get_extra_info("socket"), selectors.EVENT_READ)
            return not selector.select(0)

    def close(self) -> None:
        """At once; whoever waits for an answer gets an error."""
        self.usable = False
        self._transport.abort()

    # Called by the event loop

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by its class
        self.usable = True

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer.over:
            self.close()  # unasked for: it must not be taken for an answer to what is asked next
            return
        answer.begun = True
        try:
            self._parse(data)
        except (HttpParserError, HttpParserUpgrade):
            answer.fail(httpx.RemoteProtocolError("The peer does not speak HTTP/1.1."))
            self._reusable = False
        if answer.over:
            self._end_exchange()
        answer.wake()

    def _end_exchange(self) -> None:
        if not self._reusable:
            self.close()
            return
        if self._paused:
            self._resume()
        self._on_free(self)

    def eof_received(self) -> None:
        self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(error)
        del self._parser  # it refers to this object, and this object to it
        self._on_lost(self)

    def _end(self, error: Exception | None) -> None:
        self.usable = False
        answer = self._answer
        if error is not None:
            answer.fail(httpx.ReadError("The connection broke."))
        elif not answer.status:
            answer.fail(httpx.RemoteProtocolError("The peer closed without an answer."))
        elif answer.says_its_length:
            answer.fail(httpx.RemoteProtocolError("The peer closed within its answer."))
        elif not answer.over:
            answer.done = True  # the end of the connection is that of the body
        answer.wake()

    def _resume(self) -> None:
        self._paused = False
        self._transport.resume_reading()

    # Called by the parser

    def _parse(self, data: bytes) -> None:
        self._fruitless += len(data)
        excess = self._fruitless - LONGEST_HEAD
        if excess > 0 and not self._answer.status:
            self._parser.feed_data(data[:-excess])
            if not self._answer.status:
                raise HttpParserError
            data = data[-excess:]
        self._parser.feed_data(data)
        if self._fruitless > LONGEST_HEAD:
            raise HttpParserError

    def on_message_begin(self) -> None:
        if self._answer.done:
            raise HttpParserError
        self._answer.fields = []  # those of an interim answer are of no use to us, nor are trailers

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._answer.status:
            self._answer.fields.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 100 or status == 101:
            raise HttpParserError
        if status >= 200:
            self._fruitless = 0
            self._answer.status = status
            self._answer.done = self._bodiless

    def on_body(self, body: bytes) -> None:
        answer = self._answer
        if answer.done:
            raise HttpParserError
        self._fruitless = 0
        answer.pieces.append(body)
        answer.buffered += len(body)
        if answer.buffered > BUFFERED and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._answer.status:
            self._answer.done = True
            self._reusable = self._parser.should_keep_alive()
