"""What a change of a call makes out of date, and what it leaves alone."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from gateway.resources import call as calls
from gateway.resources.call import CLOSED_AFTER, CallOrder, page_policy
from gateway.schema.conversation import OF_CONTACTS


def tags(**criteria: Any) -> set[str]:
    return set(calls._page_tags(criteria))


def touched(call_id: str, call: dict[str, Any] | None) -> set[tuple[str, str]]:
    return set(calls._touched(call_id, call))


def test_a_list_is_tagged_with_what_its_filter_can_match() -> None:
    one = {"type": "string", "op": "eq", "value": "call_1"}
    some = {"type": "enum", "op": "in", "value": ["call_1", "call_2"]}
    agents = [{"agent_id": "agent_1"}, {"agent_id": "agent_2", "version": [1]}]
    anywhere = {"all", "any", "open", "open:any"}
    assert tags() == anywhere
    assert tags(call_id=one) == {"all", "call:call_1"}
    assert tags(call_id=some) == {"all", "call:call_1", "call:call_2"}
    assert tags(call_id=some, agent=agents) == {"all", "call:call_1", "call:call_2"}
    assert tags(agent=agents) == {
        "all",
        "agent:agent_1",
        "agent:agent_2",
        "open",
        "open:agent:agent_1",
        "open:agent:agent_2",
    }
    assert tags(call_status={"op": "in", "value": ["ended"]}) == anywhere


def test_a_list_of_a_time_that_is_over_is_not_tagged_with_what_begins_now() -> None:
    began = {"start_timestamp": {"type": "number", "op": "lt", "value": 5_000}}
    for now, names in [
        (5.0 + CLOSED_AFTER - 1, {"all", "any", "open", "open:any"}),
        (5.0 + CLOSED_AFTER, {"all", "any"}),
    ]:
        read = calls._page(began, CallOrder.START_TIMESTAMP_DESC, now, 5, None, False)
        assert set(read.tags) == names


def test_a_new_call_touches_the_lists_that_it_can_be_in() -> None:
    told = {
        OF_CONTACTS,
        ("call", "call_1"),
        ("calls", "call:call_1"),
        ("calls", "open:any"),
        ("calls", "open:agent:agent_1"),
    }
    assert set(calls._begun({"call_id": "call_1", "agent_id": "agent_1"})) == told
    assert set(calls._begun({"call_id": "call_1"}, "agent_1")) == told


@pytest.mark.parametrize("answer", [None, {}, {"agent_id": "agent_1"}, {"call_id": "call_1"}])
def test_a_new_call_that_is_not_known_touches_every_list_that_is_open(
    answer: dict[str, Any] | None,
) -> None:
    assert set(calls._begun(answer)) == {OF_CONTACTS, ("calls", "open")}


def test_a_change_of_a_running_call_touches_it_and_every_list_that_is_open() -> None:
    assert set(calls._touched_live("call_1", {"success": True})) == {
        ("call", "call_1"),
        ("calls", "call:call_1"),
        ("calls", "open"),
    }


@pytest.mark.parametrize("op", ["ne", "sw", "ew", "co"])
def test_a_filter_that_names_no_call_can_match_any(op: str) -> None:
    assert tags(call_id={"type": "string", "op": op, "value": "call_1"}) == tags()


def test_a_change_touches_the_call_and_the_lists_that_can_have_it() -> None:
    assert touched("call_1", {"call_id": "call_1", "agent_id": "agent_1"}) == {
        OF_CONTACTS,
        ("call", "call_1"),
        ("calls", "any"),
        ("calls", "call:call_1"),
        ("calls", "agent:agent_1"),
    }


@pytest.mark.parametrize("answer", [None, {}, {"call_id": "call_1"}])
def test_a_change_that_does_not_tell_the_agent_touches_every_list(
    answer: dict[str, Any] | None,
) -> None:
    every = {OF_CONTACTS, ("call", "call_1"), ("calls", "all")}
    assert touched("call_1", answer) == every


@pytest.mark.parametrize(
    ("criteria", "reached"),
    [
        ({}, True),
        ({"call_id": {"op": "in", "value": ["call_1"]}}, True),
        ({"call_id": {"op": "in", "value": ["call_2"]}}, False),
        ({"agent": [{"agent_id": "agent_1"}]}, True),
        ({"agent": [{"agent_id": "agent_2"}]}, False),
    ],
)
def test_a_change_reaches_the_lists_that_can_have_the_call_and_no_others(
    criteria: dict[str, Any], reached: bool
) -> None:
    changed = {name for kind, name in touched("call_1", {"agent_id": "agent_1"}) if kind == "calls"}
    assert bool(tags(**criteria) & changed) is reached
    assert tags(**criteria) & {"all"}


def test_a_call_is_tagged_with_its_id() -> None:
    read = calls._whole("call_1")
    assert (read.source.resource, read.tags, read.request.target) == (
        "call",
        ("call_1",),
        "/v2/get-call/call_1",
    )


def test_many_ids_are_one_list_request() -> None:
    read = calls._listed(["call_1", "call_2"])
    assert read.request.body == (
        b'{"filter_criteria":{"call_id":{"type":"enum","op":"in","value":["call_1","call_2"]}},'
        b'"limit":2}'
    )
    assert set(read.tags) == {"all", "call:call_1", "call:call_2"}
    assert isinstance(read.policy, partial)
    assert (read.policy.func, read.policy.keywords) == (page_policy, {"expected": 2})


@pytest.mark.parametrize(
    ("begin", "closes"),
    [
        ({}, None),
        ({"op": "lt", "value": 5000}, 5.0),
        ({"op": "le", "value": 5000}, 5.0),
        ({"op": "eq", "value": 5000}, 5.0),
        ({"op": "bt", "value": [1000, 5000]}, 5.0),
        ({"op": "gt", "value": 5000}, None),
        ({"op": "ge", "value": 5000}, None),
        ({"op": "ne", "value": 5000}, None),
    ],
)
def test_a_page_knows_when_no_call_can_enter_it(begin: dict[str, Any], closes: object) -> None:
    criteria = {"start_timestamp": begin} if begin else {}
    read = calls._page(criteria, CallOrder.START_TIMESTAMP_DESC, 0.0, 5, None, False)
    assert isinstance(read.policy, partial)
    assert (read.policy.func, read.policy.keywords) == (page_policy, {"closes": closes})


def test_a_page_asks_for_no_more_than_was_selected() -> None:
    first = calls._page({}, CallOrder.START_TIMESTAMP_DESC, 0.0, 50, None, False)
    assert first.request.body == b'{"limit":50,"sort_order":"descending"}'
    next_ = calls._page({"a": 1}, CallOrder.START_TIMESTAMP_ASC, 0.0, 5, "key", True)
    assert next_.request.body == (
        b'{"limit":5,"sort_order":"ascending","filter_criteria":{"a":1},'
        b'"pagination_key":"key","include_total":true}'
    )
    assert next_.request.lists


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"agent_id": "a", "agent_version": 3}, "a:3"),
        ({"agent_id": "a", "agent_version": 0}, "a:0"),
        ({"agent_id": "a", "version": 2}, "a:2"),
        ({"agent_id": "a"}, "a"),
        ({"agent_id": "a", "agent_version": None}, "a"),
        ({"agent_id": None}, None),
        ({"agent_id": 7}, None),
        ({}, None),
    ],
)
def test_a_call_names_its_agent_at_its_version(given: dict[str, Any], key: str | None) -> None:
    assert calls._agent_key(given) == key
