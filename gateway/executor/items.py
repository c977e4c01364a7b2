"""What the parts of the compiler share: how a selected field is found, and a type is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLObjectType
    from graphql.execution.collect_fields import FieldDetailsList

    from gateway.schema.readings import Discriminator


class NotCompiled(Exception):
    """The operation has something that is left to graphql-core."""


class Members(dict[str, int | None]):
    """The number of the type that each kind is of; of those that are not known, the fallback's."""

    def __init__(self, told: Discriminator, numbers: Mapping[str, int]) -> None:
        super().__init__({key: numbers.get(name) for key, name in told.members.items()})
        self._told = told
        self._numbers = numbers

    def __missing__(self, kind: str) -> int | None:
        return self._numbers.get(self._told.newer(kind))


def definition_of(parent: GraphQLObjectType, details: FieldDetailsList) -> Any:
    """The definition of a field that is selected of a type."""
    definition = parent.fields.get(details[0].node.name.value)
    if definition is None:
        raise NotCompiled("introspection")
    return definition
