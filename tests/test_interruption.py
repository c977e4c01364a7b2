"""What an interruption may swallow, and what it may not: the rules of `asyncio.timeout`."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from gateway.interruption import Interruption, TimeLimit


class Stopped(Exception):
    pass


async def waiting(interruption: Interruption, started: asyncio.Event) -> str:
    with interruption:
        started.set()
        await asyncio.Event().wait()
    raise AssertionError("never reached")


async def test_fire_ends_the_scope_with_its_reason() -> None:
    interruption, started = Interruption(Stopped), asyncio.Event()
    task = asyncio.create_task(waiting(interruption, started))
    await started.wait()
    interruption.fire()
    interruption.fire()
    with pytest.raises(Stopped):
        await task
    assert task.cancelling() == 0


async def test_a_scope_that_is_not_fired_changes_nothing() -> None:
    with Interruption(Stopped):
        await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_fire_outside_of_the_scope_is_without_effect() -> None:
    interruption = Interruption(Stopped)
    interruption.fire()
    with interruption:
        await asyncio.sleep(0)
    interruption.fire()
    await asyncio.sleep(0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_cancellation_from_outside_goes_on() -> None:
    interruption, started = Interruption(Stopped), asyncio.Event()
    task = asyncio.create_task(waiting(interruption, started))
    await started.wait()
    interruption.fire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_another_error_of_the_scope_is_kept() -> None:
    interruption, started = Interruption(Stopped), asyncio.Event()

    async def failing() -> None:
        with interruption:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                raise LookupError

    task = asyncio.create_task(failing())
    await started.wait()
    interruption.fire()
    with pytest.raises(LookupError):
        await task


async def test_a_scope_that_ends_well_in_spite_of_it_ended_well() -> None:
    interruption, started = Interruption(Stopped), asyncio.Event()

    async def stubborn() -> str:
        with interruption:
            started.set()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        return "done"

    task = asyncio.create_task(stubborn())
    await started.wait()
    interruption.fire()
    assert await task == "done"
    assert task.cancelling() == 0


async def test_a_time_limit_ends_what_takes_longer() -> None:
    with pytest.raises(TimeoutError), TimeLimit(0.01):
        await asyncio.Event().wait()


async def test_a_time_limit_leaves_alone_what_is_done_in_time() -> None:
    with TimeLimit(0.01):
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_time_that_is_over_already_ends_at_the_first_wait() -> None:
    with pytest.raises(TimeoutError), TimeLimit(0):
        await asyncio.Event().wait()


async def test_a_cancellation_from_outside_goes_through_a_time_limit() -> None:
    async def limited() -> None:
        with TimeLimit(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(limited())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_exception_goes_through_a_time_limit() -> None:
    with pytest.raises(LookupError), TimeLimit(60):
        raise LookupError
