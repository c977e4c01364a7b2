"""Objects that requests make, change and remove, until they are reset."""

from __future__ import annotations

import pytest

from gateway.sandbox.app import create_sandbox
from gateway.sandbox.problem import Problem
from gateway.sandbox.shelf import Shelf
from tests.sandbox.asking import KEY_A, KEY_B, NOW_S


def cups(*names: str, missing: int = 422) -> Shelf:
    return Shelf("cup", "cup_id", [{"cup_id": name} for name in names], missing)


def test_objects_are_found_in_the_order_in_which_they_came() -> None:
    shelf = cups("b", "a")
    assert shelf.put({"cup_id": "c"}) == {"cup_id": "c"}
    shelf.put({"cup_id": "b", "full": True})
    assert [*shelf] == [{"cup_id": "b", "full": True}, {"cup_id": "a"}, {"cup_id": "c"}]
    assert shelf.find("c") == {"cup_id": "c"}


@pytest.mark.parametrize("status", [422, 404])
def test_what_is_not_there_is_refused_in_retells_words(status: int) -> None:
    shelf = cups("a", missing=status)
    shelf.remove("a")
    for attempt in (shelf.find, shelf.remove):
        with pytest.raises(Problem, match=r"Cannot find requested asset .*: cup a") as refused:
            attempt("a")
        assert refused.value.status == status


def test_each_key_has_its_own_and_a_reset_brings_the_first_day_back() -> None:
    sandbox = create_sandbox(clock=lambda: NOW_S, calls=1)
    one, other = sandbox.accounts[KEY_A], sandbox.accounts[KEY_B]
    one.shelf("cups", lambda account: cups(account.key)).put({"cup_id": "new"})
    assert [cup["cup_id"] for cup in one.shelf("cups", lambda _: cups())] == [KEY_A, "new"]
    assert [cup["cup_id"] for cup in other.shelf("cups", lambda account: cups(account.key))] == [
        KEY_B
    ]
    sandbox.reset()
    assert [cup["cup_id"] for cup in one.shelf("cups", lambda _: cups("first"))] == ["first"]
