"""One HTTP exchange with Retell: a request out, an answer or a failure back. Never repeats any.

No text of Retell's, no URL and no key gets into an error here: messages are our own, and httpx's
exceptions end in this module.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

import httpx

from gateway.errors import UpstreamBusy, UpstreamInvalid, UpstreamTimeout, UpstreamUnavailable
from gateway.interruption import TimeLimit
from gateway.upstream.body import BodyError, parse_body, read_body
from gateway.upstream.message import fields_of
from gateway.upstream.retry import Failure, retry_after
from gateway.upstream.statuses import failure_of_status

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable

    from gateway.upstream.connection import HttpClient
    from gateway.upstream.endpoint import UpstreamRequest
    from gateway.upstream.message import Fields

USER_AGENT = f"retell-gateway/{version('retell-gateway')}"

_HEADERS = [
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"gzip"),
    (b"User-Agent", USER_AGENT.encode("ascii")),
]

DRAINED = 64 * 1024
"""Bytes of a refusal's body that are read (and dropped) to keep its connection in use."""
DRAIN_SECONDS = 0.5


@dataclass(slots=True)
class UpstreamAnswer:
    """What Retell answered: JSON, or None where it had nothing to say (204)."""

    value: Any
    size: int
    """Bytes of the decoded body."""
    held: int = 0
    """Bytes that the value takes in memory, about."""


@dataclass(slots=True)
class Exchange:
    """One request on its way; `status` is known as soon as an answer begins."""

    http: HttpClient
    request: UpstreamRequest
    api_key: str = field(repr=False)
    own_key: bool
    most: int
    """Bytes of a decoded answer."""
    wall_clock: Callable[[], float]
    status: int | None = None

    async def run(self, seconds: float) -> UpstreamAnswer | Failure:
        """The outcome, within `seconds`: however slowly an answer drips, it is cut off then."""
        try:
            with TimeLimit(seconds):
                return await self._run()
        except TimeoutError:
            return too_late(sent=True)
        except httpx.RequestError as error:
            return failure_of_transport(error, answered=self.status is not None)

    async def _run(self) -> UpstreamAnswer | Failure:
        request = self.request
        headers = [*_HEADERS, (b"Authorization", b"Bearer " + self.api_key.encode("ascii"))]
        if request.body is not None:
            headers.append((b"Content-Type", request.content_type.encode("ascii")))
        response = await self.http.send(
            request.method,
            request.target,
            headers=headers,
            content=request.body,
            safe=request.safe,
        )
        self.status = response.status_code
        # Not `aiter_raw`: that refuses what a transport that answers from memory has already read.
        stream = cast("httpx.AsyncByteStream", response.stream)
        try:
            if response.is_success:
                return await self._answer(fields_of(response), stream)
            await _drain(stream)
        finally:
            await stream.aclose()
        wait = retry_after(response.headers, self.wall_clock())
        return failure_of_status(
            self.status,
            own_key=self.own_key,
            by_id=self.request.by_id,
            safe=self.request.safe,
            retry_after=wait,
        )

    async def _answer(
        self, fields: Fields, stream: AsyncIterable[bytes]
    ) -> UpstreamAnswer | Failure:
        try:
            encoding = _encoding(fields, self.most)
            body = await read_body(stream, encoding=encoding, most=self.most)
            # "204 or nothing", say Retell's facts of its changes; a read must say something.
            if self.status == 204 or not (body or self.request.safe):
                return UpstreamAnswer(None, len(body))
            parsed = parse_body(body, whole=self.request.lists, items=self.request.items)
            return UpstreamAnswer(parsed.value, len(body), parsed.held)
        except BodyError:
            error = UpstreamInvalid("Retell's answer is too large or not the JSON expected.")
            return Failure(error, transient=False, unclear=True)


def _encoding(fields: Fields, most: int) -> str:
    """How the body is encoded; refused where it is too large by its own account (one that is
    compressed is larger still). `httpx.Headers` would decode all fields to give these two."""
    encoding = b""
    for name, value in fields:
        match name.lower():
            case b"content-length":
                if value.isdigit() and len(value) < 20 and int(value) > most:
                    raise BodyError
            case b"content-encoding":
                encoding += b", " + value if encoding else value
    return encoding.decode("latin-1")


def failure_of_transport(error: httpx.RequestError, *, answered: bool) -> Failure:
    """What an exception of httpx's stands for; `answered`: a status had come."""
    match error:
        case httpx.PoolTimeout():
            return busy()
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.ProxyError():
            unavailable = UpstreamUnavailable("Retell could not be reached.")
            return Failure(unavailable, transient=True, unclear=False)
        case httpx.TimeoutException():
            return Failure(_timeout(), transient=True, unclear=True)
        case _ if answered:
            broken = UpstreamInvalid("Retell's answer broke off.")
            return Failure(broken, transient=True, unclear=True)
        case _:
            lost = UpstreamUnavailable("The connection to Retell was lost.")
            return Failure(lost, transient=True, unclear=True)


def busy() -> Failure:
    """Nothing was sent; having waited in line once, the request does not do so again."""
    error = UpstreamBusy("Too many requests to Retell are under way.")
    return Failure(error, transient=False, unclear=False)


def too_late(*, sent: bool) -> Failure:
    """The deadline has come: no further attempt has time left."""
    return Failure(_timeout(), transient=False, unclear=sent)


def _timeout() -> UpstreamTimeout:
    return UpstreamTimeout("Retell did not answer in time.")


async def _drain(stream: AsyncIterable[bytes]) -> None:
    """Read off a short body: an answer closed unread closes its connection too, and a run of
    refusals should not cost a new one each. What it says is neither kept nor logged."""
    read = 0
    with suppress(TimeoutError, httpx.RequestError):
        async with asyncio.timeout(DRAIN_SECONDS):
            async for chunk in stream:
                read += len(chunk)
                if read > DRAINED:
                    break
