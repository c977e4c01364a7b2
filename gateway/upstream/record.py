"""An object of Retell's that is kept as bytes where it is large, and decoded where it is asked for.

Most of a call is its transcript, and most readers want anything but that: decoded, a thousand calls
take seven times the memory and a third of the time of every fetch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import msgspec
import orjson
from msgspec import Raw

from gateway.errors import UpstreamInvalid

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = 4096
"""Bytes of a body that is decoded at once, and of a part that is. Larger parts stay bytes, and are
decoded anew for each operation that wants them."""

DECODED = 7
"""How many times the size of a JSON text its decoded form takes in memory, about (measured)."""

_parts = msgspec.json.Decoder(dict[str, Raw])


class Record(dict[str, Any]):
    """A JSON object whose large parts are `msgspec.Raw`. Reading one of them by `get` or `[]`
    decodes it; `dict.get` shows what is there, and `plain` makes an ordinary value of that."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        return plain(super().__getitem__(name))

    def get(self, name: str, default: Any = None) -> Any:
        """The value, decoded."""
        return plain(super().get(name, default))


def plain(value: Any) -> Any:
    """The value as ordinary JSON, decoded where it was not yet."""
    if value.__class__ is Raw:
        try:
            return orjson.loads(memoryview(value))
        except orjson.JSONDecodeError:
            raise UpstreamInvalid("Retell's answer is not the JSON expected.") from None
    if value.__class__ is Record:
        return {name: plain(part) for name, part in value.items()}
    return value


def narrowed(keys: frozenset[str]) -> Callable[[object], Any]:
    """What makes an ordinary list of one that is still bytes, its objects with these keys alone.

    What is under other keys is skipped, not looked at. A list of anything else than objects and
    nulls is decoded whole, and so is what is no list.
    """
    shape: Any = TypedDict  # called as a function: mypy wants every key to be written out
    item = shape("Item", dict.fromkeys(sorted(keys), Raw), total=False)
    items = msgspec.json.Decoder(list[item | None])  # type: ignore[valid-type]  # made just now

    def read(value: object) -> Any:
        if value.__class__ is not Raw:
            return plain(value)
        try:
            # Put together again, so that orjson reads whatever is shown, here as everywhere.
            return orjson.loads(msgspec.json.encode(items.decode(memoryview(value))))
        except (ValueError, RecursionError):
            return plain(value)

    return read


def mentions(record: dict[str, Any], name: str, text: bytes) -> bool:
    """Whether a part may have this text somewhere in it: quick, since not decoded."""
    part = dict.get(record, name)
    return part is not None and (part.__class__ is not Raw or text in bytes(memoryview(part)))


def read_record(body: bytes) -> tuple[dict[str, Any], int]:
    """The object in a body, and the bytes it takes in memory, about.

    `ValueError` where the body is not one JSON object. What is malformed in a part that stays
    bytes is found when that is decoded.
    """
    if not body.isascii():
        body.decode()  # refuses what is not UTF-8: what is skipped below is not looked at
    parts = _parts.decode(body)
    large = [name for name, part in parts.items() if len(memoryview(part)) > SMALL]
    held = {name: parts.pop(name) for name in large}
    small = msgspec.json.encode(parts)
    record = Record(orjson.loads(small))
    record.update(held)
    return record, len(body) + DECODED * len(small)
