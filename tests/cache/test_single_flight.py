from __future__ import annotations

import asyncio
import gc
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from gateway.cache.single_flight import Flight, FlightCancelledError, SingleFlight

from .source import OutageError, other_tasks, settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

reader: ContextVar[str] = ContextVar("reader")


class Work:
    """Waits for its gate, then gives its number or raises; after that, lands slowly if told to."""

    def __init__(self) -> None:
        self.runs = 0
        self.ended: list[str] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None
        self.landing: asyncio.Event | None = None

    async def __call__(self, flight: Flight[int]) -> int:
        self.runs += 1
        number = self.runs
        try:
            await self.gate.wait()
            if self.error is not None:
                raise self.error
            flight.landed = True
            if self.landing is not None:
                await self.landing.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        self.ended.append("done")
        return number


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
async def flights() -> AsyncIterator[SingleFlight[int]]:
    """Fails a test after which a task is left, or an exception that nobody looked at."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
    flights: SingleFlight[int] = SingleFlight()
    yield flights
    await flights.aclose()
    gc.collect()
    assert (complaints, flights._flights, flights._tasks) == ([], {}, set())


async def readers(flights: SingleFlight[int], work: Work, count: int) -> list[asyncio.Task[Any]]:
    tasks = [asyncio.create_task(flights.run("key", work)) for _ in range(count)]
    await settle()
    return tasks


async def test_a_hundred_readers_of_one_key_are_one_fetch(
    flights: SingleFlight[int], work: Work
) -> None:
    tasks = await readers(flights, work, 100)
    work.gate.set()
    results = await asyncio.gather(*tasks)
    assert results == [(1, False)] + [(1, True)] * 99
    assert work.runs == 1


async def test_two_keys_are_two_fetches(flights: SingleFlight[int], work: Work) -> None:
    work.gate.set()
    one, two = await asyncio.gather(flights.run("one", work), flights.run("two", work))
    assert (one, two) == ((1, False), (2, False))


async def test_the_next_reader_after_a_landing_fetches_anew(
    flights: SingleFlight[int], work: Work
) -> None:
    work.gate.set()
    assert await flights.run("key", work) == (1, False)
    assert await flights.run("key", work) == (2, False)


async def test_a_fetch_outlives_its_first_reader(flights: SingleFlight[int], work: Work) -> None:
    first, second = await readers(flights, work, 2)
    first.cancel()
    await settle()
    work.gate.set()
    assert await second == (1, True)
    assert first.cancelled()
    assert work.ended == ["done"]


async def test_a_reader_that_leaves_among_others_disturbs_none(
    flights: SingleFlight[int], work: Work
) -> None:
    first, second, third = await readers(flights, work, 3)
    second.cancel()
    await settle()
    work.gate.set()
    assert (await first, await third) == ((1, False), (1, True))


async def test_the_last_reader_that_leaves_cancels_the_fetch(
    flights: SingleFlight[int], work: Work
) -> None:
    first, second = await readers(flights, work, 2)
    first.cancel()
    await settle()
    assert work.ended == []
    second.cancel()
    await settle()
    assert work.ended == ["cancelled"]
    assert other_tasks() == set()


async def test_a_new_reader_does_not_join_a_fetch_that_is_being_cancelled(
    flights: SingleFlight[int], work: Work
) -> None:
    (leaver,) = await readers(flights, work, 1)
    leaver.cancel()
    await asyncio.sleep(0)  # it has left; its fetch has been told and has not ended yet
    assert (leaver.done(), work.ended) == (True, [])
    work.gate.set()
    assert await flights.run("key", work) == (2, False)


async def test_a_fetch_that_has_landed_is_not_cancelled_by_leavers(
    flights: SingleFlight[int], work: Work
) -> None:
    work.landing = asyncio.Event()
    work.gate.set()
    tasks = await readers(flights, work, 2)
    for task in tasks:
        task.cancel()
    await settle()
    assert work.ended == []
    work.landing.set()
    await settle()
    assert work.ended == ["done"]


async def test_readers_that_come_while_a_fetch_lands_share_it(
    flights: SingleFlight[int], work: Work
) -> None:
    work.landing = asyncio.Event()
    work.gate.set()
    (leaver,) = await readers(flights, work, 1)
    leaver.cancel()
    (late,) = await readers(flights, work, 1)
    work.landing.set()
    assert await late == (1, True)


async def test_every_reader_gets_the_exception(flights: SingleFlight[int], work: Work) -> None:
    tasks = await readers(flights, work, 3)
    work.error = OutageError("out")
    work.gate.set()
    assert await asyncio.gather(*tasks, return_exceptions=True) == [work.error] * 3


async def test_an_exception_that_comes_after_all_have_left_is_nobodys(
    flights: SingleFlight[int],
) -> None:
    async def fails_when_cancelled(_: Flight[int]) -> int:
        try:
            await asyncio.Event().wait()
        finally:
            raise OutageError

    task = asyncio.create_task(flights.run("key", fails_when_cancelled))
    await settle()
    task.cancel()
    await settle()
    assert task.cancelled()


async def test_a_fetch_that_cancels_itself_does_not_look_like_a_cancelled_reader(
    flights: SingleFlight[int],
) -> None:
    async def cancels_itself(_: Flight[int]) -> int:
        raise asyncio.CancelledError

    with pytest.raises(FlightCancelledError):
        await flights.run("key", cancels_itself)


async def test_a_detached_fetch_answers_its_readers_and_nobody_joins_it(
    flights: SingleFlight[int], work: Work
) -> None:
    (before,) = await readers(flights, work, 1)
    flights.detach(lambda key: key == "key")
    (after,) = await readers(flights, work, 1)
    work.gate.set()
    assert [await before, await after] == [(1, False), (2, False)]


async def test_the_end_of_a_detached_fetch_leaves_its_successor_to_be_joined(
    flights: SingleFlight[int], work: Work
) -> None:
    (leaver,) = await readers(flights, work, 1)
    flights.detach(lambda key: key == "key")
    (second,) = await readers(flights, work, 1)
    leaver.cancel()
    (third,) = await readers(flights, work, 1)
    work.gate.set()
    assert (await second, await third) == ((2, False), (2, True))


async def test_a_fetch_sees_the_context_of_its_first_reader_and_changes_nobodys(
    flights: SingleFlight[int], work: Work
) -> None:
    seen: list[str] = []

    async def look(flight: Flight[int]) -> int:
        seen.append(reader.get())
        reader.set("the fetch")
        return await work(flight)

    async def read(name: str) -> str:
        reader.set(name)
        await flights.run("key", look)
        return reader.get()

    tasks = [asyncio.create_task(read(name)) for name in ("first", "second")]
    await settle()
    work.gate.set()
    assert await asyncio.gather(*tasks) == ["first", "second"]
    assert seen == ["first"]


async def test_closing_cancels_what_is_in_the_air_and_tells_the_readers(
    flights: SingleFlight[int], work: Work
) -> None:
    tasks = await readers(flights, work, 2)
    await flights.aclose()
    assert work.ended == ["cancelled"]
    for task in tasks:
        with pytest.raises(FlightCancelledError):
            await task
    assert other_tasks() == set()


async def test_after_closing_nothing_is_started(flights: SingleFlight[int], work: Work) -> None:
    await flights.aclose()
    with pytest.raises(FlightCancelledError):
        await flights.run("key", work)
    assert work.runs == 0


async def test_a_waiter_that_is_cancelled_as_the_flight_lands_is_cancelled(
    flights: SingleFlight[int], work: Work
) -> None:
    leaving = asyncio.create_task(flights.run("key", work))
    staying = asyncio.create_task(flights.run("key", work))
    await settle()
    work.gate.set()
    await asyncio.sleep(0)  # the flight has landed; its waiters are told in the next turn
    leaving.cancel()
    assert await staying == (1, True)
    with pytest.raises(asyncio.CancelledError):
        await leaving
