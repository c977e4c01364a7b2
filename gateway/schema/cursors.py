"""Cursors: opaque to clients, bound to the list they were made for."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256

import orjson

from gateway.errors import BadUserInput

LARGEST_PAGE = 1000
"""Items that Retell gives at once, at the most."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two items: `offset` items into the page that Retell gives for `key`."""

    key: str | None = None
    """Retell's pagination key; None is the first page."""
    limit: int = 0
    """Size of the page that `offset` counts in."""
    offset: int = 0
    item: str | None = None
    """Id of the item before the place: by it the place is found again if the page has shifted."""


def scope_of(*parts: object) -> str:
    """A short name for a list: whose it is, which filter and order it has."""
    text = orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)
    return sha256(text).hexdigest()[:16]


def encode_cursor(position: Position, scope: str) -> str:
    """The cursor of `position`."""
    place = [position.key, position.limit, position.offset, position.item]
    content = orjson.dumps([scope, *place])
    return urlsafe_b64encode(content).decode().rstrip("=")


def decode_cursor(cursor: str, scope: str) -> Position:
    """The position of `cursor`; `BadUserInput` where it is none, or one of another list."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        bound_to, key, limit, offset, item = orjson.loads(urlsafe_b64decode(padded))
    except (Base64Error, ValueError, TypeError):
        raise BadUserInput("`after` is not a cursor of this list.") from None
    if bound_to != scope:
        raise BadUserInput("`after` belongs to another filter, order or key.")
    if not _can_be(key, limit, offset, item):
        raise BadUserInput("`after` is not a cursor of this list.")
    return Position(key, limit, offset, item)


def _can_be(key: object, limit: object, offset: object, item: object) -> bool:
    """Cursors are not signed: one that was made up must not upset what reads with it."""
    if type(limit) is not int or type(offset) is not int:
        return False
    texts = isinstance(key, str | None) and isinstance(item, str | None)
    return texts and 0 <= offset <= limit <= LARGEST_PAGE
