"""`gateway.schema.scalars`: what is read, what is written, what is refused."""

from __future__ import annotations

import io
import math
from typing import Any

import pytest
from graphql import GraphQLError
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.schema.scalars import (
    DEEPEST_JSON,
    JSON,
    SCALARS,
    URL,
    BigInt,
    DateTime,
    PhoneNumber,
    Upload,
)
from gateway.upstream.form import File


def write(scalar: object, value: object) -> Any:
    serialize = SCALARS[scalar].serialize
    assert serialize is not None
    return serialize(value)


def parse(scalar: object, value: object) -> Any:
    parse_value = SCALARS[scalar].parse_value
    assert parse_value is not None
    return parse_value(value)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_780_000_000_000, "2026-05-28T20:26:40.000Z"),
        (1_780_000_000_001.0, "2026-05-28T20:26:40.001Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (2**31, "1970-01-25T20:31:23.648Z"),
    ],
)
def test_a_time_is_written_in_utc_with_milliseconds(milliseconds: float, text: str) -> None:
    assert write(DateTime, milliseconds) == text


@pytest.mark.parametrize("value", ["0", None, True, {}, math.nan, math.inf, 1e18, 10**400])
def test_what_is_no_time_is_not_written(value: object) -> None:
    with pytest.raises(GraphQLError, match="A time is"):
        write(DateTime, value)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-05-28T20:26:40.001Z", 1_780_000_000_001),
        ("2026-05-28T22:26:40+02:00", 1_780_000_000_000),
        ("2026-05-28T20:26:40.0019Z", 1_780_000_000_001),
        ("20260528T202640Z", 1_780_000_000_000),
    ],
)
def test_a_time_with_an_offset_is_read(text: str, milliseconds: int) -> None:
    assert parse(DateTime, text) == milliseconds


@pytest.mark.parametrize("value", ["2026-05-28T20:26:40", "2026-05-28", "soon", "", 0, None, True])
def test_a_time_without_an_offset_is_not_read(value: object) -> None:
    with pytest.raises(GraphQLError, match="with an offset"):
        parse(DateTime, value)


@settings(deadline=None)
@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_time_that_was_written_is_read_as_the_same(milliseconds: int) -> None:
    assert parse(DateTime, write(DateTime, milliseconds)) == milliseconds


@pytest.mark.parametrize("value", [0, -(2**63), 2**63 - 1, 2**31, 5.0])
@pytest.mark.parametrize("way", [write, parse])
def test_a_whole_number_of_64_bits_is_a_big_int(way: Any, value: float) -> None:
    got = way(BigInt, value)
    assert (got, type(got)) == (int(value), int)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 0.5, math.nan, math.inf, "1", True, None])
@pytest.mark.parametrize("way", [write, parse])
def test_anything_else_is_not(way: Any, value: object) -> None:
    with pytest.raises(GraphQLError, match="A BigInt"):
        way(BigInt, value)


@pytest.mark.parametrize("scalar", [URL, PhoneNumber])
@pytest.mark.parametrize("way", [write, parse])
def test_a_text_is_a_text(way: Any, scalar: object) -> None:
    assert way(scalar, "+14155550100") == "+14155550100"
    with pytest.raises(GraphQLError, match="not a text"):
        way(scalar, 14155550100)


def nested(levels: int) -> object:
    value: object = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize(
    "value", [None, True, 1.5, "a", {}, [], {"a_b": [1, {"c": None}]}, 2**63 - 1, nested(100)]
)
@pytest.mark.parametrize("way", [write, parse])
def test_json_is_shown_and_given_as_it_is(way: Any, value: object) -> None:
    assert way(JSON, value) is value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (math.inf, "finite"),
        ({"a": [math.nan]}, "finite"),
        (10**30, "64 bits"),
        ([{"a": -(2**63) - 1}], "64 bits"),
        (nested(DEEPEST_JSON + 1), "100 levels"),
        (nested(5000), "100 levels"),
    ],
)
def test_json_that_cannot_be_sent_on_is_refused(value: object, message: str) -> None:
    with pytest.raises(GraphQLError, match=message):
        parse(JSON, value)


FILE = File("a.txt", "text/plain", 1, io.BytesIO(b"a"))


def test_an_upload_is_a_file_and_nothing_else() -> None:
    assert parse(Upload, FILE) is FILE
    others: list[object] = ["a.txt", b"a", {}, ["a"], 1, True]
    for value in others:
        with pytest.raises(GraphQLError, match="An Upload is a file of a multipart request"):
            parse(Upload, value)
    with pytest.raises(GraphQLError, match="A file is not shown"):
        write(Upload, FILE)


@pytest.mark.parametrize("value", [FILE, [FILE], {"a": {"b": [FILE]}}])
def test_a_file_is_no_json(value: object) -> None:
    with pytest.raises(GraphQLError, match="A file stands for an Upload only"):
        parse(JSON, value)
