"""Loaders over a Retell that a handler plays in memory, and a clock that is moved by hand."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from gateway.auth.caller import Caller
from gateway.cache.memory import MemoryCache
from gateway.cache.read_through import ReadThrough
from gateway.changes import Changes
from gateway.context import RequestContext
from gateway.errors import UpstreamError
from gateway.loaders import Loaders
from gateway.telemetry.trace import Trace
from gateway.upstream.client import RetellClient
from gateway.upstream.connection import build_http_client
from gateway.upstream.deadline import Deadline
from gateway.upstream.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]

NOW = 1_700_000_000.0
ONE, OTHER = Caller("key-one", own_key=True), Caller("key-other", own_key=True)


@dataclass
class Loading:
    """What is shared between operations; `requests` are those that Retell got."""

    cache: ReadThrough
    client: RetellClient
    changes: Changes
    now: float = NOW
    requests: list[httpx.Request] = field(default_factory=list)

    @property
    def asked(self) -> list[str]:
        """Method and path of each request."""
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def context(
        self, caller: Caller = ONE, *, seconds: float = 30.0, **limits: int
    ) -> RequestContext:
        """That of a new operation."""
        trace = Trace()
        loaders = Loaders(
            cache=self.cache,
            client=self.client,
            changes=self.changes,
            caller=caller,
            deadline=Deadline.after(seconds),
            trace=trace,
            clock=lambda: self.now,
            **limits,
        )
        return RequestContext("request-1", caller, loaders, trace)


@asynccontextmanager
async def loading(handler: Handler) -> AsyncIterator[Loading]:
    """An empty cache, and a Retell that is `handler`."""

    async def play(request: httpx.Request) -> httpx.Response:
        held.requests.append(request)
        answer = handler(request)
        return answer if isinstance(answer, httpx.Response) else await answer

    async with build_http_client(
        "https://retell.test", transport=httpx.MockTransport(play)
    ) as http:
        client = RetellClient(http, retries=RetryPolicy(attempts=1))
        cache = ReadThrough(
            MemoryCache(1000, 10_000_000, lambda: held.now),
            lambda: held.now,
            is_outage=lambda error: isinstance(error, UpstreamError),
        )
        held = Loading(cache, client, Changes(lambda: held.now))
        try:
            yield held
        finally:
            await held.changes.aclose()
            await cache.aclose()
