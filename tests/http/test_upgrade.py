"""`gateway.http.upgrade`, over real sockets: clients of WebSockets that are slow, greedy, silent or
odd, and what is written down of them."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket as sockets
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from gateway.http.connection import ConnectionLimits, connection
from gateway.http.upgrade import MOST_PIECES, websocket
from gateway.operation.request import OperationResult
from tests.http.serving import serving
from tests.http.test_websocket import Held, socket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.client import ClientConnection

    from gateway.http.socket import GraphQLSocket
    from gateway.operation.request import Answer, OperationRequest

SHORT = ConnectionLimits(head_seconds=0.1, stalled_seconds=0.1, ping_seconds=0.2)
LARGE = 16 * 1024 * 1024
UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nhost: gateway\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-protocol: graphql-transport-ws\r\n"
    b"sec-websocket-key: " + base64.b64encode(b"0" * 16) + b"\r\n"
)


@asynccontextmanager
async def served(
    app: GraphQLSocket, limits: ConnectionLimits | None = None, **options: Any
) -> AsyncIterator[str]:
    held = limits or ConnectionLimits()
    options = {"ping_seconds": held.ping_seconds, "message_bytes": held.message_bytes} | options
    async with serving(app, http=connection(held), ws=websocket(held), **options) as url:
        yield url.replace("http://", "ws://") + "/graphql"


@asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[ClientConnection]:
    options = {"subprotocols": ["graphql-transport-ws"], "ping_interval": None} | options
    async with connect(url, **options) as client:
        await client.send('{"type":"connection_init"}')
        assert await client.recv() == '{"type":"connection_ack"}'
        yield client


async def ask(client: ClientConnection, query: str, id_: str = "1") -> Any:
    await client.send(
        orjson.dumps({"id": id_, "type": "subscribe", "payload": {"query": query}}).decode()
    )
    return orjson.loads(await client.recv())


@asynccontextmanager
async def raw(
    url: str, *, window: int | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    parts = urlsplit(url)
    with sockets.socket() as sock:
        if window:
            sock.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, window)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (parts.hostname, parts.port))
        reader, writer = await asyncio.open_connection(sock=sock, limit=1024)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


def frame(opcode: Opcode, content: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, content, fin).serialize(mask=True)


async def upgraded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(UPGRADE + b"\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    writer.write(frame(Opcode.TEXT, b'{"type":"connection_init"}'))
    assert (await reader.readexactly(27))[2:] == b'{"type":"connection_ack"}'


async def to_the_end(reader: asyncio.StreamReader) -> bytes:
    heard = b""
    async with asyncio.timeout(10):
        try:
            while piece := await reader.read(65_536):
                heard += piece
        except ConnectionResetError:
            pass
    return heard


async def test_operations_go_over_a_socket_that_outlives_the_time_for_a_head() -> None:
    async with served(socket(), replace(SHORT, ping_seconds=20.0)) as url, opened(url) as client:
        assert client.subprotocol == "graphql-transport-ws"
        assert client.response is not None
        assert "sec-websocket-extensions" not in client.response.headers
        await asyncio.sleep(2 * SHORT.head_seconds)
        answer = await ask(client, "{ hello }")
        assert answer == {"id": "1", "type": "next", "payload": {"data": {"hello": "Hello world"}}}
        assert await client.recv() == '{"id":"1","type":"complete"}'


async def test_a_message_that_is_too_large_is_not_kept() -> None:
    limits = ConnectionLimits(message_bytes=1000)
    async with served(socket(), limits) as url:
        for pieces in (["x" * 1001], ["x" * 600, "x" * 600]):
            async with opened(url) as client:
                await client.send(iter(pieces))
                with pytest.raises(ConnectionClosed) as caught:
                    await client.recv()
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 1009


async def test_a_message_of_too_many_pieces_is_not_kept() -> None:
    async with served(socket()) as url, raw(url) as (reader, writer):
        await upgraded(reader, writer)
        writer.write(frame(Opcode.TEXT, b"", fin=False))
        for _ in range(MOST_PIECES + 10):
            writer.write(frame(Opcode.CONT, b"", fin=False))
        closing = await to_the_end(reader)
    assert closing[2:] == b"\x03\xf0The message has too many pieces."


async def test_a_message_may_come_in_pieces() -> None:
    async with served(socket()) as url, opened(url) as client:
        await client.send(iter(['{"type"', ':"ping"', "}"]))
        assert await client.recv() == '{"type":"pong"}'


async def test_who_answers_no_ping_is_left() -> None:
    async with served(socket(), SHORT) as url, raw(url) as (reader, writer):
        await upgraded(reader, writer)
        heard = await to_the_end(reader)
    assert heard[0] == 0x89  # a ping, and nothing after it
    assert len(heard) == 6


async def test_who_says_anything_is_there() -> None:
    async with served(socket(), SHORT) as url, raw(url) as (reader, writer):
        await upgraded(reader, writer)
        pings = 0
        async with asyncio.timeout(10):
            while pings < 3:
                assert (await reader.readexactly(1)) in (b"\x89", b"\x81")
                (length,) = await reader.readexactly(1)
                pings += length == 4
                await reader.readexactly(length)
                writer.write(frame(Opcode.TEXT, b'{"type":"pong"}'))


async def large(_: OperationRequest) -> Answer:
    return OperationResult({}, content=b'"' + b" " * LARGE + b'"')


SUBSCRIBE = b'{"id":"1","type":"subscribe","payload":{"query":"{a}"}}'


async def test_a_client_that_does_not_read_is_left_and_costs_no_more_than_its_answer() -> None:
    limits = replace(SHORT, ping_seconds=20.0)
    async with served(socket(run=large), limits) as url:
        async with raw(url, window=4096) as (reader, writer):
            await upgraded(reader, writer)
            writer.write(frame(Opcode.TEXT, SUBSCRIBE))
            # Each of these would be answered at once, and wait with the rest.
            flood = frame(Opcode.PING, b"x" * 125) * 1000
            written = 0
            async with asyncio.timeout(10):
                with suppress(ConnectionError):
                    while True:
                        writer.write(flood)
                        written += len(flood)
                        await writer.drain()
        assert written < 32 * 1024 * 1024


@pytest.mark.parametrize("pings", [0, 2])
async def test_a_client_that_reads_slowly_gets_everything_and_is_heard_again(pings: int) -> None:
    limits = replace(SHORT, stalled_seconds=2.0, stalled_bytes=1)
    async with (
        served(socket(run=large), limits) as url,
        raw(url, window=65_536) as (reader, writer),
    ):
        await upgraded(reader, writer)
        ping = frame(Opcode.TEXT, b'{"type":"ping"}')
        writer.write(frame(Opcode.TEXT, SUBSCRIBE) + ping * pings)
        async with asyncio.timeout(30):
            heard, tail = 0, b""
            while b'"complete"' not in tail:
                piece = await reader.read(1024 * 1024)
                heard += len(piece)
                tail = tail[-1000:] + piece
                writer.write(frame(Opcode.TEXT, b'{"type":"pong"}'))
                await asyncio.sleep(0.0001)
            assert heard >= LARGE
            writer.write(ping * (2 - pings))
            while tail.count(b'{"type":"pong"}') < 2:
                tail += await reader.readexactly(1)


async def test_a_socket_that_is_closed_and_not_read_is_given_up() -> None:
    limits = replace(SHORT, ping_seconds=20.0)
    async with (
        served(socket(run=large), limits) as url,
        raw(url, window=4096) as (reader, writer),
    ):
        await upgraded(reader, writer)
        writer.write(frame(Opcode.TEXT, SUBSCRIBE))
        assert (await reader.readexactly(1)) == b"\x81"
        writer.write(frame(Opcode.CLOSE, b"\x03\xe8"))
        await asyncio.sleep(0.3)
        assert len(await to_the_end(reader)) < LARGE


async def test_a_socket_that_is_ended_and_not_read_is_given_up() -> None:
    limits = replace(SHORT, ping_seconds=20.0)
    async with (
        served(socket(run=large, last_words=0.01), limits) as url,
        raw(url, window=4096) as (reader, writer),
    ):
        await upgraded(reader, writer)
        writer.write(frame(Opcode.TEXT, SUBSCRIBE) + frame(Opcode.TEXT, b"no message"))
        assert (await reader.readexactly(1)) == b"\x81"
        await asyncio.sleep(0.3)
        assert len(await to_the_end(reader)) < LARGE


async def test_a_server_that_ends_waits_for_nobody_who_does_not_read() -> None:
    limits = replace(SHORT, ping_seconds=20.0)
    async with AsyncExitStack() as client, served(socket(run=large), limits) as url:
        reader, writer = await client.enter_async_context(raw(url, window=4096))
        await upgraded(reader, writer)
        writer.write(frame(Opcode.TEXT, SUBSCRIBE))
        assert (await reader.readexactly(1)) == b"\x81"


async def test_none_begins_behind_an_answer_that_is_not_read() -> None:
    async with served(socket()) as url, raw(url) as (reader, writer):
        # The first request is answered by nobody: the application takes WebSockets alone.
        writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n" + UPGRADE + b"\r\n")
        heard = await to_the_end(reader)
    assert b"101" not in heard
    assert heard.endswith(b"A WebSocket cannot begin before the last answer was read.")


@pytest.mark.parametrize(
    "said",
    [
        UPGRADE.replace(b"GET", b"POST"),
        UPGRADE.replace(b"version: 13", b"version: 8"),
        UPGRADE.replace(b"sec-websocket-key", b"sec-websocket-lock"),
        UPGRADE + b"x: " + b"x" * 20_000 + b"\r\n",
        UPGRADE + b"".join(b"x-%d: x\r\n" % number for number in range(300)),
    ],
    ids=["POST", "version", "no key", "a long header", "many headers"],
)
async def test_an_upgrade_that_is_none_ends_with_its_connection(
    said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(socket()) as url:
        async with raw(url) as (reader, writer):
            writer.write(said + b"\r\n")
            heard = await to_the_end(reader)
        assert b" 101 " not in heard
        async with opened(url) as client:
            assert (await ask(client, "{ hello }"))["type"] == "next"
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_neither_addresses_nor_messages_are_written_down(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("uvicorn.error").setLevel(logging.DEBUG)
    async with served(socket()) as url:
        secret = {"authorization": "Bearer canary-token"}
        address = f"{url}?token=canary-token"
        async with connect(address, subprotocols=["graphql-transport-ws"]) as client:  # type: ignore[list-item]
            await client.send(orjson.dumps({"type": "connection_init", "payload": secret}).decode())
            await client.recv()
            await ask(client, '{ hello(name: "canary-name") }')
        foreign = {"origin": "https://evil.example"}
        with pytest.raises(Exception, match="403"):
            async with connect(address, additional_headers=foreign):
                raise AssertionError("never reached")
    servers = [
        record
        for record in caplog.records
        if record.name.startswith(("uvicorn", "gateway", "websockets.server"))
    ]
    assert "canary" not in "".join(str(record.__dict__) for record in servers)


async def test_a_socket_that_is_refused_says_why_over_http() -> None:
    async with served(socket(hosts=frozenset(["elsewhere"]))) as url, raw(url) as (reader, writer):
        writer.write(UPGRADE + b"\r\n")
        heard = await to_the_end(reader)
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 421 ")
    assert b"cache-control: no-store" in head.lower()
    assert orjson.loads(body)["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_client_that_is_gone_cancels_its_operations() -> None:
    held = Held()
    async with served(socket(run=held.run)) as url:
        async with opened(url) as client:
            await client.send(SUBSCRIBE.decode())
            await held.are(1)
            client.transport.abort()
        async with asyncio.timeout(10):
            await held.were(1)
        assert (held.started, held.ended, held.go.is_set()) == (1, 1, False)
