"""Long lists leave others their turn."""

from __future__ import annotations

import asyncio
import time

from gateway.schema.turns import SHORT, InTurns, in_turns
from gateway.turns import TURN
from tests.world import world


def test_a_short_list_is_given_as_it_is() -> None:
    items = list(range(SHORT))
    assert in_turns(items) is items


async def test_a_long_list_can_be_iterated_over_twice() -> None:
    items = list(range(SHORT + 1))
    turns = in_turns(items)
    assert isinstance(turns, InTurns)
    assert [item async for item in turns] == items
    assert [item async for item in turns] == items


async def test_others_get_a_turn_when_items_have_taken_their_time() -> None:
    seen = 0
    counts: list[int] = []

    async def neighbour() -> None:
        while seen < 5:
            counts.append(seen)
            await asyncio.sleep(0)

    task = asyncio.create_task(neighbour())
    async for _ in InTurns(range(5)):
        seen += 1
        ends = time.perf_counter() + TURN
        while time.perf_counter() <= ends:
            pass
    await task
    assert counts == [1, 2, 3, 4]


async def test_a_long_page_is_whole_and_in_order_under_both_of_its_fields() -> None:
    query = """{ calls(first: 120) {
        one: nodes { callId } two: nodes { callId } edges { node { callId } } } }"""
    async with world(calls=150) as it:
        calls = (await it.data(query))["calls"]
    assert len(calls["one"]) == 120
    assert calls["two"] == calls["one"]
    assert [edge["node"] for edge in calls["edges"]] == calls["one"]


async def test_each_error_in_a_long_list_of_nodes_is_its_own() -> None:
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    async with world(calls=150) as it:
        data = await it.data("{ calls(first: 60) { nodes { id } } }")
        ids = [node["id"] for node in data["calls"]["nodes"]]
        answer = await it.answer(query, {"ids": [*ids, "nonsense", ids[0]]})
    assert [node["id"] if node else None for node in answer["data"]["nodes"]] == [
        *ids,
        None,
        ids[0],
    ]
    assert [error["path"] for error in answer["errors"]] == [["nodes", 60]]
