"""A server that stops: what runs may finish, then is told to end, and says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson

from gateway.http.drain import Drain
from gateway.operation.request import IncrementalResult, OperationResult
from tests.http.tiny import endpoint
from tests.http.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.operation.request import Answer, Json, OperationRequest

SHUTTING_DOWN = {
    "message": "The gateway is shutting down.",
    "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "made-id"},
}


class Gate:
    """A pipeline that tells how many have come, and lets them through when it is opened."""

    def __init__(self, expected: int = 1) -> None:
        self._expected = expected
        self._open = asyncio.Event()
        self.full = asyncio.Event()

    def open(self) -> None:
        self._open.set()

    async def run(self, _: OperationRequest) -> Answer:
        self._expected -= 1
        if self._expected == 0:
            self.full.set()
        await self._open.wait()
        return OperationResult({"data": {"done": True}})

    async def run_to_the_end(self, request: OperationRequest) -> Answer:
        try:
            await asyncio.gather(self.run(request), asyncio.Event().wait())
        finally:
            await self._open.wait()
        raise AssertionError("never reached")


def test_a_drain_goes_one_way() -> None:
    drain = Drain()
    states = [drain.state]
    for step in (drain.ready, drain.begin, drain.ready):
        step()
        states.append(drain.state)
    assert states == ["starting", "ready", "draining", "draining"]


async def test_where_nothing_runs_there_is_nothing_to_wait_for() -> None:
    drain = Drain()
    assert await drain.finish(grace=60) == 0
    assert drain.state == "draining"


async def test_what_runs_may_finish() -> None:
    drain, gate, wires = Drain(), Gate(expected=2), [Wire(), Wire()]
    app = endpoint(run=gate.run, drain=drain)
    tasks = [asyncio.create_task(app(wire.scope, wire.receive, wire.send)) for wire in wires]
    await gate.full.wait()
    finishing = asyncio.create_task(drain.finish(grace=60))
    await asyncio.sleep(0)
    assert (drain.running, finishing.done()) == (2, False)
    gate.open()
    assert await finishing == 0
    await asyncio.gather(*tasks)
    assert [wire.text for wire in wires] == ['{"data":{"done":true}}'] * 2


async def test_a_request_that_arrives_late_is_still_answered() -> None:
    drain, wire = Drain(), Wire()
    drain.begin()
    await endpoint(drain=drain)(wire.scope, wire.receive, wire.send)
    assert (wire.status, wire.text) == (200, '{"data":{"hello":"Hello world"}}')


async def test_what_does_not_finish_is_cancelled_and_says_so() -> None:
    drain, gate, wire = Drain(), Gate(), Wire()
    app = endpoint(run=gate.run, drain=drain)
    task = asyncio.create_task(app(wire.scope, wire.receive, wire.send))
    await gate.full.wait()
    assert await drain.finish(grace=0) == 1
    await task
    assert (wire.status, orjson.loads(wire.text)) == (503, {"errors": [SHUTTING_DOWN]})
    assert (b"connection", b"close") in wire.sent[0]["headers"]
    assert drain.running == 0


async def test_an_answer_in_parts_that_does_not_finish_ends_with_an_error() -> None:
    drain, wire = Drain(), Wire(accept="multipart/mixed")

    async def parts() -> AsyncIterator[Json]:
        await asyncio.Event().wait()
        yield {}

    async def run(_: OperationRequest) -> Answer:
        return IncrementalResult({"data": {}, "hasNext": True}, parts())

    app = endpoint(run=run, drain=drain)
    task = asyncio.create_task(app(wire.scope, wire.receive, wire.send))
    await wire.answering()
    assert await drain.finish(grace=0) == 1
    await task
    *_, last, end = wire.text.split("\r\n---")
    assert orjson.loads(last.split("\r\n\r\n")[1]) == {"errors": [SHUTTING_DOWN], "hasNext": False}
    assert end == "--\r\n"
    assert wire.sent[-1].get("more_body", False) is False


async def test_one_that_will_not_be_cancelled_does_not_hold_the_server() -> None:
    drain, gate, wire = Drain(last_words=0), Gate(), Wire()
    app = endpoint(run=gate.run_to_the_end, drain=drain)
    task = asyncio.create_task(app(wire.scope, wire.receive, wire.send))
    await gate.full.wait()
    assert await drain.finish(grace=0) == 1
    assert not task.done()
    gate.open()
    await task
    assert wire.status == 503
