"""The selection of every field below a type, made from the schema: nothing of it can be missed."""

from __future__ import annotations

from functools import cache

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_enum_type,
    is_leaf_type,
)

from gateway.app import schema
from gateway.schema.readings import READING, Linked, LinkedMany, chosen


def is_link(field: GraphQLField) -> bool:
    """Whether it is another resource's object, or something that is asked for with arguments."""
    reading = chosen(field.extensions.get(READING), None)
    return reading is None or isinstance(reading, Linked | LinkedMany)


KNOWN = "Known"
"""What is put behind the name of an enum that is a plain text in another type of a union."""


@cache
def everything(name: str) -> str:
    """All fields of all types that `name` can be, as the inside of a selection set."""
    type_ = schema().executable.type_map[name]
    if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
        members = schema().executable.get_possible_types(type_)
        texts = {
            field_name
            for member in members
            for field_name, field in member.fields.items()
            if get_named_type(field.type).name == "String"
        }
        parts = (f"... on {member.name} {{ {_fields(member, texts)} }}" for member in members)
        return " ".join(("__typename", *parts))
    assert isinstance(type_, GraphQLObjectType)
    return _fields(type_, set())


def _fields(type_: GraphQLObjectType, texts: set[str]) -> str:
    """`texts` are names that are texts elsewhere, and may not be enums under the same name."""
    return " ".join(
        _field(type_, name, texts) for name in type_.fields if not is_link(type_.fields[name])
    )


def _field(type_: GraphQLObjectType | GraphQLInterfaceType, name: str, texts: set[str]) -> str:
    below = get_named_type(type_.fields[name].type)
    if not is_leaf_type(below):
        return f"{name} {{ {everything(below.name)} }}"
    return f"{name}{KNOWN}: {name}" if name in texts and is_enum_type(below) else name


def fields(type_name: str) -> dict[str, str]:
    """Each field of an object type or interface, with everything below it."""
    type_ = schema().executable.type_map[type_name]
    assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
    return {
        name: _field(type_, name, set()) for name in type_.fields if not is_link(type_.fields[name])
    }
