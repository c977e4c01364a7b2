"""Objects of one kind that a key has: found, listed, made, changed and removed by requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.problem import not_found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Json = dict[str, Any]


class Shelf:
    """Objects by their ids, in the order in which they came."""

    def __init__(self, what: str, id_key: str, objects: Iterable[Json], missing: int = 422) -> None:
        """`missing` is the status by which Retell says that there is no such object."""
        self._what = what
        self._id_key = id_key
        self._missing = missing
        self._objects: dict[str, Json] = {str(each[id_key]): each for each in objects}

    def __iter__(self) -> Iterator[Json]:
        return iter([*self._objects.values()])

    def find(self, id_: str) -> Json:
        """The object; a `Problem` where there is none."""
        if id_ not in self._objects:
            raise not_found(self._what, id_, self._missing)
        return self._objects[id_]

    def put(self, item: Json) -> Json:
        """Keep a new object, or one in place of what it was; the object."""
        self._objects[str(item[self._id_key])] = item
        return item

    def remove(self, id_: str) -> None:
        """Do away with it; a `Problem` where there is none."""
        self.find(id_)
        del self._objects[id_]
