"""A raw ASGI client of WebSockets, which says what it likes and remembers what it hears."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson

from gateway.http.transport_ws import SUBPROTOCOL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.types import ASGIApp, Message, Scope

Json = dict[str, Any]
HOST = (b"host", b"gateway")


class Talk:
    """One socket. `status` is set where it was refused, `closed` where it was ended."""

    def __init__(
        self,
        *headers: tuple[str, str],
        subprotocols: Sequence[str] = (SUBPROTOCOL,),
        path: str = "/graphql",
        query_string: bytes = b"",
        says_why: bool = True,
    ) -> None:
        self.scope: Scope = {
            "type": "websocket",
            "path": path,
            "query_string": query_string,
            "subprotocols": list(subprotocols),
            "headers": [HOST, *((name.encode(), value.encode()) for name, value in headers)],
            "extensions": {"websocket.http.response": {}} if says_why else {},
        }
        self.accepted: Message | None = None
        self.status: int | None = None
        self.refusal: Json | None = None
        self.refusal_headers: dict[bytes, bytes] = {}
        self.closed: tuple[int, str] | None = None
        self.reads = asyncio.Event()
        """Cleared while nothing that is sent is taken."""
        self.reads.set()
        self.gone = False
        self.served: asyncio.Future[None] = asyncio.Future()
        self.most_waiting = self._waiting = 0
        """Messages that were sent and not taken, at once."""
        self._said: asyncio.Queue[Message] = asyncio.Queue()
        self._said.put_nowait({"type": "websocket.connect"})
        self._heard: asyncio.Queue[Json] = asyncio.Queue()
        self._ended = asyncio.Event()

    def say(self, message: Json | str | bytes) -> None:
        if isinstance(message, bytes):
            self._said.put_nowait({"type": "websocket.receive", "bytes": message})
            return
        text = message if isinstance(message, str) else orjson.dumps(message).decode()
        self._said.put_nowait({"type": "websocket.receive", "text": text})

    def subscribe(self, id_: str, query: str, variables: Json | None = None, **more: Any) -> None:
        payload = {"query": query, "variables": variables} | more
        self.say({"id": id_, "type": "subscribe", "payload": payload})

    async def init(self, payload: Json | None = None) -> None:
        """Greet, and wait until the greeting was returned."""
        self.say({"type": "connection_init"} | ({} if payload is None else {"payload": payload}))
        assert await self.heard() == {"type": "connection_ack"}, self.closed

    async def heard(self) -> Json:
        """The next message."""
        async with asyncio.timeout(10):
            return await self._heard.get()

    async def heard_or_ended(self) -> Json | None:
        """The next message, or None where it was closed instead."""
        hearing = asyncio.ensure_future(self.heard())
        ending = asyncio.ensure_future(self._ended.wait())
        await asyncio.wait((hearing, ending), return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        if hearing.done():
            return hearing.result()
        hearing.cancel()
        await asyncio.wait((hearing,))
        return None

    async def answers(self, id_: str) -> list[Json]:
        """The messages of an operation to its last; no others may come between."""
        messages: list[Json] = []
        while not messages or messages[-1]["type"] == "next":
            message = await self.heard()
            assert message.pop("id") == id_, message
            messages.append(message)
        return messages

    async def ask(self, query: str, variables: Json | None = None, **more: Any) -> Json:
        """The one answer of an operation."""
        self.subscribe("asked", query, variables, **more)
        messages = await self.answers("asked")
        assert [message["type"] for message in messages] == ["next", "complete"], messages
        payload: Json = messages[0]["payload"]
        return payload

    async def refused(self, query: str, variables: Json | None = None, **more: Any) -> list[Json]:
        """The errors of an operation that is not executed."""
        self.subscribe("refused", query, variables, **more)
        (message,) = await self.answers("refused")
        assert message["type"] == "error"
        errors: list[Json] = message["payload"]
        return errors

    async def ended(self) -> tuple[int, str] | None:
        """With which code and reason it was closed; None where it was never opened."""
        async with asyncio.timeout(10):
            await self._ended.wait()
        assert self._heard.empty(), self._heard
        return self.closed

    @property
    def silent(self) -> bool:
        return self._heard.empty()

    def leave(self) -> None:
        self.gone = True
        self._said.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def receive(self) -> Message:
        return await self._said.get()

    async def send(self, message: Message) -> None:
        self._waiting += 1
        self.most_waiting = max(self.most_waiting, self._waiting)
        try:
            await self.reads.wait()
        finally:
            self._waiting -= 1
        if self.gone:
            raise OSError
        match message["type"]:
            case "websocket.accept":
                self.accepted = message
            case "websocket.send":
                self._heard.put_nowait(orjson.loads(message["text"]))
            case "websocket.close":
                self.closed = message.get("code", 1000), message.get("reason", "")
                self._ended.set()
            case "websocket.http.response.start":
                self.status = message["status"]
                self.refusal_headers = dict(message["headers"])
            case "websocket.http.response.body":
                self.refusal = orjson.loads(message["body"])
                self._ended.set()


@asynccontextmanager
async def talking(app: ASGIApp, *headers: tuple[str, str], **options: Any) -> AsyncIterator[Talk]:
    """A client that leaves at the end, if it was not left before."""
    talk = Talk(*headers, **options)
    talk.served = asyncio.ensure_future(app(talk.scope, talk.receive, talk.send))
    try:
        yield talk
    finally:
        talk.leave()
        async with asyncio.timeout(10):
            await talk.served
