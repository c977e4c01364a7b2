"""`gateway.upstream.record`: large parts stay bytes until somebody wants them."""

from __future__ import annotations

import sys
import tracemalloc
from typing import Any

import orjson
import pytest
from msgspec import Raw

from gateway.errors import UpstreamInvalid
from gateway.upstream.body import BodyError, parse_body
from gateway.upstream.record import SMALL, Record, mentions, narrowed, plain, read_record

WORDS = [{"word": f"wörd {number}", "start": number / 2} for number in range(400)]
CALL: dict[str, Any] = {
    "call_id": "call_1",
    "duration_ms": 3,
    "missing": None,
    "latency": {"e2e": {"p50": 1.5}},
    "transcript_object": WORDS,
    "transcript": "x" * (SMALL + 1),
}


def record(value: object = CALL) -> dict[str, Any]:
    return read_record(orjson.dumps(value))[0]


def test_a_record_reads_as_what_was_sent() -> None:
    made = record()
    assert {name: made[name] for name in made} == CALL
    assert {name: made.get(name) for name in made} == CALL
    assert list(made) == list(CALL) or set(made) == set(CALL)
    assert plain(made) == CALL
    assert plain(made).__class__ is dict
    assert made.get("nothing") is None
    assert made.get("nothing", 1) == 1
    with pytest.raises(KeyError):
        made["nothing"]


def test_only_large_parts_stay_bytes() -> None:
    made = record()
    kept = {name for name in made if isinstance(dict.get(made, name), Raw)}
    assert kept == {"transcript_object", "transcript"}


def test_reading_a_large_part_leaves_it_as_bytes() -> None:
    made = record()
    assert made["transcript_object"] == WORDS
    assert isinstance(dict.get(made, "transcript_object"), Raw)


def test_a_small_body_is_decoded_and_so_is_one_that_is_wanted_whole() -> None:
    assert parse_body(b'{"a": 1}').value.__class__ is dict
    body = orjson.dumps(CALL)
    assert parse_body(body).value.__class__ is Record
    assert parse_body(body, whole=True).value == CALL
    assert parse_body(body, whole=True).value.__class__ is dict
    assert parse_body(orjson.dumps([CALL])).value == [CALL]


def test_what_a_part_may_mention_is_told_without_decoding_it() -> None:
    made = record(CALL | {"small": {"word": 1}})
    assert mentions(made, "transcript_object", b'"start"')
    assert not mentions(made, "transcript_object", b'"multimedia"')
    assert mentions(made, "small", b'"anything"')
    assert not mentions(made, "missing", b'"anything"')
    assert not mentions(made, "nothing", b'"anything"')


LARGE = b'{"a": "' + b"x" * SMALL + b'", '


@pytest.mark.parametrize(
    "end",
    [
        b'"b": "\xff"}',
        b'"b": [1, 2}',
        b'"b": 1',
        b'"b": NaN}',
        b'"b": 1} x',
        b'"b": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_a_large_body_that_is_no_json_is_refused(end: bytes) -> None:
    with pytest.raises(BodyError):
        parse_body(LARGE + end)


def test_a_part_that_turns_out_to_be_no_json_is_upstreams_fault() -> None:
    made = read_record(LARGE + b'"b": [1e999, "' + b"y" * SMALL + b'"]}')[0]
    with pytest.raises(UpstreamInvalid):
        made["b"]


def test_a_thousand_calls_take_less_than_a_hundred_megabytes() -> None:
    """And what they are said to take is not far from what they do."""
    entries = [{"role": "agent", "content": "some words " * 8, "words": WORDS[:12]}] * 40
    call = CALL | {"transcript_object": entries, "transcript_with_tool_calls": entries}
    bodies = [orjson.dumps(call | {"call_id": f"call_{number}"}) for number in range(100)]
    assert 40_000 < len(bodies[0]) < 60_000
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = [parse_body(body) for body in [bytes(bytearray(body)) for body in bodies]]
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken < 100 * 1024 * 1024 / 10
    said = sum(each.held for each in kept)
    assert taken * 0.7 < said < taken * 1.5, (taken, said, sys.version)


def part(value: object) -> Raw:
    return Raw(value if isinstance(value, bytes) else orjson.dumps(value))


READ = narrowed(frozenset({"role", "content"}))
SAID = {"role": "user", "content": "hëllo"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([SAID | {"words": WORDS}], [SAID]),
        ([{"words": []}, None, {"content": {"role": [1]}}], [{}, None, {"content": {"role": [1]}}]),
        ([], []),
        (b'[ {"role":1e3,"content":18446744073709551616} ]', [{"role": 1e3, "content": 2.0**64}]),
        (b'[{"role":1,"role":2,"content":"\\u00e9"}]', [{"role": 2, "content": "é"}]),
    ],
)
def test_objects_of_a_list_are_read_by_some_keys_alone(given: object, expected: object) -> None:
    assert READ(part(given)) == expected


@pytest.mark.parametrize(
    "value", [{"role": 1, "more": 2}, [1, {"role": 1, "more": 2}], [[]], "text", 1, None, ["a"]]
)
def test_what_is_no_list_of_objects_is_read_whole(value: object) -> None:
    assert READ(part(value)) == value
    assert READ(value) == value


@pytest.mark.parametrize(
    "words", [b'["\\ud800"]', b"[1,]", b"nul", b"01", b'"\\q"', b"[" * 2000 + b"]" * 2000]
)
def test_what_is_no_json_is_found_under_other_keys_too(words: bytes) -> None:
    with pytest.raises(UpstreamInvalid):
        READ(part(b'[{"role":"user","words":%b}]' % words))


def test_a_number_that_no_double_holds_is_not_looked_at_under_other_keys() -> None:
    torn = b'[{"role":"user","words":1e999}]'
    assert READ(part(torn)) == [{"role": "user"}]
    with pytest.raises(UpstreamInvalid):
        narrowed(frozenset({"words"}))(part(torn))


def test_what_was_decoded_already_stays_as_it_is() -> None:
    decoded = [{"role": "user", "words": WORDS}]
    assert READ(decoded) is decoded
