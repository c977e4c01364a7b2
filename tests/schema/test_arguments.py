"""Arguments are converted as Strawberry converts them, whatever is given."""

from __future__ import annotations

import io
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    is_list_type,
    is_non_null_type,
)
from graphql.utilities import coerce_input_value
from hypothesis import given, settings
from hypothesis import strategies as st
from strawberry import UNSET
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY
from strawberry.types.arguments import convert_argument

from gateway.app import schema
from gateway.schema.arguments import Converters
from gateway.schema.scalars import SCALARS
from gateway.upstream.form import File

EXECUTABLE = schema().executable
CONFIG = StrawberryConfig()
REGISTRY: Any = {**DEFAULT_SCALAR_REGISTRY, **SCALARS}
LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "Int": st.integers(0, 9),
    "BigInt": st.integers(0, 9),
    "Float": st.floats(0, 9),
    "Boolean": st.booleans(),
    "DateTime": st.just("2026-01-31T09:30:00Z"),
    "Upload": st.builds(lambda: File("a.txt", "text/plain", 1, io.BytesIO(b"a"))),
    "JSON": st.dictionaries(st.text("ab", max_size=2), st.integers(0, 9), max_size=2),
}
TEXTS = st.text("abc", min_size=1, max_size=3)
ARGUMENTS = [
    (root, name, argument)
    for root in ("Query", "Mutation")
    for name, field in EXECUTABLE.type_map[root].fields.items()  # type: ignore[attr-defined]  # objects have fields
    for argument in field.args
]


def values(type_: Any) -> st.SearchStrategy[Any]:
    """JSON values of an input type."""
    if is_non_null_type(type_):
        return _values(type_.of_type)
    return st.none() | _values(type_)


def _values(type_: Any) -> st.SearchStrategy[Any]:
    if is_list_type(type_):
        return st.lists(values(type_.of_type), max_size=2)
    if isinstance(type_, GraphQLEnumType):
        return st.sampled_from(sorted(type_.values))
    if not isinstance(type_, GraphQLInputObjectType):
        return LEAVES.get(type_.name, TEXTS)
    if type_.is_one_of:
        return st.one_of(
            [st.fixed_dictionaries({n: _values(f.type)}) for n, f in type_.fields.items()]
        )
    needed = {n: values(f.type) for n, f in type_.fields.items() if is_non_null_type(f.type)}
    others = {n: values(f.type) for n, f in type_.fields.items() if n not in needed}
    return st.fixed_dictionaries(needed, optional=others)


@pytest.mark.parametrize(("root", "field", "argument"), ARGUMENTS)
def test_an_argument_is_what_strawberry_makes_of_it(root: str, field: str, argument: str) -> None:
    definition: Any = EXECUTABLE.type_map[root].fields[field]  # type: ignore[attr-defined]  # as above
    type_ = definition.args[argument].type
    declared = next(
        each
        for each in definition.extensions["strawberry-definition"].arguments
        if CONFIG.name_converter.from_argument(each) == argument
    )
    convert = Converters(CONFIG.name_converter).to(declared.type)

    @given(values(type_))
    @settings(max_examples=60, deadline=None, database=None)
    def same(value: Any) -> None:
        coerced = coerce_input_value(value, type_)
        made = coerced if convert is None else convert(coerced)
        assert made == convert_argument(coerced, declared.type, REGISTRY, CONFIG)

    same()


def test_what_is_left_out_stays_left_out() -> None:
    definition: Any = EXECUTABLE.query_type.fields["calls"]  # type: ignore[union-attr]  # there is one
    by_name = {
        CONFIG.name_converter.from_argument(each): each.type
        for each in definition.extensions["strawberry-definition"].arguments
    }
    convert = Converters(CONFIG.name_converter).to(by_name["filter"])
    assert convert is not None
    assert convert(UNSET) is UNSET
    assert convert(None) is None
    assert convert({}).from_number is UNSET


def test_a_default_is_no_object_that_requests_share() -> None:
    definition: Any = EXECUTABLE.query_type.fields["nodes"]  # type: ignore[union-attr]  # there is one
    (ids,) = definition.extensions["strawberry-definition"].arguments
    convert = Converters(CONFIG.name_converter).to(ids.type)
    given_ = ["a"]
    assert convert is not None
    assert convert(given_) == given_
    assert convert(given_) is not given_
