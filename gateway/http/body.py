"""Reads the body of a POST within limits of type, size and time. Knows nothing of its content."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import BodyLimitExceeded, BodyTimeLimitExceeded
from gateway.http.presence import ClientLeft
from gateway.http.problem import HttpProblem

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.types import Receive


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How much of one request is read, and for how long in total."""

    max_body_bytes: int = 256 * 1024
    body_seconds: float = 15.0


FORM = "multipart/form-data"

_ACCEPT_POST = (b"accept-post", b"application/json")
_ACCEPT_ENCODING = (b"accept-encoding", b"identity")


async def read_body(receive: Receive, headers: Headers, limits: HttpLimits) -> bytes:
    """The whole body, or the reason why it was not read to its end."""
    check_type(headers)
    check_announced_length(headers, limits.max_body_bytes)
    try:
        async with asyncio.timeout(limits.body_seconds):
            return await _read(receive, limits.max_body_bytes)
    except TimeoutError:
        raise BodyTimeLimitExceeded("The body took too long to arrive.") from None


def check_type(headers: Headers) -> None:
    """`HttpProblem` where the body is not JSON as it is."""
    check_coding(headers)
    given, parameters = media_type(headers)
    if given == FORM:
        raise HttpProblem(415, "Files are not taken here: send application/json.", _ACCEPT_POST)
    if given != "application/json":
        raise HttpProblem(415, "The content type must be application/json.", _ACCEPT_POST)
    check_charset(parameters)


def media_type(headers: Headers) -> tuple[str, list[str]]:
    """The type of the body, and its parameters, in lower case."""
    # Several headers of one name are one list, which is no type that we know.
    given, *parameters = ", ".join(headers.getlist("content-type")).lower().split(";")
    return given.strip(), parameters


def check_coding(headers: Headers) -> None:
    """`HttpProblem` where the body is compressed."""
    coding = ", ".join(headers.getlist("content-encoding")).strip().lower()
    if coding not in ("", "identity"):
        raise HttpProblem(415, "The body must not be compressed.", _ACCEPT_ENCODING)


def check_charset(parameters: list[str]) -> None:
    """`HttpProblem` where they name another charset than UTF-8."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        is_charset = name.strip() == "charset"
        if is_charset and value.strip().strip('"') not in ("utf-8", "utf8"):
            raise HttpProblem(415, "The charset must be UTF-8.", _ACCEPT_POST)


def check_announced_length(headers: Headers, max_bytes: int) -> None:
    """`BodyLimitExceeded` where the body is said to be longer."""
    length = headers.get("content-length", "")
    # A length that is no number is the server's to refuse; what is read is counted in any case.
    if length.isdecimal() and (len(length) > len(str(max_bytes)) or int(length) > max_bytes):
        raise too_large(max_bytes)


async def _read(receive: Receive, max_bytes: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise too_large(max_bytes)
        if not message.get("more_body", False):
            return bytes(body)


def too_large(max_bytes: int) -> BodyLimitExceeded:
    """What is wrong with a body of more bytes."""
    return BodyLimitExceeded(f"The body is larger than {max_bytes} bytes.")
