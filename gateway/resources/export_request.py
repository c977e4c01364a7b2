"""Export requests: files of calls or chats that somebody asked Retell for in its dashboard."""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.loaders import Json, Read, Source, page_items
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.info import Info
from gateway.schema.permissions import needs, personal, scope
from gateway.schema.resource import Resource
from gateway.schema.scalars import URL, DateTime
from gateway.schema.signed_urls import life_of_urls
from gateway.schema.types import closed_enum, object_type, open_enum
from gateway.upstream.endpoint import Endpoint

READ = scope("exports:read", "See which exports of calls and chats were asked for.")
FILES = scope("exports:download", "Get exported files: whoever has their URLs has what is in them.")

# --- Where it is read, and how long an answer is fresh -----------------------------------------

OPEN = Freshness(max_age=5, stale_while_revalidate=5, stale_if_error=300)
"""A page with an export that is being made."""
DONE = Freshness(max_age=30, stale_while_revalidate=60, stale_if_error=3600)
"""A page whose exports change no more; a new one may be asked for at any time."""

# A tuple, since what Retell gives in place of a text need not be hashable.
OVER = ("completed", "error")


def page_policy(page: Json, now: float) -> Freshness:
    """By whether all exports of the page are over; half as long as its URLs work, at the most."""
    items = page_items(page)
    freshness = DONE if all(item.get("status") in OVER for item in items) else OPEN
    life = life_of_urls([item.get("url") for item in items], now)
    return freshness if life is None else freshness.capped(life / 2)


EXPORT_REQUESTS = Source(
    "export_requests", Endpoint("GET", "/v2/list-export-requests", lists=True), page_policy
)


def _page(order: ExportRequestOrder, limit: int, key: str | None, _wants_total: bool) -> Read:
    query = {"limit": limit, "pagination_key": key, "sort_order": order.value}
    return EXPORT_REQUESTS.read(query=query, tags=("all",))


# --- Types -------------------------------------------------------------------------------------


@open_enum
class ExportRequestStatus(Enum):
    """Where an export is."""

    CREATED = "created"
    """It waits for its turn."""
    PROCESSING = "processing"
    """It is being made."""
    COMPLETED = "completed"
    """Its file is there."""
    ERROR = "error"
    """It could not be made."""
    UNKNOWN = "UNKNOWN"


@open_enum
class ExportRequestChannel(Enum):
    """What an export is of."""

    CALL = "call"
    """Calls."""
    CHAT = "chat"
    """Chats."""
    UNKNOWN = "UNKNOWN"


@closed_enum
class ExportRequestOrder(Enum):
    """Order of a list of exports."""

    DESCENDING = "descending"
    """From the last to the first."""
    ASCENDING = "ascending"
    """From the first to the last."""


@object_type()
class ExportRequest:
    """A file of calls or chats that somebody asked for."""

    export_request_id: strawberry.ID
    """Retell's id of the export."""
    channel: ExportRequestChannel | None
    """What it is of."""
    status: ExportRequestStatus | None
    """Where it is."""
    timezone: str | None
    """The time zone that times are written in, such as `America/Los_Angeles`."""
    created_timestamp: DateTime | None
    """When it was asked for."""
    url: URL | None = personal(FILES)
    """The file. Whoever has the URL has all calls or chats that are in it."""


@object_type()
class ExportRequestEdge(Edge):
    """An export in its place in a list."""

    node: ExportRequest | None
    """The export."""


@object_type()
class ExportRequestConnection(Connection):
    """A page of a list of exports. Retell does not count them."""

    edges: list[ExportRequestEdge]
    """The exports with their cursors."""
    nodes: list[ExportRequest | None]
    """The exports alone."""


@object_type()
class ExportRequestQueries:
    """Root fields for exports."""

    @strawberry.field
    @needs(READ)
    async def export_requests(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        order_by: Annotated[
            ExportRequestOrder, strawberry.argument(description="In which order.")
        ] = ExportRequestOrder.DESCENDING,
    ) -> ExportRequestConnection | None:
        """Exports that were asked for in Retell's dashboard. One upstream request for a page."""
        bound = scope_of(info.context.caller.tenant, "export_requests", order_by.value)
        paged = partial(_page, order_by)
        return cast(
            "ExportRequestConnection | None",
            await read_connection(
                info, paged, id_key="export_request_id", first=first, after=after, scope=bound
            ),
        )


RESOURCE = Resource(
    name="ExportRequest",
    queries=ExportRequestQueries,
    sources=(EXPORT_REQUESTS,),
    id_key="export_request_id",
    shows={
        EXPORT_REQUESTS: "ExportRequest",
    },
)
