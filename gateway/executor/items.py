"""What is read of a list's objects: where that leaves out much, they need not be decoded whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLObjectType, get_nullable_type, is_abstract_type, is_list_type

from gateway.schema.readings import NOTHING, READING, Discriminator, Key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graphql.execution.collect_fields import FieldDetailsList

    from gateway.executor.compile import Compiler


class NotCompiled(Exception):
    """The operation has something that is left to graphql-core."""


def item_keys(
    compiler: Compiler, item_type: Any, details: FieldDetailsList
) -> frozenset[str] | None:
    """The keys by which all is read that is selected of a list's objects, where that leaves out a
    list in them; None: they are read whole."""
    type_ = get_nullable_type(item_type)
    keys: set[str] = set()
    possible: Sequence[GraphQLObjectType]
    if isinstance(type_, GraphQLObjectType):
        possible = [type_]
    elif is_abstract_type(type_):
        told = type_.extensions.get(READING)
        if not isinstance(told, Discriminator):
            return None
        keys.add(told.key)
        possible = compiler.possible_types(type_)
    else:
        return None
    leaves_out = False
    for each in possible:
        selected = dict(_selected(compiler, each, details))
        for below in selected.values():
            reading = compiler.reading(definition_of(each, below))
            if isinstance(reading, Key):
                keys.update(reading.names)
            elif reading is not NOTHING:
                return None
        leaves_out = leaves_out or _leaves_out_a_list(each, selected)
    return frozenset(keys) if leaves_out else None


def _selected(
    compiler: Compiler, type_: GraphQLObjectType, details: FieldDetailsList
) -> Iterator[tuple[str, FieldDetailsList]]:
    """What is selected of an object of this type, by the names of its fields."""
    for below in compiler.subfields(type_, details).values():
        name = below[0].node.name.value
        if name != "__typename":
            yield name, below


def _leaves_out_a_list(type_: GraphQLObjectType, selected: Mapping[str, object]) -> bool:
    others = (field.type for name, field in type_.fields.items() if name not in selected)
    return any(is_list_type(get_nullable_type(other)) for other in others)


def definition_of(parent: GraphQLObjectType, details: FieldDetailsList) -> Any:
    """The definition of a field that is selected of a type."""
    definition = parent.fields.get(details[0].node.name.value)
    if definition is None:
        raise NotCompiled("introspection")
    return definition
