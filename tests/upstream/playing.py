"""What the tests of this room share: a clock that only moves when told, handlers that play Retell
in memory, and small servers on real sockets."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

import httpx

from gateway.upstream.client import Attempt, ClientLimits, RetellClient, UpstreamAnswer
from gateway.upstream.connection import build_http_client
from gateway.upstream.deadline import Deadline
from gateway.upstream.endpoint import ID, Endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gateway.upstream.connection import HttpClient
    from gateway.upstream.endpoint import UpstreamRequest
    from gateway.upstream.retry import RetryBudget

    Script = Callable[["Wire"], Awaitable[None]]

GET_CALL = Endpoint("GET", "/v2/get-call/{call_id}", ids={"call_id": ID})
LIST_CALLS = Endpoint("POST", "/v3/list-calls", safe=True)
UPDATE_CALL = Endpoint("PATCH", "/v2/update-call/{call_id}", ids={"call_id": ID})
DELETE_CALL = Endpoint("DELETE", "/v2/delete-call/{call_id}", ids={"call_id": ID})
CREATE_CALL = Endpoint("POST", "/v2/create-phone-call")

KEY = "key-of-the-caller"
EPOCH = 1_700_000_000.0


class Clock:
    """Time in seconds; sleeping moves it and is written down."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Retell:
    """Answers in turn with what it was given (the last one for ever), and keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        # Copied, since a response can be sent once only.
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


class Gateway:
    """A client under test, with its clock and the attempts that it reported."""

    def __init__(
        self,
        http: HttpClient,
        *,
        limits: ClientLimits | None = None,
        budget: RetryBudget | None = None,
        chance: float = 0.5,
        real_time: bool = False,
    ) -> None:
        self.clock = Clock()
        self.attempts: list[Attempt] = []
        self.client = (
            RetellClient(http, limits=limits)
            if real_time
            else RetellClient(
                http,
                limits=limits,
                budget=budget,
                clock=self.clock,
                wall_clock=lambda: EPOCH,
                sleep=self.clock.sleep,
                random=lambda: chance,
            )
        )
        self._now = None if real_time else self.clock

    async def send(
        self,
        request: UpstreamRequest,
        *,
        api_key: str = KEY,
        own_key: bool = True,
        seconds: float = 30.0,
    ) -> UpstreamAnswer:
        deadline = Deadline.after(seconds, self._now) if self._now else Deadline.after(seconds)
        return await self.client.send(
            request,
            api_key=api_key,
            own_key=own_key,
            deadline=deadline,
            on_attempt=self.attempts.append,
        )


@asynccontextmanager
async def playing(
    handler: Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]],
    *,
    limits: ClientLimits | None = None,
    budget: RetryBudget | None = None,
    chance: float = 0.5,
) -> AsyncIterator[Gateway]:
    """A gateway whose Retell is `handler`."""
    transport = httpx.MockTransport(handler)  # type: ignore[arg-type] # its union is one of functions
    async with build_http_client("https://retell.test", transport=transport) as http:
        yield Gateway(http, limits=limits, budget=budget, chance=chance)


class Wire(asyncio.Protocol):
    """One connection of a `Server`: its script runs each time a request's head has come."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.received = b""
        self.task: asyncio.Task[None] | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.server.wires.append(self)
        self.server.connected.set()

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.received.endswith(b"\r\n\r\n"):
            self.server.requests.append(self.received)
            self.received = b""
            self.task = asyncio.ensure_future(self.server.script(self))
            self.server.request_came.set()

    def connection_lost(self, _error: Exception | None) -> None:
        self.lost.set()
        if self.task is not None and not self.task.done():
            self.task.cancel()
            self.server.hung_up.set()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    async def write(self, data: bytes) -> None:
        """Write, and wait where the other side does not read."""
        self.transport.write(data)
        self.server.written += len(data)
        await asyncio.sleep(0)
        await self.writable.wait()

    def close(self) -> None:
        self.transport.close()


class Server:
    """Plays Retell on sockets, and counts."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.wires: list[Wire] = []
        self.requests: list[bytes] = []
        self.written = 0
        self.connected = asyncio.Event()
        self.request_came = asyncio.Event()
        self.hung_up = asyncio.Event()
        """The client closed a connection whose script had not ended."""

    async def left(self) -> None:
        """Wait until the client has hung up; fail rather than hang where it never does."""
        async with asyncio.timeout(10):
            await self.hung_up.wait()

    async def closed(self) -> None:
        """Close what is still open, and wait for the scripts."""
        for wire in self.wires:
            wire.transport.abort()
        tasks = [wire.task for wire in self.wires if wire.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


CERTIFICATE = str(Path(__file__).with_name("certificate.pem"))
"""For 127.0.0.1, 0.0.0.0 and localhost."""


def server_tls() -> ssl.SSLContext:
    """What a server of the tests speaks TLS with."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(CERTIFICATE)
    tls.set_alpn_protocols(["h2", "http/1.1"])
    return tls


@asynccontextmanager
async def listening(
    script: Script, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[Server, int]]:
    """A server on loopback, and its port."""
    played = Server(script)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Wire(played), host, 0, ssl=tls)
    try:
        yield played, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await played.closed()


@asynccontextmanager
async def serving(
    script: Script, *, limits: ClientLimits | None = None
) -> AsyncIterator[tuple[Gateway, Server]]:
    """A gateway and the server it talks to, on loopback and in real time."""
    async with (
        listening(script) as (played, port),
        build_http_client(f"http://127.0.0.1:{port}") as http,
    ):
        yield Gateway(http, limits=limits, real_time=True), played
