"""Whether the client is still there: work for one that has left is cancelled."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.interruption import Interruption

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import Receive


class ClientLeft(Exception):
    """The connection was closed before the answer was sent."""


class ClientPresent:
    """Cancels what runs inside when the client disconnects, and raises `ClientLeft` once it ended.

    To be entered after the body was read: from then on the server only tells of the end.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._interruption = Interruption(ClientLeft)
        self._watcher: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._interruption.__enter__()
        # Not before something inside waits: an answer out of the memory never does.
        self._watching = asyncio.get_running_loop().call_soon(self._watch)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._watching.cancel()
        if self._watcher is not None:
            self._watcher.cancel()  # it ends in the loop's next turn: nothing waits for that
        self._interruption.__exit__(kind, error, traceback)

    def _watch(self) -> None:
        self._watcher = asyncio.create_task(_watch(self._receive, self._interruption))


async def _watch(receive: Receive, interruption: Interruption) -> None:
    message = await receive()
    while message["type"] != "http.disconnect":
        message = await receive()
    interruption.fire()
