"""`gateway.upstream.transport`, `pool` and `wire` where more is asked of them than of httpx's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.upstream.wire import LONGEST_HEAD

from .asking import OK, Asking, asking_ours, ours, says, says_in_turn
from .playing import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .playing import Wire

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
SAFE_POST = {"extensions": {"safe": True}}


# What is sent again


@pytest.mark.parametrize(("method", "more"), [("GET", {}), ("POST", SAFE_POST)])
async def test_a_read_is_sent_again_where_a_kept_connection_was_closed_under_it(
    method: str, more: dict[str, Any]
) -> None:
    async with asking_ours(says_in_turn(OK, None, OK)) as (it, server, _):
        assert [await it.ask(method, **more), await it.ask(method, **more)] == [b"ok", b"ok"]
    assert (len(server.requests), len(server.wires)) == (3, 2)


async def test_a_read_is_sent_again_once_only() -> None:
    async with asking_ours(says_in_turn(OK, None, None)) as (it, server, _):
        await it.ask()
        with pytest.raises(httpx.RemoteProtocolError):
            await it.ask()
    assert len(server.requests) == 3


async def test_a_read_is_not_sent_again_on_a_new_connection() -> None:
    async with asking_ours(says_in_turn(None)) as (it, server, _):
        with pytest.raises(httpx.RemoteProtocolError):
            await it.ask()
    assert len(server.requests) == 1


async def test_a_read_is_not_sent_again_once_an_answer_has_begun() -> None:
    async def script(wire: Wire) -> None:
        if len(server.requests) == 1:
            await wire.write(OK)
        else:
            await wire.write(b"HTTP/1.1 2")
            wire.close()

    async with asking_ours(script) as (it, server, _):
        await it.ask()
        with pytest.raises(httpx.RemoteProtocolError):
            await it.ask()
    assert len(server.requests) == 2


# What connections are kept for


@pytest.mark.parametrize("rest", [b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad", b"garbage"])
async def test_what_follows_an_answer_is_never_taken_for_the_next(rest: bytes) -> None:
    """httpx's own transport gives `bad` to whoever asks next."""
    async with asking_ours(says(OK + rest)) as (it, server, transport):
        assert [await it.ask(), await it.ask()] == [b"ok", b"ok"]
        assert transport.pool.sizes[1] == 0
    assert len(server.wires) == 2


async def test_what_comes_unasked_for_closes_the_connection() -> None:
    async with asking_ours(says(OK)) as (it, server, transport):
        await it.ask()
        await server.wires[0].write(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad")
        await server.wires[0].lost.wait()
        assert await it.ask() == b"ok"
        assert transport.pool.sizes == (1, 1)
    assert len(server.wires) == 2


async def test_a_peer_that_closes_an_idle_connection_is_noticed_at_once() -> None:
    async with asking_ours(says(OK)) as (it, server, transport):
        await it.ask()
        server.wires[0].transport.write_eof()
        await server.wires[0].lost.wait()
        assert transport.pool.sizes == (0, 0)


async def test_a_read_does_not_take_a_connection_that_is_about_to_end() -> None:
    async with asking_ours(says(OK)) as (it, server, transport):
        await it.ask()
        (connection,) = transport.pool._idle
        connection.close()  # the loop tells of it later
        assert transport.pool.sizes == (1, 1)
        assert await it.ask() == b"ok"
    assert len(server.wires) == 2


async def test_the_connection_that_was_used_last_is_used_next() -> None:
    clock = Clock()
    async with asking_ours(says(OK), clock=clock) as (it, server, transport):
        await asyncio.gather(it.ask(), it.ask(), it.ask())
        assert transport.pool.sizes == (3, 3)
        for _ in range(3):
            clock.now += 10
            await it.ask()
        # Two of them have not been used for 30 seconds, and 20 is the limit.
        assert transport.pool.sizes[1] == 1
    assert len(server.wires) == 3


async def test_a_connection_that_was_idle_for_too_long_is_not_used_again() -> None:
    clock = Clock()
    async with asking_ours(says(OK), clock=clock) as (it, server, _):
        await it.ask()
        clock.now += 19.9
        await it.ask()
        clock.now += 20
        await it.ask()
        await server.wires[0].lost.wait()
    assert len(server.wires) == 2


async def test_no_more_connections_are_kept_than_allowed() -> None:
    limits = httpx.Limits(max_keepalive_connections=2, keepalive_expiry=None)
    async with asking_ours(says(OK), limits=limits) as (it, server, transport):
        await asyncio.gather(*[it.ask() for _ in range(5)])
        assert transport.pool.sizes[1] == 2
    assert len(server.wires) == 5


async def test_without_a_limit_all_are_kept() -> None:
    async with asking_ours(says(OK), limits=httpx.Limits()) as (it, _, transport):
        await asyncio.gather(*[it.ask() for _ in range(5)])
        assert transport.pool.sizes == (5, 5)


async def test_a_connection_is_free_as_soon_as_the_answer_has_come_read_or_not() -> None:
    body = bytes(400_000)
    async with asking_ours(says(HEAD + b"content-length: 400000\r\n\r\n" + body)) as (it, _, own):
        response = await it.begin()
        assert await response.aread() == body
        assert own.pool.sizes == (1, 1)
        await response.aclose()
        assert own.pool.sizes == (1, 1)


async def test_callers_that_leave_leave_no_connection_and_no_task() -> None:
    before = asyncio.all_tasks()
    async with asking_ours(says(b"HTTP/1.1 200")) as (it, server, transport):
        for turns in range(12):
            server.request_came.clear()
            task = asyncio.create_task(it.ask())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        for wire in server.wires:
            await wire.lost.wait()
        assert transport.pool.sizes == (0, 0)
        scripts = {wire.task for wire in server.wires}
        assert asyncio.all_tasks() - scripts == before


# What an answer may be


STRICT = {
    "a length and chunks": HEAD + b"content-length: 2\r\n" + CHUNKED + b"2\r\nok\r\n0\r\n\r\n",
    "a length twice": HEAD + b"content-length: 2\r\ncontent-length: 2\r\n\r\nok",
    "a status below 100": b"HTTP/1.1 099 X\r\ncontent-length: 2\r\n\r\nok",
    "another protocol, unasked for": (
        b"HTTP/1.1 101 X\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n" + OK
    ),
    "lines that end in LF": b"HTTP/1.1 200 OK\ncontent-length: 2\n\nok",
    "a folded field": HEAD + b"a: 1\r\n 2\r\ncontent-length: 2\r\n\r\nok",
    "a head that is too long": HEAD + b"a: " + b"x" * LONGEST_HEAD + b"\r\n\r\n",
    "many fields that are too long": HEAD + b"a: b\r\n" * 20_000 + b"content-length: 0\r\n\r\n",
    "interim answers without end": b"HTTP/1.1 103 X\r\n\r\n" * 20_000 + OK,
    "a chunk's extension without end": HEAD + CHUNKED + b"2;" + b"x" * 1_000_000,
    "a trailer without end": HEAD + CHUNKED + b"2\r\nok\r\n0\r\na: " + b"x" * 1_000_000,
}


@pytest.mark.parametrize("answer", STRICT.values(), ids=STRICT)
async def test_an_answer_of_doubtful_meaning_or_length_is_refused(answer: bytes) -> None:
    async with asking_ours(says(answer)) as (it, server, transport):
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            await it.ask()
        await server.wires[0].lost.wait()
        assert transport.pool.sizes == (0, 0)
    assert "127.0.0.1" not in str(caught.value)


async def test_a_long_body_may_come_with_its_head() -> None:
    body = bytes(3 * LONGEST_HEAD)
    head = HEAD + b"content-length: %d\r\n\r\n" % len(body)
    async with asking_ours(says(head + body)) as (it, _, _transport):
        assert await it.ask() == body


async def test_a_body_where_none_may_be_is_dropped_with_its_connection() -> None:
    async with asking_ours(says(HEAD + b"content-length: 2\r\n\r\nok")) as (it, server, _):
        assert [await it.ask("HEAD"), await it.ask("HEAD")] == [b"", b""]
    assert len(server.wires) == 2


async def test_a_connection_on_which_the_peer_speaks_first_is_of_no_use() -> None:
    async def speaks(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(speaks, "127.0.0.1", 0)
    origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, ours(origin) as transport:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError, httpx.ConnectError)):
            await Asking(transport, origin).ask()
        assert transport.pool.sizes[1] == 0


# What a request may be


@pytest.mark.parametrize("method", ["", "GE T", "GET\r\nX:", "GET\0", "get "])
async def test_a_method_that_is_none_is_not_sent(method: str) -> None:
    async with asking_ours(says(OK)) as (it, server, _):
        with pytest.raises(httpx.LocalProtocolError):
            await it.ask(method)
    assert server.wires == []


async def test_a_body_of_unknown_length_is_not_sent() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"body"

    async with asking_ours(says(OK)) as (it, server, _):
        with pytest.raises(httpx.LocalProtocolError):
            await it.ask("POST", content=body())
    assert server.wires == []


# The end


async def test_closing_closes_what_is_idle_and_what_is_not() -> None:
    async with asking_ours(says_in_turn(OK, OK, b"HTTP/1.1 2")) as (it, server, transport):
        await asyncio.gather(it.ask(), it.ask())
        server.request_came.clear()
        under_way = asyncio.create_task(it.ask("POST"))
        await server.request_came.wait()
        await transport.aclose()
        with pytest.raises(httpx.TransportError):
            await under_way
        for wire in server.wires:
            await wire.lost.wait()
        assert transport.pool.sizes == (0, 0)
        with pytest.raises(RuntimeError, match="closed"):
            await it.ask()


async def test_a_connection_that_is_opened_too_late_is_closed() -> None:
    async with asking_ours(says(OK)) as (it, server, transport):
        task = asyncio.create_task(it.ask())
        await asyncio.sleep(0)  # it has begun to connect
        await transport.aclose()
        with pytest.raises(httpx.ConnectError):
            await task
    assert (server.requests, transport.pool.sizes) == ([], (0, 0))


async def test_a_host_that_no_name_can_stand_for_is_not_reached() -> None:
    origin = "http://" + "a" * 64 + ".test"
    async with ours(origin) as transport:
        with pytest.raises(httpx.ConnectError) as caught:
            await Asking(transport, origin).ask()
    assert "test" not in str(caught.value)
