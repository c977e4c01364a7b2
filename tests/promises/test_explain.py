"""`extensions.gateway` tells what an operation cost and how old its answers are, where asked."""

from __future__ import annotations

import pytest

from gateway.sandbox.faults import Fault
from tests.promises.clients import refreshed
from tests.world import GET_CALL, IMPATIENT, LIST_CALLS, world

CALL = "query ($id: ID!) { mine: call(callId: $id) { callId transcript } }"
DEBUG = {"x-gateway-debug": "1"}


async def test_without_the_header_an_answer_tells_nothing() -> None:
    async with world() as it:
        assert set(await it.answer(CALL, {"id": it.settled()[0]})) == {"data"}
        for value in ("0", "true", ""):
            answer = await it.answer(CALL, {"id": "no id"}, **{"x-gateway-debug": value})
            assert set(answer) == {"data", "errors"}


async def test_the_header_counts_only_where_that_is_set() -> None:
    async with world(debug_header=False) as it:
        asked = {"id": it.settled()[0]}
        for _ in range(2):  # made, and remembered
            assert set(await it.answer(CALL, asked, **DEBUG)) == {"data"}
        assert it.requests == {GET_CALL: 1}


async def test_where_debug_is_set_every_answer_tells() -> None:
    async with world(debug=True) as it:
        answer = await it.answer(CALL, {"id": it.settled()[0]})
        assert answer["extensions"]["gateway"]["upstreamRequests"] == 1


async def test_a_cold_and_a_warm_read_are_told_apart() -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        cold = await it.explained(CALL, asked)
        assert (cold["upstreamRequests"], cold["cache"]) == (
            1,
            [{"path": ["mine"], "state": "miss", "ageMs": 0}],
        )
        (sent,) = cold["upstream"]
        assert sent.pop("durationMs") >= 0
        assert sent == {"endpoint": GET_CALL, "status": 200, "attempt": 1}
        it.clock.forward(12.5)
        warm = await it.explained(CALL, asked)
        assert (warm["upstreamRequests"], warm["upstream"], warm["cache"]) == (
            0,
            [],
            [{"path": ["mine"], "state": "fresh", "ageMs": 12_500}],
        )


async def test_the_request_id_is_the_one_of_the_header() -> None:
    async with world() as it:
        headers = DEBUG | {"x-request-id": "order-42"}
        response = await it.post(CALL, {"id": it.settled()[0]}, **headers)
        assert response.headers["x-request-id"] == "order-42"
        assert response.json()["extensions"]["gateway"]["requestId"] == "order-42"
        failed = await it.post(CALL, {"id": "no id"}, **headers)
        assert failed.json()["errors"][0]["extensions"]["requestId"] == "order-42"


@pytest.mark.parametrize(("age", "fails", "state"), [(1801, False, "stale"), (3601, True, "error")])
async def test_what_is_served_although_it_is_old_is_told(age: int, fails: bool, state: str) -> None:
    async with world() as it:
        asked = {"id": it.settled()[0]}
        await it.data(CALL, asked)
        it.clock.forward(age)
        if fails:
            it.sandbox.faults.set([Fault(status=500, headers=IMPATIENT)])
        told = await it.explained(CALL, asked)
        assert told["cache"] == [{"path": ["mine"], "state": state, "ageMs": age * 1000}]
        await refreshed()
        assert it.requests == {GET_CALL: 2}


async def test_every_answer_that_was_read_has_its_path() -> None:
    async with world() as it:
        told = await it.explained(
            "{ calls(first: 2) { nodes { transcript } } concurrency { __typename } }"
        )
        assert sorted(seen["path"] for seen in told["cache"]) == [
            ["calls"],
            ["calls", "nodes", 0, "transcript"],
            ["calls", "nodes", 1, "transcript"],
            ["concurrency"],
        ]
        assert told["upstreamRequests"] == 4
        assert sorted(sent["endpoint"] for sent in told["upstream"]) == [
            "GET /get-concurrency",
            GET_CALL,
            GET_CALL,
            LIST_CALLS,
        ]


async def test_each_attempt_is_told() -> None:
    async with world() as it:
        it.sandbox.faults.set([Fault(status=503, times=1)])
        told = await it.explained(CALL, {"id": it.settled()[0]})
        assert [(sent["status"], sent["attempt"]) for sent in told["upstream"]] == [
            (503, 1),
            (200, 2),
        ]
        assert told["upstreamRequests"] == 2


async def test_nothing_of_the_key_or_of_retells_address_is_told() -> None:
    async with world() as it:
        text = str(await it.explained(CALL, {"id": it.settled()[0]}))
        assert "sandbox-key" not in text
        assert "retell.test" not in text


async def test_the_log_tells_how_each_operation_ended_and_nothing_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    async with world() as it:
        it.sandbox.faults.set([Fault(endpoint=GET_CALL, status=500, headers=IMPATIENT)])
        (call_id,) = it.settled()[:1]
        await it.answer(CALL, {"id": call_id})
        await it.answer("{ nonsense }")
        told = [vars(record) for record in caplog.records if record.msg == "operation"]
        assert [(line["outcome"], line["codes"]) for line in told] == [
            ("answered", ["UPSTREAM_UNAVAILABLE"]),
            ("refused", ["GRAPHQL_VALIDATION_FAILED"]),
        ]
        assert call_id not in str(told)
        assert "sandbox-key" not in str(told)
