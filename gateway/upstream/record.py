"""An object of Retell's that is kept as bytes where it is large, and decoded where it is asked for.

Most of a call is its transcript, and most readers want anything but that: decoded, a thousand calls
take seven times the memory and a third of the time of every fetch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypedDict, cast

import msgspec
import orjson
from msgspec import Raw

from gateway.errors import UpstreamInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SMALL = 4096
"""Bytes of a body that is decoded at once, and of a part that is. Larger parts stay bytes, and are
decoded anew for each operation that wants them."""

DECODED = 7
"""How many times the size of a JSON text its decoded form takes in memory, about (measured)."""

_parts = msgspec.json.Decoder(dict[str, Raw])
_get = dict.get
_item = dict.__getitem__


class Record(dict[str, Any]):
    """A JSON object whose large parts are `msgspec.Raw`. Reading one of them by `get` or `[]`
    decodes it; `dict.get` shows what is there, and `plain` makes an ordinary value of that."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        value = _item(self, name)
        return plain(value) if value.__class__ is Raw else value

    def get(self, name: str, default: Any = None) -> Any:
        """The value, decoded."""
        value = _get(self, name, default)
        return plain(value) if value.__class__ is Raw else value


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


_NULL = Raw(b"null")
_WHOLE = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""Beyond, orjson makes floats, and could not write anything else."""
_VALUE: Any = str | _WHOLE | float | bool | None
for _ in range(4):  # levels of lists and objects
    _VALUE = str | _WHOLE | float | bool | list[_VALUE] | dict[str, _VALUE] | None
_OF_PAGES = ("has_more", "pagination_key", "total")


class Items:
    """What the items of a list have: how a page of them is read, without what is large in it."""

    def __init__(self, values: Iterable[str], parts: Iterable[str]) -> None:
        """By key `values`, and `parts`, which stay bytes until somebody asks for them. All that an
        item may have has to be named: what is under other keys is left out."""
        self.values, self.parts = tuple(values), tuple(parts)
        item = dict.fromkeys(self.values, _VALUE) | dict.fromkeys(self.parts, Raw)
        page = dict.fromkeys(_OF_PAGES, _VALUE) | {"items": list[_object("item", item)]}  # type: ignore[misc] # made just now
        self._decoder = msgspec.json.Decoder(_object("page", page))

    def read_page(self, body: bytes) -> dict[str, Any]:
        """The page in a body, its items `Record`s; `ValueError` where it is not quite as it should
        be. What is malformed in a part is found when that is decoded."""
        page: dict[str, Any] = self._decoder.decode(body)
        if "items" not in page:
            raise ValueError("no page")
        items = page["items"] = [Record(item) for item in page["items"]]
        for item in items:
            if _NULL in item.values():
                item.update({name: None for name, part in item.items() if part == _NULL})
        return page


def _object(name: str, keys: dict[str, Any]) -> Any:
    """The type of a dict that may have these keys."""
    return cast("Any", TypedDict)(name, keys, total=False)


def typed(shape: Any) -> Callable[[object], list[Any] | None]:
    """What reads a list that is still bytes, if it is of this shape; None for all others.

    A shape is a class (`str`, `int` of 32 bits, `float` below 2**53, `bool`), `object` for what
    stays bytes, a list of the shape of its items, or a dict of shapes by key; a tuple of one says
    that it may be null, or not be there. Objects have what is under the first of their keys as
    `f0`, and so on; what is under other keys is skipped.
    """
    decoder: msgspec.json.Decoder[list[Any]] | None = None

    def read(value: object) -> list[Any] | None:
        nonlocal decoder
        if value.__class__ is not Raw:
            return None
        if decoder is None:  # most are never needed: transcripts that are short are no bytes
            decoder = msgspec.json.Decoder(_annotation(shape))
        text = bytes(memoryview(value))
        try:
            if not text.isascii():
                text.decode()  # refuses what is not UTF-8: what is skipped is not looked at
            return decoder.decode(text)
        except (ValueError, RecursionError):
            return None

    return read


_INT = Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)]
# Beyond, a whole number would be rounded where it is taken for a float.
_FLOAT = Annotated[float, msgspec.Meta(gt=-(2.0**53), lt=2.0**53)]


def _annotation(shape: Any) -> Any:
    if shape == (object,):
        return Raw  # a null stays one as well
    if isinstance(shape, tuple):
        return _annotation(shape[0]) | None
    if isinstance(shape, list):
        return list[_annotation(shape[0])]  # type: ignore[misc] # made just now
    if not isinstance(shape, dict):
        return {int: _INT, float: _FLOAT, object: Raw}.get(shape, shape)
    fields: list[Any] = []
    for number, each in enumerate(shape.values()):
        default = (None,) if isinstance(each, tuple) else ()
        fields.append((f"f{number}", _annotation(each), *default))
    names = {f"f{number}": key for number, key in enumerate(shape)}
    # Not looked at by the garbage collector: there are no cycles in JSON.
    return msgspec.defstruct("Object", fields, rename=names, kw_only=True, gc=False)


def mentions(record: dict[str, Any], name: str, text: bytes) -> bool:
    """Whether a part may have this text somewhere in it: quick, since not decoded."""
    part = dict.get(record, name)
    return part is not None and (part.__class__ is not Raw or text in bytes(memoryview(part)))


def read_record(body: bytes) -> tuple[dict[str, Any], int]:
    """The object in a body, and the bytes it takes in memory, about.

    `ValueError` where the body is not one JSON object. What is malformed in a part that stays
    bytes is found when that is decoded.
    """
    parts = _parts.decode(body)
    large = [name for name, part in parts.items() if len(memoryview(part)) > SMALL]
    held = {name: parts.pop(name) for name in large}
    small = msgspec.json.encode(parts)
    record = Record(orjson.loads(small))
    record.update(held)
    return record, len(body) + DECODED * len(small)
