"""Fetches one public document, such as the keys of a token's issuer. Sends no key of anybody's."""

from __future__ import annotations

import asyncio
from typing import cast

import httpx

from gateway.upstream.body import BodyError, read_body
from gateway.upstream.connection import build_http_client, is_loopback
from gateway.upstream.exchange import USER_AGENT

MOST_BYTES = 256 * 1024
SECONDS = 5.0

_HEADERS = [
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"gzip"),
    (b"User-Agent", USER_AGENT.encode("ascii")),
]


async def fetch(
    address: str,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    most: int = MOST_BYTES,
    seconds: float = SECONDS,
) -> bytes:
    """The bytes at an address, which is https except on loopback; no redirect is followed.

    `OSError` in words of our own where there are none, or too many, or too late.
    """
    try:
        url = checked_url(address)
        async with asyncio.timeout(seconds):
            return await _fetched(url, transport, most)
    except TimeoutError:
        raise
    except (httpx.RequestError, BodyError, ValueError) as error:
        raise OSError(f"{type(error).__name__} instead of a document") from None


def checked_url(address: str) -> httpx.URL:
    """The URL, if what is found there can be trusted; `ValueError` without repeating it."""
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, TypeError):
        raise ValueError("it is no URL") from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.fragment:
        raise ValueError("it must begin with https:// and a host, and have no user or fragment")
    if url.scheme == "http" and not is_loopback(url.host):
        raise ValueError("it must be https, except on loopback")
    return url


async def _fetched(url: httpx.URL, transport: httpx.AsyncBaseTransport | None, most: int) -> bytes:
    origin = f"{url.scheme}://{url.netloc.decode('ascii')}"
    async with build_http_client(origin, transport=transport) as client:
        target = url.raw_path.decode("ascii")
        response = await client.send("GET", target, headers=_HEADERS, content=None, safe=True)
        stream = cast("httpx.AsyncByteStream", response.stream)
        try:
            if response.status_code != 200:
                raise ConnectionError(f"status {response.status_code} instead of a document")
            encoding = response.headers.get("content-encoding", "")
            return bytes(await read_body(stream, encoding=encoding, most=most))
        finally:
            await stream.aclose()
