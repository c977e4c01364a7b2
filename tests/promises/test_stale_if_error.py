"""While Retell is out, what is known is served; what must be true now is not."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from gateway.sandbox.faults import Fault
from tests.world import GET_CALL, IMPATIENT, World, world

CALL = "query ($id: ID!) { call(callId: $id) { callId transcript } }"
LIVE = "query ($id: ID!) { call(callId: $id) { callId callStatus } }"
EXPIRED = 3601.0
"""An age from which a settled call is no longer served without asking."""

OUTAGES = {
    "500": Fault(status=500, headers=IMPATIENT),
    "503": Fault(status=503, headers=IMPATIENT),
    "429": Fault(status=429, headers=IMPATIENT),
    "not JSON": Fault(body="not_json"),
    "truncated": Fault(body="truncated"),
}
REFUSALS = {401: "UPSTREAM_UNAUTHENTICATED", 402: "FORBIDDEN", 403: "FORBIDDEN"}


class Cable(httpx.AsyncBaseTransport):
    """The way to Retell, which can be pulled out."""

    inner: httpx.AsyncBaseTransport
    pulled = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.pulled:
            raise httpx.ConnectError("no way to api.retellai.com")
        return await self.inner.handle_async_request(request)


async def states(it: World, query: str, asked: dict[str, str]) -> list[str]:
    return [seen["state"] for seen in (await it.explained(query, asked))["cache"]]


@pytest.mark.parametrize("fault", OUTAGES.values(), ids=OUTAGES)
async def test_a_settled_call_is_served_while_retell_is_out(fault: Fault) -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        known = await it.data(CALL, asked)
        it.clock.forward(EXPIRED)
        it.sandbox.faults.set([fault])
        assert await it.data(CALL, asked) == known
        assert it.requests == {GET_CALL: 2}
        assert await states(it, CALL, asked) == ["error"]
        assert it.requests == {GET_CALL: 2}, "Retell is not asked again for two seconds"


async def test_a_settled_call_is_served_while_retell_cannot_be_reached() -> None:
    cable = Cable()
    async with world(transport=cable) as it:
        cable.inner = httpx.ASGITransport(it.sandbox)
        asked = {"id": it.settled()[0]}
        known = await it.data(CALL, asked)
        it.clock.forward(EXPIRED)
        cable.pulled = True
        assert await it.data(CALL, asked) == known
        assert await states(it, CALL, asked) == ["error"]
        assert await it.errors(CALL, {"id": it.settled()[1]}) == [("call", "UPSTREAM_UNAVAILABLE")]
        cable.pulled = False
        it.clock.forward(2)
        assert await states(it, CALL, asked) == ["miss"]


async def test_many_readers_in_an_outage_make_one_request() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        known = await it.data(CALL, asked)
        it.clock.forward(EXPIRED)
        it.sandbox.faults.set([Fault(status=503, headers=IMPATIENT, latency_ms=20)])
        answers = await asyncio.gather(*(it.data(CALL, asked) for _ in range(50)))
        assert answers == [known] * 50
        assert it.requests == {GET_CALL: 2}


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_key_that_no_longer_counts_is_not_an_outage(status: int) -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        await it.data(CALL, asked)
        it.clock.forward(EXPIRED)
        it.sandbox.faults.set([Fault(status=status)])
        assert await it.errors(CALL, asked) == [("call", REFUSALS[status])]


@pytest.mark.parametrize("index", range(7))
async def test_a_live_call_is_never_served_older_than_two_seconds(index: int) -> None:
    async with world() as it:
        call = it.items()[index]
        assert call["call_status"] in {"registered", "ongoing"}
        asked = {"id": call["call_id"]}
        await it.data(LIVE, asked)
        it.sandbox.faults.set([Fault(status=503, headers=IMPATIENT)])
        it.clock.forward(1.75)
        assert await states(it, LIVE, asked) == ["fresh"]
        it.clock.forward(0.25)
        assert await it.errors(LIVE, asked) == [("call", "UPSTREAM_UNAVAILABLE")]
        page = "{ calls(first: 3) { nodes { callId } } }"
        assert await it.errors(page) == [("calls", "UPSTREAM_UNAVAILABLE")]


async def test_a_read_that_may_succeed_again_is_tried_three_times() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        it.sandbox.faults.set([Fault(status=503, times=2)])
        explained = await it.explained(CALL, asked)
        assert [(s["status"], s["attempt"]) for s in explained["upstream"]] == [
            (503, 1),
            (503, 2),
            (200, 3),
        ]
        it.sandbox.faults.set([Fault(status=503)])
        assert await it.errors(CALL, {"id": it.settled()[1]}) == [("call", "UPSTREAM_UNAVAILABLE")]
        assert it.requests == {GET_CALL: 6}
