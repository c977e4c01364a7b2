"""Bodies that are too large, too slow, or not what is read here."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from starlette.datastructures import Headers

from gateway.errors import BodyLimitExceeded, BodyTimeLimitExceeded
from gateway.http.body import HttpLimits, read_body
from gateway.http.presence import ClientLeft
from gateway.http.problem import HttpProblem

if TYPE_CHECKING:
    from starlette.types import Message, Receive

TEN = HttpLimits(max_body_bytes=10)


def receiving(*messages: Message) -> Receive:
    coming = iter(messages)

    async def receive() -> Message:
        return next(coming)

    return receive


def chunk(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def headers(*pairs: tuple[str, str]) -> Headers:
    raw = [(name.encode(), value.encode()) for name, value in pairs]
    return Headers(raw=raw or [(b"content-type", b"application/json")])


async def test_chunks_are_put_together() -> None:
    receive = receiving(chunk(b"01234", more=True), chunk(b"", more=True), chunk(b"56789"))
    assert await read_body(receive, headers(), TEN) == b"0123456789"


async def test_a_body_without_chunks_is_empty() -> None:
    assert await read_body(receiving({"type": "http.request"}), headers(), TEN) == b""


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON; charset=UTF-8",
        'application/json;charset="utf-8"',
        "application/json; version=1",
    ],
)
async def test_json_in_utf_8_is_read(content_type: str) -> None:
    given = headers(("content-type", content_type), ("content-encoding", "identity"))
    assert await read_body(receiving(chunk(b"{}")), given, TEN) == b"{}"


@pytest.mark.parametrize(
    ("given", "header"),
    [
        pytest.param([("x-y", "z")], (b"accept-post", b"application/json"), id="no type"),
        pytest.param(
            [("content-type", "text/plain")], (b"accept-post", b"application/json"), id="text"
        ),
        pytest.param(
            [("content-type", "application/x-www-form-urlencoded")],
            (b"accept-post", b"application/json"),
            id="form",
        ),
        pytest.param(
            [("content-type", "application/json"), ("content-type", "text/plain")],
            (b"accept-post", b"application/json"),
            id="two types",
        ),
        pytest.param(
            [("content-type", "application/json; charset=iso-8859-1")],
            (b"accept-post", b"application/json"),
            id="another charset",
        ),
        pytest.param(
            [("content-type", "application/json"), ("content-encoding", "gzip")],
            (b"accept-encoding", b"identity"),
            id="compressed",
        ),
    ],
)
async def test_another_kind_of_body_is_not_read(
    given: list[tuple[str, str]], header: tuple[bytes, bytes]
) -> None:
    with pytest.raises(HttpProblem) as refused:
        await read_body(receiving(), headers(*given), TEN)
    assert (refused.value.status, refused.value.headers) == (415, (header,))


@pytest.mark.parametrize("length", ["11", "9" * 5000])
async def test_a_body_that_is_announced_too_large_is_not_read(length: str) -> None:
    given = headers(("content-type", "application/json"), ("content-length", length))
    with pytest.raises(BodyLimitExceeded) as refused:
        await read_body(receiving(), given, TEN)
    assert refused.value.message == "The body is larger than 10 bytes."


@pytest.mark.parametrize("length", ["10", "-1", "²"])
async def test_what_arrives_counts_and_not_what_was_announced(length: str) -> None:
    raw = [(b"content-type", b"application/json"), (b"content-length", length.encode("latin-1"))]
    receive = receiving(chunk(b"0123456789", more=True), chunk(b"x", more=True))
    with pytest.raises(BodyLimitExceeded):
        await read_body(receive, Headers(raw=raw), TEN)


async def test_a_body_that_drips_is_cut_off() -> None:
    received = 0

    async def receive() -> Message:
        nonlocal received
        received += 1
        await asyncio.sleep(0)
        return chunk(b"", more=True)

    with pytest.raises(BodyTimeLimitExceeded):
        await read_body(receive, headers(), HttpLimits(body_seconds=0))
    assert received > 0


async def test_a_client_that_leaves_amid_its_body_gets_no_answer() -> None:
    receive = receiving(chunk(b"{", more=True), {"type": "http.disconnect"})
    with pytest.raises(ClientLeft):
        await read_body(receive, headers(), TEN)
