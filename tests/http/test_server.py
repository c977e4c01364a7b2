"""SIGTERM: requests that run are finished, new ones answered until the doors close."""

from __future__ import annotations

import asyncio
import signal
import socket
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI
from starlette.routing import Route

from gateway.http.drain import Drain
from gateway.http.health import health_routes
from gateway.operation.request import OperationResult
from tests.http.serving import StartedServer
from tests.http.tiny import endpoint, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.operation.request import Answer, OperationRequest


class Held:
    """An operation named `Held` lasts until it is let go; any other is answered at once."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.go = asyncio.Event()

    async def run(self, request: OperationRequest) -> Answer:
        if request.operation_name != "Held":
            return await run(request)
        self.arrived.set()
        await self.go.wait()
        return OperationResult({"data": {"held": True}})


class Running:
    """A server with its client, started and ended around a test."""

    def __init__(self, server: StartedServer, listener: socket.socket) -> None:
        self.server = server
        self.ended = asyncio.create_task(server.serve([listener]))
        port = listener.getsockname()[1]
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10)

    async def ask(self, name: str) -> httpx.Response:
        query = {"query": f"query {name} {{ hello }}", "operationName": name}
        # A connection that is kept alive would be closed by the server at its own time.
        return await self.http.post("/graphql", json=query, headers={"connection": "close"})


async def running(held: Held, drain: Drain, **options: float) -> AsyncIterator[Running]:
    app = FastAPI(
        routes=[Route("/graphql", endpoint(run=held.run, drain=drain)), *health_routes(drain)]
    )
    drain.ready()
    server = StartedServer(app, drain, **options)
    # uvicorn raises the signals it has seen again when it ends; here they end nothing.
    before = {sig: signal.signal(sig, lambda *_: None) for sig in (signal.SIGTERM, signal.SIGINT)}
    try:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            one = Running(server, listener)
            await server.listening.wait()
            async with one.http:
                yield one
            await one.ended
    finally:
        for sig, handler in before.items():
            signal.signal(sig, handler)


async def test_sigterm_lets_what_runs_finish_and_answers_what_arrives() -> None:
    held, drain = Held(), Drain()
    async for one in running(held, drain, grace=60):
        slow = asyncio.create_task(one.ask("Held"))
        await held.arrived.wait()
        assert (await one.http.get("/readyz")).status_code == 200
        signal.raise_signal(signal.SIGTERM)
        readyz = await one.http.get("/readyz", headers={"connection": "close"})
        assert (readyz.status_code, readyz.json()) == (503, {"status": "draining"})
        late = await one.ask("Late")
        assert late.json() == {"data": {"hello": "Hello world"}}
        assert not one.server.should_exit
        held.go.set()
        assert (await slow).json() == {"data": {"held": True}}
        await one.ended


async def test_what_outlasts_the_grace_is_told_why() -> None:
    held, drain = Held(), Drain()
    async for one in running(held, drain, grace=0):
        slow = asyncio.create_task(one.ask("Held"))
        await held.arrived.wait()
        signal.raise_signal(signal.SIGTERM)
        answer = await slow
        assert (answer.status_code, answer.headers["connection"]) == (503, "close")
        assert answer.json()["errors"][0]["message"] == "The gateway is shutting down."
        await one.ended


async def test_a_second_signal_does_not_wait() -> None:
    held, drain = Held(), Drain()
    async for one in running(held, drain, grace=60):
        slow = asyncio.create_task(one.ask("Held"))
        await held.arrived.wait()
        signal.raise_signal(signal.SIGINT)
        assert not one.server.should_exit
        signal.raise_signal(signal.SIGINT)
        assert one.server.should_exit
        held.go.set()
        await slow
        await one.ended


async def test_a_signal_before_the_start_is_uvicorns_own() -> None:
    server = StartedServer(endpoint(), Drain())
    server.handle_exit(signal.SIGTERM, None)
    assert server.should_exit
