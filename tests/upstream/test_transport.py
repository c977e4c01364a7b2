"""What is asked of a transport, of our own and of httpx's alike, on real sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from .asking import OK, Asking, asking, says, says_in_turn
from .playing import CERTIFICATE, listening, server_tls

if TYPE_CHECKING:
    from .asking import Make
    from .playing import Wire


# Answers

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n\r\n"

WHOLE = {
    "by its length": HEAD + b"content-length: 5\r\n\r\nhello",
    "by its chunks": HEAD + CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    "by its chunks, with a trailer": HEAD + CHUNKED + b"5;a=b\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n",
    "after interim answers": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
        + HEAD
        + b"content-length: 5\r\n\r\nhello"
    ),
}


@pytest.mark.parametrize("whole", WHOLE.values(), ids=WHOLE)
async def test_an_answer_is_read_whole_however_it_is_cut(make: Make, whole: bytes) -> None:
    async with asking(says(whole), make) as (it, server):
        assert await it.ask() == b"hello"
        server.script = says(*(whole[at : at + 1] for at in range(len(whole))))
        assert await it.ask() == b"hello"
        server.script = says(whole[:-3], whole[-3:])
        assert await it.ask() == b"hello"
    assert len(server.wires) == 1


async def test_the_end_of_the_connection_is_that_of_a_body_without_length(make: Make) -> None:
    async with asking(says(HEAD + b"\r\nhel", b"lo", then_close=True), make) as (it, server):
        assert await it.ask() == b"hello"
        assert await it.ask() == b"hello"
    assert len(server.wires) == 2


async def test_status_and_fields_of_an_answer_are_told(make: Make) -> None:
    answer = (
        b"HTTP/1.1 429 Slow Down\r\nRetry-After: 1\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 0\r\n\r\n"
    )
    async with asking(says(answer), make) as (it, _):
        response = await it.begin()
        await response.aclose()
    assert response.status_code == 429
    assert response.headers.multi_items() == [
        ("retry-after", "1"),
        ("x-a", "1"),
        ("x-a", "2"),
        ("content-length", "0"),
    ]


@pytest.mark.parametrize("status", [204, 304])
async def test_some_statuses_have_no_body(make: Make, status: int) -> None:
    async with asking(says(b"HTTP/1.1 %d X\r\n\r\n" % status), make) as (it, server):
        assert [await it.ask(), await it.ask()] == [b"", b""]
    assert len(server.wires) == 1


async def test_the_answer_to_head_has_no_body(make: Make) -> None:
    async with asking(says(HEAD + b"content-length: 5\r\n\r\n"), make) as (it, _):
        assert await it.ask("HEAD") == b""
        assert await it.ask("HEAD") == b""


async def test_an_answer_of_many_megabytes_arrives_unharmed(make: Make) -> None:
    body = b"".join(b"%08d" % number for number in range(500_000))
    async with asking(says(HEAD + b"content-length: 4000000\r\n\r\n", body), make) as (it, server):
        assert await it.ask() == body
        assert await it.ask() == body
    assert len(server.wires) == 1


# Requests


async def test_a_request_is_sent_as_it_is(make: Make) -> None:
    async def script(wire: Wire) -> None:
        if b"".join(server.requests).endswith(b"body\r\n\r\n"):
            await wire.write(OK)

    async with asking(script, make) as (it, server):
        await it.ask("POST", "/a%20b?c=d", headers={"X-A": "é".encode()}, content=b"body\r\n\r\n")
    request = b"".join(server.requests)
    head, body = request.split(b"\r\n\r\n", 1)
    line, *fields = head.split(b"\r\n")
    assert line == b"POST /a%20b?c=d HTTP/1.1"
    assert fields == [b"Host: " + it.origin[7:].encode(), b"X-A: \xc3\xa9", b"Content-Length: 8"]
    assert body == b"body\r\n\r\n"


@pytest.mark.parametrize(
    "field", [(b"x", b"a\r\nb: c"), (b"x", b"a\nb"), (b"x", b"\0"), (b"x\r", b"")]
)
async def test_a_field_that_would_break_out_of_its_line_is_not_sent(
    make: Make, field: tuple[bytes, bytes]
) -> None:
    async with asking(says(OK), make) as (it, server):
        with pytest.raises(httpx.LocalProtocolError):
            await it.ask(headers=[field])
    assert server.requests == []


# Connections that are kept


async def test_as_many_connections_are_opened_as_are_needed_at_once(make: Make) -> None:
    async with asking(says(OK), make) as (it, server):
        for _ in range(3):
            await asyncio.gather(*[it.ask() for _ in range(5)])
    assert (len(server.requests), len(server.wires)) == (15, 5)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(HEAD + b"connection: close\r\ncontent-length: 2\r\n\r\nok", id="closing"),
        pytest.param(b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", id="of HTTP/1.0"),
    ],
)
async def test_after_some_answers_a_connection_is_not_used_again(make: Make, answer: bytes) -> None:
    async with asking(says(answer), make) as (it, server):
        assert [await it.ask(), await it.ask()] == [b"ok", b"ok"]
    assert len(server.wires) == 2


async def test_a_connection_that_the_peer_has_closed_is_not_used_again(make: Make) -> None:
    async with asking(says(OK), make) as (it, server):
        await it.ask("POST")
        server.wires[0].transport.abort()
        await server.wires[0].lost.wait()
        assert await it.ask("POST") == b"ok"
    assert (len(server.requests), len(server.wires)) == (2, 2)


# A peer that fails


async def test_a_change_is_never_sent_twice(make: Make) -> None:
    async with asking(says_in_turn(OK, None, OK), make) as (it, server):
        await it.ask("POST")
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await it.ask("POST")
        assert len(server.requests) == 2
        assert await it.ask("POST") == b"ok"


HALF = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 20",
    "half a head": HEAD + b"content-le",
    "half a body": HEAD + b"content-length: 3\r\n\r\nok",
    "half a chunk": HEAD + CHUNKED + b"3\r\nok",
    "no last chunk": HEAD + CHUNKED + b"2\r\nok\r\n",
}


@pytest.mark.parametrize("half", HALF.values(), ids=HALF)
async def test_an_answer_that_is_not_whole_is_an_error(make: Make, half: bytes) -> None:
    async with asking(says(half, then_close=True), make) as (it, server):
        with pytest.raises(httpx.RemoteProtocolError):
            await it.ask()
    assert len(server.requests) == 1


async def test_a_connection_that_is_reset_within_an_answer_is_an_error(make: Make) -> None:
    async def script(wire: Wire) -> None:
        await wire.write(HEAD + b"content-length: 3\r\n\r\nok")
        await forget.wait()
        sock = wire.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.transport.abort()

    forget = asyncio.Event()
    async with asking(script, make) as (it, _):
        response = await it.begin()
        forget.set()
        with pytest.raises(httpx.ReadError):
            await response.aread()
        await response.aclose()


MALFORMED = {
    "another protocol": b"220 mail.example ESMTP\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "a version that is none": b"HTTP/x 200 OK\r\n\r\n",
    "a field without a name": HEAD + b": 1\r\n\r\n",
    "a field with a space": HEAD + b"a b: 1\r\n\r\n",
    "a field with a NUL": HEAD + b"a: \0\r\n\r\n",
    "a length that is none": HEAD + b"content-length: +2\r\n\r\nok",
    "two lengths": HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\nok",
    "a chunk of no size": HEAD + CHUNKED + b"x\r\nok\r\n0\r\n\r\n",
    "a chunk that is longer": HEAD + CHUNKED + b"1\r\nok\r\n0\r\n\r\n",
    "a head without end": HEAD + b"a: " + b"x" * 300_000,
}


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED)
async def test_an_answer_that_is_malformed_is_an_error(make: Make, answer: bytes) -> None:
    async with asking(says(answer), make) as (it, server):
        with pytest.raises(httpx.RemoteProtocolError):
            await it.ask()
        await server.wires[0].lost.wait()


async def test_a_port_where_nobody_listens_is_an_error(make: Make) -> None:
    async with listening(says(OK)) as (_, port):
        pass
    origin = f"http://127.0.0.1:{port}"
    async with make(origin) as transport:
        with pytest.raises(httpx.ConnectError):
            await Asking(transport, origin).ask()


# A reader that is slow, or leaves


async def test_a_body_that_nobody_reads_stays_with_the_peer(make: Make) -> None:
    async def script(wire: Wire) -> None:
        await wire.write(HEAD + b"content-length: 50000000\r\n\r\n")
        for _ in range(500):
            wire.transport.write(bytes(100_000))
            server.written += 100_000
            if not wire.writable.is_set():
                try:
                    async with asyncio.timeout(0.3):
                        await wire.writable.wait()
                except TimeoutError:
                    stuck.set()
                    await wire.writable.wait()

    stuck = asyncio.Event()
    async with asking(script, make) as (it, server):
        response = await it.begin()
        await stuck.wait()
        assert server.written < 30_000_000
        assert len(await response.aread()) == 50_000_000
        await response.aclose()


async def test_an_answer_that_is_given_up_closes_its_connection(make: Make) -> None:
    async with asking(says(HEAD + b"content-length: 9\r\n\r\nok"), make) as (it, server):
        response = await it.begin()
        await response.aclose()
        await server.wires[0].lost.wait()
        assert len(server.wires) == 1


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    "beginning", [b"", b"HTTP/1.1 200", HEAD + b"content-length: 9\r\n\r\n"], ids=range(3)
)
async def test_a_caller_that_leaves_closes_its_connection(make: Make, beginning: bytes) -> None:
    async with asking(says(beginning), make) as (it, server):
        task = asyncio.create_task(it.ask())
        await server.request_came.wait()
        for _ in range(5):
            await asyncio.sleep(0)
        await cancelled(task)
        await server.wires[0].lost.wait()
        server.script = says(OK)
        assert await it.ask() == b"ok"


# TLS


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=CERTIFICATE)


async def test_a_peer_with_a_certificate_that_is_trusted_is_spoken_to(make: Make) -> None:
    async with listening(says(OK), tls=server_tls()) as (server, port):
        origin = f"https://localhost:{port}"
        async with make(origin, verify=trusting()) as transport:
            it = Asking(transport, origin)
            assert [await it.ask(), await it.ask("POST")] == [b"ok", b"ok"]
            tls = server.wires[0].transport.get_extra_info("ssl_object")
            assert tls.selected_alpn_protocol() == "http/1.1"
    assert (len(server.requests), len(server.wires)) == (2, 1)


async def test_a_long_answer_over_tls_arrives_unharmed(make: Make) -> None:
    body = bytes(range(256)) * 8192
    async with listening(
        says(HEAD + b"content-length: %d\r\n\r\n" % len(body), body), tls=server_tls()
    ) as (_, port):
        origin = f"https://127.0.0.1:{port}"
        async with make(origin, verify=trusting()) as transport:
            assert await Asking(transport, origin).ask() == body


@pytest.mark.parametrize("verify", [True, trusting()], ids=["by nobody", "for another name"])
async def test_a_peer_whose_certificate_is_not_trusted_gets_no_request(
    make: Make, verify: ssl.SSLContext | bool
) -> None:
    host = "127.0.0.1" if verify is True else "127.0.0.2"
    async with listening(says(OK), tls=server_tls(), host=host) as (server, port):
        origin = f"https://{host}:{port}"
        async with make(origin, verify=verify) as transport:
            with pytest.raises(httpx.ConnectError):
                await Asking(transport, origin).ask("POST")
    assert server.requests == []


async def test_certificates_of_the_environment_count_where_it_is_trusted(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", CERTIFICATE)
    async with listening(says(OK), tls=server_tls()) as (server, port):
        origin = f"https://127.0.0.1:{port}"
        async with make(origin) as transport:
            assert await Asking(transport, origin).ask() == b"ok"
        async with make(origin, trust_env=False) as transport:
            with pytest.raises(httpx.ConnectError):
                await Asking(transport, origin).ask()
    assert len(server.requests) == 1


async def test_a_peer_that_does_not_speak_is_given_up_in_time(make: Make) -> None:
    async with listening(says(OK)) as (server, port):  # no TLS
        origin = f"https://127.0.0.1:{port}"
        async with make(origin, verify=trusting()) as transport:
            with pytest.raises(httpx.ConnectTimeout):
                await Asking(transport, origin).ask(connect=0.1)
        await server.wires[0].lost.wait()


async def test_a_caller_that_leaves_while_connecting_leaves_nothing_behind(make: Make) -> None:
    before = asyncio.all_tasks()
    async with listening(says(OK)) as (server, port):
        origin = f"https://127.0.0.1:{port}"
        async with make(origin, verify=trusting()) as transport:
            task = asyncio.create_task(Asking(transport, origin).ask())
            await server.connected.wait()
            await cancelled(task)
            await server.wires[0].lost.wait()
            assert asyncio.all_tasks() == before
