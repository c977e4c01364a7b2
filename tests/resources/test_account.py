"""`gateway.resources.account`: the organisation, and how many calls may run."""

from __future__ import annotations

from tests.world import world

CONCURRENCY = "{ concurrency { currentConcurrency concurrencyLimit baseConcurrency } }"
ACCOUNT = "{ account { orgId orgName apiKeyName } }"


async def test_the_account_is_asked_for_once_an_hour() -> None:
    async with world(calls=1) as gateway:
        first = await gateway.data(ACCOUNT)
        assert all(isinstance(value, str) for value in first["account"].values())
        gateway.clock.forward(3599)
        assert await gateway.data(ACCOUNT) == first
        assert gateway.requests == {"GET /get-api-key-info": 1}


async def test_concurrency_is_shared_by_all_who_poll_within_two_seconds() -> None:
    async with world(calls=1) as gateway:
        for seconds, requests in [(0, 1), (1.9, 1), (5.2, 2)]:
            gateway.clock.forward(seconds)
            got = await gateway.data(CONCURRENCY)
            assert all(isinstance(value, int) for value in got["concurrency"].values())
            assert gateway.requests == {"GET /get-concurrency": requests}


async def test_two_keys_have_accounts_of_their_own() -> None:
    async with world(calls=1, api_key=None) as gateway:
        one = await gateway.data(ACCOUNT, authorization="Bearer sandbox-key-a")
        other = await gateway.data(ACCOUNT, authorization="Bearer sandbox-key-b")
        assert one != other
