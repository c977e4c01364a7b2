"""Whether the client is still there: work for one that has left is cancelled."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from gateway.http.interruption import Interruption

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive


class ClientLeft(Exception):
    """The connection was closed before the answer was sent."""


@asynccontextmanager
async def client_present(receive: Receive) -> AsyncIterator[None]:
    """Cancel what runs inside when the client disconnects, and raise `ClientLeft` once it ended.

    To be entered after the body was read: from then on the server only tells of the end.
    """
    watchers: list[asyncio.Task[None]] = []
    with Interruption(ClientLeft) as interruption:
        # Not before something inside waits: an answer out of the memory never does.
        watching = asyncio.get_running_loop().call_soon(
            lambda: watchers.append(asyncio.create_task(_watch(receive, interruption)))
        )
        try:
            yield
        finally:
            watching.cancel()
            for watcher in watchers:
                watcher.cancel()
                await asyncio.wait((watcher,))


async def _watch(receive: Receive, interruption: Interruption) -> None:
    message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()
    interruption.fire()
