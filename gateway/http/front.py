"""The short way in: a POST whose bytes came before is answered with bytes.

Of any other that is in order, what was read and told of it goes on to the endpoint; the rest goes
there as it came. What is right is decided there, not here.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from starlette.datastructures import Headers

from gateway.auth.caller import Caller
from gateway.errors import GatewayError
from gateway.http import request_id
from gateway.http.accept import negotiate
from gateway.http.begun import Rest, begin
from gateway.http.body import check_type
from gateway.http.exchange import Exchange
from gateway.interruption import TimeLimit
from gateway.operation.answers import Body

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.types import Message, Receive, Scope, Send

    from gateway.auth.identify import Later
    from gateway.http.accept import Accepted
    from gateway.http.endpoint import GraphQLEndpoint
    from gateway.http.problem import Header
    from gateway.operation.answers import Answers, Remembered
    from gateway.telemetry.audit import Audit

log = logging.getLogger(__name__)

TELLING = frozenset(
    {b"accept", b"content-encoding", b"content-type", b"host", b"origin", b"x-gateway-debug"}
)
"""Headers on which the way depends, besides who asks."""
MOST_MANNERS = 512
LONGEST_TELLING = 1024
"""Bytes of such headers that are worth remembering."""

_ID = request_id.HEADER.encode()
_LENGTH = b"content-length"
_NONE: Message = {"type": "http.disconnect"}


@dataclass(frozen=True, slots=True)
class Manner:
    """How requests with certain headers are answered, if their answer is remembered."""

    accepted: Accepted
    headers: tuple[Header, ...]
    """Of an answer that was remembered."""
    always: tuple[Header, ...]
    """Of any other."""


class Front:
    """Stands before the endpoint for POSTs to its path."""

    def __init__(
        self,
        endpoint: GraphQLEndpoint,
        answers: Answers,
        audit: Audit,
        identify: Callable[[Headers], Caller | Later],
        *,
        most_bytes: int,
        seconds: float = 1.0,
        new_id: Callable[[], str] = request_id.new_id,
    ) -> None:
        """Whose body is longer than `most_bytes`, or not there after `seconds`, goes the long
        way."""
        self._endpoint = endpoint
        self._answers = answers
        self._audit = audit
        self._identify = identify
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._new_id = new_id
        self._manners: dict[tuple[Header, ...], Manner | None] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, for `http` scopes with the method POST, or OPTIONS."""
        if scope["method"] != "POST":
            await self._endpoint(scope, receive, send)
            return
        given: str | None = None
        telling: list[Header] = []
        for header in scope["headers"]:
            if header[0] in TELLING:
                telling.append(header)
            elif header[0] == _ID:
                given = header[1].decode("latin-1")
        manner = self._manner(tuple(telling))
        headers = Headers(scope=scope)
        caller = None if manner is None else self._caller(headers)
        if manner is None or caller is None:
            await self._endpoint(scope, receive, send)
            return
        messages = await self._messages(receive)
        body = self._whole(messages)
        if body is None:
            await self._endpoint(scope, _again(messages, receive), send)
            return
        known = self._answers.to_body(
            Body(caller.view, manner.accepted.multipart is not None, body)
        )
        id_ = request_id.own_or(given, self._new_id)
        if known is None or not self._noted(caller, id_, known):
            accepted, always = manner.accepted, manner.always
            exchange = Exchange("POST", b"", headers, accepted, id_, always, receive, send)
            await self._endpoint.post(exchange, caller, body)
            return
        if log.isEnabledFor(logging.DEBUG):
            log.debug("operation", extra={"request_id": id_, **caller.told})
        content = known.content
        length = str(len(content)).encode()
        own = [*manner.headers, (_ID, id_.encode()), (_LENGTH, length)]
        await send({"type": "http.response.start", "status": 200, "headers": own})
        await send({"type": "http.response.body", "body": content})

    def _noted(self, caller: Caller, id_: str, known: Remembered) -> bool:
        """Whether the answer may be sent: what cannot be noted is for the endpoint to refuse."""
        if not known.reads:
            return True
        try:
            self._audit.note(caller, id_, known.reads, "answered", "remembered")
        except (OSError, ValueError):
            return False
        return True

    def _caller(self, headers: Headers) -> Caller | None:
        """Who asks; None where that is to be found out by the endpoint, or refused there."""
        try:
            found = self._identify(headers)
        except GatewayError:
            return None
        return found if isinstance(found, Caller) else None

    async def _messages(self, receive: Receive) -> list[Message]:
        """The body as it comes; not to its end where that is far, or long in coming."""
        first = begin(cast("Coroutine[Any, Any, Message]", receive()))
        if not isinstance(first, Rest) and not first.get("more_body"):
            return [first]
        messages: list[Message] = []
        with suppress(TimeoutError), TimeLimit(self._seconds):
            message = await first if isinstance(first, Rest) else first
            messages.append(message)
            length = len(message.get("body", b""))
            while message.get("more_body") and length <= self._most_bytes:
                message = await receive()
                messages.append(message)
                length += len(message.get("body", b""))
        return messages

    def _whole(self, messages: list[Message]) -> bytes | None:
        """The body, if all of it is there and it is not too long."""
        last = messages[-1] if messages else _NONE
        if last["type"] != "http.request" or last.get("more_body"):
            return None
        body = b"".join([message.get("body", b"") for message in messages])
        return body if len(body) <= self._most_bytes else None

    def _manner(self, telling: tuple[Header, ...]) -> Manner | None:
        try:
            return self._manners[telling]
        except KeyError:
            manner = self._made(Headers(raw=list(telling)))
        if sum(len(value) for _, value in telling) <= LONGEST_TELLING:
            if len(self._manners) >= MOST_MANNERS:
                self._manners.clear()
            self._manners[telling] = manner
        return manner

    def _made(self, headers: Headers) -> Manner | None:
        accepted = negotiate(",".join(headers.getlist("accept")))
        if accepted.media_type is None or not self._endpoint.may_recall(headers):
            return None
        try:
            check_type(headers)
        except GatewayError:
            return None
        type_ = f"{accepted.media_type}; charset=utf-8".encode()
        always = self._endpoint.always(headers)
        return Manner(accepted, ((b"content-type", type_), *always), always)


def _again(messages: list[Message], receive: Receive) -> Receive:
    """The messages that were read, for another reader, and then what still comes."""
    waiting = messages[::-1]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
