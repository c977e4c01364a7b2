"""The caller: a key that is not shown, and the tenant that it makes."""

from __future__ import annotations

from hashlib import sha256

import pytest

from gateway.auth.caller import Caller


def test_a_tenant_is_half_of_a_hash_of_the_key() -> None:
    caller = Caller("key_abc", own_key=True)
    assert caller.tenant == sha256(b"key_abc").hexdigest()[:32]


def test_no_two_keys_are_one_tenant() -> None:
    keys = ["key_a", "key_b", "key_A", "key_a "]
    assert len({Caller(key, own_key=True).tenant for key in keys}) == 4


def test_whose_key_it_is_makes_no_other_tenant() -> None:
    assert Caller("key_a", own_key=True).tenant == Caller("key_a", own_key=False).tenant


def test_a_key_is_in_no_repr() -> None:
    caller = Caller("key_abc", own_key=True)
    assert "key_abc" not in repr(caller)
    assert caller.tenant in repr(caller)


def test_a_caller_stays_who_it_is() -> None:
    with pytest.raises(AttributeError):
        Caller("key_a", own_key=True).api_key = "key_b"  # type: ignore[misc]  # that is the test


def test_a_caller_without_scopes_may_do_everything() -> None:
    assert Caller(api_key="a", own_key=False).may("calls:read")


def test_a_caller_with_scopes_may_do_no_more_than_these() -> None:
    caller = Caller(api_key="a", own_key=False, scopes=frozenset({"calls:read"}))
    assert caller.may("calls:read")
    assert not caller.may("calls:write")


def test_callers_of_one_tenant_with_the_same_scopes_have_one_view() -> None:
    def view(*scopes: str, name: str = "any") -> str:
        return Caller("a", own_key=False, name=name, scopes=frozenset(scopes)).view

    everything = Caller("a", own_key=False).view
    assert view("x", "y", name="one") == view("y", "x", name="other")
    assert len({everything, view(), view("x"), view("y"), view("x", "y")}) == 5


def test_a_view_is_of_one_tenant() -> None:
    scopes = frozenset({"calls:read"})
    assert Caller("a", own_key=False, scopes=scopes).view.startswith(Caller("a", False).view)
    assert Caller("a", False, scopes=scopes).view != Caller("b", False, scopes=scopes).view
