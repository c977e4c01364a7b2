"""A connection without a socket, by the clock of a test; it counts what it has to parse."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import uvicorn
from uvicorn.server import ServerState

from gateway.http.connection import Connection, ConnectionLimits, connection

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gateway.http.reply import Reply


class Alarm:
    """What a loop gives for a call that is to come."""

    def __init__(self, at: float, ring: Callable[[], object]) -> None:
        self.at = at
        self.ring = ring
        self.is_set = True

    def cancel(self) -> None:
        self.is_set = False


class HandLoop:
    """What a connection asks of its loop; time passes when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.alarms: list[Alarm] = []
        """All that were ever set."""

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[..., object], *args: object) -> Alarm:
        alarm = Alarm(self.now + seconds, lambda: call(*args))
        self.alarms.append(alarm)
        return alarm

    def create_task(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        return asyncio.create_task(work)

    def until(self, moment: float) -> None:
        """Ring what is set, to this moment and with it."""
        while due := [each for each in self.alarms if each.is_set and each.at <= moment]:
            first = min(due, key=lambda each: each.at)
            first.cancel()
            self.now = first.at
            first.ring()
        self.now = moment


class Pipe:
    """A transport; what is written is read by the test."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False
        self.protocol: object = None

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def get_write_buffer_size(self) -> int:
        return len(self.written)

    def get_protocol(self) -> object:
        return self.protocol

    def get_extra_info(self, name: str) -> object:  # noqa: ARG002 - a transport's
        return None

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Driven:
    """What a client says comes in one piece; its answers have no headers of the server."""

    def __init__(
        self,
        app: Any,
        reply: Reply | None,
        *,
        limits: ConnectionLimits | None = None,
        keep_alive: int = 5,
    ) -> None:
        self.parsed = 0
        """Messages of which the parser saw the first byte."""

        driven = self

        class Counted(connection(limits or ConnectionLimits(), reply)):  # type: ignore[misc] # made
            def on_message_begin(self) -> None:
                driven.parsed += 1
                super().on_message_begin()

        config = uvicorn.Config(
            app, http=Counted, ws="none", timeout_keep_alive=keep_alive, log_config=None
        )
        self.loop, self.pipe = HandLoop(), Pipe()
        self.connection = cast(
            "Connection", Counted(config, ServerState(), {}, cast("Any", self.loop))
        )
        self.pipe.protocol = self.connection
        self.connection.connection_made(cast("Any", self.pipe))

    @property
    def is_open(self) -> bool:
        return not self.pipe.closed

    def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.data_received(piece)

    def heard(self) -> bytes:
        """What was said since this was asked before."""
        heard, self.pipe.written = self.pipe.written, b""
        return heard

    async def heard_later(self) -> bytes:
        """The same, after all that can go on without the test has gone on."""
        for _ in range(20):
            await asyncio.sleep(0)
        return self.heard()

    def hang_up(self) -> None:
        self.connection.connection_lost(None)
