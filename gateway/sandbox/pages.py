"""Pages of a list: limits, skipping, and cursors that are bound to the query they came from."""

from __future__ import annotations

import operator
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson

from gateway.sandbox.filters import properties
from gateway.sandbox.problem import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_PAGING = ("limit", "pagination_key", "sort_order")
DEFAULT_LIMIT = 50
MAX_LIMIT = 1000

Item = TypeVar("Item")
Place = tuple[int, str]
"""Where an item stands: its time, and its id where times are equal."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    items: Sequence[Item]
    pagination_key: str | None

    def envelope(self, told: Callable[[Item], Any]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "items": [told(item) for item in self.items],
            "has_more": self.pagination_key is not None,
        }
        return (
            body if self.pagination_key is None else body | {"pagination_key": self.pagination_key}
        )


@dataclass(frozen=True, slots=True)
class Paging:
    """What a caller asked for, checked."""

    descending: bool
    limit: int
    skip: int
    after: Place | None
    query: str
    """A digest of what the cursor is good for."""

    @classmethod
    def read(cls, asked: dict[str, Any], query: object) -> Paging:
        """`query` is what a cursor must not be carried away from: the key, and the filter."""
        order = asked.get("sort_order", "descending")
        if order not in ("ascending", "descending"):
            raise bad_request("sort_order must be ascending or descending")
        if "skip" in asked and "pagination_key" in asked:
            raise bad_request("skip and pagination_key cannot be used together")
        digest = sha256(orjson.dumps([query, order], option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
        return cls(
            descending=order == "descending",
            limit=_whole(asked, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
            skip=_whole(asked, "skip", 0, 0, None),
            after=_place(asked["pagination_key"], digest) if "pagination_key" in asked else None,
            query=digest,
        )

    @classmethod
    def of_query(cls, given: Mapping[str, str], query: object, *others: str) -> Paging:
        """The same from a query string, which has no numbers, and may have `others` in it."""
        asked: dict[str, Any] = properties("query", dict(given), {*_PAGING, *others})
        if "limit" in asked:
            try:
                asked["limit"] = int(asked["limit"])
            except ValueError:
                raise bad_request("limit must be an integer") from None
        return cls.read(asked, query)

    def cut(self, items: Sequence[Item], place: Callable[[Item], Place]) -> Page[Item]:
        """One page of `items`, which stand in ascending order of `place`."""
        ordered = list(reversed(items)) if self.descending else list(items)
        if (after := self.after) is not None:
            beyond = operator.lt if self.descending else operator.gt
            ordered = [item for item in ordered if beyond(place(item), after)]
        rest = ordered[self.skip :]
        shown = rest[: self.limit]
        more = len(rest) > len(shown)
        return Page(shown, self._key(place(shown[-1])) if more else None)

    def _key(self, place: Place) -> str:
        return urlsafe_b64encode(orjson.dumps([self.query, *place])).decode()


def _whole(asked: dict[str, Any], name: str, default: int, low: int, high: int | None) -> int:
    value = asked.get(name, default)
    if type(value) is not int or value < low or (high is not None and value > high):
        limits = f"at least {low}" if high is None else f"between {low} and {high}"
        raise bad_request(f"{name} must be an integer, {limits}")
    return value


def _place(key: object, digest: str) -> Place:
    try:
        query, at, name = orjson.loads(urlsafe_b64decode(str(key)))
    except (TypeError, ValueError):
        raise bad_request("pagination_key is not valid") from None
    if query != digest or type(at) is not int or type(name) is not str:
        raise bad_request("pagination_key belongs to another query")
    return at, name
