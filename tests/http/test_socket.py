"""Over a real socket: clients that hang up, bodies that are far too large, parts as they come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.http.body import HttpLimits
from gateway.http.drain import Drain
from gateway.operation.request import IncrementalResult
from tests.http.serving import serving
from tests.http.tiny import endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.operation.request import Answer, Json, OperationRequest


class Endless:
    """An operation that only ends when it is cancelled."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.ended = asyncio.Event()

    async def run(self, _: OperationRequest) -> Answer:
        self.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.set()
        raise AssertionError("never reached")

    async def run_in_parts(self, _: OperationRequest) -> Answer:
        return IncrementalResult({"data": {}, "hasNext": True}, self._rest())

    async def _rest(self) -> AsyncIterator[Json]:
        self.started.set()
        try:
            await asyncio.Event().wait()
            yield {}
        finally:
            self.ended.set()


async def test_a_client_that_hangs_up_cancels_its_operation() -> None:
    endless = Endless()
    async with serving(endpoint(run=endless.run)) as url, httpx.AsyncClient() as http:
        asking = asyncio.create_task(http.post(url, json={"query": "{ a }"}))
        await endless.started.wait()
        asking.cancel()
        async with asyncio.timeout(10):
            await endless.ended.wait()


async def test_the_first_part_is_readable_at_once_and_hanging_up_ends_the_rest() -> None:
    endless = Endless()
    async with serving(endpoint(run=endless.run_in_parts)) as url, httpx.AsyncClient() as http:
        accept = {"accept": "multipart/mixed"}
        async with http.stream("POST", url, json={"query": "{ a }"}, headers=accept) as answer:
            first = await anext(answer.aiter_text())
            assert first.endswith('{"data":{},"hasNext":true}\r\n---')
            assert answer.headers["transfer-encoding"] == "chunked"
        async with asyncio.timeout(10):
            await endless.ended.wait()


async def test_parts_that_nobody_reads_are_not_waited_for() -> None:
    async def flood() -> AsyncIterator[Json]:
        while True:
            yield {"incremental": [" " * 1_000_000], "hasNext": True}

    async def run(_: OperationRequest) -> Answer:
        return IncrementalResult({"data": {}, "hasNext": True}, flood())

    drain = Drain()
    app = endpoint(run=run, drain=drain, seconds=0.3)
    accept = {"accept": "multipart/mixed"}
    async with (
        serving(app) as url,
        httpx.AsyncClient() as http,
        http.stream("POST", url, json={"query": "{ a }"}, headers=accept) as answer,
    ):
        assert (answer.status_code, drain.running) == (200, 1)
        await asyncio.sleep(0.5)
        assert drain.running == 0


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_far_too_large_gets_its_answer(*, announced: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(160):
            yield b" " * 65_536

    async with serving(endpoint(limits=HttpLimits())) as url, httpx.AsyncClient() as http:
        content = b" " * 65_536 * 160 if announced else pieces()
        headers = {"content-type": "application/json"}
        answer = await http.post(url, content=content, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["message"] == "The body is larger than 262144 bytes."
