"""An answer's body: bytes in pieces to JSON, never more of it than allowed. Knows no httpx.

Decompression is our own because httpx's has no limit: 64 KiB from the wire become 64 MB at once.
"""

from __future__ import annotations

import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from gateway.upstream.record import DECODED, SMALL, read_record

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterator

    from gateway.upstream.record import Items

STEP = 256 * 1024
"""Bytes decompressed at a time."""


class BodyError(Exception):
    """Too large, not the JSON that Retell sends, or compressed in a way that was not asked for."""


async def read_body(chunks: AsyncIterable[bytes], *, encoding: str, most: int) -> bytes | bytearray:
    """The decoded body, given up on as soon as it is longer than `most` bytes."""
    decoder = _decoder(encoding)
    body: bytes | bytearray = b""
    async for chunk in chunks:
        for piece in decoder.decode(chunk):
            if not body:
                body = piece  # often the only one: it need not be copied
            elif isinstance(body, bytes):
                body = bytearray(body) + piece
            else:
                body += piece
            if len(body) > most:
                raise BodyError
    decoder.finish()
    return body


class Parsed(NamedTuple):
    """A body's JSON, and the bytes it takes in memory, about."""

    value: dict[str, Any] | list[Any]
    held: int


def parse_body(
    body: bytes | bytearray, *, whole: bool = False, items: Items | None = None
) -> Parsed:
    """The JSON object or array; Retell answers nothing else.

    A large object is a `Record`, whose large parts stay bytes, unless it is wanted as a `whole`; of
    a large page of `items` that are known those are `Record`s. The content type is not asked: what
    parses is JSON, and what does not is not.
    """
    try:
        if items is not None and len(body) > SMALL:
            with suppress(ValueError, RecursionError):  # it is unusual, and decoded as it is
                return Parsed(items.read_page(bytes(body)), len(body) * DECODED)
        if not whole and len(body) > SMALL and body.lstrip()[:1] == b"{":
            return Parsed(*read_record(bytes(body)))
        value = orjson.loads(body)
    except (ValueError, RecursionError):  # the errors of both decoders are ValueErrors
        raise BodyError from None
    if not isinstance(value, dict | list):
        raise BodyError
    return Parsed(value, len(body) * DECODED)


def _decoder(encoding: str) -> Identity | Gzip:
    match encoding.strip().lower():
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Gzip()
        case _:
            raise BodyError


class Identity:
    """Bytes as they come."""

    def decode(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        """Nothing can be missing that the transport would not have noticed."""


class Gzip:
    """One gzip member, in steps; the caller can stop between any two of them."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)

    def decode(self, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                piece = self._inflate.decompress(data, STEP)
            except zlib.error:
                raise BodyError from None
            if self._inflate.unused_data:
                raise BodyError
            yield piece
            data = self._inflate.unconsumed_tail
            if not data:
                return

    def finish(self) -> None:
        """A stream that stops short of its end and checksum was cut off on the way."""
        if not self._inflate.eof:
            raise BodyError
