"""Small schemas for the executor: graphql-core's own, with readings set by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult, GraphQLSchema, build_schema, parse, validate

from gateway.executor.compiled import Compiled, Compiler
from gateway.executor.interpret import Interpreted
from gateway.schema.readings import (
    READING,
    Completed,
    Computed,
    Discriminator,
    Key,
    Linked,
    Noted,
    Scoped,
)
from gateway.schema.scalars import JSON, SCALARS, URL, BigInt, DateTime, PhoneNumber
from gateway.upstream.record import Record, plain
from tests.executor.answers import encoded, faults, replays

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import DocumentNode

    from gateway.schema.readings import Reading

SCALAR_NAMES = {
    "DateTime": DateTime,
    "BigInt": BigInt,
    "JSON": JSON,
    "URL": URL,
    "TelephoneNumber": PhoneNumber,
}


def schema_of(
    sdl: str,
    readings: Mapping[str, Reading | Scoped | Callable[..., object]],
    told: Mapping[str, Discriminator | Noted] | None = None,
) -> GraphQLSchema:
    """A schema whose fields (`Type.field`) are read so, or resolved by such a function; all others
    by their own names."""
    schema = build_schema(sdl)
    for type_ in schema.type_map.values():
        for name, definition in getattr(type_, "fields", {}).items():
            if not type_.name.startswith("__"):  # all schemas of a process share those
                _set(definition, readings.get(f"{type_.name}.{name}", Key((name,))))
        if type_.name in SCALAR_NAMES:
            scalar: Any = type_
            scalar.coerce_output_value = SCALARS[SCALAR_NAMES[type_.name]].serialize
    for name, how in (told or {}).items():
        abstract: Any = schema.type_map[name]
        abstract.extensions[READING] = how
        abstract.resolve_type = _resolve_type
    return schema


def _resolve_type(value: Any, info: Any, type_: Any) -> str | None:
    how: Discriminator | Noted = type_.extensions[READING]
    if isinstance(how, Noted):
        return how.name_of(info.context, value)
    return how.name_of(value) if isinstance(value, dict) else how.fallback


def _set(definition: Any, how: Reading | Scoped | Callable[..., object]) -> None:
    if isinstance(how, Scoped):
        definition.extensions[READING] = how
        definition.resolve = _scoped(how)
    elif isinstance(how, Key | Computed | Completed | Linked):
        definition.extensions[READING] = how
        definition.resolve = _resolver(how)
    elif hasattr(definition, "resolve"):
        definition.resolve = how


def _scoped(how: Scoped) -> Callable[..., object]:
    ways = {True: _resolver(how.reading), False: _resolver(how.otherwise)}

    def resolve(source: Any, info: Any) -> object:
        scopes = info.context.scopes
        return ways[scopes is None or how.scope in scopes](source, info)

    return resolve


def _resolver(reading: Reading) -> Callable[..., object]:
    """What graphql-core reads the field with, said again apart from `ReadField`."""

    def resolve(source: Any, info: Any) -> object:
        if isinstance(reading, Key):
            return next((source[name] for name in reading.names if name in source), None)
        if isinstance(reading, Computed):
            return reading.compute(source)
        if isinstance(reading, Linked):
            key = reading.key(source)
            return reading.load(info, key) if isinstance(key, str) else None
        if source.get(reading.name) is not None or reading.is_full(source):
            return reading.of(source)
        return _full(reading, info, source)

    async def _full(reading: Completed, info: Any, source: Any) -> object:
        loaded = reading.load(info, source)
        full = loaded if loaded is None or isinstance(loaded, dict) else await loaded
        return None if full is None else reading.of(full)

    return resolve


@dataclass
class Both:
    """What the two ways gave for the same."""

    data: Any
    errors: list[tuple[str, ...]]
    compiled: Compiled = field(repr=False)
    replayed: bool
    """Whether graphql-core had to answer over the root results."""

    @property
    def was_compiled(self) -> bool:
        """Whether there is a compiled form at all."""
        return any(self.compiled._plans.values())

    @property
    def paths(self) -> list[str]:
        """Of the errors, in order."""
        return [error[0] for error in self.errors]


async def both(
    schema: GraphQLSchema,
    source: str,
    context: object = None,
    *,
    name: str | None = None,
    compiled: Compiled | None = None,
    **variables: object,
) -> Both:
    """The answer, asserted to be the same by both ways."""
    document = _parsed(source)
    if compiled is None:
        assert validate(schema, document) == []
    compiled = compiled or Compiler(schema, plain, from_use=1).prepare(document)
    expected = await Interpreted(schema, document).execute(context, variables, name)
    with replays() as counted:
        found = await compiled.execute(context, variables, name)
    assert isinstance(expected, ExecutionResult)
    assert isinstance(found, ExecutionResult)
    assert encoded(found.data) == encoded(expected.data)
    assert faults(found) == faults(expected)
    return Both(found.data, faults(found), compiled, replayed=counted.count > 0)


@cache
def _parsed(source: str) -> DocumentNode:
    return parse(source)


def record(**values: Any) -> Record:
    """An upstream object."""
    return Record(values)
