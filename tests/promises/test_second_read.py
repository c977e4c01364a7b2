"""What was read is not read again while it is fresh: not for the same field, nor for another."""

from __future__ import annotations

import pytest

from gateway.schema.node import global_id
from tests.world import GET_CALL, LIST_CALLS, world

CALL = "query ($id: ID!) { call(callId: $id) { callId durationMs } }"
WHOLE = "query ($id: ID!) { call(callId: $id) { callId transcript callStatus } }"
NODE = "query ($id: ID!) { node(id: $id) { ... on Call { callId transcript } } }"
NODES = "query ($id: ID!) { nodes(ids: [$id, $id]) { ... on Call { callId } } }"
PAGE = "{ calls(first: 10) { nodes { callId } } }"


@pytest.mark.parametrize("query", [CALL, WHOLE])
async def test_the_second_read_of_a_settled_call_asks_nothing(query: str) -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        first = await it.data(query, asked)
        assert it.requests == {GET_CALL: 1}
        it.clock.forward(1799)
        assert await it.data(query, asked) == first
        assert it.requests == {GET_CALL: 1}


async def test_every_way_to_a_call_finds_what_another_one_read() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        await it.data(CALL, {"id": call_id})
        await it.data(WHOLE, {"id": call_id})
        node = await it.data(NODE, {"id": global_id("Call", call_id)})
        assert node["node"]["callId"] == call_id
        await it.data(NODES, {"id": global_id("Call", call_id)})
        assert it.requests == {GET_CALL: 1}


async def test_one_call_asked_for_many_times_in_an_operation_is_read_once() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        fields = [f'c{n}: call(callId: "{call_id}") {{ callId transcript }}' for n in range(20)]
        data = await it.data("{" + " ".join(fields) + "}")
        assert [call["callId"] for call in data.values()] == [call_id] * 20
        assert it.requests == {GET_CALL: 1}


async def test_what_a_list_completed_is_there_for_a_call_of_its_own() -> None:
    async with world() as it:
        listed = await it.data("{ calls(first: 5) { nodes { callId transcript } } }")
        for call in listed["calls"]["nodes"]:
            one = await it.data(WHOLE, {"id": call["callId"]})
            assert one["call"]["transcript"] == call["transcript"]
        assert it.requests == {LIST_CALLS: 1, GET_CALL: 5}


async def test_a_page_is_not_read_again_within_its_life() -> None:
    async with world() as it:
        first = await it.data(PAGE)
        it.clock.forward(1.9)  # one of its calls is ongoing
        assert await it.data(PAGE) == first
        assert it.requests == {LIST_CALLS: 1}
        it.clock.forward(0.2)
        await it.data(PAGE)
        assert it.requests == {LIST_CALLS: 2}


async def test_other_fields_of_the_same_page_ask_nothing() -> None:
    async with world() as it:
        await it.data(PAGE)
        await it.data("{ calls(first: 10) { edges { cursor node { callStatus } } } }")
        assert it.requests == {LIST_CALLS: 1}


async def test_without_a_cache_every_operation_asks_anew() -> None:
    async with world(cache="off") as it:
        asked = {"id": it.settled()[0]}
        await it.data(WHOLE, asked)
        await it.data(WHOLE, asked)
        assert it.requests == {GET_CALL: 2}
