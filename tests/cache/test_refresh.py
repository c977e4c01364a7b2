from __future__ import annotations

import asyncio

import pytest

from gateway.cache.refresh import Pauses, Refreshes

from .source import Clock, OutageError, other_tasks, settle


class Work:
    def __init__(self) -> None:
        self.runs = 0
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self) -> None:
        self.runs += 1
        await self.gate.wait()
        if self.error is not None:
            raise self.error


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pauses(clock: Clock) -> Pauses:
    return Pauses(clock, seconds=2, limit=3)


def test_a_pause_ends(pauses: Pauses, clock: Clock) -> None:
    pauses.begin("key")
    clock.now += 1.9
    assert "key" in pauses
    assert "other key" not in pauses
    clock.now += 0.1
    assert "key" not in pauses


def test_a_pause_can_begin_again(pauses: Pauses, clock: Clock) -> None:
    pauses.begin("key")
    clock.now += 1.9
    pauses.begin("key")
    clock.now += 1.9
    assert "key" in pauses


def test_over_the_limit_the_oldest_pause_is_forgotten(pauses: Pauses) -> None:
    for key in "abac":
        pauses.begin(key)
    pauses.begin("d")
    assert [key for key in "abcd" if key in pauses] == ["a", "c", "d"]
    assert len(pauses) == 3


def test_pauses_that_ended_are_forgotten_when_another_begins(pauses: Pauses, clock: Clock) -> None:
    pauses.begin("a")
    pauses.begin("b")
    clock.now += 2
    pauses.begin("c")
    assert len(pauses) == 1


async def test_one_key_is_refreshed_once_at_a_time(pauses: Pauses) -> None:
    refreshes, work = Refreshes(pauses, limit=2), Work()
    refreshes.start("key", work)
    refreshes.start("key", work)
    await settle()
    assert work.runs == 1
    work.gate.set()
    await settle()
    refreshes.start("key", work)
    await settle()
    assert work.runs == 2


async def test_over_the_limit_nothing_is_refreshed(pauses: Pauses) -> None:
    refreshes, work = Refreshes(pauses, limit=2), Work()
    for key in "abc":
        refreshes.start(key, work)
    await settle()
    assert work.runs == 2
    await refreshes.aclose()


async def test_a_failed_refresh_is_reported_and_pauses_its_key(
    pauses: Pauses, clock: Clock
) -> None:
    reported: list[tuple[str, Exception]] = []
    refreshes = Refreshes(pauses, limit=2, on_error=lambda *told: reported.append(told))
    work = Work()
    work.error = OutageError("out")
    work.gate.set()
    refreshes.start("key", work)
    await settle()
    assert reported == [("key", work.error)]
    refreshes.start("key", work)
    await settle()
    assert work.runs == 1
    clock.now += 2
    refreshes.start("key", work)
    await settle()
    assert work.runs == 2


async def test_a_failed_refresh_need_not_be_reported_to_anyone(pauses: Pauses) -> None:
    refreshes, work = Refreshes(pauses, limit=2), Work()
    work.error = OutageError("out")
    work.gate.set()
    refreshes.start("key", work)
    await settle()
    assert "key" in pauses
    assert other_tasks() == set()


async def test_closing_cancels_refreshes_and_starts_none_after(pauses: Pauses) -> None:
    refreshes, work = Refreshes(pauses, limit=2), Work()
    refreshes.start("key", work)
    await settle()
    await refreshes.aclose()
    assert other_tasks() == set()
    refreshes.start("key", work)
    await settle()
    assert work.runs == 1
    assert "key" not in pauses
