"""A stale answer is served at once, while one request for all of its readers renews it."""

from __future__ import annotations

import asyncio

from gateway.sandbox.faults import Fault
from tests.promises.clients import LONG, arrived, refreshed
from tests.world import GET_CALL, IMPATIENT, LIST_CALLS, World, world

CALL = "query ($id: ID!) { call(callId: $id) { callId metadata } }"
STALE = 1801.0
"""An age at which a settled call is stale."""


def change_behind_its_back(it: World, call_id: str) -> None:
    it.sandbox.accounts["sandbox-key-a"].changes.edits[call_id] = {"metadata": {"seen": "new"}}


async def test_a_stale_call_is_served_and_renewed_for_the_next_reader() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        old = await it.data(CALL, asked)
        change_behind_its_back(it, asked["id"])
        it.clock.forward(STALE)
        assert await it.data(CALL, asked) == old
        await refreshed()
        assert it.requests == {GET_CALL: 2}
        assert (await it.data(CALL, asked))["call"]["metadata"] == {"seen": "new"}
        assert it.requests == {GET_CALL: 2}


async def test_a_hundred_readers_of_a_stale_call_make_one_request_and_wait_for_none() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        old = await it.data(CALL, asked)
        it.clock.forward(STALE)
        it.sandbox.faults.set([Fault(latency_ms=LONG)])
        answers = await asyncio.gather(*(it.data(CALL, asked) for _ in range(100)))
        assert answers == [old] * 100
        await arrived(it)
        assert it.requests == {GET_CALL: 2}
        assert it.sandbox.requests.under_way == {GET_CALL: 1}
    assert it.sandbox.requests.under_way == {}, "a refresh outlived the gateway"


async def test_a_refresh_that_fails_is_not_tried_again_for_two_seconds() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        old = await it.data(CALL, asked)
        it.clock.forward(STALE)
        it.sandbox.faults.set([Fault(status=503, headers=IMPATIENT)])
        for _ in range(5):
            assert await it.data(CALL, asked) == old
            await refreshed()
        assert it.requests == {GET_CALL: 2}
        it.clock.forward(2)
        assert await it.data(CALL, asked) == old
        await refreshed()
        assert it.requests == {GET_CALL: 3}


async def test_what_a_refresh_finds_gone_is_gone_for_the_next_reader() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        old = await it.data(CALL, asked)
        it.sandbox.accounts["sandbox-key-a"].changes.deleted.add(asked["id"])
        it.clock.forward(STALE)
        assert await it.data(CALL, asked) == old
        await refreshed()
        assert await it.data(CALL, asked) == {"call": None}
        assert it.requests == {GET_CALL: 2}


async def test_a_stale_page_is_served_and_renewed() -> None:
    page = "{ calls(filter: { callStatus: [NOT_CONNECTED] }) { nodes { callId } totalCount } }"
    async with world() as it:
        old = await it.data(page)
        gone = old["calls"]["nodes"][0]["callId"]
        it.sandbox.accounts["sandbox-key-a"].changes.deleted.add(gone)
        it.clock.forward(6)
        assert await it.data(page) == old
        await refreshed()
        new = await it.data(page)
        assert new["calls"]["nodes"] == old["calls"]["nodes"][1:]
        assert new["calls"]["totalCount"] == old["calls"]["totalCount"] - 1
        assert it.requests == {LIST_CALLS: 2}
