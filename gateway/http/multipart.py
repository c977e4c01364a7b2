"""An answer in parts as `multipart/mixed`: the framing, and nothing of what is in a part."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from gateway.http.answer import error_entry
from gateway.http.defer20220824 import Defer20220824
from gateway.operation.encoding import encode

if TYPE_CHECKING:
    from gateway.errors import GatewayError
    from gateway.http.accept import DeferFormat
    from gateway.operation.request import IncrementalResult

_OPEN = b"---"
_HEAD = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
# The delimiter follows its part at once: clients hand a part on only when they have seen it.
_NEXT = b"\r\n---"
_CLOSE = b"--\r\n"


def content_type(form: DeferFormat) -> str:
    """The type with the boundary, and the older form's name where a client asked for it."""
    return 'multipart/mixed; boundary="-"' + ("; deferSpec=20220824" if form != "current" else "")


def only_part(body: bytes) -> bytes:
    """A whole answer for a client that reads nothing but parts."""
    return _OPEN + _HEAD + body + _NEXT + _CLOSE


def last_part(error: GatewayError, request_id: str) -> bytes:
    """How an answer ends that cannot be carried on: its status is long sent."""
    body = encode({"errors": [error_entry(error, request_id)], "hasNext": False})
    return _HEAD + body + _NEXT + _CLOSE


async def parts(result: IncrementalResult, form: DeferFormat) -> AsyncGenerator[bytes, None]:
    """The bytes of each part as it comes."""
    older = Defer20220824() if form == "20220824" else None
    try:
        yield _OPEN + _HEAD + encode(older.first(result.first) if older else result.first) + _NEXT
        async for payload in result.rest:
            yield _HEAD + encode(older.later(payload) if older else payload) + _NEXT
        yield _CLOSE
    finally:
        if isinstance(result.rest, AsyncGenerator):
            await result.rest.aclose()
