"""How large a document may be. Pure; each fragment is measured once, however often it is spread.

Measured before validation, whose cost grows with what is counted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
)

from gateway.errors import BadUserInput, GraphQLValidationFailed

if TYPE_CHECKING:
    from graphql import DocumentNode, SelectionNode, SelectionSetNode


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """The largest document that is looked at."""

    characters: int = 100_000
    tokens: int = 4_000
    comments: int = 1_000
    depth: int = 20
    """Levels of fields below the operation, introspection included."""
    fields: int = 3_000
    """Fields of one operation with all fragments written out, not multiplied by lists."""
    aliases: int = 100
    """Aliased fields of one operation, fragments written out."""
    root_fields: int = 100
    """Fields of one operation at its root, fragments written out."""
    introspections: int = 3
    """Of these, `__schema` and `__type`."""
    definitions: int = 100
    """Operations and fragments of a document."""
    values: int = 5_000
    """Values in the variables, times the root fields: each of them may convert all of them."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a selection set, with its fragments written out."""

    fields: int = 0
    depth: int = 0
    aliases: int = 0
    level: int = 0
    """Fields of the first level alone."""
    introspections: int = 0


def check_limits(document: DocumentNode, limits: DocumentLimits) -> int:
    """`GraphQLValidationFailed` where the document, or an operation of it, is over a limit.

    Returns the root fields of the operation that has most of them.
    """
    if len(document.definitions) > limits.definitions:
        raise GraphQLValidationFailed(
            f"The document has more than the {limits.definitions} definitions allowed."
        )
    measure = _Measure(document)
    sizes = [
        measure.selections(definition.selection_set)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    ]
    for size in sizes:
        _check_size(size, limits)
    return max((size.level for size in sizes), default=0)


def check_variables(variables: Mapping[str, Any], root_fields: int, most: int) -> None:
    """`BadUserInput` where the variables are too many values for so many root fields."""
    most_each = most // max(root_fields, 1)
    if _count(variables, most_each) > most_each:
        raise BadUserInput(
            f"The variables hold too many values: their number, times the fields at the root of "
            f"the operation, may be {most}."
        )


def _count(variables: Mapping[str, Any], most: int) -> int:
    """The values, in lists and objects as well; not looked further into beyond `most`."""
    count = 0
    waiting: list[object] = [variables]
    while waiting and count <= most:
        value = waiting.pop()
        if isinstance(value, Mapping | list):  # empty ones and deep ones are values as well
            count += len(value)
            waiting.extend(value.values() if isinstance(value, Mapping) else value)
    return count


def _check_size(size: Size, limits: DocumentLimits) -> None:
    if size.depth > limits.depth:
        raise GraphQLValidationFailed(
            f"The operation is {size.depth} levels deep; {limits.depth} are allowed."
        )
    for what, found, most in (
        ("fields", size.fields, limits.fields),
        ("aliases", size.aliases, limits.aliases),
        ("fields at its root", size.level, limits.root_fields),
        ("introspections", size.introspections, limits.introspections),
    ):
        if found > most:
            raise GraphQLValidationFailed(
                f"The operation selects more than the {most} {what} allowed, fragments written out."
            )


class _Measure:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._sizes: dict[str, Size] = {}

    def selections(self, selection_set: SelectionSetNode) -> Size:
        sizes = [self._size(node) for node in selection_set.selections]
        return Size(
            fields=sum(size.fields for size in sizes),
            depth=max((size.depth for size in sizes), default=0),
            aliases=sum(size.aliases for size in sizes),
            level=sum(size.level for size in sizes),
            introspections=sum(size.introspections for size in sizes),
        )

    def _size(self, node: SelectionNode) -> Size:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        if isinstance(node, InlineFragmentNode):
            return self.selections(node.selection_set)
        assert isinstance(node, FieldNode)  # noqa: S101 - narrowing: there are these three kinds
        below = self.selections(node.selection_set) if node.selection_set else _NOTHING
        return Size(
            fields=1 + below.fields,
            depth=1 + below.depth,
            aliases=(node.alias is not None) + below.aliases,
            level=1,
            introspections=(node.name.value in {"__schema", "__type"}) + below.introspections,
        )

    def _fragment(self, name: str) -> Size:
        # Unknown fragments and cycles are for validation to report: they count as nothing here.
        if name not in self._sizes:
            self._sizes[name] = _NOTHING
            if name in self._fragments:
                self._sizes[name] = self.selections(self._fragments[name].selection_set)
        return self._sizes[name]


_NOTHING = Size()
