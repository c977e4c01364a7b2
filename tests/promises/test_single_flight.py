"""Readers of the same thing at the same time share one request; who leaves stops only its own."""

from __future__ import annotations

import asyncio

import pytest

from gateway.sandbox.faults import Fault
from tests.promises.clients import LONG, Client, arrived, departed
from tests.world import GET_CALL, IMPATIENT, LIST_CALLS, world

CALL = '{ call(callId: "%s") { callId transcript } }'
PAGE = "{ calls(first: 7) { nodes { callId } } }"


@pytest.mark.parametrize("kind", ["settled", "ongoing"])
async def test_a_hundred_readers_of_one_cold_call_make_one_request(kind: str) -> None:
    async with world() as it:
        ids = {"settled": it.settled()[0], "ongoing": it.items()[0]["call_id"]}
        it.sandbox.faults.set([Fault(latency_ms=20)])
        readers = [it.data(CALL % ids[kind]) for _ in range(100)]
        answers = await asyncio.gather(*readers)
        assert it.requests == {GET_CALL: 1}
        assert all(answer == answers[0] for answer in answers)
        assert answers[0]["call"]["callId"] == ids[kind]


async def test_a_hundred_readers_of_one_cold_page_make_one_request() -> None:
    async with world() as it:
        it.sandbox.faults.set([Fault(latency_ms=20)])
        answers = await asyncio.gather(*(it.data(PAGE) for _ in range(100)))
        assert it.requests == {LIST_CALLS: 1}
        assert [len(answer["calls"]["nodes"]) for answer in answers] == [7] * 100


async def test_without_a_cache_readers_at_the_same_time_still_share() -> None:
    async with world(cache="off") as it:
        query = CALL % it.settled()[0]
        it.sandbox.faults.set([Fault(latency_ms=100)])
        await asyncio.gather(*(it.data(query) for _ in range(10)))
        assert it.requests == {GET_CALL: 1}


async def test_a_shared_failure_is_everyones_and_asked_for_once() -> None:
    async with world() as it:
        query = CALL % it.settled()[0]
        it.sandbox.faults.set([Fault(status=503, headers=IMPATIENT, latency_ms=300)])
        answers = await asyncio.gather(*(it.errors(query) for _ in range(20)))
        assert answers == [[("call", "UPSTREAM_UNAVAILABLE")]] * 20
        assert it.requests == {GET_CALL: 1}


@pytest.mark.parametrize("leaving", [0, 1, 2])
async def test_a_reader_that_leaves_takes_nothing_from_the_others(leaving: int) -> None:
    async with world() as it:
        it.sandbox.faults.set([Fault(latency_ms=100)])
        readers = [Client(it, CALL % it.settled()[0]) for _ in range(3)]
        await arrived(it)
        await readers[leaving].leave()
        await asyncio.gather(*(reader.task for reader in readers))
        assert [reader.answered for reader in readers] == [n != leaving for n in range(3)]
        assert {reader.wire.status for reader in readers if reader.answered} == {200}
        assert it.requests == {GET_CALL: 1}
        assert it.sandbox.requests.left == {}


async def test_when_all_readers_have_left_the_request_is_given_up() -> None:
    async with world() as it:
        query = CALL % it.settled()[0]
        it.sandbox.faults.set([Fault(latency_ms=LONG, times=1)])
        readers = [Client(it, query) for _ in range(3)]
        await arrived(it)
        await asyncio.gather(*(reader.leave() for reader in readers))
        await departed(it)
        assert [reader.answered for reader in readers] == [False] * 3
        assert it.sandbox.requests.left == {GET_CALL: 1}
        await it.data(query)
        assert it.requests == {GET_CALL: 2}


async def test_who_leaves_a_list_stops_all_its_completions() -> None:
    async with world() as it:
        it.sandbox.faults.set([Fault(GET_CALL, latency_ms=LONG)])
        reader = Client(it, "{ calls(first: 50) { nodes { transcript } } }")
        await arrived(it, 8)
        await reader.leave()
        await departed(it)
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 8}
        assert it.sandbox.requests.left == {GET_CALL: 8}
