"""An answer in parts as `multipart/mixed`: the framing, and nothing of what is in a part."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from gateway.http.answer import error_entry
from gateway.http.payloads import payloads
from gateway.operation.encoding import encode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

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
    opening = _OPEN
    async with aclosing(payloads(result, form)) as each:
        async for payload in each:
            yield opening + _HEAD + encode(payload) + _NEXT
            opening = b""
    yield _CLOSE
