"""`gateway.http.begun`: a coroutine that has begun is the same coroutine."""

from __future__ import annotations

import asyncio

import pytest

from gateway.http.begun import Rest, begin
from gateway.interruption import TimeLimit


async def at_once() -> str:
    return "here"


async def after(event: asyncio.Event, turns: int = 1) -> str:
    for _ in range(turns):
        await event.wait()
        await asyncio.sleep(0)
    return "later"


async def failing(event: asyncio.Event) -> str:
    await event.wait()
    raise LookupError("lost")


async def test_what_is_there_needs_no_waiting() -> None:
    assert begin(at_once()) == "here"


async def test_what_is_not_there_is_waited_for() -> None:
    event = asyncio.Event()
    rest = begin(after(event, turns=3))
    assert isinstance(rest, Rest)
    asyncio.get_running_loop().call_later(0.01, event.set)
    assert await rest == "later"


async def test_an_exception_comes_out_of_it() -> None:
    event = asyncio.Event()
    rest = begin(failing(event))
    assert isinstance(rest, Rest)
    event.set()
    with pytest.raises(LookupError, match="lost"):
        await rest


def test_an_exception_at_once_comes_out_at_once() -> None:
    async def broken() -> str:
        raise LookupError("lost")

    with pytest.raises(LookupError):
        begin(broken())


async def test_a_cancellation_reaches_it_and_time_limits_hold() -> None:
    cancelled: list[bool] = []

    async def never() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        raise AssertionError("never reached")

    rest = begin(never())
    assert isinstance(rest, Rest)
    with pytest.raises(TimeoutError), TimeLimit(0.01):
        await rest
    assert cancelled == [True]


async def test_it_may_handle_a_cancellation_and_go_on() -> None:
    event = asyncio.Event()

    async def stubborn() -> str:
        try:
            await event.wait()
        except asyncio.CancelledError:
            return "after all"
        raise AssertionError("never reached")

    rest = begin(stubborn())
    assert isinstance(rest, Rest)

    async def waiting() -> str:
        return await rest

    task = asyncio.create_task(waiting())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "after all"
