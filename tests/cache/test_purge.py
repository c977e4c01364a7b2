"""Whoever reads after a purge never sees what was fetched before it."""

from __future__ import annotations

import asyncio

import pytest

from .source import Clock, SlowStore, Source, get, other_tasks, promptly, reading, settle


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_what_has_the_tag_is_fetched_anew_and_the_rest_is_kept(clock: Clock) -> None:
    cache = reading(clock)
    touched, other = Source(tags=frozenset({"one", "two"})), Source(tags=frozenset({"three"}))
    await get(cache, "touched", touched)
    await get(cache, "other", other)
    await cache.purge(["two", "unheard of"])
    assert cache.peek("touched") is None
    assert (await get(cache, "touched", touched)).source == "miss"
    assert (await get(cache, "other", other)).source == "fresh"
    assert (touched.fetches, other.fetches) == (2, 1)


async def test_a_fetch_in_the_air_is_neither_joined_nor_kept(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    first_gate = source.shut()
    before = asyncio.create_task(get(cache, "key", source))
    await settle()
    await cache.purge(["key:tag"])
    source.shut().set()
    after = await promptly(get(cache, "key", source))
    assert (after.entry.value, after.source) == (2, "miss")
    first_gate.set()
    assert (await before).entry.value == 1
    assert cache.peek("key") is after.entry
    assert source.fetches == 2


async def test_a_fetch_that_lands_after_a_purge_leaves_nothing_behind(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    gate = source.shut()
    before = asyncio.create_task(get(cache, "key", source))
    await settle()
    await cache.purge(["key:tag"])
    gate.set()
    await before
    assert cache.peek("key") is None


async def test_a_fetch_in_the_air_that_the_purge_does_not_touch_is_kept(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    gate = source.shut()
    before = asyncio.create_task(get(cache, "key", source))
    await settle()
    await cache.purge(["key:another tag"])
    gate.set()
    await before
    assert (await get(cache, "key", source)).source == "fresh"
    assert source.fetches == 1


async def test_an_older_fetch_that_lands_last_does_not_replace_the_newer(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    first_gate = source.shut()
    first = asyncio.create_task(get(cache, "key", source))
    await settle()
    await cache.purge(["key:another tag"])
    source.shut().set()
    second = await promptly(get(cache, "key", source))
    first_gate.set()
    await first
    assert cache.peek("key") is second.entry


async def test_a_refresh_in_the_air_does_not_bring_back_what_was_purged(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    await get(cache, "key", source)
    clock.now += 10
    gate = source.shut()
    await get(cache, "key", source)
    await settle()
    await cache.purge(["key:tag"])
    gate.set()
    await settle()
    assert source.fetches == 2
    assert cache.peek("key") is None
    assert other_tasks() == set()


async def test_a_fetch_that_was_detached_ends_with_its_last_reader(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    source.shut()
    before = asyncio.create_task(get(cache, "key", source))
    await settle()
    await cache.purge(["key:tag"])
    before.cancel()
    await settle()
    assert source.cancelled == 1
    assert other_tasks() == set()


async def test_a_purge_takes_what_was_still_on_its_way_to_a_distant_store(clock: Clock) -> None:
    store, source = SlowStore(clock), Source()
    cache = reading(clock, store)
    reader = asyncio.create_task(get(cache, "key", source))
    await settle()
    purge = asyncio.create_task(cache.purge(["key:tag"]))
    await settle()
    store.gate.set()
    await reader
    await purge
    assert store.sets == 1
    assert (await get(cache, "key", source)).source == "miss"


async def test_a_purge_of_no_tags_changes_nothing(clock: Clock) -> None:
    cache, source = reading(clock), Source()
    await get(cache, "key", source)
    await cache.purge([])
    assert cache.peek("key") is not None


async def test_a_purge_leaves_the_fetches_of_other_tenants_to_be_joined(clock: Clock) -> None:
    cache, source = reading(clock), Source(tags=frozenset({"theirs:tag"}))
    gate = source.shut()
    first = asyncio.create_task(get(cache, "theirs:key", source))
    await settle()
    await cache.purge(["key:tag"])
    second = asyncio.create_task(get(cache, "theirs:key", source))
    await settle()
    gate.set()
    assert [(await first).source, (await second).source] == ["miss", "shared"]
    assert source.fetches == 1
