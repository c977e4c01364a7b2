"""The memory cache against the simplest thing that does the same: a list, searched through."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.cache.entry import Entry, Fetched, Freshness
from gateway.cache.memory import MemoryCache

from .source import Clock, at_once

keys = st.sampled_from("abcdefgh")
tags = st.frozensets(st.sampled_from(["one", "two", "three"]))


class MemoryMachine(RuleBasedStateMachine):
    @initialize(max_entries=st.integers(0, 5), max_bytes=st.integers(0, 60))
    def start(self, max_entries: int, max_bytes: int) -> None:
        self.limits = max_entries, max_bytes
        self.clock = Clock()
        self.cache = MemoryCache(max_entries, max_bytes, self.clock)
        self.model: list[tuple[str, Entry]] = []  # the least recently used comes first

    def found(self, key: str) -> Entry | None:
        return next((entry for known, entry in self.model if known == key), None)

    def forget(self, *gone: str) -> None:
        self.model = [(key, entry) for key, entry in self.model if key not in gone]

    def bytes_of_model(self) -> int:
        return sum(entry.size for _, entry in self.model)

    @rule(key=keys, size=st.integers(0, 70), tags=tags, life=st.integers(0, 20))
    def put(self, key: str, size: int, tags: frozenset[str], life: int) -> None:
        entry = Entry.of(Fetched(None, Freshness(life), tags, size), self.clock())
        max_entries, max_bytes = self.limits
        self.forget(key)
        fits = size <= max_bytes and max_entries > 0 and life > 0
        if fits:
            self.model.append((key, entry))
        while len(self.model) > max_entries or self.bytes_of_model() > max_bytes:
            del self.model[0]
        assert at_once(self.cache.set(key, entry)) is fits

    @rule(key=keys)
    def look(self, key: str) -> None:
        entry = self.found(key)
        self.forget(key)
        if entry is not None and self.clock() - entry.stored_at < entry.freshness.max_age:
            self.model.append((key, entry))
        else:
            entry = None
        assert self.cache.peek(key) is entry

    @rule(key=keys)
    def delete(self, key: str) -> None:
        there = self.found(key) is not None
        self.forget(key)
        assert at_once(self.cache.delete(key)) == int(there)

    @rule(purged=tags)
    def purge(self, purged: frozenset[str]) -> None:
        gone = [key for key, entry in self.model if entry.tags & purged]
        self.forget(*gone)
        assert at_once(self.cache.purge(purged)) == len(gone)

    @rule(seconds=st.integers(1, 15))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @invariant()
    def holds_what_the_model_holds_in_the_same_order(self) -> None:
        assert list(self.cache._entries.items()) == self.model

    @invariant()
    def limits_are_kept(self) -> None:
        max_entries, max_bytes = self.limits
        assert len(self.cache) <= max_entries
        assert self.cache.bytes_held == self.bytes_of_model() <= max_bytes

    @invariant()
    def tags_lead_to_the_entries_that_are_there(self) -> None:
        index: dict[str, set[str]] = {}
        for key, entry in self.model:
            for tag in entry.tags:
                index.setdefault(tag, set()).add(key)
        assert self.cache._keys_by_tag == index


test_the_memory_cache_does_what_a_list_would = MemoryMachine.TestCase
MemoryMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
