"""Requests and responses of httpx's, made cheaply, and a request as the bytes that are sent.

Nothing that could break out of its line gets into those.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Fields = list[tuple[bytes, bytes]]


class Request(httpx.Request):
    """A request of httpx's whose URL and headers are made only where somebody asks for them.

    They cost more than the whole sending does, and our own transport has no need of them: it sends
    `target`, `fields` and `content` to the origin that it knows.
    """

    def __init__(
        self,
        method: str,
        base_url: httpx.URL,
        target: bytes,
        *,
        fields: Fields,
        content: bytes,
        extensions: Mapping[str, Any],
    ) -> None:
        # What httpx's own sets where the body is a stream; a test holds the two together.
        self.method = method
        self.extensions = dict(extensions)
        self.stream = httpx.ByteStream(content)
        self._base_url = base_url
        self.target = target
        self.fields = fields
        self._body = content

    @property
    def content(self) -> bytes:
        return self._body

    @cached_property
    def url(self) -> httpx.URL:  # type: ignore[override] # settable there, and so it is here
        return self._base_url.copy_with(raw_path=self.target)

    @cached_property
    def headers(self) -> httpx.Headers:  # type: ignore[override]
        return httpx.Headers(self.fields)


class Response(httpx.Response):
    """A response whose headers are made only where somebody asks for them."""

    def __init__(self, status: int, *, fields: Fields, stream: httpx.AsyncByteStream) -> None:
        # What httpx's own sets where the body is a stream; a test holds the two together.
        self.status_code = status
        self._request = None
        self.next_request = None
        self.extensions = {}
        self.history = []
        self.is_closed = False
        self.is_stream_consumed = False
        self.default_encoding = "utf-8"
        self.stream = stream
        self._num_bytes_downloaded = 0
        self.fields = fields

    @cached_property
    def headers(self) -> httpx.Headers:  # type: ignore[override]
        return httpx.Headers(self.fields)


def fields_of(response: httpx.Response) -> Fields:
    """The header fields as they came."""
    return response.fields if isinstance(response, Response) else response.headers.raw


def encoded(method: str, target: bytes, fields: Fields, body: bytes) -> bytes:
    """Head and body; `httpx.LocalProtocolError` where the head would say something else."""
    lines = [b"%b %b HTTP/1.1" % (method.encode(), target)]
    lines += [b"%b: %b" % field for field in fields]
    head = b"\r\n".join(lines)
    ends = len(lines) - 1
    if (
        not _REQUEST_LINE.fullmatch(lines[0])
        or head.count(b"\r") != ends
        or head.count(b"\n") != ends
        or b"\0" in head
    ):
        raise httpx.LocalProtocolError("The request holds what cannot stand in a head.")
    if b"\r\ntransfer-encoding:" in head.lower():
        raise httpx.LocalProtocolError("A body must have a known length.")
    return b"%b\r\n\r\n%b" % (head, body)


_REQUEST_LINE = re.compile(rb"[A-Z]+ /[!-~]* HTTP/1\.1")
