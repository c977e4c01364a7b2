"""How the commands listen and serve: sockets, ports, signals, exit codes. Knows no application."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NoReturn

import uvicorn

from gateway.http.connection import ConnectionLimits, connection
from gateway.http.server import DrainingServer
from gateway.http.upgrade import websocket

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator, Iterator

    from starlette.types import ASGIApp

    from gateway.http.drain import Drain
    from gateway.http.reply import Reply

LOOPBACK = "127.0.0.1"


class CannotListen(Exception):
    """The address is taken, or is none; the message says which and why."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; `CannotListen` where it cannot."""
    try:
        return _bound(host, port)
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "that is no host"
        raise CannotListen(f"Cannot listen on {_address(host, port)}: {reason}.") from None


def listen_near(port: int, tries: int = 50) -> socket.socket:
    """On loopback: the port, or the next that is free."""
    last = min(port + tries - 1, 65535)
    for candidate in range(port, last + 1):
        with suppress(OSError):
            return _bound(LOOPBACK, candidate)
    raise CannotListen(f"No port from {port} to {last} is free.")


def url(listener: socket.socket) -> str:
    """Where a client finds it."""
    host, port = listener.getsockname()[:2]
    return f"http://{_address(host, port)}"


def gateway_server(
    app: ASGIApp,
    drain: Drain,
    grace: float,
    limits: ConnectionLimits | None = None,
    reply: Reply | None = None,
) -> DrainingServer:
    """It drains for `grace` seconds; what the drain cancelled then has a moment to say so.

    `reply` is asked before the application is.
    """
    config = _config(app, 5, limits or ConnectionLimits(), reply)
    return DrainingServer(config, drain, grace=grace)


def sandbox_server(app: ASGIApp) -> uvicorn.Server:
    """It ends at the first signal."""
    return uvicorn.Server(_config(app, seconds_to_close=1))


class ServerBeside(uvicorn.Server):
    """It ends when it is told to: the signals of its process are for another server."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Take none; uvicorn's own would take them from the other server."""
        yield


def run(
    serving: Coroutine[None, None, None],
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
) -> None:
    """Serve to the end. SIGTERM and SIGINT are good ends: the exit code is 0."""
    settle_garbage_collector()
    with _exit_by_signal(), asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serving)


def settle_garbage_collector() -> None:
    """Look no more at what is there for good, and seldom at the rest.

    Decoded JSON is many containers and no cycles: as Python comes, looking for cycles among them
    takes up to a third of the time of a large answer. A look at what came since the last one takes
    some 30 ms (up to 100 were seen), in which nobody is answered; what is older is looked at after
    100 of these.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 100, 50)


async def serve_both(
    gateway: uvicorn.Server, listener: socket.socket, beside: ASGIApp, its_listener: socket.socket
) -> None:
    """The application `beside` lives as long as the gateway."""
    server = ServerBeside(_config(beside, seconds_to_close=1))
    task = asyncio.create_task(server.serve([its_listener]))
    try:
        await gateway.serve([listener])
    finally:
        server.should_exit = True
        await task


def _bound(host: str, port: int) -> socket.socket:
    flags = socket.AI_PASSIVE
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=flags
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        # Without it a restart would have to wait for connections of the last run to be forgotten.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _config(
    app: ASGIApp,
    seconds_to_close: int,
    limits: ConnectionLimits | None = None,
    reply: Reply | None = None,
) -> uvicorn.Config:
    """Without `limits` those that ship, and no WebSockets."""
    held = limits or ConnectionLimits()
    return uvicorn.Config(
        app,
        http=connection(held, reply),
        lifespan="on",  # else a start that failed would be taken for an app that needs none
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # nobody here asks for the client's address or scheme
        ws="none" if limits is None else websocket(held),
        ws_max_size=held.message_bytes,
        ws_ping_interval=held.ping_seconds,
        ws_ping_timeout=held.ping_seconds,
        ws_per_message_deflate=False,  # it takes memory and time, and tells of secrets by lengths
        timeout_graceful_shutdown=seconds_to_close,
    )


def new_fast_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where there is one. For one server alone: with a second one that failed to start,
    uvloop never comes to an end."""
    try:
        import uvloop  # noqa: PLC0415 - not made for every system
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


@contextmanager
def _exit_by_signal() -> Iterator[None]:
    """uvicorn raises a signal again once it has shut down: that is when the command ends."""
    before = {each: signal.signal(each, _exit) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _exit(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(0)
