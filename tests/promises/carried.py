"""One operation over each of the transports that answer it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from tests.http.talking import talking

if TYPE_CHECKING:
    from tests.world import JsonObject, World

TRANSPORTS = ("json", "parts", "events", "socket")
STREAMS = ("events", "socket")
ACCEPT = {
    "json": "application/json",
    "parts": "multipart/mixed",
    "events": "text/event-stream",
}


async def carried(
    it: World, how: str, query: str, variables: JsonObject | None = None, **headers: str
) -> list[Any]:
    """What the answer holds, part by part; errors that stand for an answer as they would stand in
    a body. On a socket `headers` are what it is greeted with."""
    if how == "socket":
        return await _over_a_socket(it, query, variables, headers)
    response = await it.post(query, variables, accept=ACCEPT[how], **headers)
    kind = response.headers["content-type"].partition(";")[0]
    if kind == "application/json":
        return [response.json()]
    assert kind == ACCEPT[how]
    if how == "events":
        lines = response.text.split("\n")
        return [orjson.loads(line[6:]) for line in lines if line.startswith("data: ")]
    texts = response.text.removesuffix("\r\n-----\r\n").split("\r\n---")
    return [orjson.loads(text.split("\r\n\r\n", 1)[1]) for text in texts if "\r\n\r\n" in text]


async def _over_a_socket(
    it: World, query: str, variables: JsonObject | None, headers: dict[str, str]
) -> list[Any]:
    async with talking(it.app) as talk:
        talk.say({"type": "connection_init", "payload": {"accept": "multipart/mixed"} | headers})
        if (await talk.heard_or_ended()) is None:
            assert talk.closed is not None
            code, reason = talk.closed
            return [{"errors": [{"message": reason, "extensions": {"code": code}}]}]
        talk.subscribe("1", query, variables)
        *messages, last = await talk.answers("1")
    if last["type"] == "error":
        return [{"errors": last["payload"]}]
    return [message["payload"] for message in messages]
