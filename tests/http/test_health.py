"""`/livez` and `/readyz` through the life of a process."""

from __future__ import annotations

from fastapi import FastAPI

from gateway.http.drain import Drain
from gateway.http.health import health_routes
from tests.http.tiny import client


async def test_ready_is_what_the_drain_says() -> None:
    drain = Drain()
    async with client(FastAPI(routes=[*health_routes(drain)])) as http:

        async def readyz() -> tuple[int, object]:
            answer = await http.get("/readyz")
            assert answer.headers["cache-control"] == "no-store"
            return answer.status_code, answer.json()

        assert await readyz() == (503, {"status": "starting"})
        drain.ready()
        assert await readyz() == (200, {"status": "ready"})
        drain.begin()
        assert await readyz() == (503, {"status": "draining"})


async def test_a_process_that_answers_is_alive_in_every_state() -> None:
    drain = Drain()
    drain.begin()
    async with client(FastAPI(routes=[*health_routes(drain)])) as http:
        answer = await http.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})
