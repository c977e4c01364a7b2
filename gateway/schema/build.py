"""The schema, put together from the resources.

The one place that leans on Strawberry's internals: objects here are upstream dicts, not instances
of the declared classes, so abstract types and open enums are told by their values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import strawberry
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    is_introspection_type,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import get_object_definition

from gateway.schema.arguments import Converters
from gateway.schema.fields import ReadField
from gateway.schema.info import Info
from gateway.schema.node import node_queries
from gateway.schema.permissions import check, needed
from gateway.schema.readings import READING, Discriminator, Linked, LinkedMany, Noted
from gateway.schema.scalars import PLAIN, SCALARS
from gateway.schema.types import DISCRIMINATORS, OPEN_ENUMS, TYPES
from gateway.telemetry.drift import DRIFT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from graphql import (
        GraphQLAbstractType,
        GraphQLField,
        GraphQLResolveInfo,
        GraphQLSchema,
    )
    from strawberry.schema.name_converter import NameConverter
    from strawberry.types.field import StrawberryField

    from gateway.context import RequestContext
    from gateway.loaders import Json
    from gateway.schema.resource import Resource

QUERY = "Everything that can be read. Each field says what it costs in requests to Retell."
MUTATION = "Everything that can be changed. Each change is sent to Retell once."


@dataclass(frozen=True, slots=True)
class GatewaySchema:
    """The schema in both of its forms."""

    executable: GraphQLSchema
    printed: Callable[[], str]

    @property
    def sdl(self) -> str:
        """As text. It is printed each time: who serves does not need it."""
        return self.printed() + "\n"


def build_schema(resources: Sequence[Resource]) -> GatewaySchema:
    """The schema of these resources, in the order of their names."""
    resources = sorted(resources, key=lambda resource: resource.name)
    loads = {r.name: r.node for r in resources if r.node is not None}
    scopes = {r.name: r.scope for r in resources if r.scope is not None}
    _connect_links({r.name: r for r in resources})
    queries = [r.queries for r in resources if r.queries is not None]
    mutations = [r.mutations for r in resources if r.mutations is not None]
    schema = strawberry.Schema(
        query=_root("Query", [*queries, node_queries(loads, scopes)], QUERY),
        mutation=_root("Mutation", mutations, MUTATION) if mutations else None,
        types=[type_ for r in resources for type_ in r.types],
        config=StrawberryConfig(
            info_class=Info,
            scalar_map=SCALARS,
            enable_experimental_incremental_execution=True,
        ),
    )
    executable = schema._schema  # noqa: SLF001 - Strawberry has no public name for it
    names = schema.config.name_converter
    converters = Converters(names)
    for type_ in executable.type_map.values():
        # Those of introspection hold no upstream values, and all schemas of a process share them.
        if not is_introspection_type(type_):
            _call_directly(type_, names, converters)
            _read_upstream_values(type_)
            _let_validation_know_one_of(type_)
    return GatewaySchema(executable, schema.as_str)


def _connect_links(resources: Mapping[str, Resource]) -> None:
    """Connect those that can be; Strawberry names the others where a schema has them."""
    for type_ in TYPES.values():
        for field in get_object_definition(type_, strict=True).fields:
            if isinstance(field, ReadField) and isinstance(field.declared, Linked | LinkedMany):
                target = resources.get(field.declared.target)
                load = None if target is None else target.read_by(field.declared.by)
                if target is not None and load is not None:
                    field.connect(TYPES[target.name], load, target.scope)


def _root(name: str, parts: Iterable[type], description: str) -> type:
    made: type = strawberry.type(type(name, tuple(parts), {}), description=description)
    return made


def _call_directly(type_: object, names: NameConverter, converters: Converters) -> None:
    if isinstance(type_, GraphQLObjectType):
        for field in type_.fields.values():
            _resolve_directly(field, names, converters)


def _resolve_directly(field: GraphQLField, names: NameConverter, converters: Converters) -> None:
    """Call a field's function, if it has one, without Strawberry's layers for extensions and
    handlers, which nothing here has: they cost more than reading a remembered call."""
    declared: StrawberryField = field.extensions["strawberry-definition"]
    resolver = declared.base_resolver
    if resolver is None:
        return
    function: Any = resolver.wrapped_func
    scope = needed(function)
    takes_info = resolver.info_parameter is not None
    arguments = [
        (names.from_argument(each), each.python_name, converters.to(each.type))
        for each in declared.arguments
    ]
    others = [each for each in arguments if each[0] != each[1] or each[2] is not None]

    def resolve(source: object, info: GraphQLResolveInfo[Any], **given: Any) -> object:
        if scope is not None:
            check(info.context.caller, scope)
        for name, python_name, convert in others:
            if name in given:
                value = given.pop(name)
                given[python_name] = value if convert is None else convert(value)
        if takes_info:
            given["info"] = Info(_raw_info=info, _field=declared)
        return function(source, **given)

    field.resolve = resolve


def _read_upstream_values(type_: object) -> None:
    """Let graphql-core, and what executes in its place, read values as they are at Retell."""
    if isinstance(type_, GraphQLObjectType):
        type_.is_type_of = _is_json_object
        for field in type_.fields.values():
            declared = field.extensions.get("strawberry-definition")
            if isinstance(declared, ReadField):
                field.extensions[READING] = declared.reading
    elif isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
        told = Noted(_noted_type) if type_.name == "Node" else DISCRIMINATORS[type_.name]
        type_.extensions[READING] = told
        type_.resolve_type = _resolve_type
    elif isinstance(type_, GraphQLEnumType):
        _show_unknown(type_)
    elif isinstance(type_, GraphQLScalarType) and type_.name in PLAIN:
        type_.extensions[READING] = PLAIN[type_.name]


def _is_json_object(value: object, _info: object) -> bool:
    return isinstance(value, dict)


def _let_validation_know_one_of(type_: object) -> None:
    """Strawberry prints `@oneOf`, and checks it in a rule of its own that is not in use here."""
    if isinstance(type_, GraphQLInputObjectType):
        type_.is_one_of = type_.extensions["strawberry-definition"].is_one_of


def _noted_type(context: RequestContext, value: Json) -> str:
    name = context.node_types[id(value)]
    return DISCRIMINATORS[name].name_of(value) if name in DISCRIMINATORS else name


def _resolve_type(value: Any, info: GraphQLResolveInfo[Any], type_: GraphQLAbstractType) -> str:
    told: Discriminator | Noted = type_.extensions[READING]
    if isinstance(told, Noted):
        return told.name_of(info.context, value)
    # What is not an object is of no type at all; the fallback then says so in graphql-core's way.
    return told.name_of(value) if isinstance(value, dict) else told.fallback


def _show_unknown(enum: Any) -> None:
    """Show what an open enum does not know as UNKNOWN; its raw twin has the value."""
    if getattr(enum, "wrapped_cls", None) not in OPEN_ENUMS:
        return
    names: dict[object, str] = {m.value: name for name, m in enum.values.items()}

    def coerce_output_value(value: object) -> str:
        if not isinstance(value, str):
            return "UNKNOWN"
        if value not in names:
            DRIFT.note(enum.name, value)
        return names.get(value, "UNKNOWN")

    enum.coerce_output_value = coerce_output_value
