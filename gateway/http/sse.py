"""An answer as `text/event-stream`, in the "distinct connections mode" of graphql-sse: the framing,
and the comments that keep a connection open.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final

from gateway.http.answer import error_entry
from gateway.operation.encoding import encode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from gateway.errors import GatewayError
    from gateway.http.problem import Header

CONTENT_TYPE: Final = "text/event-stream; charset=utf-8"
HEADERS: Final[tuple[Header, ...]] = ((b"x-accel-buffering", b"no"),)
"""A proxy that collects answers would hold events back."""
COMMENT: Final = b":\n\n"
COMPLETE: Final = b"event: complete\ndata:\n\n"


def next_event(payload: bytes) -> bytes:
    """An answer, or a part of one; `payload` is JSON, which has no line breaks."""
    return b"event: next\ndata: " + payload + b"\n\n"


def last_events(error: GatewayError, request_id: str) -> bytes:
    """How a stream ends that cannot be carried on."""
    return next_event(encode({"errors": [error_entry(error, request_id)]})) + COMPLETE


@asynccontextmanager
async def kept_open(
    send: Callable[[bytes], Awaitable[None]], seconds: float
) -> AsyncIterator[None]:
    """Send a comment every so many seconds, so that nobody on the way takes silence for an end."""

    async def beat() -> None:
        with suppress(OSError):  # the client left: the operation is told of it elsewhere
            while True:
                await asyncio.sleep(seconds)
                await send(COMMENT)

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.wait((beating,))
