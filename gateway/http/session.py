"""One WebSocket that is open: who asks on it, its operations, and its end.

What a message leads to is decided in `transport_ws`; here it is done. Knows no schema, no resource
and no Retell. Longer than other modules: what is open is one state.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from gateway.auth.caller import Caller
from gateway.errors import (
    AuthUnavailable,
    Forbidden,
    GatewayError,
    OperationTimeout,
    TooManyOperations,
    TooManyStreams,
    Unauthenticated,
)
from gateway.http import transport_ws
from gateway.http.accept import negotiate
from gateway.http.answer import error_entry
from gateway.http.payloads import payloads
from gateway.http.presence import ClientLeft
from gateway.http.problem import CallerEnded
from gateway.http.transport_ws import Closing, Conversation, Init, Left, Pinged, Subscribe
from gateway.interruption import Interruption, TimeLimit
from gateway.operation.encoding import encode
from gateway.operation.masking import shown
from gateway.operation.request import IncrementalResult, OperationRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Message, Receive, Send

    from gateway.auth.identify import Later
    from gateway.http.accept import DeferFormat
    from gateway.http.drain import Drain
    from gateway.http.parameters import Parameters
    from gateway.http.streams import Streams
    from gateway.operation.request import Answer, Json

log = logging.getLogger(__name__)

CREDENTIALS = frozenset(("authorization", "x-api-key"))
WISHES = frozenset(("accept", "x-gateway-debug"))
"""Other headers that count, and may come with `connection_init` since pages can send none."""
LONGEST_WISH = 1024
"""Characters. How long a credential may be, those know who read it."""

_LEAVING = Closing(transport_ws.GOING_AWAY, "The gateway is shutting down.")
_NO_INIT = Closing(transport_ws.INIT_TIMEOUT, "Connection initialisation timeout")
_ENDED = Closing(transport_ws.UNAUTHORIZED, CallerEnded().message)
_NOT_READ = Closing(transport_ws.TRY_LATER, "What was sent was not read.")


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Of one socket."""

    message_bytes: int = 256 * 1024
    init_seconds: float = 10.0
    operations: int = 20
    """At once."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the client of a socket wants its answers."""

    form: DeferFormat | None
    """How answers in parts are written, where they are wanted."""
    explain: bool


@dataclass(frozen=True, slots=True)
class House:
    """What all sockets share."""

    run: Callable[[OperationRequest], Awaitable[Answer]]
    identify: Callable[[Headers], Caller | Later]
    limits: SocketLimits
    streams: Streams
    drain: Drain
    always_explain: bool
    debug_header: bool
    """Whether clients may ask for explanations."""
    seconds: float
    last_words: float
    clock: Callable[[], float]
    new_id: Callable[[], str]


class Session:
    """One socket that is open. Only the task that serves it reads; whoever sends waits in line, so
    that no more than one message waits for a client that does not read."""

    def __init__(self, house: House, headers: Headers, receive: Receive, send: Send) -> None:
        self._house = house
        names = CREDENTIALS | WISHES
        self._headers = Headers(
            raw=[header for header in headers.raw if header[0].decode("latin-1") in names]
        )
        self._wishes = Wishes(None, explain=False)
        self._tenant = ""
        self._receive = receive
        self._send = send
        self._sending = asyncio.Lock()
        self._conversation = Conversation(house.limits.message_bytes)
        self._running: dict[str, asyncio.Task[None]] = {}
        """Operations that the client waits for, by its ids."""
        self._tasks: set[asyncio.Task[None]] = set()
        """The same, and those that it waits for no more."""
        self._reading = Interruption(_Over)
        self._closing: Closing | None = None
        self._goes_away = False
        self._held = ExitStack()
        """What ends with the socket."""

    async def serve(self) -> None:
        """Until the client leaves, or the socket is ended; nothing of it runs on then."""
        try:
            with self._reading:
                self._initialising = self._alarm(self._house.limits.init_seconds, _NO_INIT)
                await self._listen()
        except Closing as closing:
            self._closing = self._closing or closing
        except (_Over, ClientLeft):
            pass
        except Exception as error:  # noqa: BLE001 - `shown` logs it
            id_ = self._house.new_id()
            message = f"{shown(error, id_).message} Request id: {id_}"
            self._closing = Closing(transport_ws.FAILED, message)
        finally:
            with self._held:
                for task in self._tasks:
                    task.cancel()
                if self._tasks:
                    await asyncio.wait(self._tasks)
                if self._closing is not None:
                    await self._close(self._closing)

    def end(self, closing: Closing) -> None:
        """Stop reading, and close with what was said first."""
        if self._closing is None:
            self._closing = closing
            self._reading.fire()

    def go_away(self) -> None:
        """See `drain.Guest`."""
        self._goes_away = True
        if not self._tasks:
            self.end(_LEAVING)

    async def _listen(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            match self._conversation.heard(message.get("text")):
                case Init(payload):
                    await self._begin(payload)
                case Pinged(answer):
                    await self._say(answer)
                case Subscribe(id_, parameters):
                    await self._start(id_, parameters)
                case Left(id_):
                    self._stop(id_)
            await asyncio.sleep(0)  # others' turn: many messages may have come at once

    async def _begin(self, payload: Json) -> None:
        self._initialising.cancel()
        self._headers = told(self._headers, payload)
        asked = self._headers.get("x-gateway-debug") == "1"
        debug = asked and self._house.debug_header
        form = negotiate(",".join(self._headers.getlist("accept"))).multipart
        self._wishes = Wishes(form, explain=debug or self._house.always_explain)
        try:
            caller = await self._identified()
            self._held.enter_context(self._house.streams.one_of(caller.tenant))
        except (AuthUnavailable, TooManyStreams) as error:
            raise Closing(transport_ws.TRY_LATER, error.message) from None
        self._tenant = caller.tenant
        if caller.expires_at is not None:
            self._alarm(caller.expires_at - self._house.clock(), _ENDED)
        self._conversation.acknowledge()
        await self._say(transport_ws.ACKNOWLEDGED)

    async def _identified(self) -> Caller:
        """Who asks now: a key may have been revoked since the socket was opened."""
        try:
            found = self._house.identify(self._headers)
            return found if isinstance(found, Caller) else await found
        except Unauthenticated as error:
            raise Closing(transport_ws.UNAUTHORIZED, error.message) from None
        except Forbidden as error:
            raise Closing(transport_ws.FORBIDDEN, error.message) from None

    async def _start(self, id_: str, parameters: Parameters) -> None:
        if len(self._tasks) >= self._house.limits.operations:
            error = TooManyOperations(
                "Too many operations are under way on this socket.", of_caller=True
            )
            await self._say_last(id_, transport_ws.error(id_, [self._entry(error)]))
            return
        task = asyncio.create_task(self._operate(id_, parameters))
        self._running[id_] = task
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _stop(self, id_: str) -> None:
        self._conversation.free(id_)
        task = self._running.pop(id_, None)
        if task is not None:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._goes_away and not self._tasks:
            self.end(_LEAVING)

    async def _operate(self, id_: str, parameters: Parameters) -> None:
        """One operation, from its message to its last."""
        name = self._house.new_id()
        try:
            in_time = TimeLimit(self._house.seconds, OperationTimeout)
            with self._house.drain.operation(), in_time:
                await self._answer(id_, parameters, name)
        except Closing as closing:
            self.end(closing)
        except ClientLeft:
            log.info("the client left", extra={"request_id": name})
        except Exception as error:  # noqa: BLE001 - `shown` logs what is unknown
            last = transport_ws.error(id_, [error_entry(shown(error, name), name)])
            try:
                with TimeLimit(self._house.last_words):
                    await self._say_last(id_, last)
            except TimeoutError:
                self.end(_NOT_READ)
            except ClientLeft:
                pass

    async def _answer(self, id_: str, parameters: Parameters, name: str) -> None:
        caller = await self._identified()
        if caller.tenant != self._tenant:
            raise Closing(transport_ws.UNAUTHORIZED, "The key or token is another tenant's now.")
        form = self._wishes.form
        result = await self._house.run(
            parameters.request(
                caller, name, incremental=form is not None, explain=self._wishes.explain
            )
        )
        if isinstance(result, IncrementalResult):
            async with aclosing(payloads(result, form or "current")) as parts:
                async for part in parts:
                    await self._say(transport_ws.next_(id_, encode(part)))
        elif result.refused is not None:
            await self._say_last(id_, transport_ws.error(id_, result.body["errors"]))
            return
        else:
            content = result.content or encode(result.body)
            await self._say(transport_ws.next_(id_, content))
        await self._say_last(id_, transport_ws.complete(id_))

    async def _say(self, text: str, last_of: str | None = None) -> None:
        async with self._sending:
            if last_of is not None:
                self._conversation.free(last_of)
                self._running.pop(last_of, None)
            await self._sent({"type": "websocket.send", "text": text})

    async def _say_last(self, id_: str, text: str) -> None:
        """From now on the id may be used again."""
        await self._say(text, last_of=id_)

    async def _close(self, closing: Closing) -> None:
        """Who does not read what was sent before will not read this either."""
        message = {"type": "websocket.close", "code": closing.code, "reason": closing.reason}
        with suppress(TimeoutError, ClientLeft), TimeLimit(self._house.last_words):
            await self._sent(message)

    async def _sent(self, message: Message) -> None:
        try:
            await self._send(message)
        except OSError:
            raise ClientLeft from None

    def _entry(self, error: GatewayError) -> Json:
        return error_entry(error, self._house.new_id())

    def _alarm(self, seconds: float, closing: Closing) -> asyncio.TimerHandle:
        alarm = asyncio.get_running_loop().call_later(max(0.0, seconds), self.end, closing)
        self._held.callback(alarm.cancel)
        return alarm


class _Over(Exception):
    """The socket was ended while it was read."""


def told(headers: Headers, payload: Json) -> Headers:
    """The headers that count, with what `connection_init` says in their place. Pure."""
    given = []
    for name, value in payload.items():
        known = name.lower()
        if known not in CREDENTIALS | WISHES or value is None:
            continue
        if not isinstance(value, str) or (known in WISHES and len(value) > LONGEST_WISH):
            raise Closing(transport_ws.BAD_REQUEST, f"`{known}` must be a text that is not long.")
        given.append((known.encode(), value.encode()))
    replaced = {name for name, _ in given}
    if any(name.decode() in CREDENTIALS for name in replaced):
        replaced |= {name.encode() for name in CREDENTIALS}
    kept = [header for header in headers.raw if header[0] not in replaced]
    return Headers(raw=[*kept, *given])
