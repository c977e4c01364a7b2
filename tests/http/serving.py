"""A real uvicorn on a free loopback port, in the test's own loop."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import uvicorn

from gateway.http.drain import Drain
from gateway.http.server import DrainingServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class StartedServer(DrainingServer):
    """Says when it listens."""

    def __init__(self, app: Any, drain: Drain, **options: Any) -> None:
        config = uvicorn.Config(
            app,
            http=options.pop("http", "auto"),
            timeout_keep_alive=options.pop("keep_alive", 5),
            log_config=None,
            log_level="critical",
            ws=options.pop("ws", "none"),
            ws_max_size=options.pop("message_bytes", 256 * 1024),
            ws_ping_interval=options.get("ping_seconds", 20.0),
            ws_ping_timeout=options.pop("ping_seconds", 20.0),
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=5,
        )
        super().__init__(config, drain, **options)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


@asynccontextmanager
async def serving(app: Any, **options: Any) -> AsyncIterator[str]:
    """The address of a server that runs inside `async with`."""
    server = StartedServer(app, Drain(), **options)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        task = asyncio.create_task(server.serve([listener]))
        await server.listening.wait()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
