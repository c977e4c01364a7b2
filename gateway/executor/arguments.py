"""Arguments of one field as it is selected: graphql-core's, with all that is alike each time worked
out once. What is unusual is left to graphql-core. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from graphql import (
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    VariableNode,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution import get_argument_values
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from graphql import (
        GraphQLArgument,
        GraphQLField,
        GraphQLInputField,
        GraphQLInputType,
        ValueNode,
    )
    from graphql.execution.collect_fields import FieldDetails
    from graphql.execution.values import VariableValues

    Read = Callable[[Mapping[str, Any]], Any]
    """Makes a value, given those of the variables."""

CONSTANT = frozenset({str, int, float, bool, type(None)})
"""Values that all requests can share, as they can those of enums: nobody can change them."""


class _Unusual(Exception):
    """graphql-core is to say what this comes to: as a rule, an error."""


@dataclass(slots=True)
class _Slot:
    """An argument, or a field of an input object."""

    name: str
    read: Read | None
    """None: it is not given."""
    variable: str | None
    """What is given is this variable, and it alone."""
    non_null: bool
    default: object
    """`Undefined` where there is none."""


class Arguments:
    """Of one field. Keeps nothing of any request."""

    def __init__(self, definition: GraphQLField, details: FieldDetails) -> None:
        self._definition = definition
        self._details = details
        self._slots: list[_Slot] | None = None
        if details.fragment_variable_values is None:
            given = {each.name.value: each.value for each in details.node.arguments or ()}
            try:
                self._slots = _slots(definition.args, given)
            except (_Unusual, TypeError):  # a TypeError is a default that does not fit its type
                self._slots = None

    def values(self, variables: VariableValues) -> dict[str, Any]:
        """The arguments; `GraphQLError` where they do not fit."""
        if self._slots is not None:
            try:
                return _filled(self._slots, variables.coerced)
            except _Unusual:
                pass
        details = self._details
        return get_argument_values(
            self._definition, details.node, variables, details.fragment_variable_values
        )


def _slots(
    definitions: Mapping[str, GraphQLArgument] | Mapping[str, GraphQLInputField],
    given: Mapping[str, ValueNode],
) -> list[_Slot]:
    slots = []
    for name, definition in definitions.items():
        node = given.get(name)
        variable = node.name.value if isinstance(node, VariableNode) else None
        read = None if node is None else _reader(node, definition.type)
        default = coerce_default_value(definition)
        non_null = is_non_null_type(definition.type)
        if node is None and non_null and default is Undefined:
            raise _Unusual
        slots.append(_Slot(definition.out_name or name, read, variable, non_null, default))
    return slots


def _filled(slots: Sequence[_Slot], variables: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for slot in slots:
        if slot.variable is not None:
            value = variables.get(slot.variable, Undefined)
            if value is Undefined:  # as if it were not given
                value = slot.default
                if value is Undefined and slot.non_null:
                    raise _Unusual
            elif value is None and slot.non_null:
                raise _Unusual
        else:
            value = slot.default if slot.read is None else slot.read(variables)
        if value is not Undefined:
            values[slot.name] = value
    return values


def _reader(node: ValueNode, type_: GraphQLInputType) -> Read:
    """What makes the value of a literal, or of a variable within one."""
    if isinstance(node, VariableNode):
        return _variable(node.name.value, non_null=is_non_null_type(type_))
    if is_non_null_type(type_):
        if isinstance(node, NullValueNode):
            raise _Unusual
        type_ = type_.of_type
    if is_list_type(type_) and isinstance(node, ListValueNode):
        items = [_reader(item, type_.of_type) for item in node.values]
        return lambda variables: [read(variables) for read in items]
    if is_input_object_type(type_) and isinstance(node, ObjectValueNode):
        return _object(node, type_)
    if isinstance(node, ListValueNode | ObjectValueNode):
        raise _Unusual
    value = coerce_input_literal(node, type_)
    if value.__class__ not in CONSTANT and not isinstance(value, Enum):
        raise _Unusual
    return lambda _variables: value


def _variable(name: str, *, non_null: bool) -> Read:
    def read(variables: Mapping[str, Any]) -> Any:
        value = variables.get(name, Undefined)
        if value is Undefined or (value is None and non_null):
            raise _Unusual
        return value

    return read


def _object(node: ObjectValueNode, type_: Any) -> Read:
    given = {each.name.value: each.value for each in node.fields}
    if not given.keys() <= type_.fields.keys():
        raise _Unusual
    slots, out_type, one_of = _slots(type_.fields, given), type_.out_type, type_.is_one_of
    if one_of and len(given) != 1:
        raise _Unusual

    def read(variables: Mapping[str, Any]) -> Any:
        values = _filled(slots, variables)
        if one_of and (len(values) != 1 or None in values.values()):
            raise _Unusual
        return out_type(values)

    return read
