"""The short way to a remembered answer: a POST whose bytes came before is answered with bytes.

Everything else goes to the endpoint behind it, which decides what is right; here nothing is.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from gateway.errors import GatewayError
from gateway.http import request_id
from gateway.http.accept import negotiate
from gateway.http.body import check_type
from gateway.http.exchange import ALWAYS
from gateway.operation.answers import Body

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from gateway.auth.caller import Caller
    from gateway.http.problem import Header
    from gateway.operation.answers import Answers

log = logging.getLogger(__name__)

TELLING = frozenset({b"accept", b"content-encoding", b"content-type", b"host", b"x-gateway-debug"})
"""Headers on which the way depends, besides who asks."""
MOST_MANNERS = 512

_ID = request_id.HEADER.encode()
_LENGTH = b"content-length"


@dataclass(frozen=True, slots=True)
class Manner:
    """How requests with certain headers are answered, if their answer is remembered."""

    in_parts: bool
    headers: tuple[Header, ...]


class Front:
    """Stands before the endpoint for POSTs to its path."""

    def __init__(
        self,
        endpoint: ASGIApp,
        answers: Answers,
        identify: Callable[[Headers], Caller],
        *,
        answers_to: Callable[[Headers], bool],
        seconds: float = 1.0,
        new_id: Callable[[], str] = request_id.new_id,
    ) -> None:
        """`answers_to` tells by its headers whether a request may be answered from memory at all;
        whose body has not begun to arrive after `seconds` goes the long way."""
        self._endpoint = endpoint
        self._answers = answers
        self._identify = identify
        self._answers_to = answers_to
        self._seconds = seconds
        self._new_id = new_id
        self._manners: dict[tuple[Header, ...], Manner | None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, for `http` scopes with the method POST."""
        given: bytes | None = None
        telling: list[Header] = []
        for header in scope["headers"]:
            if header[0] in TELLING:
                telling.append(header)
            elif header[0] == _ID:
                given = header[1]
        manner = self._manner(tuple(telling))
        if manner is None:
            await self._endpoint(scope, receive, send)
            return
        try:
            caller = self._identify(Headers(scope=scope))
        except GatewayError:
            await self._endpoint(scope, receive, send)
            return
        message = await self._first(receive)
        content = None
        if message is not None and not message.get("more_body"):
            body = Body(caller.view, manner.in_parts, message.get("body", b""))
            content = self._answers.to_body(body)
        if content is None:
            await self._endpoint(scope, _again(message, receive), send)
            return
        id_ = request_id.own_or(given and given.decode("latin-1"), self._new_id)
        if log.isEnabledFor(logging.DEBUG):
            log.debug("operation", extra={"request_id": id_, "tenant": caller.tenant})
        length = str(len(content)).encode()
        headers = [*manner.headers, (_ID, id_.encode()), (_LENGTH, length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _first(self, receive: Receive) -> Message | None:
        """The first part of the body; None where it does not come in time."""
        try:
            async with asyncio.timeout(self._seconds):
                return await receive()
        except TimeoutError:
            return None

    def _manner(self, telling: tuple[Header, ...]) -> Manner | None:
        try:
            return self._manners[telling]
        except KeyError:
            manner = self._made(Headers(raw=list(telling)))
            if len(self._manners) >= MOST_MANNERS:
                self._manners.clear()
            self._manners[telling] = manner
            return manner

    def _made(self, headers: Headers) -> Manner | None:
        accepted = negotiate(",".join(headers.getlist("accept")))
        if accepted.media_type is None or not self._answers_to(headers):
            return None
        try:
            check_type(headers)
        except GatewayError:
            return None
        type_ = f"{accepted.media_type}; charset=utf-8".encode()
        return Manner(accepted.multipart is not None, ((b"content-type", type_), *ALWAYS))


def _again(message: Message | None, receive: Receive) -> Receive:
    """The same messages for another reader, from the one that was read."""
    waiting = [] if message is None else [message]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
