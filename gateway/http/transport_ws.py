"""The subprotocol `graphql-transport-ws`: what a client's message leads to, and the messages that
answer it. Pure: nothing is sent or run here.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from gateway.http.parameters import from_object
from gateway.http.problem import HttpProblem
from gateway.operation.encoding import encode

if TYPE_CHECKING:
    from gateway.http.parameters import Parameters
    from gateway.operation.request import Json

SUBPROTOCOL: Final = "graphql-transport-ws"
LONGEST_ID = 128
"""Characters."""
MOST_REASON = 123
"""Bytes: as many as fit into a close frame."""

GOING_AWAY, TOO_BIG, TRY_LATER = 1001, 1009, 1013
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, SUBPROTOCOL_NOT_ACCEPTABLE = 4400, 4401, 4403, 4406
INIT_TIMEOUT, SUBSCRIBER_EXISTS, TOO_MANY_INITS, FAILED = 4408, 4409, 4429, 4500

ACKNOWLEDGED: Final = '{"type":"connection_ack"}'


class Closing(Exception):
    """Ends a socket, with a code and a reason that its client may read."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason.encode()[:MOST_REASON].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Init:
    """Who asks, and how answers are wanted: what headers would say, if they could be sent."""

    payload: Json


@dataclass(frozen=True, slots=True)
class Pinged:
    """To be answered at once."""

    answer: str


@dataclass(frozen=True, slots=True)
class Subscribe:
    """An operation of any kind."""

    id: str
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Left:
    """The client wants no more of an operation, which may have ended already."""

    id: str


Heard = Init | Pinged | Subscribe | Left | None
"""None: nothing is to be done."""


class Conversation:
    """What was agreed on one socket, and which ids are taken."""

    def __init__(self, most_bytes: int) -> None:
        """A message may be `most_bytes` long."""
        self._most_bytes = most_bytes
        self._begun = False
        self._acknowledged = False
        self._taken: set[str] = set()

    def heard(self, text: str | None) -> Heard:
        """What a message leads to, `Closing` where that is the end; None is one of bytes."""
        if text is None:
            raise Closing(BAD_REQUEST, "Messages are texts.")
        message = _object(text, self._most_bytes)
        match message.get("type"):
            case "connection_init":
                if self._begun:
                    raise Closing(TOO_MANY_INITS, "Too many initialisation requests")
                self._begun = True
                return Init(_payload(message) or {})
            case "ping":
                return Pinged(_pong(_payload(message)))
            case "pong":
                _payload(message)
                return None
            case "subscribe":
                return self._subscribe(message)
            case "complete":
                return Left(_id(message))
            case _:
                raise Closing(BAD_REQUEST, "There is no message of this type.")

    def acknowledge(self) -> None:
        """From now on operations are taken."""
        self._acknowledged = True

    def free(self, id_: str) -> None:
        """The operation has ended: its id may be used again."""
        self._taken.discard(id_)

    def _subscribe(self, message: Json) -> Subscribe:
        if not self._acknowledged:
            raise Closing(UNAUTHORIZED, "Unauthorized")
        id_ = _id(message)
        if id_ in self._taken:
            raise Closing(SUBSCRIBER_EXISTS, f"Subscriber for {id_} already exists")
        try:
            parameters = from_object(_payload(message) or {})
        except HttpProblem as problem:
            raise Closing(BAD_REQUEST, problem.message) from None
        self._taken.add(id_)
        return Subscribe(id_, parameters)


def next_(id_: str, payload: bytes) -> str:
    """An answer, or a part of one; `payload` is JSON already."""
    return f'{{"id":{_written(id_)},"type":"next","payload":{payload.decode()}}}'


def error(id_: str, errors: list[Json]) -> str:
    """The operation ended without an answer."""
    return encode({"id": id_, "type": "error", "payload": errors}).decode()


def complete(id_: str) -> str:
    """The operation has ended."""
    return f'{{"id":{_written(id_)},"type":"complete"}}'


def _pong(payload: Json | None) -> str:
    echoed: dict[str, Any] = {} if payload is None else {"payload": payload}
    return encode({"type": "pong"} | echoed).decode()


def _written(id_: str) -> str:
    return orjson.dumps(id_).decode()


def _object(text: str, most_bytes: int) -> Json:
    raw = text.encode()
    if len(raw) > most_bytes:
        raise Closing(TOO_BIG, f"The message is larger than {most_bytes} bytes.")
    try:
        message = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Closing(BAD_REQUEST, "The message is not valid JSON.") from None
    if not isinstance(message, dict):
        raise Closing(BAD_REQUEST, "The message must be a JSON object.")
    return message


def _payload(message: Json) -> Json | None:
    payload = message.get("payload")
    if not isinstance(payload, dict | None):
        raise Closing(BAD_REQUEST, "`payload` must be a JSON object.")
    return payload


def _id(message: Json) -> str:
    id_ = message.get("id")
    if not isinstance(id_, str) or not 0 < len(id_) <= LONGEST_ID:
        raise Closing(BAD_REQUEST, f"`id` must be a text of 1 to {LONGEST_ID} characters.")
    return id_
