"""Work in turns: nobody else waits for longer than one of them."""

from __future__ import annotations

import asyncio
import time

from gateway.turns import TURN, Turns


def busy() -> None:
    """Work for a whole turn."""
    ends = time.perf_counter() + TURN
    while time.perf_counter() <= ends:
        pass


async def test_a_turn_is_over_after_some_work_and_begins_anew_after_a_pause() -> None:
    turns = Turns()
    assert not turns.is_over()
    busy()
    assert turns.is_over()
    await turns.pause()
    assert not turns.is_over()


async def test_who_stands_in_line_comes_one_after_the_other_with_others_in_between() -> None:
    turns = Turns()
    came = asyncio.Event()
    order: list[str] = []

    async def works(name: str) -> None:
        await came.wait()
        await turns.stand_in_line()
        order.append(name)
        busy()

    async def neighbour() -> None:
        await came.wait()
        while len(order) < 8:
            order.append(".")
            await asyncio.sleep(0)

    workers = [asyncio.create_task(works(name)) for name in "abcd"]
    beside = asyncio.create_task(neighbour())
    await asyncio.sleep(0)
    came.set()
    await asyncio.gather(*workers, beside)
    assert [name for name in order if name != "."] == list("abcd")
    assert "." in order[order.index("a") : order.index("d")]
