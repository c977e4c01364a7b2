"""The ASGI application behind `/graphql` for HTTP: bytes to an operation request, and its answer to
bytes. `socket` is the one for WebSockets.

GraphQL over HTTP for queries and mutations; knows no schema, no resource and no Retell.
"""

from __future__ import annotations

import logging
import time
from contextlib import aclosing, nullcontext, suppress
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from gateway.auth.caller import Caller
from gateway.errors import CsrfPrevented, OperationTimeout
from gateway.http import forgery, multipart, request_id, sse
from gateway.http.accept import GRAPHQL_RESPONSE, JSON, negotiate
from gateway.http.always import ALWAYS
from gateway.http.answer import HttpAnswer, error_answer, left_headers, result_answer
from gateway.http.body import HttpLimits, read_body
from gateway.http.cors import Cors
from gateway.http.drain import Drain
from gateway.http.exchange import Exchange
from gateway.http.parameters import ASKING, from_body, from_url, url_fields
from gateway.http.payloads import payloads
from gateway.http.presence import ClientLeft, ClientPresent
from gateway.http.problem import CallerEnded, HttpProblem
from gateway.http.streams import Streams
from gateway.http.uploads import UploadLimits, has_files, read_upload
from gateway.interruption import TimeLimit
from gateway.operation.answers import Body
from gateway.operation.encoding import encode
from gateway.operation.masking import shown
from gateway.operation.request import IncrementalResult, OperationRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractContextManager

    from starlette.types import Receive, Scope, Send

    from gateway.auth.identify import Later
    from gateway.errors import GatewayError
    from gateway.http.parameters import Parameters
    from gateway.http.problem import Header
    from gateway.operation.request import Answer

log = logging.getLogger(__name__)

DEBUG_HEADER = "x-gateway-debug"
LAST_WORDS = 1.0
"""Seconds in which an answer in parts may still be told why it ends."""


class GraphQLEndpoint:
    """Answers `GET` and `POST`; `run` is the pipeline, `identify` says who asks."""

    def __init__(
        self,
        run: Callable[[OperationRequest], Awaitable[Answer]],
        identify: Callable[[Headers], Caller | Later],
        *,
        limits: HttpLimits | None = None,
        uploads: UploadLimits | None = None,
        drain: Drain | None = None,
        page: Callable[[], HttpAnswer] | None = None,
        always_explain: bool = False,
        debug_header: bool = False,
        hosts: frozenset[str] | None = None,
        cors: Cors | None = None,
        always: tuple[Header, ...] = ALWAYS,
        ambient: bool = False,
        seconds: float = 11.0,
        streams: Streams | None = None,
        heartbeat: float = 20.0,
        clock: Callable[[], float] = time.time,
        new_id: Callable[[], str] = request_id.new_id,
    ) -> None:
        """`page` is what a browser gets that asks no query; a request id is made by `new_id`. Files
        are taken where there are limits of `uploads`.

        `hosts` are the only names that it answers to. A page in a browser could else point a name
        of its own at this address, and read as if it were at home here (DNS rebinding).

        Answers are explained `always`, or where the `debug_header` counts and asks for it.

        `ambient` says that a browser needs to know no secret to be answered: then a GET, and a form
        with files, must show that no other site made it (see `forgery`). An operation that has not
        ended after `seconds`, its sending included, is cut off; one that is answered in parts or
        events also ends with its caller's token, by the `clock`. Event streams count among the
        `streams`, and are kept open by a comment each `heartbeat` seconds.
        """
        self._run = run
        self._identify = identify
        self._limits = limits or HttpLimits()
        self._uploads = uploads
        self._drain = drain or Drain()
        self._page = page
        self._always_explain = always_explain
        self._debug_header = debug_header
        self._hosts = hosts
        self._cors = cors or Cors()
        self._always = always
        self._ambient = ambient
        self._seconds = seconds
        self._streams = streams or Streams()
        self._heartbeat = heartbeat
        self._clock = clock
        self._new_id = new_id

    def may_recall(self, headers: Headers) -> bool:
        """Whether a POST with these headers may be answered with what was answered before."""
        if self._explains(headers):
            return False
        return self._hosts is None or forgery.host_of(headers) in self._hosts

    def always(self, headers: Headers) -> tuple[Header, ...]:
        """The headers of every answer to a request with these."""
        return (*self._always, *self._cors.headers(headers.get("origin")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, for `http` scopes; the path is the router's."""
        headers = Headers(scope=scope)
        exchange = Exchange(
            scope["method"],
            scope["query_string"],
            headers,
            negotiate(",".join(headers.getlist("accept"))),
            request_id.own_or(headers.get(request_id.HEADER), self._new_id),
            self.always(headers),
            receive,
            send,
        )
        await self._guarded(exchange, self._serve(exchange))

    def run(self, caller: Caller, id_: str, content: bytes) -> Awaitable[Answer]:
        """The operation that the body of a POST asks for, to be answered in one piece, where what
        the headers say was found to be in order; `HttpProblem` where the body is not."""
        body = Body(caller.view, False, content)
        return self._run(from_body(content).request(caller, id_, body=body))

    async def rest(self, running: Awaitable[Answer]) -> Answer:
        """What comes of an operation that `run` gave and that has begun, if it does in time."""
        with self._drain.operation(), self._in_time():
            return await running

    async def _guarded(self, exchange: Exchange, serving: Awaitable[None]) -> None:
        """Whatever goes wrong is an answer of its own."""
        try:
            await serving
        except ClientLeft:
            log.info("the client left", extra={"request_id": exchange.id})
        except Exception as error:  # noqa: BLE001 - `shown` logs what is unknown
            await _fail(exchange, shown(error, exchange.id))

    async def _serve(self, exchange: Exchange) -> None:
        if exchange.method == "OPTIONS" and (asked := self._cors.preflight(exchange.headers)):
            await exchange.answer(asked)
            return
        if self._hosts is not None and forgery.host_of(exchange.headers) not in self._hosts:
            raise HttpProblem(421, "The gateway does not answer to this host name.")
        if self._page is not None and _wants_page(exchange):
            await exchange.answer(self._page())
            return
        _check_method_and_accept(exchange)
        uploads = self._uploads if _is_form(exchange) else None
        self._check_forgery(exchange, is_form=uploads is not None)
        found = self._identify(exchange.headers)
        caller = found if isinstance(found, Caller) else await found
        if uploads is not None:
            async with read_upload(exchange.receive, exchange.headers, uploads) as given:
                await self._answer(exchange, caller, None, given)
            return
        content = None
        if exchange.method == "POST":
            content = await read_body(exchange.receive, exchange.headers, self._limits)
        await self._answer(exchange, caller, content)

    def _explains(self, headers: Headers) -> bool:
        asked = self._debug_header and headers.get(DEBUG_HEADER) == "1"
        return self._always_explain or asked

    def _check_forgery(self, exchange: Exchange, *, is_form: bool) -> None:
        if not self._ambient or not (is_form or exchange.method == "GET"):
            return
        if forgery.may_be_forged(exchange.headers, self._cors):
            raise CsrfPrevented(forgery.FORM_MESSAGE if is_form else forgery.MESSAGE)

    async def _answer(
        self,
        exchange: Exchange,
        caller: Caller,
        content: bytes | None,
        uploaded: Parameters | None = None,
    ) -> None:
        """Run the operation that was `uploaded`, or that the body asks for, or the query string
        where there is neither."""
        request = self._request(exchange, caller, content, uploaded)
        with self._drain.operation(), ClientPresent(exchange.receive), self._in_time():
            if exchange.accepted.events is not None:
                with self._streams.one_of(caller.tenant), self._until_end_of(caller):
                    await self._send_events(exchange, request)
                return
            result = await self._run(request)
            if isinstance(result, IncrementalResult):
                with self._until_end_of(caller):
                    await _send_parts(exchange, result)
                return
        answer = result_answer(result, exchange.media_type, exchange.id)
        if exchange.accepted.media_type is None:
            content_type = multipart.content_type("current")
            body = multipart.only_part(answer.body)
            answer = HttpAnswer(answer.status, content_type, body, answer.headers)
        await exchange.answer(answer)

    def _in_time(self) -> TimeLimit:
        return TimeLimit(self._seconds, OperationTimeout)

    def _until_end_of(self, caller: Caller) -> AbstractContextManager[object]:
        if caller.expires_at is None:
            return nullcontext()
        return TimeLimit(max(0.0, caller.expires_at - self._clock()), CallerEnded)

    async def _send_events(self, exchange: Exchange, request: OperationRequest) -> None:
        """From the first comment on, whatever the operation comes to is an event."""
        form = exchange.accepted.events or "current"

        async def send(piece: bytes) -> None:
            await exchange.part(sse.CONTENT_TYPE, piece, sse.HEADERS)

        await send(sse.COMMENT)
        async with sse.kept_open(send, self._heartbeat):
            result = await self._run(request)
            if isinstance(result, IncrementalResult):
                async with aclosing(payloads(result, form)) as each:
                    async for payload in each:
                        await send(sse.next_event(encode(payload)))
            else:
                await send(sse.next_event(result.content or encode(result.body)))
        await exchange.end(sse.COMPLETE)

    def _request(
        self,
        exchange: Exchange,
        caller: Caller,
        content: bytes | None,
        uploaded: Parameters | None,
    ) -> OperationRequest:
        incremental = (
            exchange.accepted.multipart is not None or exchange.accepted.events is not None
        )
        if content is not None:
            given = from_body(content)
        else:
            given = uploaded or from_url(exchange.query_string)
        return given.request(
            caller,
            exchange.id,
            read_only=exchange.method == "GET",
            incremental=incremental,
            explain=self._explains(exchange.headers),
            body=None if content is None else Body(caller.view, incremental, content),
        )


def _is_form(exchange: Exchange) -> bool:
    return exchange.method == "POST" and has_files(exchange.headers)


def _wants_page(exchange: Exchange) -> bool:
    if exchange.method != "GET" or not exchange.accepted.prefers_html:
        return False
    return url_fields(exchange.query_string).keys().isdisjoint(ASKING)


def _check_method_and_accept(exchange: Exchange) -> None:
    if exchange.method not in ("GET", "POST"):
        allow = (b"allow", b"GET, POST")
        raise HttpProblem(405, "Only GET and POST are answered here.", allow)
    accepted = exchange.accepted
    in_events = accepted.events is not None and exchange.method == "POST"
    if accepted.media_type is None and accepted.multipart is None and not in_events:
        types = f"{GRAPHQL_RESPONSE} or {JSON}"
        raise HttpProblem(406, f"`Accept` must allow {types}.")


async def _send_parts(exchange: Exchange, result: IncrementalResult) -> None:
    form = exchange.accepted.multipart or "current"
    headers = left_headers(result.left)
    async with aclosing(multipart.parts(result, form)) as parts:
        async for part in parts:
            await exchange.part(multipart.content_type(form), part, headers)
    await exchange.end()


async def _fail(exchange: Exchange, error: GatewayError) -> None:
    if exchange.started:
        last = multipart.last_part if exchange.accepted.events is None else sse.last_events
        # Who does not read what was sent before will not read this either.
        with suppress(TimeoutError), TimeLimit(LAST_WORDS):
            await exchange.end(last(error, exchange.id))
    else:
        await exchange.answer(error_answer(error, exchange.media_type, exchange.id))
