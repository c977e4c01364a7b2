"""The account: whose key is in use, and how many calls may run at once."""

from __future__ import annotations

from typing import cast

import strawberry

from gateway.cache.entry import Freshness
from gateway.loaders import Source
from gateway.schema.info import Info
from gateway.schema.permissions import needs, scope
from gateway.schema.resource import Resource
from gateway.schema.types import object_type
from gateway.upstream.endpoint import Endpoint

READ = scope("account:read", "See the organisation's name and how many calls may run at once.")

CONCURRENCY = Source(
    "concurrency",
    Endpoint("GET", "/get-concurrency"),
    lambda _answer, _now: Freshness(max_age=2, stale_while_revalidate=3),
)
"""It moves with every call, and dashboards poll it."""

ACCOUNT = Source(
    "account",
    Endpoint("GET", "/get-api-key-info"),
    lambda _answer, _now: Freshness(3600, stale_while_revalidate=3600, stale_if_error=6 * 3600),
)
"""Names that hardly ever change."""


@object_type()
class Concurrency:
    """How many calls run, and how many may, across the organisation."""

    current_concurrency: int | None
    """Calls that are running now."""
    concurrency_limit: int | None
    """How many may run at once: `baseConcurrency` and `purchasedConcurrency` together."""
    base_concurrency: int | None
    """How many are free of charge."""
    purchased_concurrency: int | None
    """How many were bought on top."""
    concurrency_purchase_limit: int | None
    """How many can be bought at the most."""
    remaining_purchase_limit: int | None
    """How many more can be bought."""
    concurrency_burst_enabled: bool | None
    """Whether the limit may be passed for a while, at a higher price."""
    concurrency_burst_limit: int | None
    """How many may run at once then."""
    reserved_inbound_concurrency: int | None
    """How many are kept free for inbound calls."""


@object_type()
class Account:
    """The organisation and the key that Retell is asked with."""

    org_id: str | None
    """The organisation's id."""
    org_name: str | None
    """The organisation's name."""
    api_key_name: str | None
    """The name of the API key in use; never the key."""


@object_type()
class AccountQueries:
    """Root fields for the account."""

    @strawberry.field
    @needs(READ)
    async def concurrency(self, info: Info) -> Concurrency | None:
        """How many calls run, and how many may. One upstream request, shared by all who poll."""
        return cast("Concurrency | None", await info.context.loaders.load(CONCURRENCY.read(), info))

    @strawberry.field
    @needs(READ)
    async def account(self, info: Info) -> Account | None:
        """The organisation and the key in use. One upstream request, remembered for an hour."""
        return cast("Account | None", await info.context.loaders.load(ACCOUNT.read(), info))


RESOURCE = Resource(
    name="Account",
    queries=AccountQueries,
    shows={CONCURRENCY: "Concurrency", ACCOUNT: "Account"},
)
