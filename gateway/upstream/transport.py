"""An httpx transport of our own: HTTP/1.1 to one origin, with llhttp doing the parsing.

It is there because it costs a fraction of what httpx's own does; see docs/decisions/0004.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import httpx

from gateway.upstream.dial import dial
from gateway.upstream.message import Request, Response, encoded
from gateway.upstream.pool import Pool

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from gateway.upstream.answer import Answer
    from gateway.upstream.wire import Connection

LIMITS = httpx.Limits(max_keepalive_connections=50, keepalive_expiry=20.0)

SAFE = "safe"
"""An extension of a request, true where it only reads; a GET does."""


class OriginTransport(httpx.AsyncBaseTransport):
    """Sends every request to one origin, whatever else its URL says.

    A request that only reads is sent again, once, where a kept connection turns out to have been
    closed by the peer; no other request ever is. Of a request's time limits only `connect` is
    kept to: the caller has a deadline.
    """

    def __init__(
        self,
        origin: httpx.URL,
        *,
        verify: ssl.SSLContext | bool = True,
        trust_env: bool = True,
        limits: httpx.Limits = LIMITS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._host = origin.raw_host.decode("ascii")
        self._port = origin.port or (443 if origin.scheme == "https" else 80)
        self._tls: ssl.SSLContext | None = None
        if origin.scheme == "https":
            self._tls = httpx.create_ssl_context(verify, trust_env=trust_env)
            self._tls.set_alpn_protocols(["http/1.1"])
        self.pool = Pool(limits, clock)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if isinstance(request, Request):
            data = encoded(request.method, request.target, request.fields, request.content)
        else:
            target, fields = request.url.raw_path, request.headers.raw
            data = encoded(request.method, target, fields, await request.aread())
        bodiless = request.method == "HEAD"
        only_reads = request.method == "GET" or request.extensions.get(SAFE) is True
        kept = self.pool.take(only_reads=only_reads)
        connection = kept or await self._connect(request)
        answer = connection.send(data, bodiless=bodiless)
        try:
            await connection.head_of(answer)
        except httpx.TransportError:
            if kept is None or answer.begun or not only_reads:
                raise
            connection = await self._connect(request)
            answer = connection.send(data, bodiless=bodiless)
            await connection.head_of(answer)
        return Response(answer.status, fields=answer.fields, stream=Body(connection, answer))

    async def aclose(self) -> None:
        await self.pool.aclose()

    async def _connect(self, request: httpx.Request) -> Connection:
        seconds = request.extensions.get("timeout", {}).get("connect")
        try:
            async with asyncio.timeout(seconds):
                connection = await dial(self.pool.connection, self._host, self._port, self._tls)
        except TimeoutError:
            raise httpx.ConnectTimeout("The peer could not be reached in time.") from None
        except (OSError, UnicodeError):  # a host that no name server can be asked for
            raise httpx.ConnectError("The peer could not be reached.") from None
        self.pool.add(connection)
        if not connection.usable:
            raise httpx.ConnectError("The peer closed before anything was sent.")
        return connection


class Body(httpx.AsyncByteStream):
    """The body in the pieces that came; not a generator, since those need the loop to end them."""

    def __init__(self, connection: Connection, answer: Answer) -> None:
        self._connection = connection
        self._answer = answer

    def __aiter__(self) -> Body:
        return self

    async def __anext__(self) -> bytes:
        piece = await self._connection.body_of(self._answer)
        if piece is None:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        self._connection.give_up(self._answer)
