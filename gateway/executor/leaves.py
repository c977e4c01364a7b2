"""How values of scalars and enums are written: what is quick to tell as right, and all the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLString,
    Undefined,
)

from gateway.executor.plan import Surprise
from gateway.schema.readings import READING, Plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import GraphQLLeafType

_TEXT = "{v}.__class__ is str"
_WRITTEN = "{write}({v})"
_CHECKS: dict[GraphQLLeafType, tuple[str, str]] = {
    GraphQLString: (_TEXT, _WRITTEN),
    GraphQLID: (_TEXT, _WRITTEN),
    GraphQLBoolean: ("{v}.__class__ is bool", _WRITTEN),
    GraphQLInt: ("{v}.__class__ is int and -2147483649 < {v} < 2147483648", _WRITTEN),
    GraphQLFloat: (
        "{v}.__class__ is float and {v} - {v} == 0.0",  # neither infinite nor a NaN
        # Retell writes most of its numbers without a fraction; a double has these exactly.
        "({v} + 0.0 if {v}.__class__ is int and -9007199254740993 < {v} < 9007199254740993"
        " else {write}({v}))",
    ),
}
"""Expressions: whether a value is shown as it is, and what is shown otherwise."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """How one leaf type is written."""

    write: Callable[[object], Any]
    """Any value that is not null, by graphql-core's own conversion."""
    right: str | None = None
    """An expression that tells values which are shown as they are; `{v}` stands for the value."""
    shown: str = _WRITTEN
    """An expression of what is shown of others."""
    names: dict[str, str] | None = None
    """Of enums: the names of values that are texts."""


def leaf_of(type_: GraphQLLeafType, plain: Callable[[object], object]) -> Leaf:
    """How a leaf type is written; `plain` is asked first of values that are not as they look."""

    def write(value: object) -> Any:
        value = plain(value)
        if value is None or value is Undefined or isinstance(value, Exception):
            raise Surprise
        written = type_.coerce_output_value(value)
        if written is None or written is Undefined:
            raise Surprise
        return written

    if isinstance(type_, GraphQLEnumType):
        return Leaf(write, names=_names(type_))
    told = type_.extensions.get(READING)
    if isinstance(told, Plain) and told.kind is str:
        return Leaf(write, _TEXT)
    right, shown = _CHECKS.get(type_, (None, _WRITTEN))
    return Leaf(write, right, shown)


def _names(enum: GraphQLEnumType) -> dict[str, str]:
    found = {}
    for member in enum.values.values():
        if isinstance(member.value, str):
            try:
                found[str(member.value)] = enum.coerce_output_value(member.value)
            except GraphQLError:
                continue  # graphql-core will word it
    return found
