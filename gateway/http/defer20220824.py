"""Rewrites graphql-core's incremental payloads as `deferSpec=20220824` has them. Pure.

There a part names its path and label itself; here it names the id of something pending, which
was announced before. https://specs.apollo.dev/incremental has both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.operation.request import Json

Path = tuple[str | int, ...]


class Defer20220824:
    """The state of one answer: what is pending, and how long each streamed list is by now."""

    def __init__(self) -> None:
        self._pending: dict[str, Json] = {}
        self._lengths: dict[str, int] = {}
        self._delivered: dict[Path, list[object]] = {}

    def first(self, payload: Json) -> Json:
        """The first part: data as ever, without the announcements."""
        self._delivered = {(): [payload.get("data")]}
        self._announce(payload)
        return {name: value for name, value in payload.items() if name != "pending"}

    def later(self, payload: Json) -> Json:
        """A later part."""
        entries = payload.get("incremental", ())
        self._delivered = {}
        self._pending |= {entry["id"]: entry for entry in payload.get("pending", ())}
        for entry in entries:
            if "data" in entry:
                self._deliver(self._path(entry), entry["data"])
        parts = [self._part(entry) for entry in entries]
        self._announce(payload)
        for entry in payload.get("completed", ()):
            if "errors" in entry:
                parts.append(self._failed(entry))
            del self._pending[entry["id"]]
            self._lengths.pop(entry["id"], None)
        incremental: Json = {"incremental": parts} if parts else {}
        return incremental | _some(payload, "errors", "extensions", "hasNext")

    def _announce(self, payload: Json) -> None:
        for entry in payload.get("pending", ()):
            self._pending[entry["id"]] = entry
            self._measure(entry["id"])

    def _deliver(self, path: Path, value: object) -> None:
        self._delivered.setdefault(path, []).append(value)

    def _path(self, entry: Json) -> Path:
        return (*self._pending[entry["id"]]["path"], *entry.get("subPath", ()))

    def _part(self, entry: Json) -> Json:
        path = self._path(entry)
        part: Json = {"path": list(path), "data": entry.get("data")}
        if "items" in entry:
            self._measure(entry["id"])
            start = self._lengths.get(entry["id"], 0)
            self._lengths[entry["id"]] = start + len(entry["items"])
            for index, item in enumerate(entry["items"], start):
                self._deliver((*path, index), item)
            part = {"path": [*path, start], "items": entry["items"]}
        label = _some(self._pending[entry["id"]], "label")
        return part | label | _some(entry, "errors", "extensions")

    def _failed(self, entry: Json) -> Json:
        pending = self._pending[entry["id"]]
        length = self._lengths.get(entry["id"])
        part: Json = {"path": pending["path"], "data": None}
        if length is not None:
            part = {"path": [*pending["path"], length], "items": None}
        return part | _some(pending, "label") | _some(entry, "errors")

    def _measure(self, name: str) -> None:
        """Note how long a list is to which more will be streamed: it came with this payload."""
        path: Path = tuple(self._pending[name]["path"])
        for cut in range(len(path), -1, -1):
            for value in self._delivered.get(path[:cut], ()):
                found = _at(value, path[cut:])
                if isinstance(found, list):
                    self._lengths.setdefault(name, len(found))


def _some(given: Json, *names: str) -> Json:
    return {name: given[name] for name in names if name in given}


def _at(value: object, path: Path) -> object:
    found: Any = value
    for key in path:
        try:
            found = found[key]
        except (KeyError, IndexError, TypeError):
            return None
    return found
