"""How fields are read and types are told: the plain data that an executor needs of a schema.

Knows neither Strawberry nor a resource. `build` leaves it in the `extensions` of graphql-core's
fields and types, under `READING`; values are JSON objects, and every object type takes any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gateway.telemetry.drift import DRIFT

if TYPE_CHECKING:
    from gateway.context import RequestContext
    from gateway.loaders import Json, Loaded
    from gateway.telemetry.trace import Path

READING = "gateway-reading"


class Place(Protocol):
    """Where in an operation something is loaded: what a loading function is told."""

    @property
    def context(self) -> RequestContext:
        """What the request carries."""

    @property
    def at(self) -> Path:
        """Where in the answer the field stands."""

    @property
    def selected(self) -> frozenset[str]:
        """The names (never aliases) of what is selected one level below the field."""


@dataclass(frozen=True, slots=True)
class Key:
    """The value under the first of these keys that is there; older spellings come last."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """A value worked out from the object alone."""

    compute: Callable[[Json], object]


@dataclass(frozen=True, slots=True)
class Completed:
    """A value that lists leave out: read from the object's full form if it is not there."""

    name: str
    load: Callable[[Any, Json], Loaded]
    """Reads the full form of an object, given its `Place`."""
    is_full: Callable[[Json], bool]
    convert: Callable[[Any], object] | None = None
    """What to make of the value; None shows it as it is."""

    def of(self, source: Json) -> object:
        """The value in an object that has it."""
        value = source.get(self.name)
        return value if self.convert is None else self.convert(value)


@dataclass(frozen=True, slots=True)
class Derived(Completed):
    """A value that takes a request of its own, whatever the object came from: `load` makes it."""


@dataclass(frozen=True, slots=True)
class Linked:
    """Another object, named by this one."""

    target: str
    """The name of its type."""
    key: Callable[[Json], object]
    """The key that its global id would have; what is no text names nothing."""
    load: Callable[[Any, str], Loaded]
    """Reads the target by that key, given its `Place`; set when the schema is built."""
    by: str | None = None
    """How the target's resource calls this way to read it; None where the key is its id."""


@dataclass(frozen=True, slots=True)
class LinkedMany(Completed):
    """Other objects that the object's own full form may be needed to find: `load` gives them under
    `name`."""

    target: str = ""
    """The name of their type."""
    keys: Callable[[Json], Sequence[str]] = tuple
    """Of each of them the key; with `by`, the one key that all of them are read by."""
    by: str | None = None
    """How the target's resource calls this way to read them; None where the keys are their ids."""
    requests: int = 1
    """To Retell, at most, as far as it is known before: for the objects, without what is selected
    in them."""
    one: bool = False
    """Whether it is one object, not a list of them."""
    full: Full | None = None
    """How to read the full form that has the keys, where lists leave them out."""


class Full(Protocol):
    """How the full form of an object is read."""

    @property
    def load(self) -> Callable[[Any, Json], Loaded]:
        """Reads it, given a `Place` and the object."""

    @property
    def is_full(self) -> Callable[[Json], bool]:
        """Whether an object is that form already."""


Reading = Key | Computed | Completed | Linked


NOTHING = Computed(lambda _object: None)
"""Shows null, whatever the object."""


@dataclass(frozen=True, slots=True)
class Scoped:
    """A value for those callers alone that have a scope; what the others see in its place."""

    scope: str
    reading: Reading
    otherwise: Reading
    personal: bool = True
    """Whether it tells of a person, or lets its reader hear one: then each reading is audited."""

    def chosen(self, scopes: frozenset[str] | None) -> Reading:
        """What a caller with these scopes reads; None are all of them."""
        return self.reading if scopes is None or self.scope in scopes else self.otherwise


def chosen(told: Reading | Scoped | None, scopes: frozenset[str] | None) -> Reading | None:
    """How a field is read for a caller with these scopes; None where it has a resolver."""
    return told.chosen(scopes) if isinstance(told, Scoped) else told


@dataclass(frozen=True, slots=True)
class Discriminator:
    """How the type of an object is told: by the value under one key."""

    key: str
    members: Mapping[str, str]
    fallback: str

    def name_of(self, value: Json) -> str:
        """The name of the object type that `value` is of."""
        told = value.get(self.key)
        if not isinstance(told, str):
            return self.fallback
        return self.members.get(told) or self.newer(told)

    def newer(self, told: str) -> str:
        """The fallback, for a kind that is newer than the schema."""
        DRIFT.note(self.fallback, told)
        return self.fallback


@dataclass(frozen=True, slots=True)
class Noted:
    """How the type of an object is told that does not say it itself: by who read it."""

    name_of: Callable[[RequestContext, Json], str]


@dataclass(frozen=True, slots=True)
class Plain:
    """Of a scalar: values of exactly this class are shown as they are."""

    kind: type
