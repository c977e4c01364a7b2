"""Relay connections over Retell's lists, which page forward by an opaque key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NamedTuple

import strawberry

from gateway.errors import BadUserInput, UpstreamInvalid
from gateway.loaders import page_items
from gateway.schema.cursors import LARGEST_PAGE, Position, decode_cursor, encode_cursor
from gateway.schema.turns import FEW, in_turns
from gateway.schema.types import object_type

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from gateway.loaders import Json, Read
    from gateway.schema.info import Info

    Paged = Callable[[int, str | None, bool], Read]
    """The read of one page: its limit, its pagination key, whether it counts the total."""

DEFAULT_FIRST = 50

First = Annotated[int, strawberry.argument(description=f"How many at most, up to {LARGEST_PAGE}.")]
"""The argument of a field that lists: how long a page is."""
After = Annotated[str | None, strawberry.argument(description="Go on behind this cursor.")]
"""And where it begins."""


@object_type()
class PageInfo:
    """Where a page of a list stands in it. Lists page forward only."""

    has_next_page: bool
    """Whether there is more after `endCursor`."""
    has_previous_page: bool
    """Whether this page was asked for with `after`."""
    start_cursor: str | None
    """Cursor of the first item; null where there is none."""
    end_cursor: str | None
    """Cursor of the last item: give it as `after` for the next page. Null where there is nothing
    to go on from."""


@object_type()
class Edge:
    """An item in its place in a list."""

    cursor: str
    """Give it as `after` to go on behind this item; it is good for the same filter and order."""


@object_type()
class Connection:
    """A page of a list."""

    page_info: PageInfo
    """Where this page stands in the list."""


async def read_connection(
    info: Info, paged: Paged, *, id_key: str, first: int, after: str | None, scope: str
) -> Json:
    """The connection of the list that `paged` reads, `first` items from `after` on.

    One upstream request; two where `after` is the cursor of an item within a page. `id_key` is
    which key of an item is its id.
    """
    if not 0 <= first <= LARGEST_PAGE:
        raise BadUserInput(f"`first` must be from 0 to {LARGEST_PAGE}.")
    start = decode_cursor(after, scope) if isinstance(after, str) else Position()
    selected = info.selected
    wants_items = first > 0 and not selected <= {"totalCount", "__typename"}
    wants_total = "totalCount" in selected
    reader = _Reader(info, paged, id_key, wants_total)
    await reader.read(start, first if wants_items else 0)
    return _connection(reader, selected, scope, has_previous=isinstance(after, str))


class _Page(NamedTuple):
    """What one request gave: the page's place in the list, and where the next one begins."""

    start: Position
    limit: int
    length: int
    next_key: str | None


class _Reader:
    """Collects items with their places, over one or two pages."""

    def __init__(self, info: Info, paged: Paged, id_key: str, wants_total: bool) -> None:
        self._info = info
        self._paged = paged
        self._id_key = id_key
        self._wants_total = wants_total
        self.items: list[Json] = []
        self._places: list[tuple[_Page, int]] = []
        """Of each item: its page, and how many items of the page are behind it by then."""
        self.total: int | None = None
        self.has_more = False
        self.past: Position | None = None
        """Behind a page that has no items, though the list goes on."""

    async def read(self, start: Position, first: int) -> None:
        limit = start.limit if start.offset else max(first, 1)
        next_key = await self._read_page(start, limit, first)
        missing = first - len(self.items)
        if start.offset and missing and next_key is not None:
            await self._read_page(Position(next_key), missing, missing)

    def position(self, number: int) -> Position:
        """The place behind an item."""
        page, offset = self._places[number]
        if offset == page.length and page.next_key is not None:
            return Position(page.next_key)
        return Position(page.start.key, page.limit, offset, self._id_of(self.items[number]))

    async def _read_page(self, start: Position, limit: int, most: int) -> str | None:
        wants_total = self._wants_total and self.total is None
        read = self._paged(limit, start.key, wants_total)
        answer = await self._info.context.loaders.load(read, self._info) or {}
        found = page_items(answer)
        if wants_total:
            self.total = answer.get("total")
        page = _Page(start, limit, len(found), _next_key(answer))
        begin = self._begin(start, found)
        taken = found[begin : begin + most]
        self.items += taken
        self._places += [(page, begin + number) for number in range(1, len(taken) + 1)]
        self.has_more = page.next_key is not None or len(found) > begin + most
        self.past = Position(page.next_key) if page.next_key is not None and not found else None
        return page.next_key

    def _begin(self, start: Position, found: list[Json]) -> int:
        """Where in the page to go on: behind the same item, wherever it is by now."""
        if start.item is not None:
            for offset, item in enumerate(found, 1):
                if self._id_of(item) == start.item:
                    return offset
        return start.offset

    def _id_of(self, item: Json) -> str | None:
        id_ = item.get(self._id_key)
        return id_ if isinstance(id_, str) else None


def _next_key(page: Json) -> str | None:
    key = page.get("pagination_key") if page.get("has_more") else None
    if isinstance(key, str | None):
        return key
    raise UpstreamInvalid("Retell's pagination key is not a text.")


def _connection(
    reader: _Reader, selected: AbstractSet[str], scope: str, *, has_previous: bool
) -> Json:
    """What is selected of the connection: a cursor costs more than the item that it is of."""

    def cursor(number: int) -> str:
        return encode_cursor(reader.position(number), scope)

    items = reader.items
    made: Json = {"nodes": in_turns(items, FEW), "total_count": reader.total}
    if "edges" in selected:
        edges = [{"cursor": cursor(number), "node": item} for number, item in enumerate(items)]
        made["edges"] = in_turns(edges, FEW)
    if "pageInfo" in selected:
        last = encode_cursor(reader.past, scope) if reader.past else None
        made["page_info"] = {
            "has_next_page": reader.has_more,
            "has_previous_page": has_previous,
            "start_cursor": cursor(0) if items else None,
            "end_cursor": cursor(len(items) - 1) if items else last,
        }
    return made
