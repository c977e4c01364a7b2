"""A compiled operation: its root fields, and a function for each place where something is loaded.

Plain data between `compile`, which makes it, and `run`, which carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.schema.selection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import FieldNode, FragmentDefinitionNode, GraphQLField, GraphQLObjectType
    from graphql.execution.collect_fields import FieldDetailsList

    from gateway.schema.readings import Completed, Linked

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
    details: FieldDetailsList
    reading: Linked | Completed | None
    """None: it has a resolver of its own."""
    nullable: bool
    complete: Complete = field(init=False)
    shareable: bool = field(init=False)
    """Whether nothing below it is loaded: then equal keys have one and the same response form."""

    @property
    def nodes(self) -> list[FieldNode]:
        """The field in the document, once for each time that it is selected."""
        return [detail.node for detail in self.details]


@dataclass(frozen=True, slots=True)
class Plan:
    """One operation, for one combination of its conditions."""

    roots: tuple[Site, ...]
    constants: dict[str, object]
    """Root fields that need nothing: `__typename`. In the order of the response, with None for
    those that are to come."""
    source: str
    """The generated Python, for people."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something is loaded: a `Place` for the schema's loading functions."""

    context: Any
    at: Path
    site: Site
    fragments: dict[str, FragmentDefinitionNode]
    variables: Any

    @property
    def selection(self) -> Selection:
        """What is selected below the field."""
        return Selection(tuple(self.site.nodes), self.fragments, self.variables)
