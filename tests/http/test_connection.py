"""`gateway.http.connection`: clients that are slow, greedy or silent, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import httpx
import pytest

from gateway.http.connection import ConnectionLimits, connection
from gateway.http.stall import Stall
from gateway.operation.request import OperationResult
from tests.http.serving import serving
from tests.http.tiny import endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.operation.request import Answer, OperationRequest

SHORT = ConnectionLimits(head_seconds=0.05, stalled_seconds=0.05)
LARGE = 32 * 1024 * 1024
"""Bytes: more than the buffers of two sockets hold."""
ASKED = b"GET /graphql?query={hello} HTTP/1.1\r\nhost: a\r\n"


async def large(_: OperationRequest) -> Answer:
    return OperationResult({}, content=b" " * LARGE)


@asynccontextmanager
async def served(
    limits: ConnectionLimits, keep_alive: int = 5, **options: Any
) -> AsyncIterator[str]:
    app = endpoint(**options)
    async with serving(app, http=connection(limits), keep_alive=keep_alive) as url:
        yield url


class Raw:
    """A client that says what it likes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, *words: bytes) -> None:
        self._writer.writelines(words)

    async def heard(self) -> bytes:
        """All that is said until the server closes; that may be with a reset."""
        heard = b""
        async with asyncio.timeout(10):
            try:
                while piece := await self._reader.read(65_536):
                    heard += piece
            except ConnectionResetError:
                pass
        return heard

    async def answer(self) -> bytes:
        """The first line of an answer, and a body of 31 bytes or so is skipped with its head."""
        async with asyncio.timeout(10):
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            await self._reader.readexactly(length)
        return head.partition(b"\r\n")[0]


@asynccontextmanager
async def raw(url: str, *, window: int | None = None) -> AsyncIterator[Raw]:
    """`window`: bytes that its socket takes before anybody reads."""
    parts = urlsplit(url)
    with socket.socket() as sock:
        if window:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (parts.hostname, parts.port))
        reader, writer = await asyncio.open_connection(sock=sock, limit=1024)
        try:
            yield Raw(reader, writer)
        finally:
            writer.transport.abort()


async def test_a_client_that_says_nothing_is_left() -> None:
    async with served(SHORT) as url, raw(url) as client:
        assert await client.heard() == b""


@pytest.mark.parametrize("words", [ASKED, b"\r\n", b"GET /graphql?query={hel"])
async def test_a_head_that_does_not_come_to_its_end_is_waited_for_so_long(words: bytes) -> None:
    async with served(SHORT) as url, raw(url) as client:
        client.say(words)
        assert await client.heard() == b""


async def test_so_is_a_later_one() -> None:
    async with served(SHORT) as url, raw(url) as client:
        client.say(ASKED, b"\r\n")
        assert await client.answer() == b"HTTP/1.1 200 OK"
        client.say(b"\r\n")
        assert await client.heard() == b""


async def test_an_operation_may_take_longer_than_a_head() -> None:
    async def slow(_: OperationRequest) -> Answer:
        await asyncio.sleep(0.2)
        return OperationResult({"data": {}})

    async with served(SHORT, run=slow) as url, raw(url) as client:
        client.say(ASKED, b"\r\n")
        assert await client.answer() == b"HTTP/1.1 200 OK"


async def test_a_head_in_pieces_may_be_so_long() -> None:
    limits = ConnectionLimits(head_bytes=100)
    async with served(limits) as url, raw(url) as client:
        client.say(ASKED)
        for _ in range(3):
            await asyncio.sleep(0.02)
            client.say(b"x-long: " + b"x" * 40)
        heard = await client.heard()
    assert heard.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert heard.endswith(b"The head of the request is too large.")


async def test_what_is_no_http_is_refused() -> None:
    async with served(ConnectionLimits()) as url, raw(url) as client:
        client.say(b"\x16\x03\x01\r\n\r\n")
        assert (await client.heard()).startswith(b"HTTP/1.1 400 Bad Request\r\n")


async def test_requests_may_come_together_and_in_pieces() -> None:
    async with served(ConnectionLimits()) as url, raw(url) as client:
        client.say(ASKED, b"\r\n", ASKED[:20])
        assert await client.answer() == b"HTTP/1.1 200 OK"
        client.say(ASKED[20:])
        await asyncio.sleep(0.02)
        client.say(b"\r\n")
        assert await client.answer() == b"HTTP/1.1 200 OK"


async def test_one_connection_too_many_is_closed() -> None:
    async with served(ConnectionLimits(at_once=1)) as url, httpx.AsyncClient() as http:
        assert (await http.get(url, params={"query": "{hello}"})).status_code == 200
        async with raw(url) as second:
            assert await second.heard() == b""
        assert (await http.get(url, params={"query": "{hello}"})).status_code == 200


ENDINGS = pytest.mark.parametrize("ending", [b"\r\n", b"connection: close\r\n\r\n"])


@ENDINGS
async def test_a_client_that_does_not_read_is_left(ending: bytes) -> None:
    async with served(SHORT, run=large) as url, raw(url, window=4096) as client:
        client.say(ASKED, ending)
        await asyncio.sleep(0.5)
        assert len(await client.heard()) < LARGE


@ENDINGS
async def test_a_client_that_reads_slowly_gets_everything(ending: bytes) -> None:
    limits = replace(SHORT, stalled_seconds=0.2, stalled_bytes=1)
    async with served(limits, keep_alive=0, run=large) as url, raw(url, window=65_536) as client:
        client.say(ASKED, ending)
        async with asyncio.timeout(20):
            heard = 0
            while heard < LARGE and (piece := await client._reader.read(1024 * 1024)):
                heard += len(piece)
                await asyncio.sleep(0.0001)
        assert heard >= LARGE


@dataclass
class Buffered:
    """A transport of which so much waits to be read."""

    waiting: int
    aborted: bool = False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize(("read", "left"), [(SHORT.stalled_bytes, False), (1, True)])
async def test_who_reads_enough_is_looked_at_again_and_who_does_not_is_left(
    read: int, left: bool
) -> None:
    transport, loop = Buffered(waiting=LARGE - read), asyncio.get_running_loop()
    stall = Stall(loop, cast("Any", transport), SHORT.stalled_seconds, SHORT.stalled_bytes)
    stall._look(LARGE)
    assert transport.aborted is left
    assert (stall._alarm is None) is left
    stall.forget()
