"""Measures each workload cold (nothing remembered) and warm (Retell's answers remembered).

CPU time of the whole path in one process, ASGI to ASGI, without sockets. Figures compare within a
run only: the floor is the same bytes sent by a bare ASGI application.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import httpx
import orjson
from pydantic import SecretStr

from benchmarks.workloads import NOW, WORKLOADS, upstream
from gateway.app import create_app
from gateway.settings import GatewaySettings, RetellSettings, Settings

if TYPE_CHECKING:
    from benchmarks.workloads import Workload

SECONDS = 1.5
"""Per figure."""

Send = Callable[[int], Awaitable[bytes]]


async def main() -> None:
    """Print the table."""
    print(
        f"{'workload':<12}{'cold us':>10}{'warm us':>10}{'floor us':>10}{'cold/warm':>11}"
        f"{'warm/floor':>12}{'upstream cold':>15}{'warm':>6}"
    )
    for workload in WORKLOADS:
        cold, cold_requests, _ = await _measured(workload, "off")
        warm, warm_requests, answer = await _measured(workload, "memory://")
        floor = await _floor(answer)
        print(
            f"{workload.name:<12}{cold:>10.0f}{warm:>10.0f}{floor:>10.0f}{cold / warm:>11.1f}"
            f"{warm / floor:>12.1f}{cold_requests:>15.2f}{warm_requests:>6.2f}"
        )


async def _measured(workload: Workload, cache: Any) -> tuple[float, float, bytes]:
    """Microseconds and upstream requests per operation, and an answer."""
    count = 0
    answering = upstream()

    async def counted(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        return answering.handler(request)  # type: ignore[return-value]  # it is a plain function

    app = create_app(
        Settings(
            GatewaySettings(cache=cache, log_level="error"),
            RetellSettings(api_key=SecretStr("key_bench"), base_url="https://retell.test"),
        ),
        transport=httpx.MockTransport(counted),
        clock=lambda: float(NOW),
    )

    async def send(turn: int) -> bytes:
        body = {"query": workload.query, "variables": workload.variables(turn)}
        return await _ask(app, orjson.dumps(body))

    async with app.router.lifespan_context(app):
        answer = await send(0)
        if b'"errors"' in answer or (cache == "off" and count != workload.upstream):
            raise SystemExit(f"{workload.name}: {count} upstream requests, {answer[:500]!r}")
        for turn in range(256):
            await send(turn)
        count = 0
        per_operation, turns = await _timed(send)
        return per_operation, count / turns, answer


async def _floor(answer: bytes) -> float:
    async def bare(_scope: Any, receive: Any, send: Any) -> None:
        await receive()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def send(_turn: int) -> bytes:
        return await _ask(bare, b"{}")

    per_operation, _ = await _timed(send)
    return per_operation


async def _timed(send: Send) -> tuple[float, int]:
    turns, began = 0, time.process_time()
    while time.process_time() - began < SECONDS:
        await send(turns)
        turns += 1
    return (time.process_time() - began) / turns * 1e6, turns


async def _ask(app: Any, body: bytes) -> bytes:
    """One POST straight through ASGI: an HTTP client would cost more than what is measured."""
    parts: list[bytes] = []
    incoming = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        try:
            return next(incoming)
        except StopIteration:
            await asyncio.Event().wait()
            raise

    async def send(message: dict[str, Any]) -> None:
        parts.append(message.get("body", b""))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"content-type", b"application/json"),
            (b"accept", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    await app(scope, receive, send)
    return b"".join(parts)


asyncio.run(main())
