"""A change that its caller names is made once: asked for again, it is told again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from gateway.changes import SECONDS
from gateway.sandbox.app import KEYS
from gateway.sandbox.faults import Fault
from tests.promises.test_who_may_ask import Mode
from tests.world import UPDATE_CALL, World, faults, world

if TYPE_CHECKING:
    from pathlib import Path

UPDATE = """mutation ($input: UpdateCallInput!) { updateCall(input: $input) {
  clientMutationId call { callId metadata } userErrors { field message code }
} }"""
NAME = "c0ffee00-0000-4000-8000-000000000001"


def given(call_id: str, number: int, name: str | None = NAME) -> dict[str, Any]:
    return {"input": {"callId": call_id, "metadata": {"number": number}, "clientMutationId": name}}


async def pressed(it: World, call_id: str, number: int = 1, name: str | None = NAME) -> Any:
    return (await it.data(UPDATE, given(call_id, number, name)))["updateCall"]


async def test_a_named_change_is_sent_once_and_answered_alike_each_time() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        first = await pressed(it, call_id)
        assert first == {
            "clientMutationId": NAME,
            "call": {"callId": call_id, "metadata": {"number": 1}},
            "userErrors": [],
        }
        assert await pressed(it, call_id) == first
        assert it.requests == {UPDATE_CALL: 1}
        assert len([line for line in it.audited if call_id.encode() in line]) == 2


async def test_pressed_twice_at_once_it_is_sent_once() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        it.sandbox.faults.set([Fault(UPDATE_CALL, latency_ms=20)])
        answers = await asyncio.gather(*(pressed(it, call_id) for _ in range(3)))
        assert answers[0] == answers[1] == answers[2]
        assert it.requests == {UPDATE_CALL: 1}


async def test_without_a_name_each_press_is_a_change() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        for _ in range(2):
            assert (await pressed(it, call_id, name=None))["clientMutationId"] is None
        assert it.requests == {UPDATE_CALL: 2}


async def test_a_name_is_for_one_change_only() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        await pressed(it, call_id, 1)
        answer = await pressed(it, call_id, 2)
        (error,) = answer["userErrors"]
        assert (error["field"], error["code"]) == (["clientMutationId"], "BAD_USER_INPUT")
        assert (answer["call"], answer["clientMutationId"]) == (None, NAME)
        assert it.requests == {UPDATE_CALL: 1}


@pytest.mark.parametrize("name", ["1", "1234567", "x" * 256, "with a space", "ünïcödé-name", ""])
async def test_a_name_that_cannot_be_one_is_refused_and_nothing_is_sent(name: str) -> None:
    async with world() as it:
        (error,) = (await pressed(it, it.settled()[0], name=name))["userErrors"]
        assert error["field"] == ["clientMutationId"]
        assert error["message"].endswith("such as a UUID.")
        assert it.requests == {}


async def test_an_unclear_outcome_stays_unclear_and_nothing_is_sent_again() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        it.sandbox.faults.set([Fault(UPDATE_CALL, status=500)])
        for _ in range(2):
            answer = await it.answer(UPDATE, given(call_id, 1))
            assert faults(answer) == [("updateCall", "OUTCOME_UNKNOWN")]
            (error,) = answer["errors"]
            assert error["extensions"]["lookUp"] == [f"call {call_id}"]
            it.sandbox.faults.set([])
        assert it.requests == {UPDATE_CALL: 1}


async def test_what_came_to_nothing_can_be_tried_again_under_the_same_name() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        it.sandbox.faults.set([Fault(UPDATE_CALL, status=409)])
        (error,) = (await pressed(it, call_id))["userErrors"]
        assert error["code"] == "CONFLICT"
        it.sandbox.faults.set([])
        assert (await pressed(it, call_id))["userErrors"] == []
        assert it.requests == {UPDATE_CALL: 2}


async def test_who_leaves_and_presses_again_gets_what_came_of_it() -> None:
    async with world() as it:
        call_id = it.settled()[0]
        it.sandbox.faults.set([Fault(UPDATE_CALL, latency_ms=50)])
        leaving = asyncio.create_task(pressed(it, call_id))
        while it.requests == {}:  # noqa: ASYNC110 - until it is sent
            await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert (await pressed(it, call_id))["call"]["metadata"] == {"number": 1}
        assert it.requests == {UPDATE_CALL: 1}


@pytest.mark.parametrize("mode", ["passthrough", "api-key"])
async def test_names_of_two_tenants_have_nothing_to_do_with_each_other(
    mode: str, tmp_path: Path
) -> None:
    how = Mode(mode, tmp_path)
    async with how.open() as it:
        for tenant, key in zip(("default", "b"), KEYS, strict=True):
            call_id = it.settled(key)[0]
            response = await it.post(UPDATE, given(call_id, 1), **how.sends(tenant))
            call = response.json()["data"]["updateCall"]["call"]
            assert call == {"callId": call_id, "metadata": {"number": 1}}
        assert it.requests == {UPDATE_CALL: 2}


def test_names_are_kept_as_long_as_retell_keeps_its_own() -> None:
    assert SECONDS == 3600
