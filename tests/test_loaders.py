"""`gateway.loaders`: each key once in an operation, missing objects, batches, changes, time."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.cache.entry import Freshness
from gateway.errors import (
    BadUserInput,
    NotFound,
    OutcomeUnknown,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from gateway.loaders import (
    TAG_SIZE,
    UNTOLD,
    Batch,
    Change,
    Read,
    Source,
    at_hand,
    page_items,
)
from gateway.telemetry.trace import Seen
from gateway.upstream.endpoint import ID, Endpoint
from gateway.upstream.record import DECODED
from tests.loading import NOW, ONE, OTHER, loading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.loaders import Json, Loaders
    from gateway.telemetry.trace import Path

MINUTE = Freshness(max_age=60, stale_while_revalidate=60)
THING = Source(
    "thing",
    Endpoint("GET", "/thing/{thing_id}", ids={"thing_id": ID}),
    lambda _answer, _now: MINUTE,
)
THINGS = Source("things", Endpoint("POST", "/things", safe=True), lambda _answer, _now: MINUTE)
RENAME = Endpoint("PATCH", "/thing/{thing_id}", ids={"thing_id": ID})


def thing(thing_id: str) -> Read:
    return THING.read(thing_id=thing_id)


def things(ids: Sequence[str]) -> Read:
    return THINGS.read(body={"ids": list(ids)})


BATCH = Batch(whole=thing, listed=things, id_key="thing_id", most=3)


@dataclass
class At:
    at: Path


ROOT = At(())


async def listed(loaders: Loaders, batch: Batch, id_: str, place: At) -> Json | None:
    return await at_hand(loaders.find_listed(batch, id_, place))


def retell(request: httpx.Request) -> httpx.Response:
    """Knows every thing whose id does not begin with `no`."""
    if request.method == "POST":
        ids = orjson.loads(request.content)["ids"]
        items = [{"thing_id": id_, "thin": True} for id_ in ids if not id_.startswith("no")]
        return httpx.Response(200, json={"items": items})
    thing_id = request.url.path.rpartition("/")[2]
    if thing_id.startswith("no"):
        return httpx.Response(404)
    return httpx.Response(200, json={"thing_id": thing_id})


def answering(*answers: httpx.Response) -> Any:
    rest = list(answers)
    return lambda _request: rest.pop(0)


class Gate:
    """Answers as `retell`, but not before it is open."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.waiting = 0
        self.most = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            await self.opened.wait()
        finally:
            self.waiting -= 1
        return retell(request)


async def turns(count: int = 20) -> None:
    """Let everything run that can."""
    for _ in range(count):
        await asyncio.sleep(0)


# --- Reads -------------------------------------------------------------------------------------


def test_a_read_has_the_ids_as_tags_where_none_are_given() -> None:
    assert thing("a").tags == ("a",)
    assert THING.read(thing_id="a", tags=["all"]).tags == ("all",)
    assert THINGS.read(body={}).tags == ()


def test_a_read_has_the_policy_of_its_source_or_its_own() -> None:
    def other(_answer: Json, _now: float) -> Freshness:
        return MINUTE

    assert thing("a").policy is THING.policy
    assert THING.read(thing_id="a", policy=other).policy is other


def test_a_key_begins_with_the_tenant_and_tells_arguments_apart() -> None:
    reads = [
        thing("a"),
        thing("b"),
        THING.read(thing_id="a", query={"version": 1}),
        things(["a"]),
        things(["b"]),
    ]
    keys = [read.key(ONE.tenant) for read in reads]
    assert len(set(keys)) == len(keys)
    assert all(key.startswith(f"{ONE.tenant}:thing") for key in keys)
    assert thing("a").key(OTHER.tenant) != thing("a").key(ONE.tenant)
    assert thing("a").key(ONE.tenant) == keys[0]


async def test_an_id_that_cannot_be_sent_is_refused_before_anything_is_sent() -> None:
    async with loading(retell) as world:
        with pytest.raises(BadUserInput):
            await world.context().loaders.load(thing("../thing"), ROOT)
        assert world.asked == []


async def test_what_json_cannot_carry_is_refused_before_anything_is_sent() -> None:
    async with loading(retell) as world:
        for read in (
            thing("\ud800"),
            THINGS.read(body={"a": "\ud800"}),
            THINGS.read(body={"a": 2**70}),
        ):
            with pytest.raises(BadUserInput):
                await world.context().loaders.load(read, ROOT)
        assert world.asked == []


# --- Loading -----------------------------------------------------------------------------------


async def test_a_key_is_read_once_in_an_operation_even_if_it_is_not_kept() -> None:
    no_life = Source("thing", THING.endpoint, lambda _answer, _now: Freshness(max_age=0))
    async with loading(retell) as world:
        loaders = world.context().loaders
        together = [loaders.load(no_life.read(thing_id="a"), At(("a", at))) for at in range(3)]
        first, second, third = await asyncio.gather(*together)
        assert (
            first is second is third is await loaders.load(no_life.read(thing_id="a"), At(("b",)))
        )
        assert first == {"thing_id": "a"}
        assert world.asked == ["GET /thing/a"]


async def test_what_is_fresh_is_taken_from_the_cache_by_the_next_operation() -> None:
    async with loading(retell) as world:
        await world.context().loaders.load(thing("a"), At(("first",)))
        world.now += 59
        context = world.context()
        assert await context.loaders.load(thing("a"), At(("second", 0))) == {"thing_id": "a"}
        assert context.trace.seen == [Seen(("second", 0), "fresh", 59.0)]
        assert context.trace.sent == []
        assert len(world.requests) == 1


async def test_what_was_read_is_told_to_the_trace() -> None:
    async with loading(retell) as world:
        context = world.context()
        await context.loaders.load(thing("a"), At(("thing",)))
        (sent,) = context.trace.sent
        assert (sent.endpoint, sent.status, sent.number) == ("GET /thing", 200, 1)
        assert context.trace.seen == [Seen(("thing",), "miss", 0.0)]


async def test_a_clock_that_was_set_back_makes_no_negative_age() -> None:
    async with loading(retell) as world:
        await world.context().loaders.load(thing("a"), ROOT)
        world.now -= 5
        context = world.context()
        await context.loaders.load(thing("a"), ROOT)
        assert context.trace.seen == [Seen((), "fresh", 0.0)]


async def test_two_tenants_never_share_an_answer() -> None:
    def by_key(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"key": request.headers["authorization"]})

    async with loading(by_key) as world:
        for caller in (ONE, OTHER, ONE):
            got = await world.context(caller).loaders.load(thing("a"), ROOT)
            assert got == {"key": f"Bearer {caller.api_key}"}
        assert len(world.requests) == 2


async def test_a_missing_object_is_null_and_forgotten_after_three_seconds() -> None:
    async with loading(retell) as world:
        for seconds, requests in [(0, 1), (2.9, 1), (0.1, 2)]:
            world.now += seconds
            assert await world.context().loaders.load(thing("none"), ROOT) is None
            assert len(world.requests) == requests


async def test_a_null_is_held_like_any_other_answer() -> None:
    async with loading(retell) as world:
        context = world.context()
        assert await context.loaders.load(thing("none"), ROOT) is None
        world.now += 10
        assert await context.loaders.load(thing("none"), ROOT) is None
        assert len(world.requests) == 1
        assert len(context.trace.seen) == 1


@pytest.mark.parametrize("body", ["[]", '"text"', "null"])
async def test_an_answer_that_is_no_object_is_invalid_and_not_kept(body: str) -> None:
    invalid = httpx.Response(200, text=body)
    async with loading(answering(invalid, httpx.Response(200, json={"thing_id": "a"}))) as world:
        with pytest.raises(UpstreamInvalid):
            await world.context().loaders.load(thing("a"), ROOT)
        assert await world.context().loaders.load(thing("a"), ROOT) == {"thing_id": "a"}


async def test_an_error_is_the_same_for_all_who_ask_in_the_operation() -> None:
    async with loading(lambda _request: httpx.Response(500)) as world:
        loaders = world.context().loaders
        for _ in range(2):
            with pytest.raises(UpstreamUnavailable):
                await loaders.load(thing("a"), ROOT)
        assert len(world.requests) == 1


async def test_the_policy_is_given_the_answer_and_the_time() -> None:
    given: list[tuple[Json, float]] = []

    def policy(answer: Json, now: float) -> Freshness:
        given.append((answer, now))
        return MINUTE

    async with loading(retell) as world:
        read = THING.read(thing_id="a", policy=policy)
        await world.context().loaders.load(read, ROOT)
        assert given == [({"thing_id": "a"}, NOW)]
        entry = world.cache.peek(read.key(ONE.tenant))
        assert entry is not None
        assert entry.tags == {f"{ONE.tenant}:thing:a"}
        assert entry.size == len(b'{"thing_id":"a"}') * DECODED + TAG_SIZE


@pytest.mark.parametrize(("limits", "most"), [({}, 8), ({"at_once": 2}, 2)])
async def test_misses_are_read_a_few_at_a_time(limits: dict[str, int], most: int) -> None:
    gate = Gate()
    async with loading(gate) as world:
        loaders = world.context(ONE, **limits).loaders
        reading = asyncio.gather(*(loaders.load(thing(f"t{n}"), ROOT) for n in range(20)))
        await turns(100)
        assert gate.waiting == most
        gate.opened.set()
        await reading
        assert (gate.most, len(world.requests)) == (most, 20)


async def test_a_caller_that_leaves_takes_nothing_from_others_of_the_operation() -> None:
    gate = Gate()
    async with loading(gate) as world:
        loaders = world.context().loaders
        leaving = asyncio.create_task(loaders.load(thing("a"), ROOT))
        staying = asyncio.create_task(loaders.load(thing("a"), ROOT))
        await turns(50)
        leaving.cancel()
        gate.opened.set()
        assert await staying == {"thing_id": "a"}
        assert (leaving.cancelled(), len(world.requests)) == (True, 1)


async def test_an_operation_that_is_out_of_time_waits_no_longer() -> None:
    gate = Gate()
    async with loading(gate) as world:
        with pytest.raises(UpstreamTimeout, match="the operation's time"):
            await world.context(seconds=0).loaders.load(thing("a"), ROOT)


async def test_what_a_closed_operation_was_reading_is_cancelled() -> None:
    gate = Gate()
    async with loading(gate) as world:
        loaders = world.context().loaders
        reading = asyncio.create_task(loaders.load(thing("a"), ROOT))
        await turns(50)
        loaders.close()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await turns(50)
        assert gate.waiting == 0


async def test_so_is_a_list_that_a_closed_operation_was_reading() -> None:
    gate = Gate()
    async with loading(gate) as world:
        loaders = world.context().loaders
        reading = [asyncio.create_task(listed(loaders, BATCH, id_, At((id_,)))) for id_ in "ab"]
        await turns(50)
        assert (world.asked, gate.waiting) == (["POST /things"], 1)
        loaders.close()
        ended = await asyncio.gather(*reading, return_exceptions=True)
        assert [type(each) for each in ended] == [asyncio.CancelledError] * 2
        await turns(50)
        assert gate.waiting == 0


async def test_an_operation_that_read_nothing_is_closed_as_well() -> None:
    async with loading(retell) as world:
        loaders = world.context().loaders
        loaders.close()
        assert (world.asked, loaders.entries) == ([], {})


async def test_what_another_operation_waits_for_as_well_goes_on() -> None:
    gate = Gate()
    async with loading(gate) as world:
        closing, other = world.context().loaders, world.context().loaders
        given_up = asyncio.create_task(closing.load(thing("a"), ROOT))
        reading = asyncio.create_task(other.load(thing("a"), ROOT))
        await turns(50)
        closing.close()
        gate.opened.set()
        assert await reading == {"thing_id": "a"}
        assert len(world.requests) == 1
        with pytest.raises(asyncio.CancelledError):
            await given_up


@pytest.mark.parametrize("closed", [True, False])
async def test_an_end_that_nobody_waits_for_makes_no_noise(closed: bool) -> None:
    said: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: said.append(context))
    opened = asyncio.Event()

    async def failing(_request: httpx.Request) -> httpx.Response:
        await opened.wait()
        return httpx.Response(500)

    async with loading(failing) as world:
        loaders = world.context().loaders
        leaving = asyncio.create_task(loaders.load(thing("a"), ROOT))
        await turns(50)
        leaving.cancel()
        if closed:
            loaders.close()
        opened.set()
        await turns(50)
        del loaders, leaving
        gc.collect()
        assert said == []


# --- Batches -----------------------------------------------------------------------------------


async def test_ids_that_are_asked_for_together_are_one_list_request() -> None:
    async with loading(retell) as world:
        loaders = world.context().loaders
        ids = ["b", "a", "none", "b"]
        found = await asyncio.gather(*(listed(loaders, BATCH, id_, ROOT) for id_ in ids))
        thin = [{"thing_id": id_, "thin": True} for id_ in ("b", "a")]
        assert found == [thin[0], thin[1], None, thin[0]]
        assert [request.content for request in world.requests] == [b'{"ids":["a","b","none"]}']


async def test_one_id_alone_is_read_in_full() -> None:
    async with loading(retell) as world:
        loaders = world.context().loaders
        found = await asyncio.gather(*(listed(loaders, BATCH, "a", ROOT) for _ in range(2)))
        assert found == [{"thing_id": "a"}] * 2
        assert world.asked == ["GET /thing/a"]


async def test_one_missing_id_alone_is_null() -> None:
    async with loading(retell) as world:
        assert await listed(world.context().loaders, BATCH, "none", ROOT) is None


async def test_more_ids_than_one_request_takes_are_several() -> None:
    async with loading(retell) as world:
        loaders = world.context().loaders
        ids = [f"t{n}" for n in range(7)]
        found = await asyncio.gather(*(listed(loaders, BATCH, id_, ROOT) for id_ in ids))
        assert [item and item["thing_id"] for item in found] == ids
        asked = [orjson.loads(request.content)["ids"] for request in world.requests]
        assert sorted(asked) == [ids[:3], ids[3:6], ids[6:]]


async def test_what_is_held_or_kept_in_full_is_not_asked_for_again() -> None:
    async with loading(retell) as world:
        await world.context().loaders.load(thing("kept"), ROOT)
        loaders = world.context().loaders
        await loaders.load(thing("held"), ROOT)
        found = await asyncio.gather(
            *(listed(loaders, BATCH, id_, ROOT) for id_ in ("kept", "held", "a", "b"))
        )
        assert [item and item.get("thin") for item in found] == [None, None, True, True]
        assert world.requests[-1].content == b'{"ids":["a","b"]}'
        assert len(world.requests) == 3


async def test_what_is_being_read_in_full_is_waited_for() -> None:
    gate = Gate()
    async with loading(gate) as world:
        loaders = world.context().loaders
        full = asyncio.create_task(loaders.load(thing("a"), ROOT))
        await turns()
        tasks = [asyncio.create_task(listed(loaders, BATCH, id_, ROOT)) for id_ in "abc"]
        await turns()
        gate.opened.set()
        assert await tasks[0] is await full
        await asyncio.gather(*tasks)
        assert [r.content for r in world.requests] == [b"", b'{"ids":["b","c"]}']


async def test_what_a_list_left_out_is_not_asked_for_again_in_the_operation() -> None:
    async with loading(retell) as world:
        loaders = world.context().loaders
        for _ in range(2):
            each = (listed(loaders, BATCH, id_, ROOT) for id_ in ("a", "no"))
            found = await asyncio.gather(*each)
            assert found == [{"thing_id": "a", "thin": True}, None]
        assert len(world.requests) == 1


async def test_what_is_asked_for_later_is_another_batch() -> None:
    async with loading(retell) as world:
        loaders = world.context().loaders
        await asyncio.gather(*(listed(loaders, BATCH, id_, ROOT) for id_ in ("a", "b")))
        await asyncio.gather(*(listed(loaders, BATCH, id_, ROOT) for id_ in ("c", "d")))
        assert [request.content for request in world.requests] == [
            b'{"ids":["a","b"]}',
            b'{"ids":["c","d"]}',
        ]


async def test_a_batch_that_fails_fails_for_each_of_its_ids() -> None:
    async with loading(lambda _request: httpx.Response(500)) as world:
        loaders = world.context().loaders
        found = await asyncio.gather(
            *(listed(loaders, BATCH, id_, ROOT) for id_ in ("a", "b")), return_exceptions=True
        )
        assert [type(error) for error in found] == [UpstreamUnavailable] * 2
        assert len(world.requests) == 1


async def test_an_id_that_cannot_be_sent_is_refused_alone() -> None:
    async with loading(retell) as world:
        loaders = world.context().loaders
        found = await asyncio.gather(
            *(listed(loaders, BATCH, id_, ROOT) for id_ in ("a", "../b", "c")),
            return_exceptions=True,
        )
        assert [type(item) for item in found] == [dict, BadUserInput, dict]
        assert world.requests[0].content == b'{"ids":["a","c"]}'


async def test_list_items_without_an_id_are_passed_over() -> None:
    page = {"items": [{"thing_id": 7}, {}, {"thing_id": "a"}]}
    async with loading(lambda _request: httpx.Response(200, json=page)) as world:
        loaders = world.context().loaders
        found = await asyncio.gather(*(listed(loaders, BATCH, id_, ROOT) for id_ in ("a", "b")))
        assert found == [{"thing_id": "a"}, None]


async def test_a_list_that_does_not_exist_is_not_taken_for_an_empty_one() -> None:
    async with loading(lambda _request: httpx.Response(404)) as world:
        loaders = world.context().loaders
        found = await asyncio.gather(
            *(listed(loaders, BATCH, id_, ROOT) for id_ in ("a", "b")), return_exceptions=True
        )
        assert [type(error) for error in found] == [UpstreamInvalid] * 2


def test_a_batch_takes_as_many_as_retell_gives_at_once() -> None:
    assert Batch(whole=thing, listed=things, id_key="thing_id").most == 1000


@pytest.mark.parametrize("page", [{}, {"items": None}, {"items": {}}, {"items": [{}, "thing"]}])
def test_what_is_not_a_page_has_no_items(page: Json) -> None:
    with pytest.raises(UpstreamInvalid):
        page_items(page)


def test_a_page_has_items() -> None:
    assert page_items({"items": [{"thing_id": "a"}]}) == [{"thing_id": "a"}]


# --- Changes -----------------------------------------------------------------------------------


def rename(thing_id: str, told: list[Json | None]) -> Change:
    def touches(answer: Json | None) -> Iterable[tuple[str, str]]:
        told.append(answer)
        return [("thing", thing_id)]

    return Change(RENAME.request(body={}, thing_id=thing_id), touches)


async def test_a_change_is_answered_and_what_it_touches_is_read_anew() -> None:
    async with loading(retell) as world:
        context, told = world.context(), list[Any]()
        await context.loaders.load(thing("a"), ROOT)
        await context.loaders.load(thing("b"), ROOT)
        assert await context.loaders.change(rename("a", told)) == {"thing_id": "a"}
        assert told == [{"thing_id": "a"}]
        await context.loaders.load(thing("a"), ROOT)
        await context.loaders.load(thing("b"), ROOT)
        assert world.asked == ["GET /thing/a", "GET /thing/b", "PATCH /thing/a", "GET /thing/a"]


@pytest.mark.parametrize(
    "answer", [httpx.Response(204), httpx.Response(200, json=[]), httpx.Response(200)]
)
async def test_a_change_may_answer_with_nothing(answer: httpx.Response) -> None:
    async with loading(lambda _request: answer) as world:
        told: list[Json | None] = []
        assert await world.context().loaders.change(rename("a", told)) is None
        assert told == [None]


async def test_a_change_that_failed_may_have_been_made_all_the_same() -> None:
    def failing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.method == "PATCH" else retell(request)

    async with loading(failing) as world:
        told: list[Json | None] = []
        await world.context().loaders.load(thing("a"), ROOT)
        with pytest.raises(NotFound):
            await world.context().loaders.change(rename("a", told))
        await world.context().loaders.load(thing("a"), ROOT)
        assert told == [None]
        assert world.asked == ["GET /thing/a", "PATCH /thing/a", "GET /thing/a"]


async def test_a_change_touches_nothing_of_another_tenant() -> None:
    async with loading(retell) as world:
        await world.context(OTHER).loaders.load(thing("a"), ROOT)
        await world.context(ONE).loaders.change(rename("a", []))
        await world.context(OTHER).loaders.load(thing("a"), ROOT)
        assert world.asked == ["GET /thing/a", "PATCH /thing/a"]


async def test_a_change_ends_even_if_its_caller_leaves() -> None:
    gate = Gate()
    async with loading(gate) as world:
        told: list[Json | None] = []
        changing = asyncio.create_task(world.context().loaders.change(rename("a", told)))
        await turns(50)
        changing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await changing
        assert (gate.waiting, told) == (1, [])
        gate.opened.set()
        await world.changes.aclose()
        assert told == [{"thing_id": "a"}]


async def test_a_change_that_takes_longer_than_its_operation_goes_on_and_is_unclear() -> None:
    go = asyncio.Event()
    told: list[Json | None] = []

    async def slow(_: httpx.Request) -> httpx.Response:
        await go.wait()
        return httpx.Response(200, json={"thing_id": "a"})

    async with loading(slow) as world:
        with pytest.raises(OutcomeUnknown, match="was sent, and had come to no end") as unclear:
            await world.context(seconds=0.01).loaders.change(rename("a", told))
        assert unclear.value.look_up == ("thing a",)
        assert told == [None]  # for what to look up: nothing is forgotten yet
        go.set()
        await world.changes.aclose()
        assert told == [None, {"thing_id": "a"}]


async def test_a_change_is_not_sent_when_the_operations_time_is_over() -> None:
    async with loading(lambda _: httpx.Response(200, json={})) as world:
        with pytest.raises(UpstreamTimeout, match="before this change was sent"):
            await world.context(seconds=0).loaders.change(rename("a", []))
        assert world.asked == []


async def test_a_read_that_is_cut_off_by_the_shutdown_says_so() -> None:
    gate = Gate()
    async with loading(gate) as world:
        reading = asyncio.create_task(world.context().loaders.load(thing("a"), At(("a",))))
        await turns(50)
        assert gate.waiting == 1
        await world.cache.aclose()
        with pytest.raises(UpstreamUnavailable, match="shutting down"):
            await reading


async def test_the_answer_of_a_change_stands_for_the_read_in_its_operation_only() -> None:
    async with loading(retell) as world:
        context = world.context()
        request = RENAME.request(body={}, thing_id="a")
        change = Change(request, lambda _: [("thing", "a")], answers=thing("a"))
        answer = await context.loaders.change(change)
        assert await context.loaders.load(thing("a"), At(("a",))) is answer
        assert world.asked == ["PATCH /thing/a"]
        await world.context().loaders.load(thing("a"), At(("a",)))
        assert world.asked == ["PATCH /thing/a", "GET /thing/a"]


async def test_a_retell_that_hangs_is_bridged_like_one_that_fails() -> None:
    gate = Gate()
    gate.opened.set()
    async with loading(gate) as world:
        bridged = Freshness(max_age=10, stale_if_error=60)
        read = THING.read(thing_id="a", policy=lambda _answer, _now: bridged)
        first = await world.context().loaders.load(read, ROOT)
        gate.opened.clear()
        world.now += 20
        context = world.context(seconds=0)
        assert await context.loaders.load(read, At(("a",))) is first
        assert [seen.state for seen in context.trace.seen] == ["error"]


async def test_what_is_stale_is_not_read_with_the_others_but_refreshed() -> None:
    async with loading(retell) as world:
        await world.context().loaders.load(thing("a"), ROOT)
        world.now += 90
        loaders = world.context().loaders
        stale, missing = await asyncio.gather(
            listed(loaders, BATCH, "a", At(("a",))), listed(loaders, BATCH, "b", At(("b",)))
        )
        assert (stale, missing) == ({"thing_id": "a"}, {"thing_id": "b"})
        await turns(50)
        assert sorted(world.asked) == ["GET /thing/a", "GET /thing/a", "GET /thing/b"]


async def test_the_ids_that_were_read_are_those_under_the_key_that_is_asked_for() -> None:
    async with loading(retell) as world:
        for _ in range(2):  # the second operation reads what is kept
            loaders = world.context().loaders
            await loaders.load(thing("a"), ROOT)
            await loaders.load(things(["b", "c"]), ROOT)
            assert loaders.ids_read({"thing": "thing_id"}) == {"a"}
            assert loaders.ids_read({"thing": "name"}) == {UNTOLD}
            assert loaders.ids_read({"thing": "thing_id", "things": "thing_id"}) == {"a", "b", "c"}
            assert loaders.ids_read({"other": "thing_id"}) == set()
        assert len(world.requests) == 2


async def test_the_ids_that_were_read_are_those_of_the_newest_answer() -> None:
    answers = iter("ab")

    def page(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": [{"thing_id": next(answers)}]})

    async with loading(page) as world:
        for id_ in "ab":
            loaders = world.context().loaders
            await loaders.load(things(["any"]), ROOT)
            assert loaders.ids_read({"things": "thing_id"}) == {id_}
            world.now += 1000


BARE = Source("bare", Endpoint("GET", "/bare", lists=True), lambda _a, _n: MINUTE, bare=True)


@pytest.mark.parametrize("items", [[], [{"thing_id": "a"}]])
async def test_a_bare_array_is_read_as_the_items_of_a_page(items: list[Json]) -> None:
    async with loading(lambda _: httpx.Response(200, json=items)) as world:
        assert await world.context().loaders.load(BARE.read(), ROOT) == {"items": items}


@pytest.mark.parametrize(("source", "answer"), [("bare", 7), ("thing", [])])
async def test_what_is_neither_array_nor_object_where_it_should_be_is_invalid(
    source: str, answer: object
) -> None:
    read = BARE.read() if source == "bare" else thing("a")
    async with loading(lambda _: httpx.Response(200, json=answer)) as world:
        with pytest.raises(UpstreamInvalid):
            await world.context().loaders.load(read, ROOT)
