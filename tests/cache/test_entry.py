"""Freshness in the words of RFC 5861: https://www.rfc-editor.org/rfc/rfc5861"""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cache.entry import (
    Entry,
    Fetched,
    Freshness,
    State,
    age,
    state,
    usable_on_error,
)

seconds = st.floats(min_value=0, max_value=1e9)
freshnesses = st.builds(Freshness, seconds, seconds, seconds)


def stored(*life: float) -> Entry:
    return Entry.of(Fetched("value", Freshness(*life)), 1_000)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (1_000, State.FRESH),
        (1_009.9, State.FRESH),
        (1_010, State.STALE),
        (1_029.9, State.STALE),
        (1_030, State.EXPIRED),
        (1_000_000, State.EXPIRED),
    ],
)
def test_an_entry_is_fresh_then_stale_then_expired(now: float, expected: State) -> None:
    assert state(stored(10, 20), now) is expected


def test_without_stale_while_revalidate_an_entry_goes_from_fresh_to_expired() -> None:
    assert state(stored(10), 1_010) is State.EXPIRED


def test_an_answer_of_no_age_is_never_fresh() -> None:
    assert state(stored(0), 1_000) is State.EXPIRED


@pytest.mark.parametrize(("now", "usable"), [(1_000, True), (1_039.9, True), (1_040, False)])
def test_an_entry_may_serve_in_an_outage_until_stale_if_error_ends(
    now: float, usable: bool
) -> None:
    assert usable_on_error(stored(10, 20, 30), now) is usable


def test_stale_while_revalidate_does_not_lengthen_stale_if_error() -> None:
    assert usable_on_error(stored(10, 20), 1_015) is False


def test_an_entry_is_kept_until_no_rule_lets_it_be_served() -> None:
    assert stored(10, 20, 30).kept_until == 1_040
    assert stored(10, 30, 20).kept_until == 1_040
    assert stored(inf).kept_until == inf


def test_age_counts_from_storing_and_is_never_negative() -> None:
    assert age(stored(10), 1_004) == 4
    assert age(stored(10), 900) == 0


def test_a_cap_takes_from_the_end() -> None:
    freshness = Freshness(10, 20, 30)
    assert freshness.capped(100) == freshness
    assert freshness.capped(35) == Freshness(10, 20, 25)
    assert freshness.capped(12) == Freshness(10, 2, 2)
    assert freshness.capped(4) == Freshness(4, 0, 0)


def test_a_cap_that_has_passed_already_leaves_nothing() -> None:
    assert Freshness(10, 20, 30).capped(-5) == Freshness(0, 0, 0)


@given(freshnesses, seconds)
def test_nothing_outlives_its_cap(freshness: Freshness, limit: float) -> None:
    capped = freshness.capped(limit)
    assert capped.life == pytest.approx(min(freshness.life, limit))
    assert capped.max_age <= freshness.max_age
    assert capped.stale_while_revalidate <= freshness.stale_while_revalidate
    assert capped.stale_if_error <= freshness.stale_if_error


@pytest.mark.parametrize("bad", [-1, -inf, nan])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_freshness_is_not_negative(bad: float, place: int) -> None:
    life = [1.0, 1.0, 1.0]
    life[place] = bad
    with pytest.raises(ValueError, match="0 seconds or more"):
        Freshness(*life)


def test_a_size_is_not_negative() -> None:
    with pytest.raises(ValueError, match="0 bytes or more"):
        Fetched("value", Freshness(1), size=-1)


def test_an_entry_takes_over_all_of_what_was_fetched() -> None:
    value = {"call_id": "call_1"}
    entry = Entry.of(Fetched(value, Freshness(10), frozenset({"tag"}), 77), 1_000)
    assert entry.value is value
    assert (entry.freshness, entry.tags, entry.size) == (Freshness(10), frozenset({"tag"}), 77)
    assert (entry.stored_at, entry.fresh_until) == (1_000, 1_010)


def test_equal_entries_are_still_two() -> None:
    entry, twin = stored(10), stored(10)
    assert entry != twin
    assert len({entry, twin}) == 2


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        stored(10).stored_at = 2_000  # type: ignore[misc]  # the point of the test
