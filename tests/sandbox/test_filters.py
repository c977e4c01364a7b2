"""Filters that are not as they should be, and values that no condition meets."""

from __future__ import annotations

import pytest

from gateway.sandbox.app import Sandbox, create_sandbox
from gateway.sandbox.filters import KEYED, condition, keyed
from tests.sandbox.asking import EXAMPLE_ID, KEY_A, Clock, plain


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return create_sandbox(clock=Clock(), calls=40)


STATUS = {"type": "enum", "op": "in", "value": ["ended"]}
TEXT = {"type": "string", "op": "eq", "value": "x"}


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ([], "filter_criteria must be an object"),
        (None, "filter_criteria must be an object"),
        ({"status": STATUS}, "filter_criteria: unknown property status"),
        ({"call_status": "ended"}, "call_status must be an object"),
        ({"call_status": TEXT}, "call_status: type must be one of enum"),
        ({"call_status": {"type": ["enum"]}}, "call_status: type must be one of enum"),
        ({"call_status": STATUS | {"not": 1}}, "call_status: unknown property not"),
        ({"call_status": STATUS | {"key": "x"}}, "call_status: unknown property key"),
        ({"call_status": {"type": "enum"}}, "call_status: op of a enum filter must be one of in"),
        (
            {"call_status": STATUS | {"value": ["registered"]}},
            "call_status: value must be one of not_connected, ongoing, ended, error",
        ),
        (
            {"call_status": STATUS | {"value": "ended"}},
            "call_status: value does not fit a enum filter",
        ),
        (
            {"duration_ms": {"type": "range", "op": "bt", "value": [1]}},
            "duration_ms: value does not fit a range filter",
        ),
        (
            {"duration_ms": {"type": "number", "op": "eq", "value": True}},
            "duration_ms: value does not fit a number filter",
        ),
        (
            {"from_number": TEXT | {"op": ["eq"]}},
            "from_number: op of a string filter must be one of eq, ne, sw, ew, co",
        ),
        (
            {"call_successful": {"type": "boolean", "op": "eq", "value": "true"}},
            "call_successful: value does not fit a boolean filter",
        ),
        ({"metadata": TEXT}, "metadata must be a list"),
        ({"metadata": [TEXT]}, "metadata: key is required"),
        ({"metadata": [{"type": "present", "op": "np"}]}, "metadata: key is required"),
        ({"agent": [{"version": [1]}]}, "agent: agent_id is required"),
        ({"agent": [{"agent_id": "x", "version": 1}]}, "agent.version must be a list"),
        ({"tool_calls": [{}]}, "tool_calls: at least one property is required"),
        ({"tool_calls": [{"name": 1}]}, "tool_calls.name: value does not fit a string filter"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(
    sandbox: Sandbox, criteria: object, message: str
) -> None:
    body = {"filter_criteria": criteria}
    response = await plain(sandbox).post("/v3/list-calls", json=body)
    assert (response.status_code, response.json()["message"]) == (400, message)


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"query": 1}, "query must be a string"),
        ({"name": "x"}, "filter_criteria: unknown property name"),
        ({"channel": TEXT}, "channel: value must be one of voice, chat"),
    ],
)
async def test_a_filter_of_agents_that_makes_no_sense_is_refused(
    sandbox: Sandbox, criteria: object, message: str
) -> None:
    response = await plain(sandbox).post("/v2/list-agents", json={"filter_criteria": criteria})
    assert (response.status_code, response.json()["message"]) == (400, message)


@pytest.mark.parametrize(
    ("kind", "op", "wanted", "yes", "no"),
    [
        ("string", "eq", "a", "a", ["b", None, 1]),
        ("string", "ne", "a", "b", ["a", None, 1]),
        ("string", "sw", "a", "ab", ["ba", None]),
        ("string", "ew", "b", "ab", ["ba", None]),
        ("string", "co", "b", "abc", ["ac", None, ["b"]]),
        ("number", "eq", 2, 2.0, [3, None, "two", True]),
        ("number", "ne", 2, 3, [2, None, "two"]),
        ("number", "gt", 2, 2.5, [2, 1, None]),
        ("number", "ge", 2, 2, [1.5, None]),
        ("number", "lt", 2, 1, [2, None]),
        ("number", "le", 2, "2", [3, None]),
        ("range", "bt", [1, 3], 3, [3.1, 0, None]),
        ("enum", "in", ["a", "1"], 1, ["b", None, ["a"], True]),
        ("boolean", "eq", True, "true", [False, "false", "yes", None, 1]),
        ("boolean", "eq", False, False, [True, None, 0]),
        ("present", "pr", None, "", [None]),
        ("present", "np", None, None, ["", 0, False]),
    ],
)
def test_what_meets_a_condition(
    kind: str, op: str, wanted: object, yes: object, no: list[object]
) -> None:
    given = {"type": kind, "op": op} | ({} if wanted is None else {"value": wanted})
    meets = condition("field", given, KEYED)
    assert meets(yes)
    assert not any(map(meets, no))


def test_a_map_that_is_not_there_has_no_entries() -> None:
    assert keyed("metadata", [{"type": "present", "op": "np", "key": "x"}])(None)
    assert not keyed("metadata", [{"type": "present", "op": "pr", "key": "x"}])(None)
    assert keyed("metadata", [])(None)


@pytest.mark.parametrize(
    "criteria",
    [
        {"agent": [{"agent_id": "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD", "version": [1]}]},
        {"dynamic_variables": [TEXT | {"key": "customer_name", "value": "John Doe"}]},
        {"duration_ms": {"type": "number", "op": "eq", "value": 21522}},
        {"e2e_latency_p50": {"type": "number", "op": "eq", "value": 800}},
        {"combined_cost": {"type": "number", "op": "eq", "value": 70}},
        {"start_timestamp": {"type": "number", "op": "lt", "value": 1_703_302_407_334}},
        {"call_id": TEXT | {"value": EXAMPLE_ID}},
    ],
)
async def test_the_older_example_is_found_by_what_it_says(
    sandbox: Sandbox, criteria: dict[str, object]
) -> None:
    body = {"filter_criteria": criteria}
    items = (await plain(sandbox, KEY_A).post("/v3/list-calls", json=body)).json()["items"]
    assert [call["call_id"] for call in items] == [EXAMPLE_ID]


async def test_the_older_example_has_no_tool_calls(sandbox: Sandbox) -> None:
    body = {"limit": 1000, "filter_criteria": {"tool_calls": [{"type": "custom"}]}}
    items = (await plain(sandbox, KEY_A).post("/v3/list-calls", json=body)).json()["items"]
    assert len(items) > 0
    assert EXAMPLE_ID not in [call["call_id"] for call in items]
