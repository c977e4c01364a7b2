"""Batches of calls: what is sent to make one, and what is counted of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.sandbox.faults import Fault
from tests.world import LIST_CALLS, faults, world

if TYPE_CHECKING:
    from tests.world import JsonObject, World

BATCH = "POST /create-batch-call"
FROM = "+14155550199"
CREATE = """mutation ($input: CreateBatchCallInput!) { createBatchCall(input: $input) {
  batchCall { batchCallId name fromNumber scheduledTimestamp totalTaskCount
    callTimeWindow { windows { start end } day dayRaw timezone } }
  clientMutationId userErrors { field message code } } }"""
COUNTS = "total notConnected ongoing ended error"
PROGRESS = f"query ($id: ID!) {{ batchCall(batchCallId: $id) {{ batchCallId {COUNTS} }} }}"
KNOWN = "batch_call_0000"
"""One that the sandbox's history has."""


async def created(it: World, **given: Any) -> JsonObject:
    input_ = {"fromNumber": FROM, "tasks": [{"toNumber": "+14155550100"}]} | given
    payload: JsonObject = (await it.data(CREATE, {"input": input_}))["createBatchCall"]
    return payload


async def test_a_batch_is_made_as_it_was_asked_for() -> None:
    async with world(calls=20) as it:
        agent_id = it.sandbox.accounts["sandbox-key-a"].agents[1].agent_id
        payload = await created(
            it,
            name="Recall",
            triggerTimestamp="2026-05-28T21:00:00Z",
            reservedConcurrency=0,
            callTimeWindow={
                "windows": [{"start": 540, "end": 1440}],
                "day": ["MONDAY", "FRIDAY"],
                "timezone": "Europe/Paris",
            },
            tasks=[
                {
                    "toNumber": "+14155550100",
                    "overrideAgentId": agent_id,
                    "overrideAgentVersion": {"number": 0},
                    "metadata": {"n": 1},
                    "retellLlmDynamicVariables": {"a": "b"},
                    "customSipHeaders": {"X-A": "b"},
                    "agentOverride": {"agent": {}},
                    "ignoreE164Validation": None,
                },
                {"toNumber": "18", "ignoreE164Validation": True},
            ],
        )
        batch_call_id = payload["batchCall"]["batchCallId"]
        assert payload == {
            "batchCall": {
                "batchCallId": batch_call_id,
                "name": "Recall",
                "fromNumber": FROM,
                "scheduledTimestamp": "2026-05-28T21:00:00.000Z",
                "totalTaskCount": 2,
                "callTimeWindow": {
                    "windows": [{"start": 540.0, "end": 1440.0}],
                    "day": ["MONDAY", "FRIDAY"],
                    "dayRaw": ["Monday", "Friday"],
                    "timezone": "Europe/Paris",
                },
            },
            "clientMutationId": None,
            "userErrors": [],
        }
        assert orjson.loads(it.sent[-1].content) == {
            "from_number": FROM,
            "name": "Recall",
            "trigger_timestamp": 1_780_002_000_000,
            "reserved_concurrency": 0,
            "call_time_window": {
                "windows": [{"start": 540, "end": 1440}],
                "day": ["Monday", "Friday"],
                "timezone": "Europe/Paris",
            },
            "tasks": [
                {
                    "to_number": "+14155550100",
                    "override_agent_id": agent_id,
                    "override_agent_version": 0,
                    "metadata": {"n": 1},
                    "retell_llm_dynamic_variables": {"a": "b"},
                    "custom_sip_headers": {"X-A": "b"},
                    "agent_override": {"agent": {}},
                },
                {"to_number": "18", "ignore_e164_validation": True},
            ],
        }
        assert it.requests == {BATCH: 1}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"tasks": []}, "tasks"),
        ({"tasks": [{"toNumber": "1"}]}, "tasks"),
        ({"tasks": [{"toNumber": "+14155550100", "metadata": "x"}]}, "tasks"),
        ({"fromNumber": "1"}, "fromNumber"),
        ({"reservedConcurrency": -1}, "reservedConcurrency"),
        ({"callTimeWindow": {"windows": [{"start": 9, "end": 9}]}}, "callTimeWindow"),
        ({"callTimeWindow": {"windows": [{"start": -1, "end": 9}]}}, "callTimeWindow"),
        ({"callTimeWindow": {"windows": [{"start": 0, "end": 1441}]}}, "callTimeWindow"),
        ({"callTimeWindow": {"windows": [], "day": ["UNKNOWN"]}}, None),
    ],
)
async def test_a_batch_that_cannot_be_one_is_not_sent(given: JsonObject, field: str | None) -> None:
    async with world(calls=1) as it:
        payload = await created(it, **given)
        (error,) = payload["userErrors"]
        assert (payload["batchCall"], error["code"]) == (None, "BAD_USER_INPUT")
        assert error["field"] == (None if field is None else [field])
        assert it.requests == {}


async def test_a_batch_whose_fate_is_not_known_is_not_sent_again() -> None:
    input_ = {"fromNumber": FROM, "tasks": [{"toNumber": "+14155550100"}]}
    async with world(calls=1) as it:
        it.sandbox.faults.set([Fault(BATCH, status=500)])
        for _ in range(2):
            named = input_ | {"clientMutationId": "batch-0001"}
            answer = await it.answer(CREATE, {"input": named})
            assert faults(answer) == [("createBatchCall", "OUTCOME_UNKNOWN")]
        assert it.requests == {BATCH: 1}


async def test_a_batch_needs_the_scope_to_start_calls_and_its_counts_the_one_to_see_them() -> None:
    input_ = {"fromNumber": FROM, "tasks": [{"toNumber": "+14155550100"}]}
    async with world(calls=1, scopes=["calls:read", "calls:write"]) as it:
        answer = await it.answer(CREATE, {"input": input_})
        assert faults(answer) == [("createBatchCall", "FORBIDDEN")]
    async with world(calls=1, scopes=["calls:create"]) as it:
        answer = await it.answer(PROGRESS, {"id": KNOWN})
        assert faults(answer) == [("batchCall", "FORBIDDEN")]
        assert it.sent == []


async def test_each_count_that_is_selected_is_one_request() -> None:
    async with world() as it:
        data = await it.data(PROGRESS, {"id": KNOWN})
        items = [item for item in it.items() if item["call_id"] in ids_of_the_batch(it)]
        counted = [item["call_status"] for item in items]
        assert data["batchCall"] == {
            "batchCallId": KNOWN,
            "total": len(counted),
            "notConnected": counted.count("not_connected"),
            "ongoing": counted.count("ongoing"),
            "ended": counted.count("ended"),
            "error": counted.count("error"),
        }
        assert len(counted) > 5
        assert it.requests == {LIST_CALLS: 5}
        sent = [orjson.loads(request.content) for request in it.sent]
        batch = {"type": "string", "op": "eq", "value": KNOWN}
        assert sent[0] == {
            "limit": 1,
            "include_total": True,
            "filter_criteria": {"batch_call_id": batch},
        }
        assert [body["filter_criteria"].get("call_status") for body in sent[1:]] == [
            {"type": "enum", "op": "in", "value": [status]}
            for status in ("not_connected", "ongoing", "ended", "error")
        ]
        await it.data(PROGRESS, {"id": KNOWN})
        assert it.requests == {LIST_CALLS: 5}
        it.clock.forward(11)
        await it.data("query ($id: ID!) { batchCall(batchCallId: $id) { total } }", {"id": KNOWN})
        assert it.requests == {LIST_CALLS: 6}


def ids_of_the_batch(it: World) -> set[str]:
    """Ids of the calls of the batch, straight from the sandbox."""
    account = it.sandbox.accounts["sandbox-key-a"]
    calls = account.calls(int(it.clock() * 1000))
    return {call.call_id for call in calls if call.value("batch_call_id") == KNOWN}


async def test_a_count_is_a_request_of_what_an_operation_may_cost() -> None:
    async with world(calls=20, cost_limit=6) as it:
        await it.data(PROGRESS, {"id": KNOWN})
    async with world(calls=20, cost_limit=5) as it:
        assert await it.errors(PROGRESS, {"id": KNOWN}) == [("", "COST_LIMIT_EXCEEDED")]
        assert it.requests == {}


async def test_a_count_that_fails_is_an_error_of_its_own() -> None:
    async with world(calls=20) as it:
        it.sandbox.faults.set([Fault(LIST_CALLS, status=403, times=1)])
        answer = await it.answer(
            "query ($id: ID!) { batchCall(batchCallId: $id) { batchCallId total } }", {"id": KNOWN}
        )
        assert faults(answer) == [("batchCall.total", "FORBIDDEN")]
        assert answer["data"]["batchCall"] == {"batchCallId": KNOWN, "total": None}


async def test_an_id_that_cannot_be_one_is_not_sent() -> None:
    async with world(calls=1) as it:
        assert await it.errors(PROGRESS, {"id": "a/b"}) == [("batchCall", "BAD_USER_INPUT")]
        assert it.requests == {}


async def test_a_batch_fills_as_time_goes_on_and_purges_what_it_changed() -> None:
    async with world() as it:
        page = "{ calls(first: 1) { nodes { callId } } }"
        past = (
            '{ calls(first: 1, filter: { startTimestamp: { lt: "2026-05-20T00:00:00Z" } })'
            " { nodes { callId } } }"
        )
        await it.data(page)
        await it.data(past)
        document = CREATE.replace("batchCallId name", f"batchCallId progress {{ {COUNTS} }} name")
        tasks = [{"toNumber": f"+1415555010{n}"} for n in range(5)]
        input_ = {"fromNumber": FROM, "tasks": tasks}
        batch = (await it.data(document, {"input": input_}))["createBatchCall"]["batchCall"]
        assert batch["progress"]["total"] == 1
        it.sandbox.requests.clear()
        await it.data(page)
        await it.data(past)
        assert it.requests == {LIST_CALLS: 1}
        it.clock.forward(300)
        data = await it.data(PROGRESS, {"id": batch["batchCallId"]})
        del data["batchCall"]["batchCallId"]
        assert data["batchCall"] == {
            "total": 5,
            "notConnected": 1,
            "ongoing": 0,
            "ended": 4,
            "error": 0,
        }


async def test_an_answer_without_an_id_purges_the_lists_all_the_same() -> None:
    async with world(calls=20) as it:
        page = "{ calls(first: 1) { nodes { callId } } }"
        await it.data(page)
        it.sandbox.faults.set([Fault(BATCH, body="wrong_shape")])
        assert (await created(it))["batchCall"] is None
        await it.data(page)
        assert it.requests == {LIST_CALLS: 2, BATCH: 1}
