from __future__ import annotations

import datetime
from hashlib import sha256

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cache.entry import Freshness
from gateway.cache.keys import entry_key, tag

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
)
arguments = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab:,", max_size=3), inner),
    max_leaves=8,
)


def exactly(values: list[object]) -> str:
    """Tells apart what Python finds equal, such as 1, 1.0 and True; not the order of keys."""
    return repr([_sorted(value) for value in values])


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def test_a_key_starts_with_the_tenant_then_the_resource() -> None:
    assert entry_key("tenant", "call", "call_1") == 'tenant:call:["call_1"]'


def test_a_key_may_have_no_arguments() -> None:
    assert entry_key("tenant", "concurrency") == "tenant:concurrency:[]"


def test_arguments_that_join_to_the_same_text_have_keys_of_their_own() -> None:
    different = [("a", "b:c"), ("a:b", "c"), ("a:b:c",), ('a","b:c',), (["a", "b:c"],)]
    assert len({entry_key("tenant", "call", *given) for given in different}) == len(different)


def test_values_of_different_types_have_keys_of_their_own() -> None:
    different: list[object] = [None, True, 1, "1", "true", "null", [], {}, ""]
    assert len({entry_key("tenant", "call", given) for given in different}) == len(different)


def test_the_order_of_dict_keys_makes_no_difference() -> None:
    one = {"limit": 50, "filter": {"a": 1, "b": 2}}
    other = {"filter": {"b": 2, "a": 1}, "limit": 50}
    assert entry_key("tenant", "calls", one) == entry_key("tenant", "calls", other)


def test_long_arguments_are_hashed() -> None:
    digest = sha256(orjson.dumps(["x" * 200])).hexdigest()
    assert entry_key("tenant", "calls", "x" * 200) == f"tenant:calls:#{digest}"


def test_long_arguments_that_differ_at_the_end_have_keys_of_their_own() -> None:
    assert entry_key("t", "calls", "x" * 999 + "1") != entry_key("t", "calls", "x" * 999 + "2")


def test_no_argument_is_mistaken_for_a_hash() -> None:
    hashed = entry_key("tenant", "calls", "x" * 200)
    assert entry_key("tenant", "calls", hashed.removeprefix("tenant:calls:")) != hashed


def test_two_tenants_never_share_a_key() -> None:
    assert entry_key("a", "call", "call_1") != entry_key("b", "call", "call_1")
    assert tag("a", "call", "call_1") != tag("b", "call", "call_1")


@pytest.mark.parametrize(("tenant", "resource"), [("a:b", "call"), ("a", "b:call")])
def test_a_colon_cannot_move_from_one_part_of_a_name_to_another(tenant: str, resource: str) -> None:
    with pytest.raises(ValueError, match="colon"):
        entry_key(tenant, resource)
    with pytest.raises(ValueError, match="colon"):
        tag(tenant, resource, "call_1")


@pytest.mark.parametrize(
    "argument", [{1: "a"}, datetime.date(2025, 1, 1), Freshness(1), b"a", 2**64, "\ud800", object()]
)
def test_an_argument_that_is_not_json_is_refused(argument: object) -> None:
    with pytest.raises(TypeError):
        entry_key("tenant", "call", argument)


def test_a_tag_names_one_object() -> None:
    assert tag("tenant", "call", "call_1") == "tenant:call:call_1"


@given(st.lists(arguments, max_size=3), st.lists(arguments, max_size=3))
def test_keys_are_equal_exactly_where_arguments_are(one: list[object], two: list[object]) -> None:
    same = exactly(one) == exactly(two)
    assert (entry_key("tenant", "call", *one) == entry_key("tenant", "call", *two)) is same
