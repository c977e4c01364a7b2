"""Lists that are still bytes: the shape in which they are decoded, as far as they are selected, and
the expression that makes the response of that. Pure.

The decoder sees to it that all is of its type; what is not is decoded whole, and looked at value by
value. Only GraphQL names, and reprs of constants, get into an expression.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLString,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from gateway.executor.items import Members, definition_of
from gateway.executor.plan import Surprise
from gateway.schema.readings import NOTHING, READING, Discriminator, Key, Plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLLeafType
    from graphql.execution.collect_fields import FieldDetailsList

    from gateway.executor.compile import Compiler

Shape = Any
"""Of JSON, in plain data: a class of `str`, `int`, `float` and `bool`; `object` for what is left as
it is; a list of the shape of its items; a dict of shapes by key. What may also be null, or not be
there, stands in a tuple of one. An `int` has 32 bits, and a `float` is below 2**53: beyond, whole
numbers would be rounded."""

Typed = Callable[[Shape], Callable[[object], list[Any] | None]]
"""Given the shape of a list, what makes one of it that is still bytes: its objects have attributes
in the place of keys, see `attribute`. None for any other value, and where it does not fit."""

TYPES: dict[GraphQLLeafType, type] = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLBoolean: bool,
    GraphQLInt: int,
    GraphQLFloat: float,
}
MOST_FIELDS = 100
"""Of all objects of a shape together."""


def surprise() -> None:
    """An expression's way to say that graphql-core has to answer."""
    raise Surprise


class _Untyped(Exception):
    """Something is selected that needs the objects themselves."""


def typed_list(
    compiler: Compiler,
    item_type: Any,
    details: FieldDetailsList,
    *,
    decoded: str,
) -> tuple[Shape, str] | None:
    """The shape of a list of these items, and an expression of the response, given the name of the
    `decoded` list; None where it has to be decoded whole."""
    try:
        shape, shown = _Typing(compiler).of(item_type, details, "x0")
    except _Untyped:
        return None
    return [shape], f"[{shown} for x0 in {decoded}]"


def attribute(number: int) -> str:
    """The name under which a decoded object has the key of this number."""
    return f"f{number}"


class _Typing:
    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._fields = 0
        self._variables = 0

    def of(self, type_: Any, details: FieldDetailsList, v: str) -> tuple[Shape, str]:
        """The shape of a value of this type, and an expression of what is shown of it, given an
        expression of it."""
        if is_non_null_type(type_):
            return self._value(type_.of_type, details, v, nullable=False)
        shape, shown = self._value(type_, details, v, nullable=True)
        return (shape,), shown if shown == v else f"(None if {v} is None else {shown})"

    def _value(
        self, type_: Any, details: FieldDetailsList, v: str, *, nullable: bool
    ) -> tuple[Shape, str]:
        if is_leaf_type(type_):
            return self._leaf(type_, v, nullable=nullable)
        if is_list_type(type_):
            self._variables += 1
            item = f"x{self._variables}"
            shape, shown = self.of(type_.of_type, details, item)
            return [shape], v if shown == item else f"[{shown} for {item} in {v}]"
        if isinstance(type_, GraphQLObjectType):
            keys: dict[str, Shape] = {}
            return keys, self._object(type_, details, v, keys)
        return self._abstract(type_, details, v)

    def _leaf(self, type_: GraphQLLeafType, v: str, *, nullable: bool) -> tuple[Shape, str]:
        write, leaf = self._compiler.leaf(type_)
        told = type_.extensions.get(READING)
        if leaf.names is not None:
            names = self._compiler.bind("names", leaf.names)
            return str, f"({names}.get({v}) or {write}({v}))"
        if isinstance(told, Plain) and told.kind is str:
            return str, v
        if type_ in TYPES:
            return TYPES[type_], v
        shown = self._compiler.bind(
            "shown", _shown(self._compiler.plain, leaf.write, nullable=nullable)
        )
        return object, f"{shown}({v})"

    def _object(
        self,
        type_: GraphQLObjectType,
        details: FieldDetailsList,
        v: str,
        keys: dict[str, Shape],
    ) -> str:
        entries = []
        for name, below in self._compiler.subfields(type_, details).items():
            if below[0].node.name.value == "__typename":
                entries.append(f"{name!r}: {type_.name!r}")
                continue
            definition = definition_of(type_, below)
            reading = self._compiler.reading(definition)
            if reading is NOTHING and not is_non_null_type(definition.type):
                entries.append(f"{name!r}: None")
                continue
            if not isinstance(reading, Key) or len(reading.names) > 1:
                raise _Untyped
            at = self._at(reading.names[0], keys)
            shape, shown = self.of(definition.type, below, f"{v}.{at}")
            # Selected twice, with other fields of it each time, or the same in another order.
            if repr(keys.setdefault(reading.names[0], shape)) != repr(shape):
                raise _Untyped
            entries.append(f"{name!r}: {shown}")
        return f"{{{', '.join(entries)}}}"

    def _at(self, key: str, keys: Mapping[str, Shape]) -> str:
        self._fields += 1
        if self._fields > MOST_FIELDS:
            raise _Untyped
        known = list(keys)
        return attribute(known.index(key) if key in keys else len(known))

    def _abstract(self, type_: Any, details: FieldDetailsList, v: str) -> tuple[Shape, str]:
        told = type_.extensions.get(READING)
        if not isinstance(told, Discriminator):
            raise _Untyped
        possible = self._compiler.possible_types(type_)
        numbers = {each.name: number for number, each in enumerate(possible)}
        members = self._compiler.bind("types", Members(told, numbers))
        keys: dict[str, Shape] = {told.key: (str,)}
        ways = [self._object(each, details, v, keys) for each in possible]
        self._variables += 1
        kind, by = f"t{self._variables}", f"{v}.{attribute(0)}"
        found = f"{members}[{by}] if {by} is not None else {numbers.get(told.fallback)}"
        shown = f"{ways[0]} if ({kind} := {found}) == 0 else "
        shown += "".join(f"{way} if {kind} == {at} else " for at, way in enumerate(ways) if at)
        return keys, f"({shown}surprise())"


def _shown(
    plain: Callable[[object], object], write: Callable[[object], Any], *, nullable: bool
) -> Any:
    """What shows a value that was left as it is."""

    def shown(value: object) -> Any:
        value = plain(value)
        return None if value is None and nullable else write(value)

    return shown
