"""Object types, interfaces, inputs, enums and unions, as resource files declare them.

Thin over Strawberry: docstrings become descriptions, open enums get their raw twin, lists' thin
objects know which fields to complete, and abstract types name the key that tells their members.
"""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform

import strawberry
from strawberry.types.base import get_object_definition
from strawberry.types.field import StrawberryField

from gateway.schema.descriptions import attribute_descriptions, type_description
from gateway.schema.fields import ReadField, completed, is_link
from gateway.schema.permissions import Personal, needed
from gateway.schema.readings import NOTHING, Computed, Discriminator, Key, Scoped

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.loaders import Json
    from gateway.schema.fields import Load
    from gateway.schema.readings import Reading

T = TypeVar("T", bound=type)
E = TypeVar("E", bound=type[Enum])

TYPES: dict[str, Any] = {}
"""Every object type and interface by name: what links and discriminators refer to."""

_UNKNOWN = {"UNKNOWN": "A value that is newer than this schema; the raw field beside it has it."}

OPEN_ENUMS: set[type[Enum]] = set()
"""Enums that Retell may add to; what they do not know is shown as UNKNOWN."""


DISCRIMINATORS: dict[str, Discriminator] = {}
"""Of every interface and union that is told by a key, by name."""


@dataclass(frozen=True, slots=True)
class Completion:
    """Which fields lists leave out, and how to read the full object then."""

    load: Load
    leaves_out: Callable[[str], bool]
    is_full: Callable[[Json], bool]


def object_type(*, completion: Completion | None = None) -> Callable[[T], T]:
    """An object type; its fields are read from upstream JSON by their own names."""

    def declare(cls: T) -> T:
        return _declare(cls, strawberry.type, completion)

    return declare


def interface(
    *, discriminator: Discriminator | None = None, completion: Completion | None = None
) -> Callable[[T], T]:
    """An interface, and how to tell which type an object of it is."""

    def declare(cls: T) -> T:
        if discriminator is not None:
            DISCRIMINATORS[cls.__name__] = discriminator
        return _declare(cls, strawberry.interface, completion)

    return declare


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def input_type(*, one_of: bool = False) -> Callable[[T], T]:
    """An input; with `one_of`, exactly one of its fields is to be given."""

    def declare(cls: T) -> T:
        declared = [base for base in reversed(cls.__mro__) if base is not object]
        descriptions = {k: v for base in declared for k, v in attribute_descriptions(base).items()}
        made: T = strawberry.input(cls, description=type_description(cls), one_of=one_of)
        for field in get_object_definition(made, strict=True).fields:
            field.description = descriptions.get(field.python_name)
        return made

    return declare


def open_enum(cls: E) -> E:
    """An enum that Retell may add to. It has a member UNKNOWN, and its fields get a raw twin."""
    if "UNKNOWN" not in cls.__members__:
        raise TypeError(f"{cls.__name__} needs a member UNKNOWN")
    OPEN_ENUMS.add(cls)
    return closed_enum(cls)


def closed_enum(cls: E) -> E:
    """An enum of the gateway's own."""
    descriptions = attribute_descriptions(cls)
    made: Any = strawberry.enum(cls, description=type_description(cls))
    for value in made.__strawberry_definition__.values:
        value.description = descriptions.get(value.name) or _UNKNOWN.get(value.name)
    return made  # type: ignore[no-any-return]  # strawberry.enum returns what it was given


def union(name: str, discriminator: Discriminator, description: str) -> Any:
    """The metadata of a union: `Annotated[A | B, union(...)]`."""
    DISCRIMINATORS[name] = discriminator
    return strawberry.union(name, description=description)


def _declare(cls: T, make: Any, completion: Completion | None) -> T:
    descriptions = attribute_descriptions(cls)
    for name, said in vars(cls).items():
        if isinstance(said, Personal):
            descriptions[name] = (
                f"{descriptions[name]}\n\nPersonal: without the scope `{said.scope}`, {said.shows}."
            )
    links = {name: value for name, value in vars(cls).items() if is_link(value)}
    for name, field in links.items():
        field.python_name = name
        delattr(cls, name)
    for name, annotation in list(cls.__annotations__.items()):
        _declare_field(cls, name, annotation, completion)
    made: T = make(cls, description=type_description(cls))
    definition = get_object_definition(made, strict=True)
    definition.fields = [*definition.fields, *links.values()]
    for field in definition.fields:
        field.description = (
            field.description or descriptions.get(field.python_name) or _docstring(field)
        )
    TYPES[cls.__name__] = made
    return made


def _declare_field(cls: type, name: str, annotation: str, completion: Completion | None) -> None:
    said = vars(cls).get(name)
    if not isinstance(said, StrawberryField):
        reading: Reading | Scoped = _reading(name, completion)
        if isinstance(said, Personal):
            reading = _scoped(name, said, completion)
        made = ReadField(reading)
        made.is_list = annotation.startswith("list[")
        setattr(cls, name, made)
    if (twin := _raw_annotation(cls, annotation)) is not None:
        shown = re.sub(r"_(\w)", lambda match: match[1].upper(), name)
        field = vars(cls)[name]
        raw = ReadField(field.reading)
        raw.description = (
            f"What Retell gave for `{shown}`, as it is: also where that is `UNKNOWN` here."
        )
        cls.__annotations__[f"{name}_raw"] = twin
        setattr(cls, f"{name}_raw", raw)


def _reading(name: str, completion: Completion | None) -> Reading:
    if completion is not None and completion.leaves_out(name):
        return completed(name, completion.load, completion.is_full)
    return Key((name,))


def _scoped(name: str, said: Personal, completion: Completion | None) -> Scoped:
    """How a personal field is read, by those who may and by the others."""
    if said.twin is not None:
        return Scoped(said.scope, _reading(name, completion), _reading(said.twin, completion))
    mask, of = said.mask, said.of or (lambda source: source.get(name))
    reading = _reading(name, completion) if said.of is None else Computed(said.of)
    otherwise = NOTHING if mask is None else Computed(lambda source: mask(of(source)))
    return Scoped(said.scope, reading, otherwise)


def _docstring(field: StrawberryField) -> str | None:
    function = field.base_resolver.wrapped_func if field.base_resolver else None
    text, scope = inspect.getdoc(function) if function else None, needed(function)
    return text if text is None or scope is None else f"{text}\n\nNeeds the scope `{scope}`."


def _raw_annotation(cls: type, annotation: str) -> str | None:
    """The annotation of the raw twin, if this is a field of an open enum or a list of them."""
    name = re.sub(r"^list\[|\W.*$", "", annotation)
    if vars(sys.modules[cls.__module__]).get(name) not in OPEN_ENUMS:
        return None
    return "list[str | None] | None" if annotation.startswith("list[") else "str | None"
