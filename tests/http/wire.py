"""A raw ASGI client: one that leaves when told, and sees what was sent and when."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from starlette.types import Message, Scope


class Wire:
    """One POST of a query; `hang_up()` closes the connection."""

    def __init__(self, query: str = "{ hello }", **headers: str) -> None:
        names = {"content-type": "application/json"} | headers
        self.scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in names.items()],
        }
        self.sent: list[Message] = []
        self._body: bytes | None = orjson.dumps({"query": query})
        self._left = asyncio.Event()
        self._answering = asyncio.Event()

    def hang_up(self) -> None:
        self._left.set()

    async def answering(self) -> None:
        """Wait for the first byte of a body."""
        await self._answering.wait()

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if message["type"] == "http.response.body":
            self._answering.set()

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()
