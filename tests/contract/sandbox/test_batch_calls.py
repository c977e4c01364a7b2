"""Batches of calls in the sandbox, driven by the official SDK."""

from __future__ import annotations

from typing import Any

import pytest
from retell.types import BatchCallResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_B, NOW_MS, Clock, every_call, plain, sdk

FROM = "+14155550199"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return create_sandbox(clock=clock, calls=40)


async def test_a_batch_dials_one_call_after_the_other(sandbox: Sandbox, clock: Clock) -> None:
    client = sdk(sandbox)
    batch = await client.batch_call.create_batch_call(
        from_number=FROM,
        name="Recall",
        reserved_concurrency=2,
        trigger_timestamp=NOW_MS + 60_000,
        call_time_window={
            "windows": [{"start": 0, "end": 1440}],
            "day": ["Monday"],
            "timezone": "Europe/Paris",
        },
        tasks=[{"to_number": f"+1415555010{n}", "metadata": {"n": n}} for n in range(6)],
    )
    assert fields_declared(BatchCallResponse) - fields_seen(batch) == set()
    assert (batch.name, batch.from_number, batch.total_task_count) == ("Recall", FROM, 6)
    criteria: dict[str, object] = {
        "batch_call_id": {"type": "string", "op": "eq", "value": batch.batch_call_id}
    }
    assert await every_call(client, criteria) == []
    clock.forward(60)
    assert [call.metadata for call in await every_call(client, criteria)] == [{"n": 0}]
    clock.forward(600)
    calls = await every_call(client, criteria)
    assert [call.call_status for call in calls] == ["ended", "not_connected", *["ended"] * 4]
    assert {call.to_dict()["from_number"] for call in calls} == {FROM}


async def test_a_batch_without_a_time_begins_at_once(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    batch = await client.batch_call.create_batch_call(
        from_number="17", tasks=[{"to_number": "18", "ignore_e164_validation": True}]
    )
    assert (batch.scheduled_timestamp, batch.call_time_window) == (NOW_MS, None)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"tasks": []}, 400),
        ({"tasks": None}, 400),
        ({"tasks": [{"to_number": "+14155550100"}, {"to_number": "1"}]}, 400),
        ({"tasks": [{"to_number": "+14155550100", "metadata": 1}]}, 400),
        ({"tasks": [{"to_number": "+14155550100", "override_agent_id": "agent_none"}]}, 422),
        ({"tasks": [{"to_number": "+14155550100", "unheard_of": 1}]}, 400),
        ({"from_number": "1"}, 400),
        ({"trigger_timestamp": "now"}, 400),
        ({"call_time_window": {"windows": [{"start": 5, "end": 5}]}}, 400),
        ({"call_time_window": {"windows": [], "day": ["Caturday"]}}, 400),
    ],
)
async def test_a_batch_that_is_not_well_formed_makes_no_call(
    sandbox: Sandbox, given: dict[str, Any], status: int
) -> None:
    body = {"from_number": FROM, "tasks": [{"to_number": "+14155550100"}]} | given
    answer = await plain(sandbox).post("/create-batch-call", json=body)
    assert answer.status_code == status
    assert sandbox.accounts[KEY_B].changes.made == {}
