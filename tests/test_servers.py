"""Listening and serving: addresses of both families, ports that are taken, how a server ends."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import pytest
from starlette.applications import Starlette

from gateway import servers
from gateway.http.connection import Connection, ConnectionLimits
from gateway.http.drain import Drain
from gateway.http.upgrade import WebSocket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.http.problem import Header


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def test_port_zero_takes_one_that_is_free() -> None:
    with closing(servers.listen("127.0.0.1", 0)) as listener:
        assert port_of(listener) > 0
        assert servers.url(listener) == f"http://127.0.0.1:{port_of(listener)}"
        socket.create_connection(listener.getsockname()).close()


def test_a_name_is_looked_up() -> None:
    with closing(servers.listen("localhost", 0)) as listener:
        assert listener.getsockname()[0] in ("127.0.0.1", "::1")


@needs_ipv6
def test_an_ipv6_address_stands_in_brackets() -> None:
    with closing(servers.listen("::1", 0)) as listener:
        assert listener.family == socket.AF_INET6
        assert servers.url(listener) == f"http://[::1]:{port_of(listener)}"
        with pytest.raises(servers.CannotListen) as caught:
            servers.listen("::1", port_of(listener))
    message = f"Cannot listen on [::1]:{port_of_message(caught)}: Address already in use."
    assert str(caught.value) == message


def port_of_message(caught: pytest.ExceptionInfo[servers.CannotListen]) -> str:
    return str(caught.value).split("]:")[1].split(":")[0]


@pytest.mark.parametrize(
    ("host", "message"),
    [
        # TEST-NET-1: nobody's address.
        ("192.0.2.1", "Cannot listen on 192.0.2.1:0: Cannot assign requested address."),
        ("a" * 64 + ".example", f"Cannot listen on {'a' * 64}.example:0: that is no host."),
    ],
)
def test_an_address_that_is_not_ours_is_told(host: str, message: str) -> None:
    with pytest.raises(servers.CannotListen) as caught:
        servers.listen(host, 0)
    assert str(caught.value) == message


def test_a_port_that_is_taken_is_told() -> None:
    with closing(servers.listen("127.0.0.1", 0)) as listener:
        port = port_of(listener)
        with pytest.raises(servers.CannotListen) as caught:
            servers.listen("127.0.0.1", port)
    assert str(caught.value) == f"Cannot listen on 127.0.0.1:{port}: Address already in use."


def test_the_next_free_port_is_taken() -> None:
    with (
        closing(servers.listen_near(40_000)) as first,
        closing(servers.listen_near(port_of(first))) as second,
    ):
        assert port_of(second) > port_of(first)
        assert servers.url(second).startswith("http://127.0.0.1:")


def test_where_none_is_free_that_is_told() -> None:
    with closing(servers.listen("127.0.0.1", 0)) as listener:
        port = port_of(listener)
        with pytest.raises(servers.CannotListen) as caught:
            servers.listen_near(port, tries=1)
    assert str(caught.value) == f"No port from {port} to {port} is free."


def test_no_port_is_looked_for_beyond_the_last() -> None:
    taken = servers.listen("127.0.0.1", 65535)
    with closing(taken), pytest.raises(servers.CannotListen) as caught:
        servers.listen_near(65535)
    assert str(caught.value) == "No port from 65535 to 65535 is free."


@asynccontextmanager
async def failing(_app: Starlette) -> AsyncIterator[None]:
    broken()
    yield


def broken() -> None:
    raise LookupError("the start failed")


def test_a_start_that_fails_ends_the_command_with_a_failure() -> None:
    listener = servers.listen("127.0.0.1", 0)
    server = servers.gateway_server(Starlette(lifespan=failing), Drain(), grace=0)
    with closing(listener), pytest.raises(SystemExit) as caught:
        servers.run(server.serve([listener]))
    assert caught.value.code == 3


def test_an_app_beside_that_cannot_start_takes_the_gateway_with_it() -> None:
    listener, its_listener = servers.listen("127.0.0.1", 0), servers.listen("127.0.0.1", 0)
    server = servers.gateway_server(Starlette(), Drain(), grace=0)
    with closing(listener), closing(its_listener), pytest.raises(SystemExit) as caught:
        servers.run(servers.serve_both(server, listener, Starlette(lifespan=failing), its_listener))
    assert caught.value.code == 3


def test_sockets_have_the_limits_of_their_connections_and_the_sandbox_has_none() -> None:
    limits = ConnectionLimits(message_bytes=1000, ping_seconds=7.0)
    config = servers.gateway_server(Starlette(), Drain(), 0, limits).config
    config.load()
    assert isinstance(config.ws_protocol_class, type)
    assert issubclass(config.ws_protocol_class, WebSocket)
    assert config.ws_protocol_class.limits is limits
    given = (config.ws_max_size, config.ws_ping_interval, config.ws_ping_timeout)
    assert given == (1000, 7.0, 7.0)
    assert config.ws_per_message_deflate is False
    assert servers.sandbox_server(Starlette()).config.ws == "none"


def test_the_connections_of_a_gateway_ask_it_first_and_those_of_a_sandbox_ask_nothing() -> None:
    def reply(_headers: list[Header], _body: bytes, /) -> None:
        raise AssertionError("never reached")

    asked = []
    for server in (
        servers.gateway_server(Starlette(), Drain(), 0, reply=reply),
        servers.gateway_server(Starlette(), Drain(), 0),
        servers.sandbox_server(Starlette()),
    ):
        server.config.load()
        assert issubclass(server.config.http_protocol_class, Connection)
        asked.append(server.config.http_protocol_class.reply)
    assert asked == [reply, None, None]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_server_listens_is_a_good_end_too(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    async def starting() -> None:
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()

    with pytest.raises(SystemExit) as caught:
        servers.run(starting())
    assert caught.value.code == 0
    assert signal.getsignal(number) is before


@asynccontextmanager
async def told(order: list[str], name: str) -> AsyncIterator[None]:
    order.append(f"{name} opened")
    yield
    order.append(f"{name} closed")


def test_the_app_beside_outlives_the_gateway_and_takes_no_signal() -> None:
    order: list[str] = []
    beside_is_open = asyncio.Event()
    listener, its_listener = servers.listen("127.0.0.1", 0), servers.listen("127.0.0.1", 0)

    @asynccontextmanager
    async def gateways(_app: Starlette) -> AsyncIterator[None]:
        await beside_is_open.wait()
        async with told(order, "gateway"):
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGTERM)
            yield

    @asynccontextmanager
    async def besides(_app: Starlette) -> AsyncIterator[None]:
        async with told(order, "beside"):
            beside_is_open.set()
            yield

    server = servers.gateway_server(Starlette(lifespan=gateways), Drain(), grace=5)
    beside = Starlette(lifespan=besides)
    with pytest.raises(SystemExit) as caught:
        servers.run(servers.serve_both(server, listener, beside, its_listener))
    assert caught.value.code == 0
    assert order == ["beside opened", "gateway opened", "gateway closed", "beside closed"]


def test_a_sandbox_alone_ends_at_a_signal() -> None:
    order: list[str] = []
    listener = servers.listen("127.0.0.1", 0)

    @asynccontextmanager
    async def alone(_app: Starlette) -> AsyncIterator[None]:
        async with told(order, "sandbox"):
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            yield

    with pytest.raises(SystemExit) as caught:
        servers.run(servers.sandbox_server(Starlette(lifespan=alone)).serve([listener]))
    assert (caught.value.code, order) == (0, ["sandbox opened", "sandbox closed"])


def test_the_collector_leaves_what_is_there_for_good_alone() -> None:
    before = gc.get_threshold()
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
    try:
        servers.settle_garbage_collector()
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] > 10_000
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_the_loop_is_a_fast_one_where_there_is_one() -> None:
    loop = servers.new_fast_loop()
    loop.close()
    assert type(loop).__module__ == "uvloop"


def test_where_there_is_no_fast_loop_pythons_own_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    loop = servers.new_fast_loop()
    loop.close()
    assert isinstance(loop, asyncio.SelectorEventLoop)
