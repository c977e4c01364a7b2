from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest
from aiocache.base import BaseCache

from gateway.cache.entry import Entry, Fetched, Freshness
from gateway.cache.memory import MemoryCache

from .source import Clock, at_once


def entry(value: object = "value", *tags: str, size: int = 10) -> Entry:
    return Entry.of(Fetched(value, Freshness(10, 20, 30), frozenset(tags), size), 1_000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> MemoryCache:
    return MemoryCache(3, 100, clock)


def held(cache: MemoryCache, *keys: str) -> list[str]:
    """Which of these keys are there; asks without using them."""
    return [key for key in keys if key in cache._entries]


def test_an_entry_that_was_set_is_there_for_a_look_and_for_aiocache(cache: MemoryCache) -> None:
    one = entry()
    assert at_once(cache.set("a", one)) is True
    assert cache.peek("a") is one
    assert at_once(cache.get("a")) is one
    assert isinstance(cache, BaseCache)


def test_a_key_that_is_not_there_is_none_or_the_default(cache: MemoryCache) -> None:
    assert cache.peek("a") is None
    assert at_once(cache.get("a", default="default")) == "default"


def test_a_value_of_none_is_not_a_miss(cache: MemoryCache) -> None:
    at_once(cache.set("missing", entry(None)))
    known = cache.peek("missing")
    assert known is not None
    assert known.value is None
    assert at_once(cache.exists("missing")) is True


def test_the_least_recently_used_entry_goes_first(cache: MemoryCache) -> None:
    for key in "abc":
        at_once(cache.set(key, entry()))
    cache.peek("a")
    at_once(cache.set("d", entry()))
    assert held(cache, "a", "b", "c", "d") == ["a", "c", "d"]


def test_reading_through_aiocache_is_a_use_as_well(cache: MemoryCache) -> None:
    for key in "abc":
        at_once(cache.set(key, entry()))
    at_once(cache.get("a"))
    at_once(cache.multi_get(["b"]))
    at_once(cache.set("d", entry()))
    assert held(cache, "a", "b", "c", "d") == ["a", "b", "d"]


def test_as_many_entries_go_as_the_bytes_of_a_new_one_need(cache: MemoryCache) -> None:
    for key in "abc":
        at_once(cache.set(key, entry(size=30)))
    at_once(cache.set("d", entry(size=70)))
    assert held(cache, "a", "b", "c", "d") == ["c", "d"]
    assert cache.bytes_held == 100


def test_an_entry_bigger_than_the_whole_limit_is_not_stored_and_drives_none_out(
    cache: MemoryCache,
) -> None:
    at_once(cache.set("a", entry()))
    assert at_once(cache.set("b", entry(size=101))) is False
    assert held(cache, "a", "b") == ["a"]


def test_an_entry_that_cannot_be_stored_still_ends_the_one_before_it(cache: MemoryCache) -> None:
    at_once(cache.set("a", entry("old")))
    at_once(cache.set("a", entry("new", size=101)))
    assert cache.peek("a") is None
    assert cache.bytes_held == 0


def test_a_new_entry_replaces_the_old_one_and_its_tags(cache: MemoryCache) -> None:
    at_once(cache.set("a", entry("old", "one", size=40)))
    at_once(cache.set("a", entry("new", "two", size=50)))
    assert (len(cache), cache.bytes_held) == (1, 50)
    assert at_once(cache.purge(["one"])) == 0
    assert at_once(cache.purge(["two"])) == 1


def test_a_cache_without_room_for_entries_stores_none(clock: Clock) -> None:
    cache = MemoryCache(0, 100, clock)
    assert at_once(cache.set("a", entry(size=0))) is False
    assert len(cache) == 0


def test_an_entry_past_all_use_is_dropped_when_asked_for(cache: MemoryCache, clock: Clock) -> None:
    at_once(cache.set("a", entry("value", "tag")))
    clock.now = 1_039.9
    assert cache.peek("a") is not None
    clock.now = 1_040
    assert cache.peek("a") is None
    assert (len(cache), cache.bytes_held, cache._keys_by_tag) == (0, 0, {})


def test_an_entry_past_all_use_is_not_stored(cache: MemoryCache, clock: Clock) -> None:
    clock.now = 1_040
    assert at_once(cache.set("a", entry())) is False
    assert len(cache) == 0


def test_an_answer_that_may_not_be_kept_at_all_is_not_stored(cache: MemoryCache) -> None:
    assert at_once(cache.set("a", replace(entry(), freshness=Freshness(0)))) is False


def test_a_purge_takes_what_has_one_of_the_tags_and_nothing_else(cache: MemoryCache) -> None:
    at_once(cache.set("a", entry("value", "one", "two")))
    at_once(cache.set("b", entry("value", "two")))
    at_once(cache.set("c", entry("value", "three")))
    assert at_once(cache.purge(["one", "two", "unheard of"])) == 2
    assert held(cache, "a", "b", "c") == ["c"]
    assert cache._keys_by_tag == {"three": {"c"}}


def test_the_tags_of_an_entry_that_went_are_forgotten(cache: MemoryCache) -> None:
    for key in "abcdefg":
        at_once(cache.set(key, entry("value", f"tag of {key}", "all")))
    assert cache._keys_by_tag == {
        "tag of e": {"e"},
        "tag of f": {"f"},
        "tag of g": {"g"},
        "all": {"e", "f", "g"},
    }


def test_values_are_shared_and_not_copied(cache: MemoryCache) -> None:
    value = {"call_id": "call_1"}
    at_once(cache.set("a", entry(value)))
    assert cast("Entry", cache.peek("a")).value is value


def test_no_command_is_wrapped_in_a_time_limit(cache: MemoryCache) -> None:
    assert cache.timeout == 0


def test_aiocache_can_set_get_and_delete_many(cache: MemoryCache) -> None:
    one, two = entry(), entry()
    assert at_once(cache.multi_set([("a", one), ("b", two)])) is True
    assert at_once(cache.multi_get(["a", "nothing", "b"])) == [one, None, two]
    assert at_once(cache.delete("a")) == 1
    assert at_once(cache.delete("a")) == 0
    assert at_once(cache.exists("a")) is False


def test_aiocache_can_add_once(cache: MemoryCache) -> None:
    at_once(cache.add("a", entry()))
    with pytest.raises(ValueError, match="already"):
        at_once(cache.add("a", entry()))


def test_aiocache_can_clear_one_namespace_or_all(cache: MemoryCache) -> None:
    at_once(cache.set("a", entry(), namespace="one:"))
    at_once(cache.set("b", entry(), namespace="two:"))
    at_once(cache.clear(namespace="one:"))
    assert held(cache, "one:a", "two:b") == ["two:b"]
    at_once(cache.clear())
    assert (len(cache), cache.bytes_held) == (0, 0)


def test_only_entries_are_kept(cache: MemoryCache) -> None:
    with pytest.raises(TypeError, match="only entries are kept, not str"):
        at_once(cache.set("a", "value"))


def test_a_ttl_beside_the_life_of_an_entry_is_refused(cache: MemoryCache) -> None:
    with pytest.raises(ValueError, match="no ttl"):
        at_once(cache.set("a", entry(), ttl=5))
    with pytest.raises(ValueError, match="no ttl"):
        at_once(cache.multi_set([("a", entry())], ttl=5))
