"""No page is larger than 1,000, wherever one is asked for: an operation's cost relies on it."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)

from gateway.app import schema
from gateway.schema.cursors import LARGEST_PAGE
from tests.world import faults, world

SCHEMA = schema().executable


def paged() -> list[str]:
    """Every field of the schema that takes `first`, as `Type.field`."""
    return [
        f"{type_.name}.{name}"
        for type_ in SCHEMA.type_map.values()
        if isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items()
        if "first" in field.args
    ]


def some(type_: Any) -> str:
    """A value of an input type, as a literal."""
    named = get_named_type(type_)
    if is_list_type(getattr(type_, "of_type", type_)):
        return f"[{some(named)}]"
    if isinstance(named, GraphQLEnumType):
        return str(next(iter(named.values)))
    if isinstance(named, GraphQLInputObjectType):
        fields = [*named.fields.items()]
        needed = [(n, f) for n, f in fields if is_required_input_field(f)]
        chosen = fields[:1] if named.is_one_of else needed
        return "{ " + " ".join(f"{n}: {some(f.type)}" for n, f in chosen) + " }"
    return {"Int": "1", "Float": "1", "Boolean": "true"}.get(named.name, '"x"')


def test_there_are_pages() -> None:
    assert {"Query.calls", "Query.agents"} <= set(paged())


@pytest.mark.parametrize("first", [LARGEST_PAGE + 1, -1])
@pytest.mark.parametrize("name", [name for name in paged() if name.startswith("Query.")])
async def test_a_larger_page_is_refused_and_nothing_is_asked(name: str, first: int) -> None:
    assert SCHEMA.query_type is not None
    field = SCHEMA.query_type.fields[name.partition(".")[2]]
    given = [
        f"{argument}: {some(declared.type)}"
        for argument, declared in field.args.items()
        if is_required_argument(declared)
    ]
    arguments = " ".join([f"first: {first}", *given])
    query = f"{{ it: {name.partition('.')[2]}({arguments}) {{ nodes {{ __typename }} }} }}"
    async with world(calls=1) as it:
        answer = await it.answer(query)
        assert faults(answer) == [("it", "BAD_USER_INPUT")]
        assert answer["errors"][0]["message"] == f"`first` must be from 0 to {LARGEST_PAGE}."
        assert it.requests == {}
