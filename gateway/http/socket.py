"""The ASGI application behind `/graphql` for WebSockets: who may open one. `session` is what
becomes of it.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from gateway.errors import CsrfPrevented, GatewayError
from gateway.http import forgery, request_id, transport_ws
from gateway.http.accept import JSON
from gateway.http.always import ALWAYS, with_defaults
from gateway.http.answer import error_answer
from gateway.http.cors import Cors
from gateway.http.drain import Drain
from gateway.http.problem import HttpProblem, ShuttingDown
from gateway.http.session import House, Session, SocketLimits
from gateway.http.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from gateway.auth.caller import Caller
    from gateway.auth.identify import Later
    from gateway.http.problem import Header
    from gateway.operation.request import Answer, OperationRequest


class GraphQLSocket:
    """Opens sockets; `run` is the pipeline, `identify` says who asks."""

    def __init__(
        self,
        run: Callable[[OperationRequest], Awaitable[Answer]],
        identify: Callable[[Headers], Caller | Later],
        *,
        limits: SocketLimits | None = None,
        streams: Streams | None = None,
        drain: Drain | None = None,
        always_explain: bool = False,
        debug_header: bool = False,
        hosts: frozenset[str] | None = None,
        cors: Cors | None = None,
        always: tuple[Header, ...] = ALWAYS,
        seconds: float = 11.0,
        last_words: float = 1.0,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = request_id.new_id,
    ) -> None:
        """All as for the endpoint: see there. For `last_words` seconds a client may still be told
        why something ends."""
        self._house = House(
            run,
            identify,
            limits or SocketLimits(),
            streams or Streams(),
            drain or Drain(),
            always_explain,
            debug_header,
            seconds,
            last_words,
            clock,
            new_id,
        )
        self._hosts = hosts
        self._cors = cors or Cors()
        self._always = always

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, for `websocket` scopes; the path is the router's."""
        headers = Headers(scope=scope)
        await receive()  # it asks to connect
        try:
            self._check(headers)
        except GatewayError as error:
            with suppress(OSError):
                await self._refuse(scope, send, error)
            return
        offered = transport_ws.SUBPROTOCOL in scope["subprotocols"]
        subprotocol = transport_ws.SUBPROTOCOL if offered else None
        with suppress(OSError):  # the client has left already
            await send({"type": "websocket.accept", "subprotocol": subprotocol, "headers": []})
            if not offered:
                code, reason = transport_ws.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable"
                await send({"type": "websocket.close", "code": code, "reason": reason})
                return
            session = Session(self._house, headers, receive, send)
            with self._house.drain.guest(session):
                await session.serve()

    def _check(self, headers: Headers) -> None:
        """Whether it may be opened by who opens it; who asks is found out later."""
        if self._hosts is not None and forgery.host_of(headers) not in self._hosts:
            raise HttpProblem(421, "The gateway does not answer to this host name.")
        if forgery.socket_may_be_forged(headers, self._cors):
            raise CsrfPrevented(forgery.SOCKET_MESSAGE)
        if self._house.drain.state == "draining":
            raise ShuttingDown

    async def _refuse(self, scope: Scope, send: Send, error: GatewayError) -> None:
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close"})
            return
        answer = error_answer(error, JSON, self._house.new_id())
        own = [(b"content-type", answer.content_type.encode()), *answer.headers]
        headers = with_defaults(own, self._always)
        start = {"type": "websocket.http.response.start", "status": answer.status}
        await send(start | {"headers": headers})
        await send({"type": "websocket.http.response.body", "body": answer.body})
