"""Rewrites graphql-core's incremental payloads as `deferSpec=20220824` has them. Pure.

There a part names its path and label itself; here it names the id of something pending, which
was announced before. https://specs.apollo.dev/incremental has both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.operation.request import Json

Path = list[str | int]


class Defer20220824:
    """The state of one answer: what is pending, and how long each streamed list is by now."""

    def __init__(self) -> None:
        self._pending: dict[str, Json] = {}
        self._lengths: dict[str, int] = {}

    def first(self, payload: Json) -> Json:
        """The first part: data as ever, without the announcements."""
        self._announce(payload)
        self._measure(payload.get("data"), [])
        return {name: value for name, value in payload.items() if name != "pending"}

    def later(self, payload: Json) -> Json:
        """A later part."""
        self._announce(payload)
        parts = [self._part(entry) for entry in payload.get("incremental", ())]
        for entry in payload.get("completed", ()):
            pending = self._pending.pop(entry["id"])
            if "errors" in entry:
                parts.append(self._failed(entry, pending))
            self._lengths.pop(entry["id"], None)
        known = {name: payload[name] for name in ("errors", "extensions") if name in payload}
        incremental: Json = {"incremental": parts} if parts else {}
        return incremental | known | {"hasNext": payload["hasNext"]}

    def _announce(self, payload: Json) -> None:
        for entry in payload.get("pending", ()):
            self._pending[entry["id"]] = entry

    def _part(self, entry: Json) -> Json:
        pending = self._pending[entry["id"]]
        path: Path = [*pending["path"], *entry.get("subPath", ())]
        part: Json
        if "items" in entry:
            start = self._lengths.get(entry["id"], 0)
            self._lengths[entry["id"]] = start + len(entry["items"])
            part = {"items": entry["items"], "path": [*path, start]}
            for index, item in enumerate(entry["items"], start):
                self._measure(item, [*path, index])
        else:
            part = {"data": entry["data"], "path": path}
            self._measure(entry["data"], path)
        known = {name: entry[name] for name in ("errors", "extensions") if name in entry}
        return part | _label(pending) | known

    def _failed(self, entry: Json, pending: Json) -> Json:
        path: Path = pending["path"]
        part: Json = {"data": None, "path": path}
        if entry["id"] in self._lengths:
            part = {"items": None, "path": [*path, self._lengths[entry["id"]]]}
        return part | _label(pending) | {"errors": entry["errors"]}

    def _measure(self, value: object, base: Path) -> None:
        """Note the length of each list in `value` to which more will be streamed."""
        for name, pending in self._pending.items():
            path: Path = pending["path"]
            if name not in self._lengths and path[: len(base)] == base:
                found = _at(value, path[len(base) :])
                if isinstance(found, list):
                    self._lengths[name] = len(found)


def _label(pending: Json) -> Json:
    return {"label": pending["label"]} if "label" in pending else {}


def _at(value: object, path: Path) -> object:
    found: Any = value
    for key in path:
        try:
            found = found[key]
        except (KeyError, IndexError, TypeError):
            return None
    return found
