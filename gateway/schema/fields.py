"""How a field is read from an upstream object: the words that resource files declare it with.

Fields that say nothing are read by their own name. The kinds of reading are plain data, so that
whatever executes an operation can see what a field needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField

from gateway.errors import BadUserInput, UpstreamInvalid
from gateway.schema.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.loaders import Json
    from gateway.schema.info import Info
    from gateway.schema.node import LoadNode

    Load = Callable[[Info, Json], Awaitable[Json | None]]
    """Reads the full form of an object that came from a list."""


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
    load: Load
    is_full: Callable[[Json], bool]
    convert: Callable[[Any], object] | None = None
    """What to make of the value; None shows it as it is."""

    def of(self, source: Json) -> object:
        """The value in an object that has it."""
        value = source.get(self.name)
        return value if self.convert is None else self.convert(value)


@dataclass(frozen=True, slots=True)
class Linked:
    """Another object, named by this one."""

    target: str
    """The name of its type."""
    key: Callable[[Json], str | None]
    """The key that its global id would have; None where there is no such object."""


Reading = Key | Computed | Completed | Linked


class ReadField(StrawberryField):
    """A field whose value is read as `reading` says; made by the functions below."""

    load_linked: LoadNode
    """Of links: reads the target by its key. Set by `connect`."""
    is_list = False
    """Whether its type is a list: a value of a JSON field may be one as well."""

    def __init__(self, reading: Reading, **options: Any) -> None:
        super().__init__(**options)
        self.reading = reading

    def connect(self, target: type, load: LoadNode) -> None:
        """Tell a link what it leads to, when the schema is built: resources do not know others."""
        self.type_annotation = StrawberryAnnotation("Target | None", namespace={"Target": target})
        self.load_linked = load

    @property
    def is_basic_field(self) -> bool:
        """Basic fields are called without an `info`, which is cheaper."""
        return isinstance(self.reading, Key | Computed)

    def get_result(
        self,
        source: Json,
        info: Any,
        args: list[Any],  # noqa: ARG002 - Strawberry's signature
        kwargs: dict[str, Any],  # noqa: ARG002
    ) -> object:
        """The value, or an awaitable of it."""
        reading = self.reading
        if isinstance(reading, Key):
            return self._paced(
                next((source[name] for name in reading.names if name in source), None)
            )
        if isinstance(reading, Computed):
            return reading.compute(source)
        if isinstance(reading, Linked):
            key = reading.key(source)
            return None if key is None else _named_by_retell(self.load_linked(info, key))
        if source.get(reading.name) is not None or reading.is_full(source):
            return self._paced(reading.of(source))
        return self._completed(reading, info, source)

    async def _completed(self, reading: Completed, info: Info, source: Json) -> object:
        full = await _named_by_retell(reading.load(info, source))
        return None if full is None else self._paced(reading.of(full))

    def _paced(self, value: object) -> object:
        return in_turns(value) if self.is_list and isinstance(value, list) else value


async def _named_by_retell(load: Awaitable[Json | None]) -> Json | None:
    """An id that cannot be sent is not the caller's fault where it came from Retell."""
    try:
        return await load
    except BadUserInput:
        raise UpstreamInvalid("Retell names an object by an id that cannot be one.") from None


def read(*names: str, deprecated: str | None = None) -> Any:
    """A field read by another name than its own, or by one of several."""
    return ReadField(Key(names), deprecation_reason=deprecated)


def computed(compute: Callable[[Json], object]) -> Any:
    """A field worked out from the object alone."""
    return ReadField(Computed(compute))


def completed_by(
    load: Load, is_full: Callable[[Json], bool], name: str, convert: Callable[[Any], object]
) -> Any:
    """A field that lists leave out, shown as what `convert` makes of it."""
    return ReadField(Completed(name, load, is_full, convert))


def link(target: str, key: Callable[[Json], str | None]) -> Any:
    """A field that is another resource's object; `target` names its type, `key` finds it."""
    return ReadField(Linked(target, key))


def is_link(value: object) -> bool:
    """Whether this is a field made by `link`."""
    return isinstance(value, ReadField) and isinstance(value.reading, Linked)
