"""Operators of Retell's filter language as inputs; each turns itself into Retell's form.

The names are Retell's: eq, ne, gt, ge, lt, le, sw (starts with), ew (ends with), co (contains),
bt (between), in.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

import strawberry
from strawberry import UNSET

from gateway.errors import BadUserInput
from gateway.schema.scalars import DateTime
from gateway.schema.types import OPEN_ENUMS, input_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.loaders import Json

MOST_VALUES = 1000
"""Values in one list of a filter: as many as a page has items."""

T = TypeVar("T")


def _chosen(operators: object) -> tuple[str, Any]:
    """The one operator that was given; that it is one, `@oneOf` has seen to."""
    return next((op, value) for op, value in vars(operators).items() if value is not UNSET)


@input_type(one_of=True)
class StringFilter:
    """Compares a text; letter case counts."""

    eq: str | None = UNSET
    """Equal to this."""
    ne: str | None = UNSET
    """Not equal to this."""
    sw: str | None = UNSET
    """Starts with this."""
    ew: str | None = UNSET
    """Ends with this."""
    co: str | None = UNSET
    """Contains this."""

    def wire(self) -> Json:
        """Retell's form."""
        op, value = _chosen(self)
        return {"type": "string", "op": op, "value": value}


@input_type(one_of=True)
class IdFilter:
    """Compares an id, or looks for it among several."""

    eq: str | None = UNSET
    """Equal to this."""
    ne: str | None = UNSET
    """Not equal to this."""
    sw: str | None = UNSET
    """Starts with this."""
    ew: str | None = UNSET
    """Ends with this."""
    co: str | None = UNSET
    """Contains this."""
    in_: list[str] | None = strawberry.field(name="in", default=UNSET)
    """One of these."""

    def wire(self) -> Json:
        """Retell's form."""
        op, value = _chosen(self)
        if op == "in_":
            return one_of(value)
        return {"type": "string", "op": op, "value": value}


@input_type()
class NumberRange:
    """From `low` to `high`."""

    low: float
    """The lower end."""
    high: float
    """The upper end."""


@input_type(one_of=True)
class NumberFilter:
    """Compares a number."""

    eq: float | None = UNSET
    """Equal to this."""
    ne: float | None = UNSET
    """Not equal to this."""
    gt: float | None = UNSET
    """Greater than this."""
    ge: float | None = UNSET
    """This or greater."""
    lt: float | None = UNSET
    """Less than this."""
    le: float | None = UNSET
    """This or less."""
    bt: NumberRange | None = UNSET
    """Between these."""

    def wire(self) -> Json:
        """Retell's form."""
        return _comparison(*_chosen(self))


@input_type()
class DateTimeRange:
    """From `low` to `high`."""

    low: DateTime
    """The earlier end."""
    high: DateTime
    """The later end."""


@input_type(one_of=True)
class DateTimeFilter:
    """Compares a moment."""

    eq: DateTime | None = UNSET
    """At this moment."""
    ne: DateTime | None = UNSET
    """Not at this moment."""
    gt: DateTime | None = UNSET
    """After this."""
    ge: DateTime | None = UNSET
    """At this or after."""
    lt: DateTime | None = UNSET
    """Before this."""
    le: DateTime | None = UNSET
    """At this or before."""
    bt: DateTimeRange | None = UNSET
    """Between these."""

    def wire(self) -> Json:
        """Retell's form."""
        return _comparison(*_chosen(self))


@input_type(one_of=True)
class ValueFilter:
    """Compares a value whose type is not fixed, such as one in `metadata`."""

    string: StringFilter | None = UNSET
    """As a text."""
    number: NumberFilter | None = UNSET
    """As a number."""
    boolean: bool | None = UNSET
    """As a truth value: equal to this."""
    in_: list[str] | None = strawberry.field(name="in", default=UNSET)
    """As a text: one of these."""
    present: bool | None = UNSET
    """Whether the key is there (true) or not (false)."""

    def wire(self) -> Json:
        """Retell's form."""
        kind, value = _chosen(self)
        if kind == "boolean":
            return is_equal(value)
        if kind == "in_":
            return one_of(value)
        if kind == "present":
            return {"type": "present", "op": "pr" if value else "np"}
        operators: Json = value.wire()
        return operators


@input_type()
class KeyedFilter:
    """Compares the value under one key of a map."""

    key: str
    """The key; of `metadata` only top-level ones."""
    value: ValueFilter
    """What the value must be."""

    def wire(self) -> Json:
        """Retell's form."""
        return self.value.wire() | {"key": self.key}


def one_of(values: Sequence[Any]) -> Json:
    """Retell's form of: among these texts or enum members."""
    return {"type": "enum", "op": "in", "value": [enum_value(value) for value in some(values)]}


def some(values: Sequence[T]) -> Sequence[T]:
    """The values, one of which must match; `BadUserInput` where there are none."""
    if not values:
        raise BadUserInput("An empty list matches nothing: give at least one value.")
    if len(values) > MOST_VALUES:
        raise BadUserInput(f"A list in a filter may have {MOST_VALUES} values.")
    return values


def is_equal(value: bool) -> Json:
    """Retell's form of: is this truth value."""
    return {"type": "boolean", "op": "eq", "value": value}


def enum_value(value: object) -> object:
    """What Retell calls an enum member; the UNKNOWN of an open enum is nothing to ask for."""
    if not isinstance(value, Enum):
        return value
    if type(value) in OPEN_ENUMS and value.value == "UNKNOWN":
        raise BadUserInput("UNKNOWN stands for values newer than this schema; it cannot be given.")
    return value.value


def _comparison(op: str, value: Any) -> Json:
    numbers = [value.low, value.high] if op == "bt" else [value]
    if not all(map(math.isfinite, numbers)):  # a literal such as 1e999; variables are checked
        raise BadUserInput("A number must be finite.")
    if op == "bt":
        return {"type": "range", "op": "bt", "value": numbers}
    return {"type": "number", "op": op, "value": value}
