"""How tests ask the sandbox: in the same process, plainly or through the official SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import httpx
from retell import AsyncRetell

if TYPE_CHECKING:
    from retell.types.call_list_params import FilterCriteria
    from retell.types.call_list_response import Item

    from gateway.sandbox.app import Sandbox

NOW_S = 1_790_000_000.0
NOW_MS = int(NOW_S * 1000)
KEY_A, KEY_B = "sandbox-key-a", "sandbox-key-b"
EXAMPLE_ID = "Jabr9TXYYJHfvl6Syypi88rdAHYHmcq6"


class Clock:
    """A clock that moves when a test says so."""

    def __init__(self, now_s: float = NOW_S) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s

    def forward(self, seconds: float) -> None:
        self.now_s += seconds


def plain(sandbox: Sandbox, key: str = KEY_B, host: str = "127.0.0.1") -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(sandbox, client=(host, 40_000)),
        base_url="http://sandbox.test",
        headers={"Authorization": f"Bearer {key}"},
    )


def sdk(sandbox: Sandbox, key: str = KEY_B, *, strict: bool = True) -> AsyncRetell:
    return AsyncRetell(
        api_key=key,
        base_url="http://sandbox.test",
        max_retries=0,
        http_client=plain(sandbox, key),
        _strict_response_validation=strict,
    )


async def every_call(
    client: AsyncRetell, criteria: dict[str, object] | None = None, limit: int = 1000
) -> list[Item]:
    """All pages of list-calls, one after the other."""
    wanted = cast("FilterCriteria", criteria or {})
    page = await client.call.list(filter_criteria=wanted, limit=limit)
    items = list(page.items)
    while page.pagination_key is not None:
        page = await client.call.list(
            filter_criteria=wanted, limit=limit, pagination_key=page.pagination_key
        )
        items += page.items
    return items
