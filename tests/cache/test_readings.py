"""`gateway.cache.readings`: each key once, a few at a time, no longer than there is time."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from gateway.cache.entry import Entry, Fetched, Freshness
from gateway.cache.readings import Readings
from gateway.cache.single_flight import FlightCancelledError

from .source import (
    FRESHNESS,
    Clock,
    HoardingStore,
    OutageError,
    RefusedError,
    Source,
    get,
    other_tasks,
    reading,
    settle,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from gateway.cache.read_through import Hit, ReadThrough
    from gateway.cache.tier import Tier

Told = tuple[object, str]
"""What is taken from a hit here: its value, and how it was come by."""

SECONDS = 5.0
"""What an operation has."""


class WordedError(Exception):
    """What a reader is told is wrong."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(type(error))
        self.kind = type(error)


class DistantStore(HoardingStore):
    """Has nothing at hand, and answers when its gate is open."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.asked = 0

    def peek(self, key: str) -> Entry | None:  # noqa: ARG002 - the protocol's
        return None

    async def get(self, key: str) -> Entry | None:
        self.asked += 1
        await self.gate.wait()
        return await super().get(key)


class Desk:
    """Where the operations of a test read; their time is `loop_time`."""

    def __init__(self, clock: Clock, loop_time: Clock) -> None:
        self.clock = clock
        self.loop_time = loop_time
        self.worded: list[type[BaseException]] = []
        self.taken: list[Told] = []
        self._readings: list[Readings[Told]] = []
        self._caches: list[ReadThrough] = []

    def cache(self, store: Tier | None = None) -> ReadThrough:
        cache = reading(self.clock, store)
        self._caches.append(cache)
        return cache

    def operation(
        self, cache: ReadThrough, *, at_once: int = 8, seconds: float = SECONDS
    ) -> Readings[Told]:
        readings: Readings[Told] = Readings(
            cache, at_once=at_once, remaining=lambda: seconds, worded=self._word
        )
        self._readings.append(readings)
        return readings

    def take(self, hit: Hit) -> Told:
        told = hit.entry.value, hit.source
        self.taken.append(told)
        return told

    async def later(self, seconds: float) -> None:
        self.loop_time.now += seconds
        await settle()

    async def close(self) -> None:
        for readings in self._readings:
            readings.close()
        self._readings.clear()
        for cache in self._caches:
            await cache.aclose()
        await settle()

    def _word(self, error: BaseException) -> BaseException:
        self.worded.append(type(error))
        return WordedError(error)


@pytest.fixture
async def desk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    """Fails a test after which a task is left, or an exception that nobody looked at."""
    complaints: list[dict[str, Any]] = []
    loop, loop_time = asyncio.get_running_loop(), Clock()
    loop.set_exception_handler(lambda _, told: complaints.append(told))
    monkeypatch.setattr(loop, "time", loop_time)
    desk, before = Desk(Clock(), loop_time), other_tasks()
    yield desk
    await desk.close()
    gc.collect()
    assert (complaints, other_tasks() - before) == ([], set())


def ask(
    desk: Desk, readings: Readings[Told], key: str, source: Source, count: int = 1
) -> list[asyncio.Future[Told]]:
    return [readings.read(key, source, desk.take) for _ in range(count)]


async def kept(desk: Desk, cache: ReadThrough, *keys: str, age: float) -> None:
    """From now on these keys are kept, for so many seconds."""
    for key in keys:
        await get(cache, key, Source())
    desk.clock.now += age


def sources(keys: Iterable[str]) -> dict[str, Source]:
    """One for each key, shut."""
    made = {key: Source() for key in keys}
    for source in made.values():
        source.shut()
    return made


def asked(made: dict[str, Source]) -> str:
    """The keys whose sources were asked."""
    return "".join(key for key, source in made.items() if source.fetches)


async def wrong(waiter: asyncio.Future[Told]) -> WordedError:
    with pytest.raises(WordedError) as raised:
        await waiter
    return raised.value


# --- Each key once -----------------------------------------------------------------------------


async def test_a_key_is_asked_for_once_and_all_who_ask_get_what_is_taken(desk: Desk) -> None:
    readings, source = desk.operation(desk.cache()), Source()
    gate = source.shut()
    waiters = ask(desk, readings, "key", source, 3)
    await settle()
    waiters += ask(desk, readings, "key", source)
    assert ("key" in readings, [each.done() for each in waiters]) == (True, [False] * 4)
    gate.set()
    assert await asyncio.gather(*waiters) == [(1, "miss")] * 4
    assert (source.fetches, desk.taken, "key" in readings) == (1, [(1, "miss")], False)


async def test_the_first_who_asks_says_how_it_is_fetched_and_what_is_taken(desk: Desk) -> None:
    readings, first, second = desk.operation(desk.cache()), Source(), Source()
    one = readings.read("key", first, lambda hit: ("first", hit.source))
    two = readings.read("key", second, lambda hit: ("second", hit.source))
    assert [await one, await two] == [("first", "miss")] * 2
    assert (first.fetches, second.fetches) == (1, 0)


async def test_what_is_taken_is_the_same_object_for_all_who_ask(desk: Desk) -> None:
    readings, source = desk.operation(desk.cache()), Source()
    one, two = ask(desk, readings, "key", source, 2)
    assert await one is await two


async def test_two_keys_are_two_flights(desk: Desk) -> None:
    readings, source = desk.operation(desk.cache()), Source()
    waiters = [*ask(desk, readings, "a", source), *ask(desk, readings, "b", source)]
    assert await asyncio.gather(*waiters) == [(1, "miss"), (2, "miss")]


async def test_a_flight_of_another_reader_is_shared(desk: Desk) -> None:
    cache, source = desk.cache(), Source()
    gate = source.shut()
    other = asyncio.create_task(get(cache, "key", source))
    await settle()
    waiters = ask(desk, desk.operation(cache), "key", source, 2)
    gate.set()
    assert await asyncio.gather(*waiters) == [(1, "shared")] * 2
    assert ((await other).source, source.fetches) == ("miss", 1)


async def test_two_operations_share_a_flight(desk: Desk) -> None:
    cache, source = desk.cache(), Source()
    first, second = desk.operation(cache), desk.operation(cache)
    waiters = [*ask(desk, first, "key", source), *ask(desk, second, "key", source)]
    assert await asyncio.gather(*waiters) == [(1, "miss"), (1, "shared")]
    assert source.fetches == 1


@pytest.mark.parametrize(("age", "how", "fetches"), [(9, "fresh", 0), (10, "stale", 1)])
async def test_what_is_kept_is_given_at_once(
    desk: Desk, age: float, how: str, fetches: int
) -> None:
    cache, source = desk.cache(), Source()
    await kept(desk, cache, "key", age=age)
    readings = desk.operation(cache)
    (waiter,) = ask(desk, readings, "key", source)
    assert (waiter.result(), "key" in readings) == ((1, how), False)
    await settle()
    assert source.fetches == fetches  # what is stale is refreshed


async def test_what_was_read_may_be_read_again(desk: Desk) -> None:
    readings, source = desk.operation(desk.cache()), Source(Freshness(0))
    for number in (1, 2):
        (waiter,) = ask(desk, readings, "key", source)
        assert await waiter == (number, "miss")


async def test_what_is_forgotten_is_on_its_way_all_the_same(desk: Desk) -> None:
    cache = desk.cache()
    readings, old, new = desk.operation(cache), Source(), Source()
    gate, second_gate = old.shut(), new.shut()
    (before,) = ask(desk, readings, "key", old)
    await settle()
    await cache.purge({"key:tag"})
    readings.forget()
    assert "key" not in readings
    (after,) = ask(desk, readings, "key", new)
    gate.set()
    assert await before == (1, "miss")
    assert "key" in readings  # the later one still is
    assert not after.done()
    second_gate.set()
    assert await after == (1, "miss")
    assert (old.fetches, new.fetches) == (1, 1)


# --- A few at a time ---------------------------------------------------------------------------


async def test_no_more_than_a_few_are_in_flight_and_the_rest_follow_in_order(desk: Desk) -> None:
    readings, made = desk.operation(desk.cache(), at_once=2), sources("abcde")
    waiters = {key: ask(desk, readings, key, source)[0] for key, source in made.items()}
    seen = []
    for key in "bacde":
        await settle()
        seen.append(asked(made))
        made[key].gate.set()
        assert await waiters[key] == (1, "miss")
    assert seen == ["ab", "abc", "abcd", "abcde", "abcde"]


async def test_who_asks_for_what_is_in_line_waits_with_it(desk: Desk) -> None:
    readings, made = desk.operation(desk.cache(), at_once=1), sources("ab")
    ask(desk, readings, "a", made["a"])
    waiters = ask(desk, readings, "b", made["b"], 2)
    await settle()
    assert (asked(made), "b" in readings) == ("a", True)
    for source in made.values():
        source.gate.set()
    assert await asyncio.gather(*waiters) == [(1, "miss")] * 2


@pytest.mark.parametrize("error", [RefusedError(), OutageError()])
async def test_the_next_in_line_follow_an_error_as_well(desk: Desk, error: Exception) -> None:
    readings, made = desk.operation(desk.cache(), at_once=1), sources("abc")
    made["a"].error = made["b"].error = error
    waiters = [ask(desk, readings, key, source)[0] for key, source in made.items()]
    for source in made.values():
        source.gate.set()
    given = await asyncio.gather(*waiters, return_exceptions=True)
    assert [type(each) for each in given[:2]] == [WordedError] * 2
    assert given[2] == (1, "miss")
    assert desk.worded == [type(error)] * 2


async def test_what_came_while_it_was_in_line_is_not_fetched_again(desk: Desk) -> None:
    cache, made = desk.cache(), sources("abcd")
    readings = desk.operation(cache, at_once=1)
    waiters = [ask(desk, readings, key, source)[0] for key, source in made.items()]
    await kept(desk, cache, "b", "c", age=0)
    made["a"].gate.set()
    assert await asyncio.gather(*waiters[:3]) == [(1, "miss"), (1, "fresh"), (1, "fresh")]
    await settle()
    assert asked(made) == "ad"
    made["d"].gate.set()
    assert await waiters[3] == (1, "miss")


async def test_a_place_is_free_again_after_each(desk: Desk) -> None:
    readings, source = desk.operation(desk.cache(), at_once=1), Source(Freshness(0))
    for number in range(1, 4):
        (waiter,) = ask(desk, readings, "key", source)
        assert await waiter == (number, "miss")
    made = sources("ab")
    for key, shut in made.items():
        ask(desk, readings, key, shut)
    await settle()
    assert asked(made) == "a"  # and no more than one is


async def test_what_is_kept_takes_no_place(desk: Desk) -> None:
    cache, made = desk.cache(), sources("ab")
    await kept(desk, cache, "key", age=0)
    readings = desk.operation(cache, at_once=1)
    for _ in range(2):
        (waiter,) = ask(desk, readings, "key", Source())
        assert waiter.result() == (1, "fresh")
    for key, source in made.items():
        ask(desk, readings, key, source)
    await settle()
    assert asked(made) == "a"


# --- What is wrong -----------------------------------------------------------------------------


async def test_an_error_is_worded_once_and_the_same_for_all_until_it_is_forgotten(
    desk: Desk,
) -> None:
    readings, source = desk.operation(desk.cache()), Source()
    source.error = RefusedError()
    first, second = ask(desk, readings, "key", source, 2)
    error = await wrong(first)
    assert (error.kind, desk.worded) == (RefusedError, [RefusedError])
    assert await wrong(second) is error
    (late,) = ask(desk, readings, "key", source)
    assert late.done()
    assert await wrong(late) is error
    assert ("key" in readings, source.fetches, desk.worded) == (True, 1, [RefusedError])
    readings.forget()
    source.error = None
    (again,) = ask(desk, readings, "key", source)
    assert await again == (2, "miss")
    assert desk.taken == [(2, "miss")]


async def test_an_error_that_nobody_waits_for_is_nobodys(desk: Desk) -> None:
    readings, source = desk.operation(desk.cache()), Source()
    source.error = RefusedError()
    ask(desk, readings, "key", source, 2)
    await settle()
    assert desk.worded == [RefusedError]
    readings.forget()  # and with it the error


async def test_a_waiter_that_is_cancelled_disturbs_no_other(desk: Desk) -> None:
    readings, source = desk.operation(desk.cache()), Source()
    gate = source.shut()
    first, second, third = ask(desk, readings, "key", source, 3)
    second.cancel()
    await settle()
    gate.set()
    assert [await first, await third] == [(1, "miss")] * 2
    assert (second.cancelled(), source.cancelled) == (True, 0)


async def test_nor_does_one_whose_read_goes_wrong(desk: Desk) -> None:
    readings, source = desk.operation(desk.cache()), Source()
    source.error = RefusedError()
    gate = source.shut()
    first, second = ask(desk, readings, "key", source, 2)
    first.cancel()
    await settle()
    gate.set()
    assert (await wrong(second)).kind is RefusedError
    assert first.cancelled()


@pytest.mark.parametrize("age", [30, 69])
async def test_an_outage_is_bridged_by_what_is_kept(desk: Desk, age: float) -> None:
    cache, source = desk.cache(), Source()
    await kept(desk, cache, "key", age=age)
    source.error = OutageError()
    readings = desk.operation(cache)
    waiters = ask(desk, readings, "key", source, 2)
    assert await asyncio.gather(*waiters) == [(1, "error")] * 2
    assert (source.fetches, desk.worded, "key" in readings) == (1, [], False)
    (again,) = ask(desk, readings, "key", source)
    assert again.result() == (1, "error")  # the source is left alone for a moment
    assert source.fetches == 1


@pytest.mark.parametrize("error", [OutageError(), RefusedError()])
async def test_what_cannot_be_bridged_is_wrong(desk: Desk, error: Exception) -> None:
    store, source = HoardingStore(), Source()
    cache = desk.cache(store)
    await kept(desk, cache, "key", age=70 if isinstance(error, OutageError) else 30)
    source.error = error
    (waiter,) = ask(desk, desk.operation(cache), "key", source)
    assert (await wrong(waiter)).kind is type(error)
    assert (desk.taken, list(store.entries)) == ([], ["key"])


async def test_what_is_bridged_has_its_place_until_then(desk: Desk) -> None:
    store = DistantStore()
    cache, made = desk.cache(store), sources("ab")
    store.entries["a"] = Entry.of(Fetched("kept", FRESHNESS), desk.clock() - 30)
    made["a"].error = OutageError()
    readings = desk.operation(cache, at_once=1)
    waiters = [ask(desk, readings, key, source)[0] for key, source in made.items()]
    made["a"].gate.set()
    await settle()
    assert (store.asked, asked(made)) == (1, "a")
    store.gate.set()
    assert await waiters[0] == ("kept", "error")
    await settle()
    assert asked(made) == "ab"


# --- Time --------------------------------------------------------------------------------------


async def test_when_the_time_is_over_all_who_wait_get_what_is_kept_or_an_error(desk: Desk) -> None:
    cache, made = desk.cache(), sources("abcd")
    await kept(desk, cache, "b", "d", age=30)
    readings = desk.operation(cache, at_once=2)
    waiters = [ask(desk, readings, key, source)[0] for key, source in made.items()]
    await desk.later(SECONDS - 1)
    assert [each.done() for each in waiters] == [False] * 4
    await desk.later(1)
    a, b, c, d = waiters
    assert [b.result(), d.result()] == [(1, "error")] * 2
    assert [(await wrong(each)).kind for each in (a, c)] == [TimeoutError] * 2
    assert asked(made) == "ab"  # what was in line is not begun any more
    assert [made[key].cancelled for key in "ab"] == [1, 1]
    assert [key in readings for key in "abcd"] == [True, False, True, False]
    assert desk.worded == [TimeoutError] * 2


async def test_when_the_time_is_over_a_flight_that_others_wait_for_goes_on(desk: Desk) -> None:
    cache, source = desk.cache(), Source()
    gate = source.shut()
    (hurried,) = ask(desk, desk.operation(cache, seconds=1), "key", source)
    (patient,) = ask(desk, desk.operation(cache), "key", source)
    await settle()
    await desk.later(1)
    assert (await wrong(hurried)).kind is TimeoutError
    assert (source.cancelled, patient.done()) == (0, False)
    gate.set()
    assert await patient == (1, "shared")
    assert (source.fetches, desk.taken) == (1, [(1, "shared")])


async def test_the_time_of_an_operation_begins_with_its_first_read(desk: Desk) -> None:
    readings, made = desk.operation(desk.cache()), sources("ab")
    (first,) = ask(desk, readings, "a", made["a"])
    await desk.later(SECONDS - 1)
    (second,) = ask(desk, readings, "b", made["b"])
    await desk.later(1)
    assert [(await wrong(each)).kind for each in (first, second)] == [TimeoutError] * 2


async def test_an_operation_without_time_gets_what_is_kept_or_an_error(desk: Desk) -> None:
    cache, made = desk.cache(), sources("ab")
    await kept(desk, cache, "a", age=30)
    readings = desk.operation(cache, seconds=0)
    bridged, late = (ask(desk, readings, key, source)[0] for key, source in made.items())
    assert await bridged == (1, "error")
    assert (await wrong(late)).kind is TimeoutError


@pytest.mark.parametrize("distant", [True, False])
async def test_when_the_time_is_over_no_more_than_a_few_are_in_flight_either(
    desk: Desk, distant: bool
) -> None:
    store, made, late = DistantStore(), sources("ab"), sources("cd")
    readings = desk.operation(desk.cache(store), at_once=1)
    waiters = [ask(desk, readings, key, source)[0] for key, source in made.items()]
    if not distant:
        store.gate.set()
    await desk.later(SECONDS)
    for key, source in late.items():
        ask(desk, readings, key, source)
    store.gate.set()
    await settle()
    assert [(await wrong(each)).kind for each in waiters] == [TimeoutError] * 2
    assert len(asked(late)) <= 1


async def test_what_ended_in_time_hears_nothing_of_its_end(desk: Desk) -> None:
    readings, source = desk.operation(desk.cache()), Source()
    (waiter,) = ask(desk, readings, "key", source)
    assert await waiter == (1, "miss")
    await desk.later(SECONDS)
    assert (desk.taken, desk.worded) == ([(1, "miss")], [])


# --- The end -----------------------------------------------------------------------------------


async def test_closing_cancels_who_waits_and_what_nobody_else_waits_for(desk: Desk) -> None:
    cache, made = desk.cache(), sources("abc")
    readings = desk.operation(cache, at_once=2)
    waiters = [each for key in "abc" for each in ask(desk, readings, key, made[key], 2)]
    (other,) = ask(desk, desk.operation(cache), "b", made["b"])
    await settle()
    readings.close()
    await settle()
    assert [each.cancelled() for each in waiters] == [True] * 6
    assert [source.cancelled for source in made.values()] == [1, 0, 0]
    assert asked(made) == "ab"
    made["b"].gate.set()
    assert await other == (1, "shared")
    assert desk.taken == [(1, "shared")]


async def test_what_was_closed_rings_no_alarm(desk: Desk) -> None:
    readings, source = desk.operation(desk.cache()), Source()
    source.shut()
    (waiter,) = ask(desk, readings, "key", source)
    await settle()
    readings.close()
    await desk.later(SECONDS)
    assert (waiter.cancelled(), desk.worded) == (True, [])
    assert readings._alarm is not None
    assert readings._alarm.cancelled()


async def test_a_flight_that_lands_as_it_is_left_is_nobodys(desk: Desk) -> None:
    cache, source = desk.cache(), Source()
    gate = source.shut()
    readings = desk.operation(cache)
    (waiter,) = ask(desk, readings, "key", source)
    await settle()
    gate.set()
    await asyncio.sleep(0)  # it has landed; its readers are told in the next turn
    readings.close()
    await settle()
    assert (waiter.cancelled(), desk.taken, source.cancelled) == (True, [], 0)
    assert cache.peek("key") is not None  # it was kept


async def test_closing_ends_what_is_being_bridged(desk: Desk) -> None:
    store, source, before = DistantStore(), Source(), other_tasks()
    source.error = OutageError()
    readings = desk.operation(desk.cache(store))
    (waiter,) = ask(desk, readings, "key", source)
    await settle()
    assert (store.asked, waiter.done()) == (1, False)
    readings.close()
    await settle()
    assert other_tasks() == before
    assert (waiter.cancelled(), desk.taken, desk.worded) == (True, [], [])


async def test_closing_where_nothing_was_read_does_nothing(desk: Desk) -> None:
    desk.operation(desk.cache()).close()
    assert (desk.taken, desk.worded) == ([], [])


async def test_a_flight_that_a_shutdown_cancels_is_wrong_and_so_is_what_follows(desk: Desk) -> None:
    cache, made = desk.cache(), sources("abc")
    readings = desk.operation(cache, at_once=1)
    waiters = [ask(desk, readings, key, source)[0] for key, source in made.items()]
    await settle()
    await cache.aclose()
    assert [(await wrong(each)).kind for each in waiters] == [FlightCancelledError] * 3
    assert (asked(made), made["a"].cancelled) == ("a", 1)


async def test_what_is_read_of_a_closed_cache_is_what_is_kept_or_wrong(desk: Desk) -> None:
    cache, source = desk.cache(), Source()
    await kept(desk, cache, "kept", age=0)
    await cache.aclose()
    readings = desk.operation(cache, at_once=1)
    for _ in range(2):
        (waiter,) = ask(desk, readings, "key", source)
        assert (await wrong(waiter)).kind is FlightCancelledError
    (waiter,) = ask(desk, readings, "kept", source)
    assert await waiter == (1, "fresh")
    assert (source.fetches, desk.worded) == (0, [FlightCancelledError])


async def test_what_is_asked_after_the_time_is_over_has_none(desk: Desk) -> None:
    readings, made = desk.operation(desk.cache()), sources("ab")
    ask(desk, readings, "a", made["a"])
    await desk.later(SECONDS)
    (late,) = ask(desk, readings, "b", made["b"])
    await desk.later(SECONDS)
    assert isinstance(late.exception(), WordedError)


async def test_what_is_being_bridged_when_the_time_is_over_is_taken_once(desk: Desk) -> None:
    store = DistantStore()
    cache, made = desk.cache(store), sources("ab")
    store.entries["a"] = Entry.of(Fetched("kept", FRESHNESS), desk.clock() - 30)
    made["a"].error = OutageError()
    readings = desk.operation(cache, at_once=1)
    (waiter,) = ask(desk, readings, "a", made["a"])
    made["a"].gate.set()
    await settle()
    await desk.later(SECONDS)
    store.gate.set()
    assert await waiter == ("kept", "error")
    await settle()
    assert desk.taken == [("kept", "error")]


async def test_an_error_that_nobody_waits_for_is_silent(desk: Desk) -> None:
    """What the loop would have said of it fails the test when the desk is closed."""
    readings, source = desk.operation(desk.cache()), Source()
    source.error = RefusedError()
    for _ in range(2):
        ask(desk, readings, "key", source)
        await settle()
    assert (source.fetches, desk.worded) == (1, [RefusedError])


async def test_a_line_may_be_long(desk: Desk) -> None:
    cache = desk.cache()
    readings, source = desk.operation(cache), Source()
    source.shut()
    waiters = [readings.read(str(number), source, desk.take) for number in range(1000)]
    await settle()
    await cache.aclose()
    await settle()
    assert all(isinstance(waiter.exception(), WordedError) for waiter in waiters)


async def test_nothing_is_read_for_an_operation_that_is_over(desk: Desk) -> None:
    readings, made = desk.operation(desk.cache()), sources("a")
    readings.close()
    (late,) = ask(desk, readings, "a", made["a"])
    await settle()
    assert late.cancelled()
    assert made["a"].fetches == 0
