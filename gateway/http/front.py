"""The short way in: what is at hand for a POST is answered at once, be it remembered or made.

What has to be waited for is begun, and goes on at the endpoint; what is not in order goes there as
it came. What is right is decided there, not here.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from starlette.datastructures import Headers

from gateway.auth.caller import Caller
from gateway.errors import GatewayError
from gateway.http import request_id
from gateway.http.accept import negotiate
from gateway.http.always import with_defaults
from gateway.http.answer import error_answer, result_answer
from gateway.http.begun import Rest, begin
from gateway.http.body import check_type
from gateway.http.presence import ClientLeft, ClientPresent
from gateway.http.reply import Begun, Heading, Whole
from gateway.interruption import TimeLimit
from gateway.operation.answers import Body
from gateway.operation.masking import shown
from gateway.operation.request import OperationResult

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.types import Message, Receive, Scope, Send

    from gateway.auth.identify import Later
    from gateway.http.accept import Accepted, MediaType
    from gateway.http.answer import HttpAnswer
    from gateway.http.endpoint import GraphQLEndpoint
    from gateway.http.problem import Header
    from gateway.operation.answers import Answers, Remembered
    from gateway.operation.request import Answer
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
    """How requests with certain headers are answered."""

    accepted: Accepted
    media_type: MediaType
    heading: Heading
    """Of an answer that has nothing more to say."""
    always: tuple[Header, ...]
    """Of any answer."""

    def whole(self, answer: HttpAnswer, id_: str) -> Whole:
        """The answer, ready to be sent."""
        heading = self.heading
        if answer.headers:
            own = [(b"content-type", answer.content_type.encode()), *answer.headers]
            heading = Heading.of(tuple(with_defaults(own, self.always)))
        return Whole(answer.status, heading, id_.encode(), answer.body)


class Asking(NamedTuple):
    """Who asks, and how: what the headers of a request say that is in order."""

    caller: Caller
    manner: Manner
    id: str

    def answered(self, result: Answer) -> Whole:
        """What came of it."""
        assert isinstance(result, OperationResult)  # noqa: S101 - narrowing: not asked in parts
        if result.content is not None and result.refused is None and result.left is None:
            return Whole(200, self.manner.heading, self.id.encode(), result.content)
        answer = result_answer(result, self.manner.media_type, self.id)
        return self.manner.whole(answer, self.id)

    def failed(self, error: Exception) -> Whole:
        """How it ended."""
        answer = error_answer(shown(error, self.id), self.manner.media_type, self.id)
        return self.manner.whole(answer, self.id)


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

    def reply(self, headers: list[Header], body: bytes) -> Whole | Begun | None:
        """What a POST comes to that has these headers and this body: see `Reply`."""
        asking = self._asking(headers)
        return None if asking is None else self._answer(asking, body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, for `http` scopes with the method POST, or OPTIONS."""
        asking = self._asking(scope["headers"]) if scope["method"] == "POST" else None
        if asking is None:
            await self._endpoint(scope, receive, send)
            return
        messages = await self._messages(receive)
        body = self._whole(messages)
        found = None if body is None else self._answer(asking, body)
        if isinstance(found, Begun):
            try:
                with ClientPresent(receive):
                    found = await found.whole()
            except ClientLeft:
                log.info("the client left", extra={"request_id": asking.id})
                return
        if found is None:
            await self._endpoint(scope, _again(messages, receive), send)
            return
        status, heading, id_, content = found
        own = [*heading.headers, (_ID, id_), (_LENGTH, b"%d" % len(content))]
        await send({"type": "http.response.start", "status": status, "headers": own})
        await send({"type": "http.response.body", "body": content})

    def _asking(self, headers: list[Header]) -> Asking | None:
        """None where something is not in order, or is to be found out by the endpoint."""
        given: str | None = None
        telling: list[Header] = []
        for header in headers:
            if header[0] in TELLING:
                telling.append(header)
            elif header[0] == _ID and given is None:
                given = header[1].decode("latin-1")
        manner = self._manner(tuple(telling))
        if manner is None:
            return None
        try:
            caller = self._identify(Headers(raw=headers))
        except Exception:  # noqa: BLE001 - the endpoint finds out as well, and says what it is
            return None
        if not isinstance(caller, Caller):
            return None
        return Asking(caller, manner, request_id.own_or(given, self._new_id))

    def _answer(self, asking: Asking, body: bytes) -> Whole | Begun | None:
        if len(body) > self._most_bytes:
            return None
        caller, manner, id_ = asking
        in_parts = manner.accepted.multipart is not None
        known = self._answers.to_body(Body(caller.view, in_parts, body))
        if known is not None and self._noted(caller, id_, known):
            if log.isEnabledFor(logging.DEBUG):
                log.debug("operation", extra={"request_id": id_, **caller.told})
            return Whole(200, manner.heading, id_.encode(), known.content)
        return None if in_parts else self._begun(asking, body)

    def _begun(self, asking: Asking, body: bytes) -> Whole | Begun:
        """Begin what is asked: mostly nothing has to be waited for."""
        try:
            running = self._endpoint.run(asking.caller, asking.id, body)
            result = begin(cast("Coroutine[Any, Any, Answer]", running))
            if not isinstance(result, Rest):
                return asking.answered(result)
        except Exception as error:  # noqa: BLE001 - `shown` logs what is unknown
            return asking.failed(error)
        return Begun(partial(self._rest, asking, result), asking.id)

    async def _rest(self, asking: Asking, running: Rest[Answer]) -> Whole:
        try:
            return asking.answered(await self._endpoint.rest(running))
        except Exception as error:  # noqa: BLE001 - `shown` logs what is unknown
            return asking.failed(error)

    def _noted(self, caller: Caller, id_: str, known: Remembered) -> bool:
        """Whether the answer may be sent: what cannot be noted is for the endpoint to refuse."""
        if not known.reads:
            return True
        try:
            self._audit.note(caller, id_, known.reads, "answered", "remembered")
        except (OSError, ValueError):
            return False
        return True

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
        type_ = f"{accepted.media_type}; charset=utf-8"
        always = self._endpoint.always(headers)
        heading = Heading.of(((b"content-type", type_.encode()), *always))
        return Manner(accepted, accepted.media_type, heading, always)


def _again(messages: list[Message], receive: Receive) -> Receive:
    """The messages that were read, for another reader, and then what still comes."""
    waiting = messages[::-1]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
