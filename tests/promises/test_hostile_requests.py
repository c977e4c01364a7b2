"""Every request of `tests/hostile.py`, in production and in development: a coded error or an
answer, nothing at Retell for what is refused, and a neighbour who is answered meanwhile."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.hostile import ALL, Hostile
from tests.world import faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.world import JsonObject, World

FINE = "{ concurrency { currentConcurrency } }"
MOST_REQUESTS = 1001
"""What the dearest of them may cost, its cost limit being what ships, and one page."""


@asynccontextmanager
async def profile(*, dev: bool, **more: Any) -> AsyncIterator[World]:
    """`dev` tells the schema, and has GraphiQL; both over a page of calls.

    Time is no matter here: the largest take seconds where the machine is busy.
    """
    more = {"operation_seconds": 60, "drain_seconds": 60} | more
    async with world(introspection=dev, graphiql=dev, calls=60, **more) as it:
        yield it


async def sent(it: World, hostile: Hostile) -> JsonObject:
    """The answer; of one in parts all errors, and the first part's data."""
    headers = {"content-type": "application/json", "accept": hostile.accept}
    response = await it.http.post("/graphql", content=hostile.body, headers=headers)
    assert response.status_code < 500, response.text[:500]
    assert response.headers["x-request-id"]
    if not response.headers["content-type"].startswith("multipart"):
        answer: JsonObject = response.json()
        return answer
    parts = [
        orjson.loads(part.partition("\r\n\r\n")[2])
        for part in response.text.split("---")
        if part.strip("-\r\n")
    ]
    errors = [error for part in parts for error in part.get("errors", ())]
    return {"data": parts[0]["data"]} | ({"errors": errors} if errors else {})


@pytest.mark.parametrize("dev", [False, True], ids=["production", "dev"])
@pytest.mark.parametrize("hostile", ALL.values(), ids=ALL)
async def test_it_is_refused_or_answered_while_a_neighbour_is_answered(
    hostile: Hostile, dev: bool
) -> None:
    async with profile(dev=dev) as it:
        answer, fine = await asyncio.gather(sent(it, hostile), it.data(FINE))
        codes = {code for _, code in faults(answer)}
        assert codes == hostile.codes(dev=dev)
        assert "data" in answer or codes
        assert fine["concurrency"]
        # A big answer to a small mistake would be an attack of its own.
        assert "data" in answer or len(str(answer)) < 100_000
        asked = [request for request in it.sent if request.url.path != "/get-concurrency"]
        assert len(asked) <= (MOST_REQUESTS if hostile.upstream else 0)


@pytest.mark.parametrize("dev", [False, True], ids=["production", "dev"])
async def test_nothing_of_them_is_left(dev: bool) -> None:
    async with profile(dev=dev) as it:
        before = len(asyncio.all_tasks())
        for hostile in ALL.values():
            if not hostile.upstream:
                await sent(it, hostile)
        gc.collect()  # generators that were given up are ended by tasks of the loop
        for _ in range(3):
            await asyncio.sleep(0)  # what watched the last client has been told to end
        assert len(asyncio.all_tasks()) == before
        assert await it.data(FINE)


def test_there_are_more_than_fifty_of_them() -> None:
    assert len(ALL) >= 52


async def test_several_that_come_at_once_are_not_read_in_one_go() -> None:
    hostile = ALL["98 fragments that spread 16 others each"]
    order: list[str] = []
    async with profile(dev=False) as it:

        async def attack(number: int) -> None:
            body = orjson.loads(hostile.body)
            await it.answer(f"{body['query']} #{number}")
            order.append("attacked")

        async def neighbour() -> None:
            while order.count("attacked") < 5:
                order.append(".")
                await asyncio.sleep(0)

        await asyncio.gather(neighbour(), *(attack(number) for number in range(5)))
    first, last = order.index("attacked"), len(order) - 1 - order[::-1].index("attacked")
    assert order[first:last].count(".") >= 4
