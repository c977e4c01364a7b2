"""Many ids are one list request, unless what is asked for is not in lists."""

from __future__ import annotations

import orjson

from gateway.schema.node import global_id
from tests.world import GET_AGENT, GET_CALL, LIST_CALLS, faults, world

THIN = "query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Call { callId callStatus } } }"
FULL = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Call { callId transcript } } }"
NOBODY = "call_" + "0" * 27


async def test_fifty_nodes_with_fields_of_lists_are_one_request() -> None:
    async with world() as it:
        ids = [item["call_id"] for item in it.items()[:50]]
        nodes = (await it.data(THIN, {"ids": [global_id("Call", id_) for id_ in ids]}))["nodes"]
        assert [node["callId"] for node in nodes] == ids
        assert [node["id"] for node in nodes] == [global_id("Call", id_) for id_ in ids]
        assert it.requests == {LIST_CALLS: 1}
        asked = orjson.loads(it.sent[0].content)
        assert asked == {
            "filter_criteria": {"call_id": {"type": "enum", "op": "in", "value": sorted(ids)}},
            "limit": 50,
        }


async def test_fifty_nodes_with_transcripts_are_fifty_requests() -> None:
    async with world() as it:
        ids = [item["call_id"] for item in it.items()[:50]]
        nodes = (await it.data(FULL, {"ids": [global_id("Call", id_) for id_ in ids]}))["nodes"]
        assert [node["callId"] for node in nodes] == ids
        assert it.requests == {GET_CALL: 50}
        assert it.sandbox.requests.highest[GET_CALL] <= 8


async def test_twenty_calls_of_one_operation_are_one_request() -> None:
    async with world() as it:
        ids = [item["call_id"] for item in it.items()[:20]]
        fields = [f'c{n}: call(callId: "{id_}") {{ callId }}' for n, id_ in enumerate(ids)]
        data = await it.data("{" + " ".join(fields) + "}")
        assert data == {f"c{n}": {"callId": id_} for n, id_ in enumerate(ids)}
        assert it.requests == {LIST_CALLS: 1}


async def test_what_is_remembered_is_not_asked_for_with_the_others() -> None:
    async with world() as it:
        ids = [global_id("Call", id_) for id_ in it.settled()[:5]]
        await it.data(FULL, {"ids": ids[:2]})
        await it.data(THIN, {"ids": ids})
        assert it.requests == {GET_CALL: 2, LIST_CALLS: 1}
        criteria = orjson.loads(it.sent[-1].content)["filter_criteria"]
        assert len(criteria["call_id"]["value"]) == 3


async def test_the_same_many_ids_in_another_order_ask_nothing() -> None:
    async with world() as it:
        ids = [global_id("Call", id_) for id_ in it.settled()[:5]]
        await it.data(THIN, {"ids": ids})
        again = await it.data(THIN, {"ids": [*reversed(ids), ids[2]]})
        assert [node["id"] for node in again["nodes"]] == [*reversed(ids), ids[2]]
        assert it.requests == {LIST_CALLS: 1}


async def test_missing_ids_are_null_in_their_places() -> None:
    async with world() as it:
        here = it.settled()[0]
        ids = [global_id("Call", id_) for id_ in (NOBODY, here, "call_other", here)]
        for query, requests in ((THIN, {LIST_CALLS: 1}), (FULL, {GET_CALL: 3})):
            it.sandbox.requests.clear()
            nodes = (await it.data(query, {"ids": ids}))["nodes"]
            assert [node and node["callId"] for node in nodes] == [None, here, None, here]
            assert it.requests == requests


async def test_ids_of_several_types_come_back_in_their_order() -> None:
    async with world() as it:
        call = next(item for item in it.items() if item["call_type"] == "web_call")
        ids = [
            global_id("Agent", call["agent_id"]),
            global_id("Call", call["call_id"]),
            global_id("Agent", f"{call['agent_id']}:0"),
        ]
        answer = await it.data(
            "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }", {"ids": ids}
        )
        assert [node["__typename"] for node in answer["nodes"]] == [
            "Agent",
            "WebCall",
            "Agent",
        ]
        assert it.requests == {GET_CALL: 1, GET_AGENT: 2}


async def test_an_id_that_is_none_is_its_own_error() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        ids = ["nonsense", global_id("Call", call_id), global_id("Nothing", "x"), "Q2FsbDou4oCm"]
        answer = await it.answer(THIN, {"ids": ids})
        bad = [(f"nodes.{place}", "BAD_USER_INPUT") for place in (0, 2, 3)]
        assert faults(answer) == bad
        assert [node and node["callId"] for node in answer["data"]["nodes"]] == [
            None,
            call_id,
            None,
            None,
        ]
        assert it.requests == {GET_CALL: 1}
