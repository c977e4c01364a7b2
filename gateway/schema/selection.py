"""Which fields an operation selects below a field: what is unselected need not be fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLSkipDirective,
    InlineFragmentNode,
    get_directive_values,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from graphql import FragmentDefinitionNode, GraphQLResolveInfo, SelectionNode


class SelectedNodes(list[FieldNode]):
    """The nodes of a field, with the names of what is selected below it: worked out once."""

    def __init__(self, nodes: Iterable[FieldNode], names: frozenset[str]) -> None:
        super().__init__(nodes)
        self.names = names


def names_below(info: GraphQLResolveInfo[Any]) -> frozenset[str]:
    """The names (never aliases) of what is selected one level below the field of `info`."""
    nodes = info.field_nodes
    if isinstance(nodes, SelectedNodes):
        return nodes.names
    return Selection(nodes, info.fragments, info.variable_values).names


@dataclass(frozen=True, slots=True)
class Selection:
    """What is selected below a field, with fragments and conditions worked out.

    Type conditions are not looked at: a name counts if any type of the field could be asked for it.
    """

    fields: Sequence[FieldNode]
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Any

    @property
    def names(self) -> frozenset[str]:
        """The names (never aliases) of the fields one level below."""
        return frozenset(node.name.value for node in self._below())

    def _below(self) -> Iterator[FieldNode]:
        seen: set[str] = set()
        for node in self.fields:
            if node.selection_set:
                yield from self._flat(node.selection_set.selections, seen)

    def _flat(self, selections: Iterable[SelectionNode], seen: set[str]) -> Iterator[FieldNode]:
        """Fields, with fragments replaced by theirs; each named fragment once."""
        for node in selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._flat(node.selection_set.selections, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                yield from self._flat(fragment.selection_set.selections, seen)

    def _included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        if skip and skip["if"] is True:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (include and include["if"] is False)
