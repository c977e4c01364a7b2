"""`gateway.operation.allowance`: what is asked before an operation runs, and told when it ends."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from gateway.auth.caller import Caller
from gateway.errors import CostLimitExceeded, GatewayError, ItemLimitExceeded, TooManyOperations
from gateway.operation.allowance import Allowance, caller_key
from gateway.operation.at_once import AtOnce, AtOnceLimits
from gateway.operation.cost import Cost
from gateway.operation.rates import AllowanceSpent, Counted, Left, Rates
from tests.operation.tiny import Tiny
from tests.world import Clock

ADA = Caller("key", own_key=False, name="ada")


def allowance(cost: int = 100, rate: int = 0, at_once: AtOnce | None = None) -> Allowance:
    rates = Rates(rate, 60, Clock()) if rate else None
    return Allowance(cost, at_once or AtOnce(AtOnceLimits(2, 2)), rates)


async def test_an_operation_that_asks_for_too_many_items_is_refused() -> None:
    may = Allowance(100, AtOnce(AtOnceLimits(2, 2)), None, most_items=50)
    with pytest.raises(ItemLimitExceeded, match="asks for 51 items of lists; 50 are allowed"):
        await may.admit(ADA, Cost(1, 51))
    assert (await may.admit(ADA, Cost(1, 50))).cost == 1


async def test_an_operation_that_may_cost_too_much_is_refused() -> None:
    with pytest.raises(CostLimitExceeded) as refused:
        await allowance(cost=5).admit(ADA, Cost(6, 0))
    assert refused.value.extensions() == {"code": "COST_LIMIT_EXCEEDED", "cost": 6, "limit": 5}
    assert (await allowance(cost=5).admit(ADA, Cost(5, 0))).cost == 5


async def test_what_no_window_can_hold_costs_too_much() -> None:
    with pytest.raises(CostLimitExceeded) as refused:
        await allowance(cost=100, rate=5).admit(ADA, Cost(6, 0))
    assert refused.value.limit == 5


async def test_where_nothing_is_counted_nothing_is_told() -> None:
    assert (await allowance(rate=0).admit(ADA, Cost(5, 0))).left is None
    assert (await allowance(rate=5).admit(ADA, Cost(0, 0))).left is None


async def test_an_operation_that_is_refused_for_its_size_takes_one() -> None:
    may = Allowance(100, AtOnce(AtOnceLimits(2, 2)), Rates(3, 60, Clock()), most_items=50)
    for cost, kind, remaining in (
        (Cost(4, 0), CostLimitExceeded, 2),
        (Cost(1, 51), ItemLimitExceeded, 1),
        (Cost(4, 0), CostLimitExceeded, 0),
    ):
        with pytest.raises(kind) as refused:
            await may.admit(ADA, cost)
        assert isinstance(refused.value, Counted)
        assert refused.value.left == Left(3, 60, remaining, 60)
    with pytest.raises(AllowanceSpent):
        await may.admit(ADA, Cost(4, 0))


async def test_what_takes_the_least_takes_it_whatever_it_uses() -> None:
    may = allowance(rate=10)
    admitted = await may.admit(ADA, Cost(0, 0), least=2)
    assert admitted.cost == 2
    admitted.end(used=0)
    assert admitted.left == Left(10, 60, 8, 60)


async def test_where_nothing_is_counted_what_is_refused_is_not_counted_either() -> None:
    may = allowance()
    may.check(ADA)
    assert await may.charge(ADA) is None


async def test_the_end_is_told_once() -> None:
    at_once = AtOnce(AtOnceLimits(2, 2))
    may = allowance(rate=10, at_once=at_once)
    first, second = await may.admit(ADA, Cost(4, 0)), await may.admit(ADA, Cost(4, 0))
    with pytest.raises(TooManyOperations):
        await may.admit(ADA, Cost(1, 0))
    for _ in range(2):
        first.end(used=1)
    second.end(used=0)
    assert at_once.running == 0
    assert second.left is not None
    third = await may.admit(ADA, Cost(9, 0))
    assert third.left is not None
    assert third.left.remaining == 0


async def test_what_is_refused_for_its_rate_does_not_run() -> None:
    at_once = AtOnce(AtOnceLimits(2, 2))
    may = allowance(rate=5, at_once=at_once)
    (await may.admit(ADA, Cost(5, 0))).end(5)
    with pytest.raises(AllowanceSpent):
        await may.admit(ADA, Cost(1, 0))
    assert at_once.running == 0


def test_callers_are_told_apart_by_tenant_and_name() -> None:
    others = (Caller("key", own_key=False, name="bob"), Caller("other", own_key=False, name="ada"))
    assert len({caller_key(caller) for caller in (ADA, *others)}) == 3


# In the pipeline.


async def end(tiny: Tiny, query: str) -> str | None:
    """The code with which it is refused, if it is."""
    try:
        await tiny.whole(query)
    except GatewayError as error:
        return error.code
    return None


async def test_each_field_at_the_root_counts_and_what_is_refused_opens_nothing() -> None:
    tiny = Tiny(allowance=allowance(cost=2))
    assert await end(tiny, "{ a: hello b: hello }") is None
    assert await end(tiny, "{ a: hello b: hello c: hello }") == "COST_LIMIT_EXCEEDED"
    assert (tiny.contexts, tiny.reads.closed) == (1, 1)


UNFIT = "query ($n: Int!) { hello(limits: { most: $n }) }"


@pytest.mark.parametrize(
    ("query", "options", "reason"),
    [
        ("{ hello", {}, "parse"),
        ("{ nope }", {}, "validation"),
        ("{ " + "hello " * 501 + "}", {}, "validation"),
        ("query A { hello } query B { hello }", {}, "validation"),
        ("mutation { change }", {"read_only": True}, "method"),
        ("{ hello }", {"variables": {"many": [0] * 5001}}, "validation"),
        (
            "query ($on: Boolean = true) { hello @skip(if: $on) }",
            {"variables": {"on": None}},
            "validation",
        ),
        (UNFIT, {}, "validation"),
        ("{ hello }", {"sha256": "0" * 64}, "request"),
    ],
)
async def test_what_is_refused_takes_one_each_time(
    query: str, options: dict[str, Any], reason: str
) -> None:
    tiny = Tiny(allowance=allowance(rate=2))
    for remaining in (1, 0):
        answer = await tiny.whole(query, **options)
        assert answer.refused == reason
        assert answer.left == Left(2, 60, remaining, 60)
    opened = tiny.contexts
    with pytest.raises(AllowanceSpent):
        await tiny.whole(query, **options)
    assert tiny.contexts == opened


async def test_a_hash_that_is_not_known_takes_nothing() -> None:
    tiny = Tiny(allowance=allowance(rate=1))
    for _ in range(3):
        answer = await tiny.whole(None, sha256="0" * 64)
        assert (answer.refused, answer.left) == ("validation", None)
    assert (await tiny.whole("{ nope }")).left == Left(1, 60, 0, 60)
    assert (await tiny.whole(None, sha256="0" * 64)).refused == "validation"


async def test_who_has_nothing_left_has_nothing_new_read(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    tiny = Tiny(allowance=allowance(rate=2), answer_bytes=100_000)
    await tiny.whole("{ hello }")
    assert (await tiny.whole("{ nope }")).left == Left(2, 60, 0, 60)
    for query in ("{ nothing }", "{ __typename }"):
        assert await end(tiny, query) == "RATE_LIMITED"
        assert not tiny.documents.knows(query)
    assert (await tiny.whole("{ hello }")).content == b'{"data":{"hello":"Hello world"}}'
    told = [(record.__dict__["outcome"], record.__dict__["codes"]) for record in caplog.records]
    assert told == [
        ("answered", []),
        ("refused", ["GRAPHQL_VALIDATION_FAILED"]),
        ("refused", ["RATE_LIMITED"]),
        ("refused", ["RATE_LIMITED"]),
    ]


async def test_of_many_at_once_no_more_are_read_than_may_be() -> None:
    tiny = Tiny(allowance=allowance(rate=2))
    queries = [f"{{ nope{number} }}" for number in range(5)]
    ends = await asyncio.gather(*[end(tiny, query) for query in queries])
    assert sorted(str(each) for each in ends) == ["None"] * 2 + ["RATE_LIMITED"] * 3
    assert [tiny.documents.knows(query) for query in queries].count(True) == 2


async def test_what_was_sent_is_what_counts_however_the_operation_ends() -> None:
    tiny = Tiny(allowance=allowance(rate=4))
    ends = [await end(tiny, query) for query in ("{ hello missing }", "{ hello broken sure }")]
    assert ends == [None, None]
    parts = await tiny.parts("{ hello slow { id ... @defer { later } } }")
    assert parts.left is not None
    assert parts.left.remaining == 0
    async for _ in parts.rest:
        pass
    answer = await tiny.whole("{ hello }")
    assert answer.left is not None
    assert answer.left.remaining == 0
    assert await end(tiny, "{ hello }") == "RATE_LIMITED"


async def test_parts_count_as_under_way_until_they_end() -> None:
    at_once = AtOnce(AtOnceLimits(1, 1))
    tiny = Tiny(allowance=allowance(at_once=at_once))
    parts = await tiny.parts("{ slow { id ... @defer { never } } }")
    assert at_once.running == 1
    assert await end(tiny, "{ hello }") == "TOO_MANY_OPERATIONS"
    await parts.rest.aclose()  # type: ignore[attr-defined] # it is a generator
    assert at_once.running == 0


async def test_remembered_answers_are_not_counted() -> None:
    at_once = AtOnce(AtOnceLimits(1, 1))
    tiny = Tiny(allowance=allowance(rate=2, at_once=at_once), answer_bytes=100_000)
    assert await end(tiny, "{ hello }") is None
    at_once.enter("another")
    assert await end(tiny, "{ hello }") is None
    assert await end(tiny, "{ missing }") == "TOO_MANY_OPERATIONS"


async def test_what_is_given_up_on_the_way_gives_nothing_back() -> None:
    tiny = Tiny(allowance=allowance(rate=4))
    parts = await tiny.parts("{ a: hello b: hello slow { id ... @defer { never } } }")
    await parts.rest.aclose()  # type: ignore[attr-defined] # it is a generator
    answer = await tiny.whole("{ hello }")
    assert answer.left is not None
    assert answer.left.remaining == 0


async def test_a_context_that_cannot_be_opened_leaves_nothing_under_way() -> None:
    at_once = AtOnce(AtOnceLimits(1, 1))
    tiny = Tiny(allowance=allowance(at_once=at_once))

    def fails(_: object) -> object:
        raise LookupError

    tiny.pipeline._open_context = fails  # type: ignore[assignment] # it fails before it returns
    with pytest.raises(LookupError):
        await tiny.whole("{ hello }")
    assert at_once.running == 0
