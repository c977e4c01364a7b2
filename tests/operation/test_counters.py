"""`gateway.operation.counters`: windows that begin and end, within bounds."""

from __future__ import annotations

from gateway.operation.counters import Counters
from tests.world import NOW, Clock


async def test_a_window_begins_with_the_first_count_and_ends_by_itself() -> None:
    clock = Clock()
    counters = Counters(clock)
    assert (await counters.get("a"), await counters.get_expiry("a")) == (0, NOW)
    assert await counters.incr("a", 60, 2) == 2
    clock.forward(59)
    assert await counters.incr("a", 60) == 3
    assert (await counters.get("a"), await counters.get_expiry("a")) == (3, NOW + 60)
    clock.forward(1)
    assert await counters.get("a") == 0
    assert len(counters) == 0
    assert await counters.incr("a", 60) == 1
    assert await counters.get_expiry("a") == NOW + 120


async def test_each_key_is_counted_by_itself() -> None:
    counters = Counters(Clock())
    await counters.incr("a", 60, 5)
    assert await counters.incr("b", 60, 1) == 1
    await counters.clear("a")
    assert (await counters.get("a"), await counters.get("b")) == (0, 1)
    assert await counters.reset() == 1
    assert await counters.get("b") == 0


async def test_what_is_settled_counts_in_the_window_that_is_still_there() -> None:
    clock = Clock()
    counters = Counters(clock)
    await counters.incr("a", 60, 5)
    counters.settle("a", -3, NOW + 60)
    assert await counters.get("a") == 2
    counters.settle("a", 4, NOW + 60)
    assert await counters.get("a") == 6
    counters.settle("a", -9, NOW + 60)
    assert await counters.get("a") == 0
    clock.forward(60)
    counters.settle("a", 4, NOW + 60)
    assert await counters.get("a") == 0
    await counters.incr("a", 60, 5)
    counters.settle("a", -3, NOW + 60)
    assert await counters.get("a") == 5


async def test_of_too_many_keys_the_one_that_came_longest_ago_is_forgotten() -> None:
    counters = Counters(Clock(), most=2)
    for key in ("a", "b", "a", "c"):
        await counters.incr(key, 60)
    assert len(counters) == 2
    assert [await counters.get(key) for key in ("a", "b", "c")] == [2, 0, 1]


async def test_it_is_a_storage_as_the_library_wants_one() -> None:
    counters = Counters(Clock())
    assert await counters.check()
    assert counters.base_exceptions is ValueError
