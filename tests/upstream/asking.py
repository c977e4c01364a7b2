"""Transports under test, and requests straight to them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import httpx

from gateway.upstream.transport import OriginTransport

from .playing import listening

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from .playing import Script, Server, Wire

LIMITS = httpx.Limits(max_keepalive_connections=50, keepalive_expiry=20.0)


class Make(Protocol):
    """Makes a transport to an origin."""

    def __call__(
        self, origin: str, *, verify: ssl.SSLContext | bool = True, trust_env: bool = True
    ) -> httpx.AsyncBaseTransport: ...


def ours(
    origin: str,
    *,
    verify: ssl.SSLContext | bool = True,
    trust_env: bool = True,
    limits: httpx.Limits = LIMITS,
    **more: Any,
) -> OriginTransport:
    return OriginTransport(
        httpx.URL(origin), verify=verify, trust_env=trust_env, limits=limits, **more
    )


def of_httpx(
    origin: str, *, verify: ssl.SSLContext | bool = True, trust_env: bool = True
) -> httpx.AsyncBaseTransport:
    return httpx.AsyncHTTPTransport(verify=verify, trust_env=trust_env, limits=LIMITS)


class Asking:
    """A transport and where it leads."""

    def __init__(self, transport: httpx.AsyncBaseTransport, origin: str) -> None:
        self.transport = transport
        self.origin = origin

    async def begin(
        self, method: str = "GET", path: str = "/", *, connect: float = 10, **more: Any
    ) -> httpx.Response:
        """The answer, its body not yet read."""
        extensions = {"timeout": {"connect": connect}, **more.pop("extensions", {})}
        request = httpx.Request(method, self.origin + path, extensions=extensions, **more)
        return await self.transport.handle_async_request(request)

    async def ask(self, method: str = "GET", path: str = "/", **more: Any) -> bytes:
        """The whole body."""
        response = await self.begin(method, path, **more)
        try:
            return await response.aread()
        finally:
            await response.aclose()


@asynccontextmanager
async def asking(script: Script, make: Make) -> AsyncIterator[tuple[Asking, Server]]:
    """A transport to a server that plays this script."""
    async with listening(script) as (server, port):
        origin = f"http://127.0.0.1:{port}"
        async with make(origin) as transport:
            yield Asking(transport, origin), server


@asynccontextmanager
async def asking_ours(
    script: Script, **more: Any
) -> AsyncIterator[tuple[Asking, Server, OriginTransport]]:
    """Our own transport to a server that plays this script."""
    async with listening(script) as (server, port):
        origin = f"http://127.0.0.1:{port}"
        async with ours(origin, **more) as transport:
            yield Asking(transport, origin), server, transport


def says(*pieces: bytes, then_close: bool = False) -> Script:
    """Answers every request with these pieces."""

    async def script(wire: Wire) -> None:
        for piece in pieces:
            await wire.write(piece)
        if then_close:
            wire.close()

    return script


def says_in_turn(*answers: bytes | None) -> Script:
    """Answers the requests to the server one after the other; None: closes the connection."""
    left = list(answers)

    async def script(wire: Wire) -> None:
        answer = left.pop(0)
        if answer is None:
            wire.close()
        else:
            await wire.write(answer)

    return script


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
