"""How long an answer lives is decided by what is in it: found out by moving the clock.

Each case is looked at on both sides of each of its limits, and each look has a world of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from gateway.sandbox.faults import Fault
from tests.promises.clients import refreshed
from tests.world import IMPATIENT, World, faults, world

if TYPE_CHECKING:
    from collections.abc import Callable

    Item = dict[str, Any]

CALL = "query ($id: ID!) { it: call(callId: $id) { callId transcript } }"
AGENT = "query ($id: ID!, $version: Int) { it: agent(agentId: $id, version: $version) { agentId } }"
LIST = "query ($by: CallFilter) { it: calls(first: 5, filter: $by) { nodes { callId } } }"
HOUR = 3600.0


class Life(NamedTuple):
    """Seconds of age until which an answer is served."""

    without_asking: float
    while_asking: float
    in_an_outage: float


LIVE = Life(2, 2, 2)
ENDED = Life(10, 30, 310)
SETTLED = Life(0.5 * HOUR, HOUR, 4.5 * HOUR)
OPEN_PAGE = Life(5, 10, 305)
CLOSED_PAGE = Life(600, 1200, 4 * HOUR + 600)
NEWEST = Life(60, 360, HOUR + 60)
DRAFT = Life(30, 330, HOUR + 30)
FROZEN = Life(600, 1200, 4 * HOUR + 600)


def unsigned(item: Item) -> bool:
    """Its URLs do not expire, or it has none."""
    return not item["opt_in_signed_url"] or not any(name.endswith("_url") for name in item)


def analysed(item: Item) -> bool:
    return unsigned(item) and "call_analysis" in item and "transfer_destination" not in item


def never_analysed(item: Item) -> bool:
    return unsigned(item) and "call_analysis" not in item and item["call_status"] == "ended"


def transferred(item: Item) -> bool:
    leg = item.get("transfer_end_timestamp", 0) - item.get("end_timestamp", 0)
    return unsigned(item) and "call_analysis" in item and 610_000 <= leg <= 3_000_000


def call(fits: Callable[[Item], bool], after: str, seconds: float) -> Callable[[World], Item]:
    """The newest call that fits, so many seconds after a time of its record."""

    def ready(it: World) -> Item:
        item = next(item for item in it.items() if after in item and fits(item))
        it.clock.now = item[after] / 1000 + seconds
        return {"id": item["call_id"]}

    return ready


def abandoned(it: World) -> Item:
    registered = [item for item in it.items() if item["call_status"] == "registered"]
    return {"id": next(c["call_id"] for c in registered if "end_timestamp" not in c)}


def agent(version: int | None) -> Callable[[World], Item]:
    """One whose newest version is a draft."""

    def ready(it: World) -> Item:
        first = it.sandbox.accounts["sandbox-key-a"].agents[0]
        return {"id": first.agent_id, "version": version}

    return ready


def listed(**by: object) -> Callable[[World], Item]:
    return lambda _: {"by": by}


def one_settled(it: World) -> Item:
    return {"by": {"callId": {"eq": it.settled()[0]}}}


NEVER_SIGNED = {"dataStorageSetting": ["BASIC_ATTRIBUTES_ONLY"]}
CASES = {
    "registered and abandoned": (CALL, abandoned, LIVE),
    "ongoing": (CALL, call(analysed, "start_timestamp", 3), LIVE),
    "just ended": (CALL, call(analysed, "end_timestamp", 0), ENDED),
    "analysed, but young": (CALL, call(analysed, "end_timestamp", 599), ENDED),
    "analysed, ten minutes old": (CALL, call(analysed, "end_timestamp", 600), SETTLED),
    "not analysed in an hour": (CALL, call(never_analysed, "end_timestamp", 3599), ENDED),
    "never analysed": (CALL, call(never_analysed, "end_timestamp", 3600), SETTLED),
    "old": (CALL, call(analysed, "end_timestamp", 20 * 24 * HOUR), SETTLED),
    "newest page": (LIST, listed(), LIVE),
    "open page": (LIST, listed(callStatus=["NOT_CONNECTED"]), OPEN_PAGE),
    "page of settled calls, open": (LIST, one_settled, OPEN_PAGE),
    "page of a time that is over": (
        LIST,
        listed(startTimestamp={"lt": "2026-05-20T00:00:00Z"}, **NEVER_SIGNED),
        CLOSED_PAGE,
    ),
    "page of a time that is hardly over": (
        LIST,
        listed(startTimestamp={"lt": "2026-05-28T17:30:00Z"}, **NEVER_SIGNED),
        OPEN_PAGE,
    ),
    "newest version of an agent": (AGENT, agent(None), NEWEST),
    "draft": (AGENT, agent(1), DRAFT),
    "published version": (AGENT, agent(0), FROZEN),
}
every_case = pytest.mark.parametrize(("query", "ready", "life"), CASES.values(), ids=CASES)

BEFORE, AFTER = -0.25, 0.25
"""Binary fractions, so that no sum is rounded."""


async def look(it: World, query: str, asked: Item) -> tuple[str, int]:
    """State of the one answer read, and the requests made for it and since."""
    it.sandbox.requests.clear()
    explained = await it.explained(query, asked)
    await refreshed()
    (seen,) = explained["cache"]
    return seen["state"], it.sandbox.requests.total


@every_case
async def test_it_is_served_without_asking(
    query: str, ready: Callable[[World], Item], life: Life
) -> None:
    async with world() as it:
        asked = ready(it)
        assert await look(it, query, asked) == ("miss", 1)
        it.clock.forward(life.without_asking + BEFORE)
        assert await look(it, query, asked) == ("fresh", 0)
        it.clock.forward(AFTER - BEFORE)
        served = "stale" if life.while_asking > life.without_asking else "miss"
        assert await look(it, query, asked) == (served, 1)
        assert await look(it, query, asked) == ("fresh", 0)


@every_case
async def test_it_is_served_while_asking(
    query: str, ready: Callable[[World], Item], life: Life
) -> None:
    async with world() as it:
        asked = ready(it)
        await it.data(query, asked)
        it.clock.forward(life.while_asking + AFTER)
        assert await look(it, query, asked) == ("miss", 1)
    if life.while_asking > life.without_asking:
        async with world() as it:
            asked = ready(it)
            await it.data(query, asked)
            it.clock.forward(life.while_asking + BEFORE)
            assert await look(it, query, asked) == ("stale", 1)


@every_case
async def test_it_is_served_in_an_outage(
    query: str, ready: Callable[[World], Item], life: Life
) -> None:
    async with world() as it:
        asked = ready(it)
        known = await it.data(query, asked)
        it.sandbox.faults.set([Fault(status=503, headers=IMPATIENT)])
        if life.in_an_outage > life.without_asking:
            it.clock.forward(life.in_an_outage + BEFORE)
            assert await look(it, query, asked) == ("error", 1)
            assert await it.data(query, asked) == known
            it.clock.forward(AFTER - BEFORE)
        else:
            it.clock.forward(life.in_an_outage + AFTER)
        answer = await it.answer(query, asked)
        assert faults(answer) == [("it", "UPSTREAM_UNAVAILABLE")]
        assert answer["data"] == {"it": None}


async def test_a_transferred_call_is_settled_when_the_transfer_is_over() -> None:
    async with world(calls=2000) as it:
        asked = call(transferred, "transfer_end_timestamp", -1)(it)
        assert await look(it, CALL, asked) == ("miss", 1)
        it.clock.forward(ENDED.while_asking + AFTER)
        assert await look(it, CALL, asked) == ("miss", 1)
        it.clock.forward(ENDED.while_asking + AFTER)
        assert await look(it, CALL, asked) == ("fresh", 0)


@pytest.mark.parametrize("query", [CALL, AGENT])
async def test_a_missing_object_is_remembered_for_three_seconds(query: str) -> None:
    async with world() as it:
        asked = {"id": "nobody"}
        assert await it.data(query, asked) == {"it": None}
        it.clock.forward(3 + BEFORE)
        assert await look(it, query, asked) == ("fresh", 0)
        it.clock.forward(AFTER - BEFORE)
        assert await look(it, query, asked) == ("miss", 1)


async def test_a_call_that_was_missing_is_found_when_it_is_there() -> None:
    async with world() as it:
        newest = it.items()[0]
        it.clock.now -= 120
        asked = {"id": newest["call_id"]}
        assert await it.data(CALL, asked) == {"it": None}
        it.clock.forward(120)
        assert (await it.data(CALL, asked))["it"]["callId"] == newest["call_id"]
