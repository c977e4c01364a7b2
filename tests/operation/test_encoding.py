"""Answers as JSON bytes: those of long lists are the same, and leave others their turn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.errors import InternalServerError
from gateway.operation.encoding import SHORT, encode, encode_in_turns

ITEM = {"é": [1, 2.5, None], "long": [{"a": "b"}] * (SHORT + 1)}
LONG: dict[str, Any] = {"data": {"calls": {"nodes": [ITEM] * 200, "none": []}}, "errors": [ITEM]}


@pytest.mark.parametrize("value", [LONG, {}, {"data": None}, {"data": {"a": [[1]] * 51, "b": "c"}}])
async def test_an_answer_is_written_the_same_in_turns(value: dict[str, Any]) -> None:
    assert await encode_in_turns(value) == encode(value)


async def test_the_lists_of_an_answer_stay_as_they_are() -> None:
    before = encode(LONG)
    nodes = LONG["data"]["calls"]["nodes"]
    await encode_in_turns(LONG)
    assert LONG["data"]["calls"]["nodes"] is nodes
    assert encode(LONG) == before


async def test_others_get_their_turn_while_much_is_written() -> None:
    much = {"data": {"nodes": [{"words": ["word"] * 20_000}] * 400}}
    turns = 0

    async def neighbour() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(neighbour())
    await encode_in_turns(much)
    task.cancel()
    assert turns > 3


@pytest.mark.parametrize("value", [{"a": "\ud800"}, {"a": [2**70] * 60}])
async def test_what_json_cannot_carry_is_a_fault(value: dict[str, Any]) -> None:
    with pytest.raises(InternalServerError):
        encode(value)
    with pytest.raises(InternalServerError):
        await encode_in_turns(value)
