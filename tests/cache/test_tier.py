from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.cache.entry import Entry, Fetched, Freshness
from gateway.cache.tier import NullStore

from .source import at_once

if TYPE_CHECKING:
    from gateway.cache.tier import Tier


def test_a_null_store_keeps_nothing() -> None:
    store: Tier = NullStore()
    at_once(store.set("key", Entry.of(Fetched("value", Freshness(10)), 1_000)))
    at_once(store.purge(["tag"]))
    assert (store.peek("key"), at_once(store.get("key"))) == (None, None)
