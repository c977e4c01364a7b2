"""The schema, put together from the resources.

The one place that leans on Strawberry's internals: objects here are upstream dicts, not instances
of the declared classes, so abstract types and open enums are told by their values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    is_introspection_type,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import get_object_definition

from gateway.schema.fields import Linked, ReadField
from gateway.schema.info import Info
from gateway.schema.node import node_queries
from gateway.schema.scalars import SCALARS
from gateway.schema.types import DISCRIMINATORS, OPEN_ENUMS, TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from graphql import GraphQLResolveInfo, GraphQLSchema

    from gateway.loaders import Json
    from gateway.schema.node import LoadNode
    from gateway.schema.resource import Resource

QUERY = "Everything that can be read. Each field says what it costs in requests to Retell."
MUTATION = "Everything that can be changed. Each change is sent to Retell once."


@dataclass(frozen=True, slots=True)
class GatewaySchema:
    """The schema in both of its forms."""

    executable: GraphQLSchema
    sdl: str


def build_schema(resources: Sequence[Resource]) -> GatewaySchema:
    """The schema of these resources, in the order of their names."""
    resources = sorted(resources, key=lambda resource: resource.name)
    loads = {r.name: r.node for r in resources if r.node is not None}
    _connect_links(loads)
    mutations = [r.mutations for r in resources if r.mutations is not None]
    schema = strawberry.Schema(
        query=_root("Query", [*(r.queries for r in resources), node_queries(loads)], QUERY),
        mutation=_root("Mutation", mutations, MUTATION) if mutations else None,
        types=[type_ for r in resources for type_ in r.types],
        config=StrawberryConfig(
            info_class=Info,
            scalar_map=SCALARS,
            enable_experimental_incremental_execution=True,
        ),
    )
    executable = schema._schema  # noqa: SLF001 - Strawberry has no public name for it
    for type_ in executable.type_map.values():
        # Those of introspection hold no upstream values, and all schemas of a process share them.
        if not is_introspection_type(type_):
            _read_upstream_values(type_)
            _let_validation_know_one_of(type_)
    return GatewaySchema(executable, schema.as_str() + "\n")


def _connect_links(loads: Mapping[str, LoadNode]) -> None:
    """Connect those that can be; Strawberry names the others where a schema has them."""
    for type_ in TYPES.values():
        for field in get_object_definition(type_, strict=True).fields:
            if isinstance(field, ReadField) and isinstance(field.reading, Linked):
                target = field.reading.target
                if target in loads:
                    field.connect(TYPES[target], loads[target])


def _root(name: str, parts: Iterable[type], description: str) -> type:
    made: type = strawberry.type(type(name, tuple(parts), {}), description=description)
    return made


def _read_upstream_values(type_: object) -> None:
    if isinstance(type_, GraphQLObjectType):
        type_.is_type_of = _is_json_object
    elif isinstance(type_, GraphQLInterfaceType) and type_.name == "Node":
        type_.resolve_type = _node_type
    elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
        type_.resolve_type = partial(_type_by_key, type_.name)
    elif isinstance(type_, GraphQLEnumType):
        _show_unknown(type_)


def _is_json_object(value: object, _info: object) -> bool:
    return isinstance(value, dict)


def _let_validation_know_one_of(type_: object) -> None:
    """Strawberry prints `@oneOf`, and checks it in a rule of its own that is not in use here."""
    if isinstance(type_, GraphQLInputObjectType):
        type_.is_one_of = type_.extensions["strawberry-definition"].is_one_of


def _node_type(value: Json, info: GraphQLResolveInfo[Any], _type: object) -> str:
    name: str = info.context.node_types[id(value)]
    return DISCRIMINATORS[name].name_of(value) if name in DISCRIMINATORS else name


def _type_by_key(name: str, value: Any, _info: object, _type: object) -> str:
    # What is not an object is of no type at all; the fallback then says so in graphql-core's way.
    told = DISCRIMINATORS[name]
    return told.name_of(value) if isinstance(value, dict) else told.fallback


def _show_unknown(enum: Any) -> None:
    """Show what an open enum does not know as UNKNOWN; its raw twin has the value."""
    if getattr(enum, "wrapped_cls", None) not in OPEN_ENUMS:
        return
    names = {member.value: name for name, member in enum.values.items()}

    def coerce_output_value(value: object) -> str:
        return names.get(value, "UNKNOWN") if isinstance(value, str) else "UNKNOWN"

    enum.coerce_output_value = coerce_output_value
