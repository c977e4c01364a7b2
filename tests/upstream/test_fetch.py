"""One public document: within limits of size and time, from where it was asked for only."""

from __future__ import annotations

import asyncio
import gzip
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.upstream.fetch import MOST_BYTES, checked_url, fetch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    Handler = Callable[[httpx.Request], httpx.Response]

URL = "https://issuer.test:8443/a/keys?p=b"


async def fetched(answer: httpx.Response | Handler, url: str = URL, **options: float) -> bytes:
    handler = answer if callable(answer) else lambda _request: answer
    return await fetch(url, transport=httpx.MockTransport(handler), **options)  # type: ignore[arg-type]  # floats for both


async def test_the_address_is_asked_for_as_it_is_and_brings_nothing_along() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=b"{}")

    assert await fetched(answer) == b"{}"
    (request,) = seen
    assert (request.method, str(request.url.host), request.content) == ("GET", "issuer.test", b"")
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert headers.pop("user-agent").startswith("retell-gateway/")
    assert headers == {
        "host": "issuer.test:8443",
        "accept": "application/json",
        "accept-encoding": "gzip",
    }


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 401, 404, 500, 503])
async def test_anything_but_200_is_no_document(status: int) -> None:
    answer = httpx.Response(status, headers={"location": "https://evil.test/"}, content=b"{}")
    with pytest.raises(ConnectionError, match=f"^status {status} instead of a document$"):
        await fetched(answer)


@pytest.mark.parametrize("over", [0, 1])
async def test_a_document_has_a_largest_size_compressed_or_not(over: int) -> None:
    content = b"x" * (MOST_BYTES + over)
    packed = httpx.ByteStream(gzip.compress(content))
    for answer in (
        httpx.Response(200, content=content),
        httpx.Response(200, headers={"content-encoding": "gzip"}, stream=packed),
    ):
        if over:
            with pytest.raises(OSError, match="BodyError"):
                await fetched(answer)
        else:
            assert await fetched(answer) == content


async def test_a_document_that_drips_is_given_up() -> None:
    class Dripping(httpx.AsyncByteStream):
        closed = False

        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"x"
                await asyncio.sleep(0.001)

        async def aclose(self) -> None:
            self.closed = True

    stream = Dripping()
    with pytest.raises(TimeoutError):
        await fetched(httpx.Response(200, stream=stream), seconds=0.02)
    assert stream.closed


async def test_an_issuer_that_cannot_be_reached_is_no_document() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"secret words about {request.url}")

    with pytest.raises(OSError, match=r"^ConnectError instead of a document$"):
        await fetched(fail)


WRONG = {
    "http://issuer.test/keys": "it must be https, except on loopback",
    "http://169.254.169.254/latest/": "it must be https, except on loopback",
    "ftp://issuer.test/keys": "it must begin with https://",
    "file:///etc/passwd": "it must begin with https://",
    "issuer.test/keys": "it must begin with https://",
    "": "it must begin with https://",
    "https://": "it must begin with https://",
    "https://user:secret@issuer.test/keys": "have no user",
    "https://issuer.test/keys#x": "fragment",
    "https://issuer.test:port/": "it is no URL",
}


@pytest.mark.parametrize(("url", "message"), WRONG.items())
async def test_an_address_that_cannot_be_trusted_is_not_asked(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        checked_url(url)
    assert "secret" not in str(caught.value)
    with pytest.raises(OSError, match="ValueError instead of a document"):
        await fetched(httpx.Response(200), url)


@pytest.mark.parametrize("url", ["http://localhost:1/x", "http://127.0.0.1/", "http://[::1]:8/"])
async def test_on_loopback_http_is_enough(url: str) -> None:
    assert await fetched(httpx.Response(200, content=b"{}"), url) == b"{}"
