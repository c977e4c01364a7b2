"""The filters of list-calls, asked through the official SDK, against what the records say."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast

import pytest

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.sandbox.asking import NOW_MS, NOW_S, every_call, sdk

if TYPE_CHECKING:
    from collections.abc import Callable

    from retell.types.call_list_params import FilterCriteria
    from retell.types.call_list_response import Item

Case = tuple[str, Any, "Callable[[Any], bool]"]
"""The field filtered by, the condition, and the same said of a list item."""


def number_cases(name: str, middle: float, of: Callable[[Any], float | None]) -> list[Case]:
    tests: dict[str, Callable[[float], bool]] = {
        "eq": lambda has: has == middle,
        "ne": lambda has: has != middle,
        "gt": lambda has: has > middle,
        "ge": lambda has: has >= middle,
        "lt": lambda has: has < middle,
        "le": lambda has: has <= middle,
    }
    cases = [
        (name, {"type": "number", "op": op, "value": middle}, present(of, test))
        for op, test in tests.items()
    ]
    ends = [middle * 0.9, middle * 1.1]
    between = present(of, lambda has: ends[0] <= has <= ends[1])
    return [*cases, (name, {"type": "range", "op": "bt", "value": ends}, between)]


def string_cases(name: str, value: str, of: Callable[[Any], str | None]) -> list[Case]:
    tests: dict[str, tuple[str, Callable[[str], bool]]] = {
        "eq": (value, lambda has: has == value),
        "ne": (value, lambda has: has != value),
        "sw": (value[:9], lambda has: has.startswith(value[:9])),
        "ew": (value[-2:], lambda has: has.endswith(value[-2:])),
        "co": (value[2:10], lambda has: value[2:10] in has),
    }
    return [
        (name, {"type": "string", "op": op, "value": wanted}, present(of, test))
        for op, (wanted, test) in tests.items()
    ]


def present(of: Callable[[Any], Any], test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda call: (has := of(call)) is not None and test(has)


def one_of(name: str, values: list[str], of: Callable[[Any], Any]) -> Case:
    return name, {"type": "enum", "op": "in", "value": values}, lambda call: of(call) in values


def is_true(name: str, of: Callable[[Any], Any]) -> Case:
    return name, {"type": "boolean", "op": "eq", "value": True}, lambda call: of(call) is True


def entry(attribute: str, key: str) -> Callable[[Any], Any]:
    return lambda call: (getattr(call, attribute, None) or {}).get(key)


def analysis(attribute: str) -> Callable[[Any], Any]:
    return lambda call: getattr(call.call_analysis, attribute, None)


def analysed(key: str) -> Callable[[Any], Any]:
    return lambda call: (getattr(call.call_analysis, "custom_analysis_data", None) or {}).get(key)


def p50(call: Item) -> float | None:
    return call.latency.e2e.p50 if call.latency and call.latency.e2e else None


def keyed_cases(name: str, key: str, of: Callable[[Any], Any]) -> list[Case]:
    """Whether the key is there, which every map can be asked."""
    return [
        (name, [{"type": "present", "op": "pr", "key": key}], lambda call: of(call) is not None),
        (name, [{"type": "present", "op": "np", "key": key}], lambda call: of(call) is None),
    ]


def with_key(case: Case, key: str) -> Case:
    name, condition, expected = case
    return name, [condition | {"key": key}], expected


customer, score, vip = (entry("metadata", key) for key in ("customer_id", "score", "vip"))
attempts = entry("retell_llm_dynamic_variables", "attempts")
returning = entry("retell_llm_dynamic_variables", "returning")
tier = entry("custom_attributes", "customer_tier")

CASES: list[Case] = [
    one_of("call_status", ["not_connected", "error"], lambda c: c.call_status),
    one_of("call_status", ["ongoing"], lambda c: c.call_status),
    one_of("call_type", ["web_call"], lambda c: c.call_type),
    one_of("direction", ["outbound"], lambda c: getattr(c, "direction", None)),
    one_of(
        "disconnection_reason", ["dial_busy", "call_transfer"], lambda c: c.disconnection_reason
    ),
    one_of("user_sentiment", ["Negative", "Unknown"], analysis("user_sentiment")),
    one_of("data_storage_setting", ["everything_except_pii"], lambda c: c.data_storage_setting),
    one_of("agent_tag", ["prod"], lambda c: c.agent_tag),
    is_true("call_successful", analysis("call_successful")),
    is_true("in_voicemail", analysis("in_voicemail")),
    *string_cases("from_number", "+14155550199", lambda c: getattr(c, "from_number", None)),
    *string_cases("to_number", "+14155550199", lambda c: getattr(c, "to_number", None)),
    *number_cases("duration_ms", 300_000, lambda c: c.duration_ms)[1:],
    *number_cases("combined_cost", 60, lambda c: c.call_cost and c.call_cost.combined_cost)[1:],
    *number_cases("e2e_latency_p50", 950, p50)[1:],
    *number_cases("start_timestamp", NOW_MS * 0.9995, lambda c: c.start_timestamp)[1:6],
    *number_cases("end_timestamp", NOW_MS * 0.9995, lambda c: c.end_timestamp)[1:6],
    *(with_key(c, "score") for c in number_cases("metadata", 50, score)),
    *(with_key(c, "customer_id") for c in string_cases("metadata", "cust_0144", customer)[1:]),
    with_key(is_true("metadata", vip), "vip"),
    with_key(one_of("metadata", ["spring"], entry("metadata", "campaign")), "campaign"),
    *keyed_cases("metadata", "customer_id", customer),
    with_key(one_of("custom_attributes", ["gold"], tier), "customer_tier"),
    *keyed_cases("custom_attributes", "customer_tier", tier),
    *(
        with_key(c, "attempts")
        for c in number_cases("dynamic_variables", 3, lambda c: attempts(c) and float(attempts(c)))
    ),
    (
        "dynamic_variables",
        [{"type": "boolean", "op": "eq", "value": True, "key": "returning"}],
        lambda c: returning(c) == "true",
    ),
    *keyed_cases("dynamic_variables", "attempts", attempts),
    *(
        with_key(c, "order_value")
        for c in number_cases("custom_analysis_data", 250, analysed("order_value"))[1:]
    ),
    with_key(is_true("custom_analysis_data", analysed("appointment_booked")), "appointment_booked"),
    *keyed_cases("custom_analysis_data", "follow_up", analysed("follow_up")),
]


@pytest.fixture(scope="module")
def medium() -> Sandbox:
    return create_sandbox(clock=lambda: NOW_S, calls=250)


@pytest.fixture(scope="module")
def some_calls(medium: Sandbox) -> list[Item]:
    """Every call of one key as the SDK understands it, read once for all filters."""
    return asyncio.run(every_call(sdk(medium)))


async def found(sandbox: Sandbox, name: str, condition: object) -> list[str]:
    """The ids that a filter finds; unparsed, for the sake of time."""
    response = await sdk(sandbox).call.with_raw_response.list(
        filter_criteria=cast("FilterCriteria", {name: condition}), limit=1000
    )
    return [call["call_id"] for call in json.loads(await response.text())["items"]]


@pytest.mark.parametrize(("name", "condition", "expected"), CASES)
async def test_a_filter_finds_what_the_records_say(
    medium: Sandbox,
    some_calls: list[Item],
    name: str,
    condition: object,
    expected: Callable[[Item], bool],
) -> None:
    wanted = [call.call_id for call in some_calls if expected(call)]
    assert await found(medium, name, condition) == wanted
    assert 0 < len(wanted) < len(some_calls)


async def test_agents_are_found_by_id_and_by_version(
    medium: Sandbox, some_calls: list[Item]
) -> None:
    one, other = sorted({call.agent_id for call in some_calls})[:2]
    wanted = [c.call_id for c in some_calls if c.agent_id in (one, other)]
    assert await found(medium, "agent", [{"agent_id": one}, {"agent_id": other}]) == wanted
    first = [c.call_id for c in some_calls if (c.agent_id, c.agent_version) == (one, 0)]
    assert await found(medium, "agent", [{"agent_id": one, "version": [0]}]) == first
    every = [c.call_id for c in some_calls if c.agent_id == one]
    assert await found(medium, "agent", [{"agent_id": one, "version": []}]) == every
    assert 0 < len(first) < len(every) < len(wanted)


async def test_many_ids_are_one_request(medium: Sandbox, some_calls: list[Item]) -> None:
    wanted = [call.call_id for call in some_calls[10:14]]
    among = {"type": "enum", "op": "in", "value": [*reversed(wanted), "call_of_nobody"]}
    assert await found(medium, "call_id", among) == wanted
    exact = {"type": "string", "op": "eq", "value": wanted[0]}
    assert await found(medium, "call_id", exact) == wanted[:1]


async def test_a_batch_is_a_part_of_the_outbound_calls(
    medium: Sandbox, some_calls: list[Item]
) -> None:
    one = await found(medium, "batch_call_id", {"type": "string", "op": "ew", "value": "_0001"})
    others = await found(medium, "batch_call_id", {"type": "string", "op": "ne", "value": "x"})
    assert set(one) < set(others) < {call.call_id for call in some_calls}
    assert len(one) > 0


async def tool_calls(sandbox: Sandbox, call_id: str) -> list[tuple[str, str, bool]]:
    """Name, type and success of what the transcript of a call shows."""
    call = await sdk(sandbox).call.retrieve(call_id)
    shown = call.transcript_with_tool_calls or []
    results = {e.tool_call_id: e.successful for e in shown if e.role == "tool_call_result"}
    return [
        (e.name, str(e.type), bool(results[e.tool_call_id]))
        for e in shown
        if e.role == "tool_call_invocation" and e.tool_call_id != "tool_call_all"
    ]


async def test_tool_calls_are_found_by_all_that_is_said_of_them(medium: Sandbox) -> None:
    failed = {"type": "boolean", "op": "eq", "value": False}
    slow = {"type": "number", "op": "gt", "value": 2000}
    span = {"type": "range", "op": "bt", "value": [0, 2000]}
    lookups = await found(medium, "tool_calls", [{"name": "lookup_order"}])
    failures = await found(medium, "tool_calls", [{"name": "lookup_order", "success": failed}])
    customs = await found(medium, "tool_calls", [{"type": "custom"}])
    slow_ones = await found(medium, "tool_calls", [{"latency_ms": slow}])
    fast_ones = await found(medium, "tool_calls", [{"latency_ms": span}])
    both = await found(medium, "tool_calls", [{"latency_ms": slow}, {"latency_ms": span}])
    assert set(failures) < set(lookups) < set(customs)
    assert set(both) == set(slow_ones) & set(fast_ones)
    kept = {"type": "enum", "op": "in", "value": ["everything"]}
    whole = set(await found(medium, "data_storage_setting", kept))
    for call_id in [call_id for call_id in failures if call_id in whole]:
        assert ("lookup_order", "custom", False) in await tool_calls(medium, call_id)


async def test_all_criteria_must_be_met(medium: Sandbox, some_calls: list[Item]) -> None:
    criteria: dict[str, object] = {
        "call_type": {"type": "enum", "op": "in", "value": ["web_call"]},
        "duration_ms": {"type": "number", "op": "gt", "value": 300_000},
    }
    both = await every_call(sdk(medium), criteria)
    assert [call.call_id for call in both] == [
        call.call_id
        for call in some_calls
        if call.call_type == "web_call" and (call.duration_ms or 0) > 300_000
    ]
    assert len(both) > 0
