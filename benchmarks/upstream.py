"""The upstream stand-in: a bare protocol that answers from ready bytes, and counts.

`GET /_count` answers the number of requests since it was last asked. Connections are kept.
"""

from __future__ import annotations

import asyncio
import re
import sys
from functools import cache

import orjson
import uvloop

from benchmarks import corpus

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LIMIT = re.compile(rb'"limit": *"?(\d+)')
_NUMBER = re.compile(rb"\+1415555(\d{4})")

MISSING = b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"

_requests = 0


class Answering(asyncio.Protocol):
    """One connection. A request is answered once its body, if it has one, is there."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._begun = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport  # type: ignore[assignment]  # what uvloop gives for sockets

    def data_received(self, data: bytes) -> None:
        """Nearly always one whole request."""
        if self._begun:
            data, self._begun = self._begun + data, b""
        while data:
            head = data.find(b"\r\n\r\n")
            if head < 0:
                break
            end = head + 4
            if not data.startswith(b"GET "):
                length = _LENGTH.search(data, 0, end)
                end += int(length[1]) if length else 0
                if len(data) < end:
                    break
            self._transport.write(answer(data[:end], head + 4))
            data = data[end:]
        self._begun = data


def answer(request: bytes, body_at: int) -> bytes:
    """The whole answer to a whole request."""
    global _requests  # noqa: PLW0603 - one process, one number
    method, target, _ = request.split(b" ", 2)
    if target == b"/_count":
        count, _requests = _requests, 0
        return _answer(b"%d" % count)
    _requests += 1
    if method == b"POST" and target == b"/v3/list-calls":
        limit = _LIMIT.search(request, body_at)
        number = _NUMBER.search(request, body_at)
        return _page(int(number[1]) if number else 0, int(limit[1]) if limit else 50)
    path = target.partition(b"?")[0]
    return _READY.get(path) or _further_call(path)


def _answer(body: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n"
        b"content-length: %d\r\n\r\n%b" % (len(body), body)
    )


def _further_call(path: bytes) -> bytes:
    """Any number of calls can be asked for; those that are timed are ready."""
    number = path.removeprefix(b"/v2/get-call/call_")
    if len(number) == len(path):
        return MISSING
    return _answer(orjson.dumps(corpus.whole_call(int(number, 16))))


@cache
def _page(number: int, limit: int) -> bytes:
    return _answer(orjson.dumps(corpus.page(number, limit)))


_READY = {
    b"/get-concurrency": _answer(orjson.dumps(corpus.CONCURRENCY)),
    b"/get-api-key-info": _answer(orjson.dumps(corpus.ACCOUNT)),
}


def _prepare() -> None:
    for number in range(corpus.CALLS):
        target = f"/v2/get-call/{corpus.call_id(number)}".encode()
        _READY[target] = _answer(orjson.dumps(corpus.whole_call(number)))
    for number in range(corpus.AGENTS):
        target = f"/get-agent/{corpus.agent_id(number)}".encode()
        _READY[target] = _answer(orjson.dumps(corpus.agent(number)))
    for number in range(corpus.PAGES):
        _page(number, 50)
        _page(number, 10)


async def _serve(port: int) -> None:
    _prepare()
    server = await asyncio.get_running_loop().create_server(
        Answering, "127.0.0.1", port, backlog=1024
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
