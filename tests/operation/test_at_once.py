"""`gateway.operation.at_once`: how many operations run, of each tenant and in all."""

from __future__ import annotations

import pytest

from gateway.errors import TooManyOperations
from gateway.operation.at_once import AtOnce, AtOnceLimits


def test_a_tenant_has_so_many_and_gets_another_when_one_ends() -> None:
    at_once = AtOnce(AtOnceLimits(tenant=2, all=10))
    at_once.enter("a")
    at_once.enter("a")
    with pytest.raises(TooManyOperations) as refused:
        at_once.enter("a")
    assert refused.value.of_caller
    assert refused.value.extensions() == {"code": "TOO_MANY_OPERATIONS", "retryAfter": 1}
    at_once.enter("b")
    at_once.leave("a")
    at_once.enter("a")
    assert at_once.running == 3


def test_all_together_have_so_many() -> None:
    at_once = AtOnce(AtOnceLimits(tenant=2, all=3))
    for tenant in ("a", "b", "c"):
        at_once.enter(tenant)
    with pytest.raises(TooManyOperations) as refused:
        at_once.enter("d")
    assert not refused.value.of_caller
    at_once.leave("a")
    at_once.enter("d")


def test_a_tenant_of_which_nothing_runs_is_forgotten() -> None:
    at_once = AtOnce(AtOnceLimits(tenant=1, all=1))
    for number in range(100):
        at_once.enter(str(number))
        with pytest.raises(TooManyOperations):
            at_once.enter("another")
        at_once.leave(str(number))
    assert (at_once.running, len(at_once._of_tenant)) == (0, 0)
