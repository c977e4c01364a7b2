"""What an operation may cost, in requests to Retell: plain sums, worked out for given variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    IntValueNode,
    ListValueNode,
    Undefined,
    VariableNode,
    value_from_ast_untyped,
)

from gateway.schema.cursors import LARGEST_PAGE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import GraphQLField, OperationDefinitionNode
    from graphql.language import FieldNode

UNKNOWN_LENGTH = 10
"""Objects that a list is taken to have whose length nobody asked for."""
LARGEST = 10**9
"""More is not counted: numbers that callers give can be multiplied."""


class Cost(NamedTuple):
    """At most."""

    requests: int
    """To Retell."""
    items: int
    """Of lists, as page sizes ask for them."""


@dataclass(frozen=True, slots=True)
class Length:
    """How many objects a list is asked for: a number, or what a variable says."""

    number: int = 1
    variable: str | None = None
    listed: bool = False
    """The variable is a list of as many; one alone, whatever it is, stands for a list of one."""

    def of(self, values: Mapping[str, Any]) -> int:
        """The number; 0 where it is no length, or larger than any page: its field refuses it then,
        and says why, before anything is sent."""
        given = self.number if self.variable is None else values.get(self.variable, self.number)
        if self.listed:
            given = len(given) if isinstance(given, list) else 1
        whole = isinstance(given, int | float) and not isinstance(given, bool)
        return int(given) if whole and 0 <= given <= LARGEST_PAGE else 0


@dataclass(frozen=True, slots=True)
class Weight:
    """What one object costs, with all that is below it."""

    requests: int = 0
    lists: tuple[tuple[Length, Weight], ...] = ()
    """Those below it, and what each of their objects costs."""
    either: tuple[Weight, ...] = ()
    """One of these comes on top, by the type of an object: the heaviest counts."""

    @property
    def is_nothing(self) -> bool:
        """Whether it costs nothing, whatever the variables."""
        return not (self.requests or self.lists or self.either)

    @property
    def varies(self) -> bool:
        """Whether it depends on variables."""
        below = (*(each for _, each in self.lists), *self.either)
        return any(length.variable is not None for length, _ in self.lists) or any(
            each.varies for each in below
        )

    def of(self, values: Mapping[str, Any], many: int = 1) -> Cost:
        """The cost of so many objects."""
        requests, items = many * self.requests, 0
        for length, each in self.lists:
            number = min(many * length.of(values), LARGEST)
            below = each.of(values, number)
            requests, items = requests + below.requests, items + number + below.items
        if self.either:
            costs = [each.of(values, many) for each in self.either]
            requests += max(cost.requests for cost in costs)
            items += max(cost.items for cost in costs)
        return Cost(min(requests, LARGEST), min(items, LARGEST))


NO_WEIGHT = Weight()


def together(weights: list[Weight]) -> Weight:
    """All of them."""
    weights = [weight for weight in weights if weight is not NO_WEIGHT]  # as most of them are
    if len(weights) < 2:
        return weights[0] if weights else NO_WEIGHT
    return Weight(
        sum(weight.requests for weight in weights),
        tuple(each for weight in weights for each in weight.lists),
        tuple(each for weight in weights for each in weight.either),
    )


def one_of(weights: list[Weight]) -> Weight:
    """The heaviest of them."""
    different = tuple(dict.fromkeys(weight for weight in weights if not weight.is_nothing))
    return different[0] if len(different) == 1 else Weight(either=different)


def length_of(field: GraphQLField, node: FieldNode) -> Length | None:
    """How many objects a field is asked for: `first` of a list, as many `ids` as there are."""
    for name in ("first", "ids"):
        if (argument := field.args.get(name)) is None:
            continue
        given = next((each.value for each in node.arguments or () if each.name.value == name), None)
        default = 0 if argument.default_value is Undefined else argument.default_value
        match given:
            case None:
                return Length(default)
            case VariableNode():
                return Length(default, given.name.value, listed=name == "ids")
            case IntValueNode() if name == "first":
                return Length(int(given.value))
            case ListValueNode():
                return Length(len(given.values))
        return Length(1)  # one id alone is a list of one
    return None


def values_of(definition: OperationDefinitionNode, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The variables, with their defaults."""
    defaults = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in definition.variable_definitions or ()
        if each.default_value is not None
    }
    return {**defaults, **given} if defaults else given
