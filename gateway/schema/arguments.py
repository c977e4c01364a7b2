"""Arguments as resolvers take them: Strawberry's conversion of each type, worked out once.

It does what `strawberry.types.arguments.convert_argument` does, which looks at every type anew for
each value; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING
from typing import TYPE_CHECKING, Any

from strawberry import UNSET
from strawberry.types.base import (
    StrawberryList,
    StrawberryOptional,
    get_object_definition,
)

if TYPE_CHECKING:
    from strawberry.schema.name_converter import NameConverter

Convert = Callable[[Any], Any]


class Converters:
    """Those of one schema: each makes an argument of what graphql-core has coerced."""

    def __init__(self, names: NameConverter) -> None:
        """`names` tell what the fields of inputs are called in the schema."""
        self._names = names
        self._inputs: dict[type, Convert] = {}

    def to(self, type_: object) -> Convert | None:
        """The converter to a type; None where values stay as they are: scalars and enums."""
        if isinstance(type_, StrawberryOptional):
            return self.to(type_.of_type)
        if isinstance(type_, StrawberryList):
            each = self.to(type_.of_type)
            # Copied in any case: a default is shared by all requests that leave the value out.
            return _unless_absent(list if each is None else _listed(each))
        if isinstance(type_, type) and get_object_definition(type_) is not None:
            if type_ not in self._inputs:
                self._inputs[type_] = _unless_absent(self._input(type_))
            return self._inputs[type_]
        return None

    def _input(self, type_: type) -> Convert:
        definition = get_object_definition(type_, strict=True)
        absent = {
            field.python_name: None
            for field in definition.fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }
        fields = {
            self._names.from_field(field): (
                field.python_name,
                self.to(field.resolve_type(type_definition=definition)),
            )
            for field in definition.fields
        }

        def convert(given: dict[str, Any]) -> object:
            values: dict[str, Any] = dict(absent)
            for name, value in given.items():
                python_name, inner = fields[name]
                values[python_name] = value if inner is None else inner(value)
            return type_(**values)

        return convert


def _listed(each: Convert) -> Convert:
    return lambda items: [each(item) for item in items]


def _unless_absent(convert: Convert) -> Convert:
    return lambda value: value if value is None or value is UNSET else convert(value)
