"""Reading while the source is out: https://www.rfc-editor.org/rfc/rfc5861#section-4"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from gateway.cache.entry import State

from .source import (
    Clock,
    HoardingStore,
    OutageError,
    RefusedError,
    SlowStore,
    Source,
    get,
    reading,
    settle,
)

if TYPE_CHECKING:
    from gateway.cache.read_through import ReadThrough


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source() -> Source:
    return Source()


async def expired(cache: ReadThrough, source: Source, clock: Clock, error: Exception) -> None:
    """Leave an entry under `key` that has just expired, and a source that fails."""
    await get(cache, "key", source)
    clock.now += 30
    source.error = error


async def test_in_an_outage_the_old_entry_is_served(clock: Clock, source: Source) -> None:
    cache = reading(clock)
    await expired(cache, source, clock, OutageError())
    hit = await get(cache, "key", source)
    assert (hit.entry.value, hit.state, hit.source) == (1, State.EXPIRED, "error")
    assert source.fetches == 2


async def test_all_who_shared_the_fetch_that_failed_are_served(
    clock: Clock, source: Source
) -> None:
    cache = reading(clock)
    await expired(cache, source, clock, OutageError())
    hits = await asyncio.gather(*[get(cache, "key", source) for _ in range(100)])
    assert {(hit.entry.value, hit.source) for hit in hits} == {(1, "error")}
    assert source.fetches == 2


async def test_an_outage_is_not_hammered(clock: Clock, source: Source) -> None:
    cache = reading(clock)
    await expired(cache, source, clock, OutageError())
    await get(cache, "key", source)
    clock.now += 1.9
    assert (await get(cache, "key", source)).source == "error"
    assert source.fetches == 2
    clock.now += 0.1
    assert (await get(cache, "key", source)).source == "error"
    assert source.fetches == 3


async def test_after_an_outage_the_next_reader_fetches(clock: Clock, source: Source) -> None:
    cache = reading(clock)
    await expired(cache, source, clock, OutageError())
    await get(cache, "key", source)
    clock.now += 2
    source.error = None
    hit = await get(cache, "key", source)
    assert (hit.entry.value, hit.state, hit.source) == (3, State.FRESH, "miss")


async def test_past_stale_if_error_an_outage_is_an_error(clock: Clock, source: Source) -> None:
    cache = reading(clock)
    await expired(cache, source, clock, OutageError())
    await get(cache, "key", source)
    clock.now += 39.9
    assert (await get(cache, "key", source)).source == "error"
    clock.now += 0.1
    with pytest.raises(OutageError):
        await get(cache, "key", source)


async def test_what_a_store_still_has_past_all_use_is_not_served(
    clock: Clock, source: Source
) -> None:
    cache = reading(clock, HoardingStore())
    await expired(cache, source, clock, OutageError())
    clock.now += 39.9
    assert (await get(cache, "key", source)).source == "error"
    clock.now += 0.1  # fetches are pausing, but nothing is left to be served meanwhile
    with pytest.raises(OutageError):
        await get(cache, "key", source)
    assert source.fetches == 3


async def test_with_no_entry_an_outage_is_an_error_for_every_reader(
    clock: Clock, source: Source
) -> None:
    cache = reading(clock)
    source.error = OutageError()
    results = await asyncio.gather(
        *[get(cache, "key", source) for _ in range(3)], return_exceptions=True
    )
    assert results == [source.error] * 3
    assert source.fetches == 1


async def test_an_error_is_not_kept(clock: Clock, source: Source) -> None:
    cache = reading(clock)
    source.error = OutageError()
    with pytest.raises(OutageError):
        await get(cache, "key", source)
    source.error = None
    assert (await get(cache, "key", source)).source == "miss"
    assert source.fetches == 2


async def test_an_error_that_is_no_outage_is_not_covered_up(clock: Clock, source: Source) -> None:
    cache = reading(clock)
    await expired(cache, source, clock, RefusedError())
    for _ in range(2):
        with pytest.raises(RefusedError):
            await get(cache, "key", source)
    assert source.fetches == 3


async def test_a_failed_refresh_is_reported_and_the_stale_entry_served(
    clock: Clock, source: Source
) -> None:
    reported: list[tuple[str, Exception]] = []
    cache = reading(clock, on_refresh_error=lambda *told: reported.append(told))
    await get(cache, "key", source)
    clock.now += 10
    source.error = OutageError()
    for _ in range(3):
        assert (await get(cache, "key", source)).source == "stale"
        await settle()
    assert reported == [("key", source.error)]
    assert source.fetches == 2
    clock.now += 2
    source.error = None
    assert (await get(cache, "key", source)).source == "stale"
    await settle()
    assert (await get(cache, "key", source)).source == "fresh"
    assert source.fetches == 3


async def test_what_a_refresh_is_refused_is_not_served_again(clock: Clock, source: Source) -> None:
    cache = reading(clock)
    await get(cache, "key", source)
    clock.now += 10
    source.error = RefusedError()
    assert (await get(cache, "key", source)).source == "stale"
    await settle()
    with pytest.raises(RefusedError):
        await get(cache, "key", source)


async def test_what_may_bridge_an_outage_is_given_and_spares_the_source(
    clock: Clock, source: Source
) -> None:
    cache = reading(clock)
    assert await cache.bridge("key") is None
    await get(cache, "key", source)
    assert cache.has("key")
    clock.now += 29
    assert cache.has("key")
    clock.now += 1
    assert not cache.has("key")
    hit = await cache.bridge("key")
    assert hit is not None
    assert (hit.entry.value, hit.source) == (1, "error")
    assert (await get(cache, "key", source)).source == "error"
    assert source.fetches == 1


async def test_a_failed_refresh_spares_the_reader_that_comes_after_expiry_a_fetch(
    clock: Clock, source: Source
) -> None:
    cache = reading(clock)
    await get(cache, "key", source)
    clock.now += 29
    source.error = OutageError()
    await get(cache, "key", source)
    await settle()
    clock.now += 1
    assert (await get(cache, "key", source)).source == "error"
    assert source.fetches == 2


async def test_a_refresh_that_ends_with_the_process_has_not_failed(
    clock: Clock, source: Source
) -> None:
    reported: list[str] = []
    cache = reading(clock, on_refresh_error=lambda key, _: reported.append(key))
    await get(cache, "key", source)
    clock.now += 10
    source.shut()
    await get(cache, "key", source)
    await settle()
    await cache.aclose()
    await settle()
    assert (source.cancelled, reported) == (1, [])


async def test_an_entry_purged_during_the_failing_fetch_is_not_served(
    clock: Clock, source: Source
) -> None:
    cache = reading(clock)
    await expired(cache, source, clock, OutageError())
    gate = source.shut()
    reader = asyncio.create_task(get(cache, "key", source))
    await settle()
    await cache.purge(["key:tag"])
    gate.set()
    with pytest.raises(OutageError):
        await reader


async def test_an_outage_is_bridged_from_a_distant_store_too(clock: Clock, source: Source) -> None:
    store = SlowStore(clock)
    store.gate.set()
    cache = reading(clock, store)
    await expired(cache, source, clock, OutageError())
    assert (await get(cache, "key", source)).source == "error"
