"""A change is sent once, whatever comes back; and who reads after it sees it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.sandbox.faults import Fault
from gateway.schema.node import global_id
from tests.promises.clients import Client, arrived
from tests.world import DELETE_CALL, GET_CALL, LIST_CALLS, UPDATE_CALL, World, faults, world

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

UPDATE = """mutation ($input: UpdateCallInput!) { updateCall(input: $input) {
  call { callId metadata } userErrors { field message code }
} }"""
DELETE = """mutation ($input: DeleteCallInput!) { deleteCall(input: $input) {
  deletedCallId userErrors { field message code }
} }"""
CALL = "query ($id: ID!) { call(callId: $id) { callId metadata transcript } }"


async def update(it: World, call_id: str, **fields: object) -> dict[str, Any]:
    return await it.answer(UPDATE, {"input": {"callId": call_id} | fields})


async def delete(it: World, call_id: str) -> dict[str, Any]:
    return await it.answer(DELETE, {"input": {"callId": call_id}})


async def test_an_update_is_sent_once_and_answered_with_the_call() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        answer = await update(it, call_id, metadata={"a": [1, {"b": None}]}, customAttributes={})
        assert answer["data"]["updateCall"]["userErrors"] == []
        call = answer["data"]["updateCall"]["call"]
        assert (call["callId"], call["metadata"]) == (call_id, {"a": [1, {"b": None}]})
        assert it.requests == {UPDATE_CALL: 1}
        (sent,) = it.sent
        assert (sent.method, sent.url.path) == ("PATCH", f"/v2/update-call/{call_id}")
        assert orjson.loads(sent.content) == {
            "metadata": {"a": [1, {"b": None}]},
            "custom_attributes": {},
        }


async def test_the_answer_to_an_update_has_the_transcript_with_it() -> None:
    query = UPDATE.replace("metadata }", "transcript }")
    async with world() as it:
        items = items_by_id(it)
        call_id = next(call for call in it.settled() if "recording_url" in items[call])
        asked = {"input": {"callId": call_id, "metadata": {}}}
        changed = (await it.data(query, asked))["updateCall"]["call"]
        assert it.requests == {UPDATE_CALL: 1}
        assert changed == (await it.data(CALL.replace("metadata", ""), {"id": call_id}))["call"]


def items_by_id(it: World) -> dict[str, dict[str, Any]]:
    return {item["call_id"]: item for item in it.items()}


async def test_a_deletion_is_sent_once_and_then_the_call_is_gone() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        assert (await it.data(CALL, {"id": call_id}))["call"]["callId"] == call_id
        answer = await delete(it, call_id)
        assert answer == {"data": {"deleteCall": {"deletedCallId": call_id, "userErrors": []}}}
        assert it.requests == {GET_CALL: 1, DELETE_CALL: 1}
        assert await it.data(CALL, {"id": call_id}) == {"call": None}
        assert it.requests == {GET_CALL: 2, DELETE_CALL: 1}


async def test_what_is_read_after_an_update_has_it_whichever_way_it_is_read() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        new = {"new": True}
        node = "query ($id: ID!) { node(id: $id) { ... on Call { metadata } } }"
        page = (
            f'{{ calls(filter: {{ callId: {{ eq: "{call_id}" }} }}) {{ nodes {{ metadata }} }} }}'
        )
        reads: list[Callable[[], Awaitable[Any]]] = [
            lambda: it.data(CALL, {"id": call_id}),
            lambda: it.data(node, {"id": global_id("Call", call_id)}),
            lambda: it.data(page),
        ]
        for read in reads:
            assert str(new) not in str(await read())
        await update(it, call_id, metadata=new)
        for read in reads:
            assert str(new) in str(await read())
        assert it.requests == {GET_CALL: 2, LIST_CALLS: 2, UPDATE_CALL: 1}


async def test_changes_of_one_operation_are_made_in_turn_and_each_sees_the_one_before() -> None:
    async with world() as it:
        one, other = it.settled()[:2]
        change = """mutation ($one: ID!, $other: ID!) {
          first: updateCall(input: { callId: $one, metadata: { n: 1 } }) { call { metadata } }
          gone: deleteCall(input: { callId: $other }) { deletedCallId }
          second: updateCall(input: { callId: $one, metadata: { n: 2 } }) { call { metadata } }
          again: deleteCall(input: { callId: $other }) { userErrors { code } }
        }"""
        assert await it.data(change, {"one": one, "other": other}) == {
            "first": {"call": {"metadata": {"n": 1}}},
            "gone": {"deletedCallId": other},
            "second": {"call": {"metadata": {"n": 2}}},
            "again": {"userErrors": [{"code": "NOT_FOUND"}]},
        }
        assert it.requests == {UPDATE_CALL: 2, DELETE_CALL: 2}
        assert (await it.data(CALL, {"id": one}))["call"]["metadata"] == {"n": 2}


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"body": "truncated"}])
async def test_a_change_whose_answer_is_lost_is_sent_once_and_its_outcome_unknown(
    fault: dict[str, Any],
) -> None:
    async with world() as it:
        call_id = it.settled()[0]
        before = (await it.data(CALL, {"id": call_id}))["call"]
        it.sandbox.faults.set([Fault(UPDATE_CALL, **fault), Fault(DELETE_CALL, **fault)])
        answer = await update(it, call_id, metadata={"new": True})
        assert faults(answer) == [("updateCall", "OUTCOME_UNKNOWN")]
        assert it.requests == {GET_CALL: 1, UPDATE_CALL: 1}
        # Whether it was made is for the next reader to see, who is not shown what was remembered.
        happened = "body" in fault
        after = (await it.data(CALL, {"id": call_id}))["call"]
        assert after["metadata"] == ({"new": True} if happened else before["metadata"])
        assert it.requests == {GET_CALL: 2, UPDATE_CALL: 1}


async def test_a_deletion_that_retell_fails_at_is_sent_once() -> None:
    async with world() as it:
        it.sandbox.faults.set([Fault(status=500)])
        assert faults(await delete(it, it.settled()[0])) == [("deleteCall", "OUTCOME_UNKNOWN")]
        assert it.requests == {DELETE_CALL: 1}


REFUSALS = {
    401: "UPSTREAM_UNAUTHENTICATED",
    402: "FORBIDDEN",
    403: "FORBIDDEN",
    429: "RATE_LIMITED",
    301: "UPSTREAM_INVALID",
}


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_change_that_retell_refuses_is_sent_once_and_is_an_error(status: int) -> None:
    async with world() as it:
        it.sandbox.faults.set([Fault(status=status, headers={"location": "/v2/elsewhere"})])
        answer = await update(it, it.settled()[0], metadata={})
        assert faults(answer) == [("updateCall", REFUSALS[status])]
        assert it.requests == {UPDATE_CALL: 1}


@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_a_change_that_a_person_can_mend_is_a_user_error(status: int) -> None:
    codes = {400: "BAD_USER_INPUT", 404: "NOT_FOUND", 409: "CONFLICT", 422: "NOT_FOUND"}
    async with world() as it:
        it.sandbox.faults.set([Fault(status=status, message="internal words")])
        answer = await update(it, it.settled()[0], metadata={})
        payload = answer["data"]["updateCall"]
        assert "errors" not in answer
        assert payload["call"] is None
        assert [error["code"] for error in payload["userErrors"]] == [codes[status]]
        assert "internal words" not in str(answer)
        assert it.requests == {UPDATE_CALL: 1}


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"metadata": None},
        {"metadata": [1]},
        {"metadata": "text"},
        {"metadata": {"x": "y" * 50_000}},
        {"customAttributes": {"a": {"b": 1}}},
        {"dataStorageSetting": None},
        {"dataStorageSetting": "UNKNOWN"},
        {"callId": "../get-call/x", "metadata": {}},
        {"callId": "", "metadata": {}},
    ],
)
async def test_a_change_that_cannot_be_one_is_not_sent(fields: dict[str, Any]) -> None:
    async with world() as it:
        answer = await update(it, **({"call_id": it.settled()[0]} | fields_of(fields)))
        errors = answer["data"]["updateCall"]["userErrors"]
        assert [error["code"] for error in errors] == ["BAD_USER_INPUT"]
        assert it.requests == {}


def fields_of(fields: dict[str, Any]) -> dict[str, Any]:
    return {"call_id" if name == "callId" else name: value for name, value in fields.items()}


async def test_a_change_purges_the_call_and_the_lists_it_can_be_in_and_nothing_else() -> None:
    agent_page = '{ calls(first: 2, filter: { agent: [{ agentId: "%s" }] }) { nodes { callId } } }'
    id_page = '{ calls(filter: { callId: { in: ["%s"] } }) { nodes { callId } } }'
    async with world() as it:
        mine = it.settled()[0]
        items = items_by_id(it)
        agent_id = items[mine]["agent_id"]
        other = next(c for c in it.settled() if items[c]["agent_id"] != agent_id)
        other_agent = items[other]["agent_id"]
        touched = {
            "call": f'{{ call(callId: "{mine}") {{ callId }} }}',
            "any list": "{ calls(first: 2) { nodes { callId } } }",
            "list by status": "{ calls(filter: { callStatus: [ENDED] }) { nodes { callId } } }",
            "its agent's": agent_page % agent_id,
            "its own": id_page % mine,
        }
        kept = {
            "other call": f'{{ call(callId: "{other}") {{ callId }} }}',
            "other agent's": agent_page % other_agent,
            "other's own": id_page % other,
            "the agent": f'{{ agent(agentId: "{agent_id}") {{ agentName }} }}',
        }
        for query in (*touched.values(), *kept.values()):
            await it.data(query)
        await update(it, mine, metadata={"new": True})
        asked = {}
        for name, query in (touched | kept).items():
            it.sandbox.requests.clear()
            await it.data(query)
            asked[name] = it.sandbox.requests.total
        assert asked == dict.fromkeys(touched, 1) | dict.fromkeys(kept, 0)


async def test_a_deletion_purges_every_list_as_its_answer_tells_of_no_agent() -> None:
    async with world() as it:
        mine, other = it.settled()[:2]
        query = '{ calls(filter: { callId: { in: ["%s"] } }) { nodes { callId } } }'
        await it.data(query % other)
        await it.data(CALL, {"id": other})
        await delete(it, mine)
        it.sandbox.requests.clear()
        await it.data(query % other)
        await it.data(CALL, {"id": other})
        assert it.requests == {LIST_CALLS: 1}


async def test_a_read_that_was_under_way_during_a_change_is_not_remembered() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        it.sandbox.faults.set([Fault(GET_CALL, latency_ms=50, times=1)])
        reading = asyncio.ensure_future(it.data(CALL, {"id": call_id}))
        await arrived(it)
        await update(it, call_id, metadata={"new": True})
        assert (await it.data(CALL, {"id": call_id}))["call"]["metadata"] == {"new": True}
        await reading
        assert (await it.data(CALL, {"id": call_id}))["call"]["metadata"] == {"new": True}
        assert it.requests == {GET_CALL: 2, UPDATE_CALL: 1}


async def test_a_client_that_leaves_does_not_cancel_its_change() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        await it.data(CALL, {"id": call_id})
        it.sandbox.faults.set([Fault(UPDATE_CALL, latency_ms=50)])
        change = "updateCall(input: { callId: %r, metadata: { n: 1 } }) { call { callId } }"
        client = Client(it, "mutation {" + (change % call_id).replace("'", '"') + "}")
        await arrived(it)
        await client.leave()
        assert not client.answered
        assert it.sandbox.requests.under_way == {UPDATE_CALL: 1}
    # Leaving the block ends the gateway, which waits for it.
    assert it.sandbox.requests.left == {}
    assert it.sandbox.accounts["sandbox-key-a"].changes.edits[call_id] == {"metadata": {"n": 1}}


async def test_who_leaves_between_two_changes_gets_the_first_only() -> None:
    async with world() as it:
        one, other = it.settled()[:2]
        it.sandbox.faults.set([Fault(DELETE_CALL, latency_ms=50)])
        fields = [
            f'd{n}: deleteCall(input: {{ callId: "{c}" }}) {{ deletedCallId }}'
            for n, c in enumerate((one, other))
        ]
        client = Client(it, "mutation {" + " ".join(fields) + "}")
        await arrived(it)
        await client.leave()
    assert it.sandbox.accounts["sandbox-key-a"].changes.deleted == {one}
    assert it.requests == {DELETE_CALL: 1}


async def test_a_change_by_get_is_refused_and_nothing_is_sent() -> None:
    async with world() as it:
        variables = orjson.dumps({"input": {"callId": it.settled()[0]}}).decode()
        asked = {"query": DELETE, "variables": variables}
        response = await it.http.get("/graphql", params=asked)
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
        assert faults(response.json()) == [("", "BAD_REQUEST")]
        assert it.requests == {}


async def test_a_call_without_transcripts_is_not_read_again_after_its_update() -> None:
    query = """mutation ($input: UpdateCallInput!) { updateCall(input: $input) {
        call { callId metadata transcript } } }"""
    async with world() as it:
        (call_id,) = await it.some_call_ids(
            1,
            data_storage_setting={"type": "enum", "op": "in", "value": ["basic_attributes_only"]},
            call_status={"type": "enum", "op": "in", "value": ["ended"]},
        )
        data = await it.data(query, {"input": {"callId": call_id, "metadata": {"a": 1}}})
        assert data["updateCall"]["call"] == {
            "callId": call_id,
            "metadata": {"a": 1},
            "transcript": None,
        }
        assert it.requests == {"PATCH /v2/update-call": 1}


async def test_a_change_that_fails_does_not_hide_the_one_before_it() -> None:
    query = """mutation ($one: ID!, $two: ID!) {
        one: deleteCall(input: {callId: $one}) { deletedCallId }
        two: deleteCall(input: {callId: $two}) { deletedCallId } }"""
    async with world() as it:
        one, two = it.settled()[:2]
        it.sandbox.faults.set([Fault(path=f"/v2/delete-call/{two}", status=500)])
        answer = await it.answer(query, {"one": one, "two": two})
        assert answer["data"] == {"one": {"deletedCallId": one}, "two": None}
        assert faults(answer) == [("two", "OUTCOME_UNKNOWN")]
