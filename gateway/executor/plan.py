"""A compiled operation: its root fields, and a function for each place where something is loaded.

Plain data between `compile`, which makes it, and `run`, which carries it out.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import FragmentDefinitionNode, GraphQLResolveInfo, get_operation_ast
from graphql.execution.collect_fields import FragmentDetails
from graphql.pyutils import is_awaitable
from graphql.type.definition import GraphQLResolveInfoHelpers

from gateway.executor.variables import Variables

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from graphql import (
        DocumentNode,
        GraphQLField,
        GraphQLObjectType,
        GraphQLSchema,
        OperationDefinitionNode,
    )
    from graphql.execution.values import VariableValues
    from graphql.pyutils import Path as CorePath

    from gateway.executor.arguments import Arguments
    from gateway.schema.readings import Completed, Linked
    from gateway.schema.selection import SelectedNodes

    Json = dict[str, Any]
    Path = tuple[str | int, ...]
    Pending = tuple["Site", Json, Any, Path]
    """What is to be loaded: where it is selected, the object that it becomes part of, what it is
    told by (the source, or a link's key), and its path."""
    Complete = Callable[[Any, Path, list[Pending], Any], Any]
    """The response form of a value; what is still to be loaded in it is appended to the list. The
    last argument is the context."""


class Surprise(Exception):
    """A value that the compiled form does not cover: graphql-core is to say what becomes of it."""


@dataclass(slots=True, eq=False)
class Site:
    """A field whose value is loaded: a root field, a link, or one that lists leave out."""

    number: int
    """In its plan."""
    name: str
    """Of the field in the response."""
    parent: GraphQLObjectType
    definition: GraphQLField
    reading: Linked | Completed | None
    """None: it has a resolver of its own."""
    nullable: bool
    nodes: SelectedNodes
    """The field in the document, once for each time that it is selected."""
    arguments: Arguments | None
    """None: it takes none, or is read in another way."""
    complete: Complete = field(init=False)
    shareable: bool = field(init=False)
    """Whether nothing below it is loaded: then equal keys have one and the same response form."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One operation, for one combination of its conditions."""

    roots: tuple[Site, ...]
    constants: dict[str, object]
    """Root fields that need nothing: `__typename`. In the order of the response, with None for
    those that are to come."""
    source: str
    """The generated Python, for people."""

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, about, with the part of the document that it refers to."""
        return 8 * len(self.source)


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """An operation of a document, in graphql-core's terms. Keeps nothing of any request."""

    schema: GraphQLSchema
    definition: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    fragment_definitions: dict[str, FragmentDefinitionNode]
    variables: Variables

    @classmethod
    def of(
        cls, schema: GraphQLSchema, document: DocumentNode, name: str | None
    ) -> Operation | None:
        """The operation of this name, or the only one."""
        definition = get_operation_ast(document, name)
        if definition is None:
            return None
        fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        details = {name: FragmentDetails(each) for name, each in fragments.items()}
        return cls(schema, definition, details, fragments, Variables(schema, definition))


@dataclass(slots=True, eq=False)
class Execution:
    """One request for an operation."""

    operation: Operation
    variables: VariableValues
    context: Any

    def info(self, site: Site, path: CorePath) -> GraphQLResolveInfo[Any]:
        """What graphql-core tells a resolver."""
        operation = self.operation
        return GraphQLResolveInfo(
            site.nodes[0].name.value,
            site.nodes,
            site.definition.type,
            site.parent,
            path,
            operation.schema,
            operation.fragment_definitions,
            None,
            operation.definition,
            self.variables,
            self.context,
            is_awaitable,
            None,
            _HELPERS,
        )


async def _gathered(values: Sequence[Awaitable[Any]]) -> list[Any]:
    return await asyncio.gather(*values)


_HELPERS = GraphQLResolveInfoHelpers(gather=_gathered, track=lambda _values: None)


@dataclass(slots=True)
class Spot:
    """Where something is loaded: a `Place` for the schema's loading functions."""

    execution: Execution
    at: Path
    site: Site

    @property
    def context(self) -> Any:
        """What the request carries."""
        return self.execution.context

    @property
    def selected(self) -> frozenset[str]:
        """The names of what is selected one level below the field."""
        return self.site.nodes.names
