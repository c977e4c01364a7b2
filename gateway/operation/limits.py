"""How large a document may be. Pure; each fragment is measured once, however often it is spread.

Measured before validation, whose cost grows with what is counted here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode

from gateway.errors import GraphQLValidationFailed

if TYPE_CHECKING:
    from graphql import DocumentNode, SelectionSetNode


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


@dataclass(frozen=True, slots=True)
class Size:
    """Of a selection set, with its fragments written out."""

    fields: int
    depth: int


def check_limits(document: DocumentNode, limits: DocumentLimits) -> None:
    """`GraphQLValidationFailed` where an operation of the document is over a limit."""
    measure = _Measure(document)
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            size = measure.selections(definition.selection_set)
            if size.depth > limits.depth:
                raise GraphQLValidationFailed(
                    f"The operation is {size.depth} levels deep; {limits.depth} are allowed."
                )
            if size.fields > limits.fields:
                raise GraphQLValidationFailed(
                    f"The operation selects more than the {limits.fields} fields allowed, "
                    "fragments written out."
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
        fields = depth = 0
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                below = self.selections(node.selection_set) if node.selection_set else _NOTHING
                size = Size(1 + below.fields, 1 + below.depth)
            elif isinstance(node, FragmentSpreadNode):
                size = self._fragment(node.name.value)
            else:
                size = self.selections(node.selection_set)  # type: ignore[attr-defined]  # inline
            fields += size.fields
            depth = max(depth, size.depth)
        return Size(fields, depth)

    def _fragment(self, name: str) -> Size:
        # Unknown fragments and cycles are for validation to report: they count as nothing here.
        if name not in self._sizes:
            self._sizes[name] = _NOTHING
            if name in self._fragments:
                self._sizes[name] = self.selections(self._fragments[name].selection_set)
        return self._sizes[name]


_NOTHING = Size(0, 0)
