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
    assert repr(caller) == f"Caller(own_key=True, tenant='{caller.tenant}')"


def test_a_caller_stays_who_it_is() -> None:
    with pytest.raises(AttributeError):
        Caller("key_a", own_key=True).api_key = "key_b"  # type: ignore[misc]  # that is the test
