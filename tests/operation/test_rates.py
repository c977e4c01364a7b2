"""`gateway.operation.rates`: what a caller may cause in a window, taken, refused and settled."""

from __future__ import annotations

import pytest

from gateway.operation.rates import AllowanceSpent, Left, Rates
from tests.world import Clock


async def test_what_is_taken_is_gone_until_the_window_ends() -> None:
    clock = Clock()
    rates = Rates(10, 60, clock)
    assert (await rates.take("a", 4)).left == Left(10, 60, 6, 60)
    clock.forward(20.5)
    assert (await rates.take("a", 6)).left == Left(10, 60, 0, 40)
    with pytest.raises(AllowanceSpent) as refused:
        await rates.take("a", 1)
    assert refused.value.left == Left(10, 60, 0, 40)
    assert refused.value.extensions() == {"code": "RATE_LIMITED", "retryAfter": 40}
    assert refused.value.message == (
        "The operation may make 1 requests to Retell, and 0 are left of 10 in 60 seconds."
    )
    clock.forward(39.5)
    assert (await rates.take("a", 10)).left == Left(10, 60, 0, 60)


async def test_what_is_refused_takes_nothing() -> None:
    rates = Rates(10, 60, Clock())
    await rates.take("a", 5)
    for _ in range(3):
        with pytest.raises(AllowanceSpent):
            await rates.take("a", 6)
    assert (await rates.take("a", 5)).left.remaining == 0


async def test_no_caller_takes_from_another() -> None:
    rates = Rates(10, 60, Clock())
    await rates.take("a", 10)
    assert (await rates.take("b", 1)).left.remaining == 9


async def test_what_was_not_used_is_given_back_and_what_was_used_beyond_is_taken() -> None:
    rates = Rates(10, 60, Clock())
    taken = await rates.take("a", 8)
    taken.settle(3)
    assert taken.left.remaining == 7
    beyond = await rates.take("a", 1)
    assert beyond.left.remaining == 6
    beyond.settle(20)
    assert beyond.left.remaining == 0
    with pytest.raises(AllowanceSpent) as refused:
        await rates.take("a", 1)
    assert refused.value.left.remaining == 0


async def test_what_ends_after_its_window_gives_nothing_to_the_next() -> None:
    clock = Clock()
    rates = Rates(10, 60, clock)
    taken = await rates.take("a", 8)
    clock.forward(60)
    assert (await rates.take("a", 10)).left.remaining == 0
    taken.settle(0)
    with pytest.raises(AllowanceSpent):
        await rates.take("a", 1)


async def test_what_is_refused_takes_one_until_nothing_is_left() -> None:
    clock = Clock()
    rates = Rates(2, 60, clock)
    rates.check("a")
    assert await rates.charge("a") == Left(2, 60, 1, 60)
    rates.check("a")
    clock.forward(20)
    assert await rates.charge("a") == Left(2, 60, 0, 40)
    with pytest.raises(AllowanceSpent) as at_once:
        rates.check("a")
    with pytest.raises(AllowanceSpent) as charged:
        await rates.charge("a")
    for refused in (at_once, charged):
        assert (refused.value.cost, refused.value.left) == (None, Left(2, 60, 0, 40))
        assert refused.value.extensions() == {"code": "RATE_LIMITED", "retryAfter": 40}
        assert refused.value.message == (
            "No requests to Retell are left of 2 in 60 seconds: documents that are not known here "
            "are not read."
        )
    rates.check("b")
    clock.forward(40)
    assert await rates.charge("a") == Left(2, 60, 1, 60)
