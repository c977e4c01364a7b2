"""Values of an operation's variables: graphql-core's coercion, without what is alike each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLScalarType, Undefined, is_non_null_type
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLSchema, OperationDefinitionNode
    from graphql.execution.get_variable_signature import GraphQLVariableSignature

    Scalars = list[tuple[GraphQLVariableSignature, GraphQLScalarType]]

MOST_ERRORS = 50
"""Of variables that do not fit: graphql-core's own bound."""


class Variables:
    """Coerces the variables of one operation. Keeps nothing of any request."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        signatures = [get_variable_signature(schema, each) for each in self._definitions]
        scalars = [
            (signature, scalar)
            for signature in signatures
            if not isinstance(signature, GraphQLError) and (scalar := _scalar(signature))
        ]
        self._scalars = scalars if len(scalars) == len(signatures) else None

    def coerced(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values, or graphql-core's errors about those that do not fit."""
        values = None if self._scalars is None else _quickly(self._scalars, given)
        if values is not None:
            return values
        return get_variable_values(self._schema, self._definitions, dict(given), MOST_ERRORS)


def _quickly(scalars: Scalars, given: Mapping[str, Any]) -> VariableValues | None:
    """Where every variable is a scalar that is given and fits: most are ids."""
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for signature, scalar in scalars:
        value = given.get(signature.name)
        if value is None:
            return None
        try:
            coerced[signature.name] = converted = scalar.coerce_input_value(value)
        except Exception:  # noqa: BLE001 - graphql-core will word it
            return None
        if converted is Undefined:
            return None
        sources[signature.name] = VariableValueSource(signature, value)
    return VariableValues(sources, coerced)


def _scalar(signature: GraphQLVariableSignature) -> GraphQLScalarType | None:
    type_ = signature.type
    named = type_.of_type if is_non_null_type(type_) else type_
    return named if isinstance(named, GraphQLScalarType) else None
