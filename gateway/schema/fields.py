"""The words that resource files declare fields with, and how Strawberry reads them.

Fields that say nothing are read by their own name. The kinds of reading are plain data, in
`readings`, so that whatever executes an operation can see what a field needs.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from strawberry.annotation import StrawberryAnnotation
from strawberry.types.field import StrawberryField

from gateway.cache.readings import fail
from gateway.errors import BadUserInput, UpstreamInvalid
from gateway.loaders import at_hand
from gateway.schema.readings import (
    NOTHING,
    Completed,
    Computed,
    Derived,
    Key,
    Linked,
    LinkedMany,
    Reading,
    Scoped,
)
from gateway.schema.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from gateway.loaders import Json, Loaded
    from gateway.schema.info import Info
    from gateway.schema.node import LoadNode
    from gateway.schema.readings import Full, Place

    Load = Callable[[Place, Json], Loaded]
    """Reads the full form of an object that came from a list."""


class ReadField(StrawberryField):
    """A field whose value is read as `reading` says; made by the functions below."""

    is_list = False
    """Whether its type is a list: a value of a JSON field may be one as well."""

    def __init__(self, reading: Reading | Scoped, **options: Any) -> None:
        super().__init__(**options)
        self.declared = reading
        self.reading = reading
        """Of a link that is connected, with what it leads to."""

    def connect(self, target: type, load: LoadNode, scope: str | None = None) -> None:
        """Tell a link what it leads to, when the schema is built: resources do not know others.

        Whoever has not the `scope` gets null, and nothing is asked of Retell.
        """
        declared, named = self.declared, _named_by_retell(load)
        linked: Reading
        if isinstance(declared, LinkedMany):
            annotation = "Target | None" if declared.one else "list[Target | None] | None"
            linked = replace(declared, load=_many(declared, named))
        else:
            assert isinstance(declared, Linked)  # noqa: S101 - narrowing: links alone are connected
            annotation = "Target | None"
            linked = replace(declared, load=named)
        self.type_annotation = StrawberryAnnotation(annotation, namespace={"Target": target})
        self.reading = linked if scope is None else Scoped(scope, linked, NOTHING, personal=False)

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
        told = self.reading
        reading = told.chosen(info.context.caller.scopes) if isinstance(told, Scoped) else told
        if isinstance(reading, Key):
            return self._paced(
                next((source[name] for name in reading.names if name in source), None)
            )
        if isinstance(reading, Computed):
            return reading.compute(source)
        if isinstance(reading, Linked):
            key = reading.key(source)
            return _in_turn(info, reading.load(info, key)) if isinstance(key, str) else None
        if source.get(reading.name) is not None or reading.is_full(source):
            return self._paced(reading.of(source))
        return self._completed(reading, info, source)

    async def _completed(self, reading: Completed, info: Info, source: Json) -> object:
        full = await at_hand(reading.load(info, source))
        await info.context.turns.stand_in_line()
        return None if full is None else self._paced(reading.of(full))

    def _paced(self, value: object) -> object:
        return in_turns(value) if self.is_list and isinstance(value, list) else value


def _in_turn(info: Info, loading: Loaded) -> Loaded:
    return loading if loading is None or isinstance(loading, dict) else _in_line(info, loading)


async def _in_line(info: Info, loading: Awaitable[Json | None]) -> Json | None:
    found = await loading
    await info.context.turns.stand_in_line()
    return found


def _named_by_retell(load: Callable[[Any, Any], Loaded]) -> Callable[[Any, Any], Loaded]:
    """The same loading, for ids that Retell gave: one that cannot be sent, or that Retell refuses,
    is not the caller's fault then."""

    def load_named(place: Any, by: Any) -> Loaded:
        try:
            loaded = load(place, by)
        except BadUserInput:
            raise _misnamed() from None
        if loaded is None or isinstance(loaded, dict):
            return loaded
        return _passed_on(loaded) if isinstance(loaded, asyncio.Future) else _awaited(loaded)

    return load_named


async def _awaited(loading: Awaitable[Json | None]) -> Json | None:
    try:
        return await loading
    except BadUserInput:
        raise _misnamed() from None


def _passed_on(loading: asyncio.Future[Json | None]) -> asyncio.Future[Json | None]:
    """The same without a task: a page of calls waits for each of its agents."""
    waiter: asyncio.Future[Json | None] = loading.get_loop().create_future()

    def landed(loading: asyncio.Future[Json | None]) -> None:
        error = None if loading.cancelled() else loading.exception()
        if waiter.done():
            return  # nobody waits any more
        if loading.cancelled():
            waiter.cancel()
        elif error is None:
            waiter.set_result(loading.result())
        else:
            fail(waiter, _misnamed() if isinstance(error, BadUserInput) else error)

    loading.add_done_callback(landed)
    return waiter


def _misnamed() -> UpstreamInvalid:
    return UpstreamInvalid("Retell names an object by an id that cannot be one.")


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
    return ReadField(completed(name, load, is_full, convert))


def completed(
    name: str,
    load: Load,
    is_full: Callable[[Json], bool],
    convert: Callable[[Any], object] | None = None,
) -> Completed:
    """How a field is read that lists leave out."""
    return Completed(name, _named_by_retell(load), is_full, convert)


def derived(name: str, load: Load) -> Any:
    """A field that takes a request of its own for each object: `load` gives it under `name`."""
    return ReadField(Derived(name, _named_by_retell(load), _never))


def link(
    target: str,
    key: Callable[[Json], object],
    by: str | None = None,
    full: Full | None = None,
) -> Any:
    """A field that is another resource's object; `target` names its type, `key` finds it.

    With `by`, the key is not its id but what the target's resource reads it `by`. A key that is no
    text, whatever Retell gave, names nothing. `full` says how the object is read whose list items
    leave the key out.
    """
    if full is None:
        return ReadField(Linked(target, key, _not_connected, by))
    return ReadField(
        LinkedMany(MANY, _not_connected, _never, None, target, _at_most_one(key), by, 1, True, full)
    )


def links(target: str, keys: Callable[[Json], Sequence[str]], full: Full | None = None) -> Any:
    """A field that is a list of another resource's objects, which this one names by their ids."""
    declared = LinkedMany(
        MANY, _not_connected, _never, None, target, keys, None, UNTOLD, False, full
    )
    return _list_of(declared)


def links_by(target: str, by: str, key: Callable[[Json], str | None]) -> Any:
    """A field that lists all objects of another resource that belong to this one: those that the
    target's resource reads `by` its key. One request to Retell, as far as is known before."""
    declared = LinkedMany(MANY, _not_connected, _never, None, target, _at_most_one(key), by)
    return _list_of(declared)


def id_under(name: str, version: str | None = None) -> Callable[[Json], str | None]:
    """The key of the object whose id stands under `name`, at the version under `version` if one
    stands there."""

    def key(source: Json) -> str | None:
        id_, at = source.get(name), source.get(version) if version else None
        if not isinstance(id_, str):
            return None
        return f"{id_}:{at}" if type(at) is int else id_

    return key


def ids_under(name: str) -> Callable[[Json], Sequence[str]]:
    """The ids that stand in the list under `name`."""

    def ids(source: Json) -> Sequence[str]:
        found = source.get(name)
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    return ids


MANY = "_many"
"""Under which linked objects are loaded; no object of Retell's has it."""
UNTOLD = 10
"""Objects that are taken to be named where nobody knows yet."""


def _list_of(declared: LinkedMany) -> ReadField:
    made = ReadField(declared)
    made.is_list = True
    return made


def _at_most_one(key: Callable[[Json], object]) -> Callable[[Json], Sequence[str]]:
    def keys(source: Json) -> Sequence[str]:
        found = key(source)
        return (found,) if isinstance(found, str) else ()

    return keys


def _never(_source: Json) -> bool:
    return False


def _many(declared: LinkedMany, load: Callable[[Any, Any], Loaded]) -> Load:
    """Reads what a link leads to; of several, one that cannot be read is an error of its own."""

    async def one(place: Place, key: str) -> Json | None:
        return await at_hand(load(place, key))

    async def load_linked(place: Place, source: Json) -> Json | None:
        full = declared.full
        if full is not None and not full.is_full(source):
            source = await at_hand(_named_by_retell(full.load)(place, source)) or {}
        keys = declared.keys(source)
        if declared.one or declared.by is not None:
            found = await one(place, keys[0]) if keys else None
            return None if found is None else {MANY: found if declared.one else found["items"]}
        each = (one(place, key) for key in keys)
        return {MANY: await asyncio.gather(*each, return_exceptions=True)}

    return load_linked


def _not_connected(_place: Any, _key: Any) -> Loaded:
    raise LookupError("a link is connected when the schema is built")


def is_link(value: object) -> bool:
    """Whether this is a field made by `link`, `links` or `links_by`."""
    return isinstance(value, ReadField) and isinstance(value.declared, Linked | LinkedMany)
