"""An answer in parts as JSON objects, in the form that its client reads; whatever carries them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from gateway.http.defer20220824 import Defer20220824

if TYPE_CHECKING:
    from gateway.http.accept import DeferFormat
    from gateway.operation.request import IncrementalResult, Json


async def payloads(result: IncrementalResult, form: DeferFormat) -> AsyncGenerator[Json, None]:
    """Each part as it comes; to be closed, since what is left is not read on then."""
    older = Defer20220824() if form == "20220824" else None
    try:
        yield older.first(result.first) if older else result.first
        async for payload in result.rest:
            yield older.later(payload) if older else payload
    finally:
        if isinstance(result.rest, AsyncGenerator):
            await result.rest.aclose()
