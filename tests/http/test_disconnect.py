"""A client that leaves cancels its operation: 20 of 20, each ended before the call returns."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.operation.request import IncrementalResult, OperationResult
from tests.http.tiny import endpoint
from tests.http.wire import Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.operation.request import Answer, Json, OperationRequest


class Slow:
    """A pipeline that never comes to an end by itself."""

    def __init__(self) -> None:
        self.started = 0
        self.ended = 0

    async def run(self, _: OperationRequest) -> Answer:
        self.started += 1
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.ended += 1
        raise AssertionError("never reached")

    async def run_in_parts(self, _: OperationRequest) -> Answer:
        return IncrementalResult({"data": {}, "hasNext": True}, self._parts())

    async def _parts(self) -> AsyncIterator[Json]:
        self.started += 1
        try:
            yield {"hasNext": True}
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.ended += 1


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_every_client_that_leaves_cancels_its_own_operation() -> None:
    slow = Slow()
    app = endpoint(run=slow.run)
    wires = [Wire() for _ in range(20)]
    tasks = [asyncio.create_task(app(wire.scope, wire.receive, wire.send)) for wire in wires]
    await turns()
    assert (slow.started, slow.ended) == (20, 0)
    for wire in wires[:7]:
        wire.hang_up()
    await asyncio.gather(*tasks[:7])
    assert slow.ended == 7
    for wire in wires[7:]:
        wire.hang_up()
    await asyncio.gather(*tasks)
    assert slow.ended == 20
    assert [wire.sent for wire in wires] == [[]] * 20


async def test_a_client_that_leaves_between_parts_ends_the_rest() -> None:
    slow = Slow()
    app = endpoint(run=slow.run_in_parts)
    wire = Wire(accept="multipart/mixed")
    task = asyncio.create_task(app(wire.scope, wire.receive, wire.send))
    await wire.answering()
    await turns()
    wire.hang_up()
    await task
    assert (slow.started, slow.ended) == (1, 1)
    assert [message["type"] for message in wire.sent] == [
        "http.response.start",
        "http.response.body",
        "http.response.body",
    ]
    assert wire.sent[-1]["more_body"] is True


async def test_parts_that_were_never_asked_for_are_closed() -> None:
    slow = Slow()
    app = endpoint(run=slow.run_in_parts)
    wire = Wire(accept="multipart/mixed")
    held = asyncio.Event()

    async def send(_: object) -> None:
        held.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(app(wire.scope, wire.receive, send))
    await held.wait()
    wire.hang_up()
    await task
    assert slow.started == 0


async def test_only_a_disconnect_is_a_disconnect() -> None:
    answered = asyncio.Event()

    async def run(_: OperationRequest) -> Answer:
        await answered.wait()
        return OperationResult({"data": {}})

    wire = Wire()
    received = 0

    async def receive() -> dict[str, object]:
        nonlocal received
        received += 1
        if received == 1:
            return {"type": "http.request", "body": b'{"query":"{a}"}'}
        if received == 2:
            return {"type": "http.request", "body": b""}
        answered.set()
        await asyncio.Event().wait()
        raise AssertionError("never reached")

    await endpoint(run=run)(wire.scope, receive, wire.send)
    assert (wire.status, wire.text) == (200, '{"data":{}}')


async def test_a_client_that_leaves_amid_its_body_starts_nothing() -> None:
    slow = Slow()
    wire = Wire()

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    await endpoint(run=slow.run)(wire.scope, receive, wire.send)
    assert (slow.started, wire.sent) == (0, [])


async def test_an_operation_that_is_done_leaves_no_task_behind() -> None:
    wire = Wire()
    before = asyncio.all_tasks()
    await endpoint()(wire.scope, wire.receive, wire.send)
    assert wire.status == 200
    assert asyncio.all_tasks() == before
