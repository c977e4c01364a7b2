"""Clients on connections of their own, which can hang up; and waiting for what they cause."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.http.wire import Wire

if TYPE_CHECKING:
    from tests.world import World

LONG = 3_600_000.0
"""Milliseconds that no test waits for."""


class Client:
    """One that asks at once, through the ASGI interface that a server uses."""

    def __init__(self, it: World, query: str, **headers: str) -> None:
        self.wire = Wire(query, **headers)
        self.task = asyncio.ensure_future(
            it.app(self.wire.scope, self.wire.receive, self.wire.send)
        )

    @property
    def answered(self) -> bool:
        return bool(self.wire.sent)

    async def leave(self) -> None:
        """Hang up, and wait until the gateway has noticed."""
        self.wire.hang_up()
        await self.task


async def arrived(it: World, count: int = 1) -> None:
    """Until so many requests are under way at the sandbox."""
    while sum(it.sandbox.requests.under_way.values()) < count:  # noqa: ASYNC110 - it only counts
        await asyncio.sleep(0)


async def departed(it: World) -> None:
    """Until none is under way there."""
    while it.sandbox.requests.under_way:  # noqa: ASYNC110 - it only counts
        await asyncio.sleep(0)


async def refreshed() -> None:
    """Until no refresh is under way that nobody waits for."""
    tasks = (task for task in asyncio.all_tasks() if task.get_name().startswith("refresh "))
    await asyncio.gather(*tasks)
