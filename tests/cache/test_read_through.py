"""What a reader gets, and how often the source is asked, while the source is well."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.cache.entry import Entry, Fetched, Freshness, State
from gateway.cache.memory import MemoryCache
from gateway.cache.single_flight import FlightCancelledError
from gateway.cache.tier import NullStore

from .source import Clock, SlowStore, Source, get, other_tasks, reading, settle

if TYPE_CHECKING:
    from gateway.cache.read_through import Hit


def told(hit: Hit) -> tuple[object, State, str]:
    return hit.entry.value, hit.state, hit.source


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_the_first_reader_fetches_and_the_next_is_served_at_once(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    assert told(await get(cache, "key", source)) == (1, State.FRESH, "miss")
    clock.now += 9
    assert told(await get(cache, "key", source)) == (1, State.FRESH, "fresh")
    assert source.fetches == 1


async def test_a_look_finds_what_is_fresh_and_nothing_else(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    assert cache.peek("key") is None
    hit = await get(cache, "key", source)
    assert cache.peek("key") is hit.entry
    clock.now += 10
    assert cache.peek("key") is None
    assert source.fetches == 1


async def test_an_object_known_to_be_missing_is_not_asked_for_again(clock: Clock) -> None:
    cache, fetches = reading(clock), 0

    async def missing() -> Fetched:
        nonlocal fetches
        fetches += 1
        return Fetched(None, Freshness(3))

    assert told(await get(cache, "key", missing)) == (None, State.FRESH, "miss")
    assert told(await get(cache, "key", missing)) == (None, State.FRESH, "fresh")
    assert fetches == 1


async def test_a_hundred_readers_of_one_cold_key_make_one_fetch(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    hits = await asyncio.gather(*[get(cache, "key", source) for _ in range(100)])
    assert [hit.source for hit in hits] == ["miss"] + ["shared"] * 99
    assert len({hit.entry for hit in hits}) == 1
    assert source.fetches == 1


async def test_a_stale_entry_is_served_while_one_refresh_runs(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    await get(cache, "key", source)
    clock.now += 10
    gate = source.shut()
    hits = [await get(cache, "key", source) for _ in range(100)]
    await settle()
    assert {told(hit) for hit in hits} == {(1, State.STALE, "stale")}
    assert source.fetches == 2
    gate.set()
    await settle()
    assert told(await get(cache, "key", source)) == (2, State.FRESH, "fresh")
    assert source.fetches == 2


async def test_a_reader_of_an_entry_that_expired_joins_the_refresh_under_way(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    await get(cache, "key", source)
    clock.now += 29
    gate = source.shut()
    await get(cache, "key", source)
    await settle()
    clock.now += 1
    late = asyncio.create_task(get(cache, "key", source))
    await settle()
    gate.set()
    assert told(await late) == (2, State.FRESH, "shared")
    assert source.fetches == 2


async def test_a_reader_that_leaves_does_not_end_the_refresh_it_joined(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    await get(cache, "key", source)
    clock.now += 29
    gate = source.shut()
    await get(cache, "key", source)
    clock.now += 1
    leaver = asyncio.create_task(get(cache, "key", source))
    await settle()
    leaver.cancel()
    await settle()
    gate.set()
    await settle()
    assert (source.fetches, source.cancelled) == (2, 0)
    assert cache.peek("key") is not None


async def test_no_more_refreshes_than_allowed_run_at_once_and_all_are_served(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    for key in "abc":
        await get(cache, key, source)
    clock.now += 10
    source.shut()
    hits = [await get(cache, key, source) for key in "abc"]
    await settle()
    assert [hit.source for hit in hits] == ["stale"] * 3
    assert source.fetches == 3 + 2
    await cache.aclose()


async def test_an_expired_entry_is_waited_for(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    await get(cache, "key", source)
    clock.now += 30
    assert told(await get(cache, "key", source)) == (2, State.FRESH, "miss")


async def test_an_answer_that_may_not_be_kept_is_given_to_those_who_wait(clock: Clock) -> None:
    cache, source = reading(clock), Source(Freshness(0))
    hits = await asyncio.gather(*[get(cache, "key", source) for _ in range(3)])
    assert [told(hit) for hit in hits] == [
        (1, State.EXPIRED, "miss"),
        (1, State.EXPIRED, "shared"),
        (1, State.EXPIRED, "shared"),
    ]
    assert (await get(cache, "key", source)).entry.value == 2


async def test_with_the_cache_off_readers_share_flights_and_nothing_is_kept(clock: Clock) -> None:
    cache, source = reading(clock, NullStore()), Source()
    hits = await asyncio.gather(*[get(cache, "key", source) for _ in range(3)])
    assert [hit.source for hit in hits] == ["miss", "shared", "shared"]
    assert cache.peek("key") is None
    assert told(await get(cache, "key", source)) == (2, State.FRESH, "miss")


async def test_the_last_reader_that_leaves_ends_the_fetch_and_nothing_is_kept(
    clock: Clock,
) -> None:
    cache, source = reading(clock), Source()
    source.shut()
    readers = [asyncio.create_task(get(cache, "key", source)) for _ in range(2)]
    await settle()
    readers[0].cancel()
    await settle()
    assert source.cancelled == 0
    readers[1].cancel()
    await settle()
    assert source.cancelled == 1
    assert other_tasks() == set()
    source.gate.set()
    assert told(await get(cache, "key", source)) == (2, State.FRESH, "miss")


async def test_an_answer_is_kept_even_if_all_leave_while_it_is_stored(clock: Clock) -> None:
    store, source = SlowStore(clock), Source()
    cache = reading(clock, store)
    readers = [asyncio.create_task(get(cache, "key", source)) for _ in range(2)]
    await settle()
    for reader in readers:
        reader.cancel()
    await settle()
    store.gate.set()
    await settle()
    assert store.sets == 1
    assert told(await get(cache, "key", source)) == (1, State.FRESH, "fresh")
    assert source.fetches == 1


async def test_a_kept_value_is_the_same_object_for_every_reader(clock: Clock) -> None:
    memory = MemoryCache(10, 1_000, clock)
    value = {"call_id": "call_1"}
    await memory.set("key", Entry.of(Fetched(value, Freshness(10), size=20), clock()))
    hit = await get(reading(clock, memory), "key", Source())
    assert hit.entry.value is value


async def test_closing_leaves_no_task_behind(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    await get(cache, "stale", source)
    clock.now += 10
    source.shut()
    await get(cache, "stale", source)
    readers = [asyncio.create_task(get(cache, "cold", source)) for _ in range(2)]
    await settle()
    assert source.fetches == 3
    await cache.aclose()
    assert source.cancelled == 2
    for reader in readers:
        with pytest.raises(FlightCancelledError):
            await reader
    assert other_tasks() == set()


async def test_a_closed_cache_still_serves_what_it_has_and_fetches_nothing(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    await get(cache, "key", source)
    await cache.aclose()
    assert told(await get(cache, "key", source)) == (1, State.FRESH, "fresh")
    clock.now += 10
    assert told(await get(cache, "key", source)) == (1, State.STALE, "stale")
    with pytest.raises(FlightCancelledError):
        await get(cache, "another key", source)
    assert source.fetches == 1
