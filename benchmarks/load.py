"""The load: connections that are kept, each with one request under way; answers are not parsed."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"


ENOUGH = 4
"""Answers for each connection: until then a window goes on."""
LONGEST = 6
"""But no longer than so many times its length."""


class Failed(Exception):
    """An answer was no success; the message shows its beginning."""


@dataclass(slots=True)
class Load:
    """What a window of load came to; latencies are in seconds."""

    seconds: float
    latencies: list[float] = field(repr=False)

    @property
    def per_second(self) -> float:
        """Answers."""
        return len(self.latencies) / self.seconds

    def percentile(self, part: float) -> float:
        """In milliseconds."""
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000


def http_request(port: int, body: bytes) -> bytes:
    """A POST of GraphQL over HTTP."""
    return (
        b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\n"
        b"accept: application/json\r\ncontent-length: %d\r\n\r\n%b" % (port, len(body), body)
    )


class Asking(asyncio.Protocol):
    """One connection: it asks again as soon as it has its answer, until there is none."""

    _transport: asyncio.Transport

    def __init__(
        self, next_request: Callable[[], bytes | None], answered: Callable[[float, bytes], None]
    ) -> None:
        self._next_request = next_request
        self._answered = answered
        self._parts: list[bytes] = []
        self._received = 0
        self._whole = 0
        self._asked = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The first request."""
        self._transport = transport  # type: ignore[assignment]  # what uvloop gives for sockets
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is to wait for an answer that cannot come."""
        if not self.done.done():
            self.done.set_exception(exc or Failed("the connection was closed"))

    def data_received(self, data: bytes) -> None:
        """A part of an answer, or the whole."""
        self._parts.append(data)
        self._received += len(data)
        if not self._whole and not self._framed():
            return
        if self._whole > 0:
            if self._received < self._whole:
                return
        elif not b"".join(self._parts[-2:]).endswith(_LAST_CHUNK):
            return
        self._end()

    def _framed(self) -> bool:
        """Whether the head is there; then `_whole` is the bytes to come, or -1 for chunks."""
        start = b"".join(self._parts)
        self._parts = [start]
        end = start.find(b"\r\n\r\n")
        if end < 0:
            return False
        length = _LENGTH.search(start, 0, end + 2)
        self._whole = end + 4 + int(length[1]) if length else -1
        return True

    def _end(self) -> None:
        elapsed = time.perf_counter() - self._asked
        answer = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._parts, self._received, self._whole = [], 0, 0
        try:
            self._answered(elapsed, answer)
        except Failed as failure:
            self._finish(failure)
            return
        self._ask()

    def _ask(self) -> None:
        request = self._next_request()
        if request is None:
            self._finish(None)
            return
        self._asked = time.perf_counter()
        self._transport.write(request)

    def _finish(self, failure: Failed | None) -> None:
        if not self.done.done():
            if failure:
                self.done.set_exception(failure)
            else:
                self.done.set_result(None)
        self._transport.close()


async def answers(port: int, requests: list[bytes], connections: int = 8) -> list[bytes]:
    """The body of each answer, in the order of the requests."""
    waiting = list(enumerate(requests))[::-1]
    found: list[bytes] = [b""] * len(requests)

    async def one() -> None:
        asked: list[int] = []

        def next_request() -> bytes | None:
            if not waiting:
                return None
            at, request = waiting.pop()
            asked.append(at)
            return request

        await _connected(port, next_request, lambda _, answer: _keep(found, asked[-1], answer))

    await _together(one() for _ in range(min(connections, len(requests))))
    return found


async def window(
    port: int,
    request: Callable[[int], bytes],
    connections: int,
    seconds: float,
    warm_up: float,
    begun: Callable[[], None],
    ended: Callable[[], None],
) -> Load:
    """Load for `warm_up` and then `seconds`; `begun` and `ended` are called around the window.

    Connections are as busy when it ends as when it began: what is half done at one end is paid
    for by what is half done at the other.
    """
    loop = asyncio.get_running_loop()
    turns = itertools.count()
    latencies: list[float] = []
    open_since = elapsed = 0.0
    over = False

    def next_request() -> bytes | None:
        return None if over else request(next(turns))

    def answered(latency: float, answer: bytes) -> None:
        checked(answer)
        if open_since and not over:
            latencies.append(latency)

    def begin() -> None:
        nonlocal open_since
        begun()
        open_since = time.perf_counter()

    def end() -> None:
        nonlocal elapsed, over
        elapsed = time.perf_counter() - open_since
        if len(latencies) < ENOUGH * connections and elapsed < LONGEST * seconds:
            timers.append(loop.call_later(seconds / 4, end))
            return
        ended()
        over = True

    timers = [loop.call_later(warm_up, begin), loop.call_later(warm_up + seconds, end)]
    try:
        await _together(_connected(port, next_request, answered) for _ in range(connections))
    finally:
        for timer in timers:
            timer.cancel()
    return Load(elapsed, latencies)


async def _together(connections: Iterable[Coroutine[Any, Any, None]]) -> None:
    """The first failure ends all."""
    try:
        async with asyncio.TaskGroup() as group:
            for connection in connections:
                group.create_task(connection)
    except* (Failed, OSError) as failures:
        raise Failed(str(failures.exceptions[0])) from None


def checked(answer: bytes) -> None:
    """Every answer under load is a success; whether it is right was seen before."""
    if not answer.startswith(b"HTTP/1.1 200") or b'"errors"' in answer:
        raise Failed(answer[:600].decode(errors="replace"))


def _keep(found: list[bytes], at: int, answer: bytes) -> None:
    checked(answer)
    head, _, body = answer.partition(b"\r\n\r\n")
    found[at] = body if _LENGTH.search(head + b"\r\n") else _unchunked(body)


def _unchunked(body: bytes) -> bytes:
    parts = []
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        parts.append(body[:length])
        body = body[length + 2 :]
        if not length:
            break
    return b"".join(parts)


async def _connected(
    port: int,
    next_request: Callable[[], bytes | None],
    answered: Callable[[float, bytes], None],
) -> None:
    _, asking = await asyncio.get_running_loop().create_connection(
        lambda: Asking(next_request, answered), "127.0.0.1", port
    )
    await asking.done
