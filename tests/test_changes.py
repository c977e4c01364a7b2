"""Changes end, and one that has a name is made once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from gateway import changes as limits
from gateway.changes import Changes, Named
from gateway.errors import BadUserInput, NotFound, OutcomeUnknown, UpstreamUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


ONE = Named("tenant", "ann", "first-change")


@dataclass
class Told:
    """An outcome: which of them, and what it weighs."""

    number: int
    held: int = 1


class Counted:
    """A change that counts how often it was begun, and fails with what is to come first."""

    def __init__(self, *errors: Exception, held: int = 1) -> None:
        self.errors = [*errors]
        self.held = held
        self.begun = 0

    async def __call__(self) -> Told:
        self.begun += 1
        await asyncio.sleep(0)
        if self.errors:
            raise self.errors.pop(0)
        return Told(self.begun, self.held)


class Time:
    """Seconds, moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def still() -> Changes:
    return Changes(Time())


async def test_closing_waits_for_changes_whatever_comes_of_them() -> None:
    changes, opened = still(), asyncio.Event()

    async def fail() -> Told:
        await opened.wait()
        raise NotFound("gone")

    running = asyncio.create_task(changes.run(fail))
    await turns()
    closing = asyncio.create_task(changes.aclose())
    await turns()
    assert not closing.done()
    opened.set()
    await closing
    with pytest.raises(NotFound):
        await running
    assert changes._running == set()


async def test_a_change_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(UpstreamUnavailable):
        await still().run(Counted(UpstreamUnavailable("no")))
    (record,) = caplog.records
    assert (record.message, vars(record)["error"]) == ("a change failed", "UpstreamUnavailable")


async def test_changes_without_a_name_are_each_made() -> None:
    changes, change = still(), Counted()
    assert [(await changes.run(change, "same")).number for _ in range(2)] == [1, 2]


async def test_a_named_change_is_made_once_and_told_again() -> None:
    changes, change = still(), Counted()
    first, same = await asyncio.gather(*(changes.run(change, "same", ONE) for _ in range(2)))
    assert first is same is await changes.run(change, "same", ONE)
    assert change.begun == 1


async def test_one_whose_caller_left_is_not_made_again() -> None:
    changes, change = still(), Counted()
    leaving = asyncio.create_task(changes.run(change, "same", ONE))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await changes.run(change, "same", ONE)).number == 1
    assert change.begun == 1


async def test_another_change_under_the_same_name_is_refused_and_not_made() -> None:
    changes, change, other = still(), Counted(), Counted()
    await changes.run(change, "same", ONE)
    with pytest.raises(BadUserInput, match="another change") as refused:
        await changes.run(other, "another", ONE)
    assert (refused.value.field, other.begun) == ("clientMutationId", 0)


@pytest.mark.parametrize(
    "other", [Named("other", "ann", ONE.name), Named("tenant", "bob", ONE.name)]
)
async def test_names_of_others_are_others(other: Named) -> None:
    changes, change = still(), Counted()
    await changes.run(change, "same", ONE)
    assert (await changes.run(change, "same", other)).number == 2


async def test_one_that_came_to_nothing_may_be_made_again() -> None:
    changes, change = still(), Counted(NotFound("no such call"))
    with pytest.raises(NotFound):
        await changes.run(change, "same", ONE)
    assert (await changes.run(change, "same", ONE)).number == 2


@pytest.mark.parametrize("error", [OutcomeUnknown("perhaps"), ZeroDivisionError()])
async def test_one_of_which_nobody_knows_is_not_made_again(error: Exception) -> None:
    changes, change = still(), Counted(error)
    for _ in range(2):
        with pytest.raises(type(error)):
            await changes.run(change, "same", ONE)
    assert change.begun == 1


async def test_after_an_hour_a_name_is_free_again() -> None:
    time = Time()
    changes, change = Changes(time), Counted()
    await changes.run(change, "same", ONE)
    time.now = 3599.0
    assert (await changes.run(change, "same", ONE)).number == 1
    time.now = 3600.0
    assert (await changes.run(change, "another", ONE)).number == 2


async def named(changes: Changes, change: Counted, tenant: str, number: int) -> Told:
    return await changes.run(change, "same", Named(tenant, "ann", f"change-{number}"))


async def test_of_one_tenant_so_many_are_kept_and_the_oldest_goes() -> None:
    changes, change = still(), Counted()
    await named(changes, change, "other", 0)
    for number in range(limits.MOST_OF_TENANT + 1):
        await named(changes, change, "tenant", number)
    assert (await named(changes, change, "other", 0)).number == 1
    assert (await named(changes, change, "tenant", 1)).number == 3
    begun = change.begun
    assert (await named(changes, change, "tenant", 0)).number == begun + 1


async def test_of_all_tenants_so_many_are_kept() -> None:
    changes, change = still(), Counted()
    for number in range(limits.MOST + 1):
        await named(changes, change, f"tenant-{number}", 0)
    assert len(changes._known) == limits.MOST
    assert (await named(changes, change, "tenant-1", 0)).number == 2
    assert (await named(changes, change, "tenant-0", 0)).number == limits.MOST + 2
    assert set(changes._of_tenant.values()) == {1}


async def test_outcomes_weigh_only_so_much() -> None:
    changes, change = still(), Counted(held=limits.MOST_BYTES // 2)
    for number in range(3):
        await named(changes, change, "tenant", number)
    assert [key.name for key in changes._known] == ["change-1", "change-2"]
    assert changes._bytes == 2 * (limits.MOST_BYTES // 2)


async def test_what_is_under_way_is_not_forgotten() -> None:
    changes, opened = still(), asyncio.Event()

    def waiting(number: int) -> Callable[[], Coroutine[Any, Any, Told]]:
        async def wait() -> Told:
            await opened.wait()
            return Told(number)

        return wait

    most = limits.MOST_OF_TENANT + 1
    under_way = [
        asyncio.create_task(changes.run(waiting(n), "same", Named("tenant", "ann", f"change-{n}")))
        for n in range(most)
    ]
    await turns()
    assert len(changes._known) == most
    opened.set()
    assert [told.number for told in await asyncio.gather(*under_way)] == list(range(most))


async def test_an_outcome_that_is_forgotten_while_it_comes_weighs_nothing() -> None:
    time = Time()
    changes, opened = Changes(time), asyncio.Event()

    async def wait() -> Told:
        await opened.wait()
        return Told(1, held=100)

    slow = asyncio.create_task(changes.run(wait, "same", ONE))
    await turns()
    time.now = 3600.0
    await changes.run(Counted(held=7), "another", ONE)
    opened.set()
    await slow
    assert changes._bytes == 7
