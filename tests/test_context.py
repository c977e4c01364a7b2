"""`gateway.context`: what one operation carries is its own."""

from __future__ import annotations

import httpx

from tests.loading import ONE, loading


async def test_no_two_operations_share_what_they_learn_of_types() -> None:
    async with loading(lambda _request: httpx.Response(200)) as retell:
        first, second = retell.context(), retell.context()
        first.node_types[1] = "Call"
        assert second.node_types == {}
        assert (second.request_id, second.caller) == ("request-1", ONE)
