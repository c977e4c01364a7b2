"""One HTTP request on its way: what was asked, and the sending of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.http import request_id
from gateway.http.accept import JSON
from gateway.http.always import with_defaults

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import Receive, Send

    from gateway.http.accept import Accepted, MediaType
    from gateway.http.answer import HttpAnswer
    from gateway.http.problem import Header


@dataclass(slots=True)
class Exchange:
    """`started` is set once the status was sent, and cannot be taken back."""

    method: str
    query_string: bytes
    headers: Headers
    accepted: Accepted
    id: str
    always: tuple[Header, ...]
    """Of its answer, whatever that says."""
    receive: Receive
    _send: Send
    started: bool = False

    @property
    def media_type(self) -> MediaType:
        """The type for an answer in one piece; errors have one even if none is accepted."""
        return self.accepted.media_type or JSON

    async def answer(self, answer: HttpAnswer) -> None:
        """Send a whole answer."""
        length = (b"content-length", str(len(answer.body)).encode())
        await self._start(answer.status, answer.content_type, (*answer.headers, length))
        await self._send({"type": "http.response.body", "body": answer.body})

    async def part(self, content_type: str, part: bytes, headers: tuple[Header, ...] = ()) -> None:
        """Send a part, the first one with the headers before it."""
        if not self.started:
            await self._start(200, content_type, headers)
        await self._send({"type": "http.response.body", "body": part, "more_body": True})

    async def end(self, last: bytes = b"") -> None:
        """End an answer in parts."""
        await self._send({"type": "http.response.body", "body": last})

    async def _start(self, status: int, content_type: str, headers: tuple[Header, ...]) -> None:
        own = (
            (b"content-type", content_type.encode()),
            (request_id.HEADER.encode(), self.id.encode()),
        )
        self.started = True
        await self._send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": with_defaults([*own, *headers], self.always),
            }
        )
