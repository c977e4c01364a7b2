"""`gateway.upstream.exchange` on real sockets: what only a wire can do to an answer.

Deadlines are short and real here; no test asserts how long anything took.
"""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import pytest

from gateway.errors import (
    NotFound,
    OutcomeUnknown,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from gateway.upstream.client import ClientLimits
from gateway.upstream.connection import build_http_client
from gateway.upstream.exchange import DRAINED, Exchange

from .playing import GET_CALL, LIST_CALLS, UPDATE_CALL, Gateway, serving

if TYPE_CHECKING:
    from .playing import Script, Wire

READ = GET_CALL.request(call_id="call_1")
CHANGE = UPDATE_CALL.request(call_id="call_1")


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A whole answer, or one whose `length` says that it is not."""
    announced = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"content-length: {announced}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def says(data: bytes, *, then_close: bool = False) -> Script:
    async def script(wire: Wire) -> None:
        await wire.write(data)
        if then_close:
            wire.close()

    return script


def drips(head: bytes) -> Script:
    """Sends one byte after another, each well within any time limit per read."""

    async def script(wire: Wire) -> None:
        await wire.write(head)
        while True:
            await wire.write(b" ")
            await asyncio.sleep(0.02)

    return script


async def test_connections_are_kept_for_the_next_request() -> None:
    connections: set[object] = set()

    async def script(wire: Wire) -> None:
        connections.add(wire)
        await says(answer(b'{"a": 1}'))(wire)

    async with serving(script) as (gateway, server):
        for _ in range(3):
            assert (await gateway.send(READ)).value == {"a": 1}
    assert (len(server.requests), len(connections)) == (3, 1)


async def test_a_refusal_does_not_cost_its_connection() -> None:
    connections: set[object] = set()

    async def script(wire: Wire) -> None:
        connections.add(wire)
        await says(answer(b'{"status": "error"}', status="422 X"))(wire)

    async with serving(script) as (gateway, server):
        for _ in range(3):
            with pytest.raises(NotFound):
                await gateway.send(READ)
    assert (len(server.requests), len(connections)) == (3, 1)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(drips(b"HTTP/1.1 404 X\r\n\r\n"), id="dripping"),
        pytest.param(says(answer(b"x" * (DRAINED + 1), status="404 X")), id="long"),
        pytest.param(says(answer(b"x", status="404 X", length=9), then_close=True), id="cut off"),
    ],
)
async def test_a_refusal_is_clear_however_its_body_goes_on(script: Script) -> None:
    async with serving(script) as (gateway, server):
        with pytest.raises(NotFound):
            await gateway.send(READ)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"HTTP/1.1 200 ", id="in the status line"),
        pytest.param(b"HTTP/1.1 200 OK\r\nx-slow: ", id="in a header"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n{", id="in the body"),
        pytest.param(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{", id="in a known body"),
    ],
)
async def test_an_answer_that_drips_is_cut_off_at_the_deadline(head: bytes) -> None:
    async with serving(drips(head)) as (gateway, server):
        # Long enough for a busy machine to have connected and begun.
        with pytest.raises(UpstreamTimeout):
            await gateway.send(READ, seconds=0.5)
        await server.left()
    assert len(server.requests) == 1


async def test_a_retell_that_says_nothing_is_given_up_at_the_deadline() -> None:
    async with serving(says(b"")) as (gateway, server):
        with pytest.raises(UpstreamTimeout):
            await gateway.send(READ, seconds=0.5)
    assert len(server.requests) == 1


async def test_a_change_whose_answer_drips_has_an_unknown_outcome() -> None:
    async with serving(drips(b"HTTP/1.1 200 OK\r\n\r\n{")) as (gateway, server):
        with pytest.raises(OutcomeUnknown):
            await gateway.send(CHANGE, seconds=0.5)
    assert len(server.requests) == 1


async def test_the_limit_of_the_client_cuts_off_where_the_caller_has_none() -> None:
    limits = ClientLimits(seconds=0.5)
    async with serving(drips(b"HTTP/1.1 200 OK\r\n\r\n{"), limits=limits) as (gateway, _):
        with pytest.raises(UpstreamTimeout):
            await gateway.send(READ, seconds=3600)


async def test_a_caller_that_leaves_closes_the_connection() -> None:
    async with serving(drips(b"HTTP/1.1 200 OK\r\n\r\n{")) as (gateway, server):
        task = asyncio.create_task(gateway.send(READ))
        await server.request_came.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.left()
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(answer(b'{"a": ', length=9), id="by its length"),
        pytest.param(
            b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n{"a": \r\n',
            id="by its chunks",
        ),
    ],
)
async def test_a_truncated_answer_is_asked_for_again_and_then_invalid(data: bytes) -> None:
    async with serving(says(data, then_close=True)) as (gateway, server):
        with pytest.raises(UpstreamInvalid):
            await gateway.send(READ)
    assert len(server.requests) == 3


async def test_a_truncated_answer_to_a_change_leaves_its_outcome_unknown() -> None:
    async with serving(says(answer(b"{", length=9), then_close=True)) as (gateway, server):
        with pytest.raises(OutcomeUnknown):
            await gateway.send(CHANGE)
    assert len(server.requests) == 1


async def test_an_answer_cut_off_without_a_length_is_invalid() -> None:
    data = b'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"a": '
    async with serving(says(data, then_close=True)) as (gateway, server):
        with pytest.raises(UpstreamInvalid):
            await gateway.send(READ)
    assert len(server.requests) == 1


async def test_a_connection_closed_after_a_change_was_sent_leaves_its_outcome_unknown() -> None:
    async with serving(says(b"", then_close=True)) as (gateway, server):
        with pytest.raises(OutcomeUnknown):
            await gateway.send(CHANGE)
    assert len(server.requests) == 1


async def test_an_answer_that_is_not_http_is_an_unavailable_retell() -> None:
    async with serving(says(b"220 mail.example ESMTP\r\n", then_close=True)) as (gateway, server):
        with pytest.raises(UpstreamUnavailable):
            await gateway.send(READ)
    assert len(server.requests) == 3


async def test_a_port_where_nobody_listens_is_an_unavailable_retell_and_nothing_was_changed() -> (
    None
):
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with build_http_client(f"http://127.0.0.1:{port}") as http:
        with pytest.raises(UpstreamUnavailable):
            await Gateway(http).send(CHANGE)


async def test_an_answer_too_large_by_its_own_account_is_not_read() -> None:
    async with serving(says(answer(b"", length=10**12))) as (gateway, server):
        with pytest.raises(UpstreamInvalid):
            await gateway.send(READ)
    assert len(server.requests) == 1


async def test_an_endless_answer_is_given_up_at_the_limit() -> None:
    async def script(wire: Wire) -> None:
        await wire.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await wire.write(bytes(65536))

    limits = ClientLimits(answer_bytes=1_000_000)
    async with serving(script, limits=limits) as (gateway, server):
        with pytest.raises(UpstreamInvalid):
            await gateway.send(READ)
        await server.left()
    # What the kernel's buffers take beyond the limit is not ours to bound.
    assert server.written < 50_000_000


async def test_a_gzip_bomb_is_given_up_at_the_limit() -> None:
    bomb = gzip.compress(bytes(100_000_000))
    async with serving(says(answer(bomb, "content-encoding: gzip"))) as (gateway, server):
        with pytest.raises(UpstreamInvalid):
            await gateway.send(READ)
    assert len(server.requests) == 1


async def test_list_pages_may_be_larger_than_other_answers() -> None:
    page = b'{"items": ["' + b"x" * 1000 + b'"]}'
    limits = ClientLimits(answer_bytes=500, list_bytes=2000)
    async with serving(says(answer(page)), limits=limits) as (gateway, _):
        assert (await gateway.send(LIST_CALLS.request())).size == len(page)
        with pytest.raises(UpstreamInvalid):
            await gateway.send(READ)


async def test_compressed_answers_are_read() -> None:
    packed = gzip.compress(b'{"a": "\xc3\xa9"}')
    async with serving(says(answer(packed, "content-encoding: gzip"))) as (gateway, _):
        got = await gateway.send(READ)
    assert (got.value, got.size) == ({"a": "é"}, 11)


async def test_an_answer_that_is_compressed_twice_is_not_read() -> None:
    packed = gzip.compress(gzip.compress(b"{}"))
    twice = ("content-encoding: gzip", "content-encoding: gzip")
    async with serving(says(answer(packed, *twice))) as (gateway, _):
        with pytest.raises(UpstreamInvalid):
            await gateway.send(READ)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int) -> None:
    data = answer(b"", "location: /elsewhere", status=f"{status} X")
    async with serving(says(data)) as (gateway, server):
        with pytest.raises(UpstreamInvalid):
            await gateway.send(READ)
    assert [request.split(b" ")[1] for request in server.requests] == [b"/v2/get-call/call_1"]


async def test_the_pool_of_a_client_survives_callers_that_leave() -> None:
    async def script(wire: Wire) -> None:
        await asyncio.sleep(0.001)
        await says(answer(b"{}", "connection: close"), then_close=True)(wire)

    async with serving(script, limits=ClientLimits(at_once=2)) as (gateway, _):
        for turn in range(30):
            tasks = [asyncio.create_task(gateway.send(READ)) for _ in range(6)]
            for _ in range(turn):
                await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert [r for r in results[1::2] if isinstance(r, Exception)] == []
        assert (await gateway.send(READ)).value == {}


async def test_an_exchange_does_not_print_its_key() -> None:
    async with build_http_client("http://127.0.0.1:4010") as http:
        exchange = Exchange(http, READ, "secret", own_key=True, most=1, wall_clock=lambda: 0.0)
        assert "secret" not in repr(exchange)
