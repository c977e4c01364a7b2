"""`gateway.upstream.body`: never more bytes than allowed, never anything but Retell's JSON."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING

import pytest

from gateway.upstream.body import STEP, BodyError, Gzip, parse_body, read_body

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_a_plain_body_is_joined() -> None:
    assert await read_body(pieces(b"ab", b"", b"c"), encoding="", most=3) == b"abc"
    assert await read_body(pieces(b"abc"), encoding="Identity", most=3) == b"abc"


async def test_a_body_of_one_byte_too_many_is_given_up() -> None:
    with pytest.raises(BodyError):
        await read_body(pieces(b"ab", b"cd"), encoding="", most=3)


@pytest.mark.parametrize("size", [0, 1, STEP - 1, STEP, STEP + 1, 3 * STEP + 7])
@pytest.mark.parametrize("step", [1, 7, 1000, 10_000_000])
async def test_a_compressed_body_comes_out_whole_however_it_is_cut(size: int, step: int) -> None:
    plain = bytes(i % 251 for i in range(size))
    packed = gzip.compress(plain)
    cut = [packed[i : i + step] for i in range(0, len(packed), step)]
    assert await read_body(pieces(*cut), encoding=" GZIP", most=size) == plain


async def test_a_bomb_is_decompressed_no_further_than_the_limit() -> None:
    packed = gzip.compress(bytes(100_000_000))
    steps = Gzip().decode(packed)
    assert len(next(steps)) == STEP
    with pytest.raises(BodyError):
        await read_body(pieces(packed), encoding="gzip", most=STEP)


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(gzip.compress(b"{}" * 999)[:-1], id="cut off in its checksum"),
        pytest.param(gzip.compress(b"{}" * 999)[:-12], id="cut off in its data"),
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"a": 1}', id="not compressed"),
        pytest.param(zlib.compress(b"{}"), id="another compression"),
        pytest.param(gzip.compress(b"{}") + b"x", id="something after its end"),
        pytest.param(gzip.compress(b"{}") + gzip.compress(b"{}"), id="two in a row"),
        pytest.param(gzip.compress(b"{}")[:-8] + b"\0" * 8, id="a wrong checksum"),
    ],
)
async def test_a_damaged_compressed_body_is_refused(packed: bytes) -> None:
    for chunks in ([packed], [packed[i : i + 1] for i in range(len(packed))]):
        with pytest.raises(BodyError):
            await read_body(pieces(*chunks), encoding="gzip", most=10_000)


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "x"])
async def test_a_compression_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(BodyError):
        await read_body(pieces(b"{}"), encoding=encoding, most=100)


def test_objects_and_arrays_are_read() -> None:
    assert parse_body(b'{"a": [1, null, "\xc3\xa9"]}').value == {"a": [1, None, "é"]}
    assert parse_body(bytearray(b" [] ")).value == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b'{"a": ',
        b'{"a": 1} x',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'\xef\xbb\xbf{"a": 1}',
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"{'a': 1}",
        b"null",
        b"true",
        b"17",
        b'"text"',
    ],
)
def test_what_is_no_json_object_or_array_is_refused(body: bytes) -> None:
    with pytest.raises(BodyError) as caught:
        parse_body(body)
    assert caught.value.__cause__ is None
