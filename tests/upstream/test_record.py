"""`gateway.upstream.record`: large parts stay bytes until somebody wants them."""

from __future__ import annotations

import json
import sys
import tracemalloc
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from gateway.errors import UpstreamInvalid
from gateway.upstream.body import BodyError, parse_body
from gateway.upstream.record import SMALL, Items, Record, mentions, plain, read_record, typed

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


@pytest.mark.parametrize("wrong", [b"1e999", b'"\xff"'])
def test_a_part_that_turns_out_to_be_no_json_is_upstreams_fault(wrong: bytes) -> None:
    made = read_record(LARGE + b'"b": [' + wrong + b', "' + b"y" * SMALL + b'"]}')[0]
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


WORD = {"start": (float,), "word": (str,)}
SAID = {"role": (str,), "content": str, "words": ([WORD],), "rest": (object,)}
READ = typed([(SAID,)])


def shown(value: Any) -> Any:
    """What was read, as plain data: objects as the tuples of what they have."""
    if isinstance(value, list):
        return [shown(each) for each in value]
    if isinstance(value, Raw):
        return bytes(value)
    if not isinstance(value, msgspec.Struct):
        return value
    return tuple(shown(each) for each in msgspec.structs.astuple(value))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[]", []),
        (b'[null, {"content":"x"}]', [None, (None, "x", None, None)]),
        (
            b'[{"words":[{"start":1,"more":{}},{"word":"w"}],"content":"\\u00e9","role":null}]',
            [(None, "é", [(1.0, None), (None, "w")], None)],
        ),
        (b'[{"content":1,"content":"x"}]', None),
        (b'[{"content":"x","content":"y"}]', [(None, "y", None, None)]),
        (b'[{"content":"x","rest": {"a":1e3} }]', [(None, "x", None, b'{"a":1e3}')]),
        (b'[{"content":"x","rest":null}]', [(None, "x", None, b"null")]),
        (
            b'[{"content":"x","words":[{"start":18446744073709551616}]}]',
            None,
        ),
    ],
)
def test_a_list_is_read_by_its_shape(text: bytes, expected: object) -> None:
    assert shown(READ(Raw(text))) == expected


@pytest.mark.parametrize(
    "value",
    [{"content": "x"}, [1], [[]], "text", 1, None, [{}], [{"content": None}], [{"content": True}]],
)
def test_what_is_not_of_the_shape_is_not_read(value: object) -> None:
    assert READ(Raw(orjson.dumps(value))) is None


@pytest.mark.parametrize("value", [1.5, True, "1", 2**31, -(2**31) - 1, 2**70])
def test_whole_numbers_have_32_bits(value: object) -> None:
    assert typed([int])(Raw(str(value).encode())) is None
    assert typed([int])(Raw(b"[2147483647, -2147483648]")) == [2147483647, -2147483648]


@pytest.mark.parametrize(
    "words", [b"[1,]", b"nul", b"01", b'"\\q"', b'"\xff"', b"[" * 2000 + b"]" * 2000]
)
def test_what_is_no_json_is_not_read_even_under_other_keys(words: bytes) -> None:
    assert READ(Raw(b'[{"content":"x","other":%b}]' % words)) is None


def test_what_was_decoded_already_is_not_read() -> None:
    assert READ([{"content": "x"}]) is None


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        st.lists,
    )
)
def test_both_decoders_read_the_same(value: object) -> None:
    """Numbers above 64 bits apart: what is shown does not depend on the one that read it."""
    text = orjson.dumps(value)
    found = msgspec.json.decode(text)
    assert found == orjson.loads(text)
    assert repr(found) == repr(orjson.loads(text))


# --- Pages --------------------------------------------------------------------------------------

ITEMS = Items(values=("id", "name", "at"), parts=("cost", "words"))
PAGE: dict[str, Any] = {
    "items": [
        {"id": "a", "name": None, "at": 0.123, "cost": {"combined": 2}, "words": WORDS},
        {"id": "b", "at": 2**63 - 1, "cost": None, "words": [], "name": True},
        {"id": "é", "cost": "free", "name": [{"a": [None, {"b": 0.5}]}], "at": {}},
        {},
    ],
    "has_more": True,
    "pagination_key": "next",
    "total": 4,
}


def page(value: object = PAGE) -> dict[str, Any]:
    body = orjson.dumps(value)
    assert len(body) > SMALL
    made: Any = parse_body(body, whole=True, items=ITEMS).value
    return {**made, "items": [plain(each) for each in made["items"]]}


def test_a_page_reads_as_what_was_sent() -> None:
    assert page() == PAGE
    for items in (PAGE["items"], [{"name": "a" * SMALL}]):
        assert page({"items": items}) == {"items": items}
    for number in ("-0", "-0.0", "1e2", "5e-324", "0.1", str(-(2**63))):
        body = orjson.dumps(PAGE).replace(b"0.123", number.encode())
        made: Any = parse_body(body, whole=True, items=ITEMS).value
        assert repr(made["items"][0]["at"]) == repr(orjson.loads(body)["items"][0]["at"])


def test_parts_of_items_stay_bytes_whatever_their_size() -> None:
    first, second, *_ = ITEMS.read_page(orjson.dumps(PAGE))["items"]
    assert first.__class__ is Record
    kept = {name for name in first if isinstance(dict.get(first, name), Raw)}
    assert kept == {"cost", "words"}
    assert first.get("cost") == first["cost"] == {"combined": 2}
    assert dict.get(second, "cost", "left out") is None


def test_what_items_are_not_known_to_have_is_left_out() -> None:
    more = {"items": [*PAGE["items"], {"id": "c", "secret": {"a": 1}}], "more": 1}
    assert page(PAGE | more) == PAGE | {"items": [*PAGE["items"], {"id": "c"}]}


def test_a_small_page_is_decoded_at_once() -> None:
    small = {"items": [{"id": "a", "cost": {}, "secret": 1}]}
    made = parse_body(orjson.dumps(small), whole=True, items=ITEMS).value
    assert made == small


@pytest.mark.parametrize(
    "unusual",
    [
        {"items": [*PAGE["items"], None]},
        {"items": [*PAGE["items"], {"id": [[[[[1]]]]]}]},
        {"items": [*PAGE["items"], {"id": {"a": [{"b": {"c": {}}}]}}]},
        {"items": {"a": PAGE["items"]}},
        {"items": None, "words": WORDS},
        {"has_more": True, "words": WORDS},
        PAGE["items"],
    ],
)
def test_an_unusual_page_is_decoded_as_it_is(unusual: Any) -> None:
    made = parse_body(orjson.dumps(unusual), whole=True, items=ITEMS).value
    assert made == unusual


def test_a_page_with_a_part_that_is_nested_deeply_is_decoded_as_it_is() -> None:
    deep = b"[" * 1000 + b"]" * 1000
    body = b'{"items":[{"id":"' + b"a" * SMALL + b'","cost":' + deep + b"}]}"
    with pytest.raises(RecursionError):
        ITEMS.read_page(body)
    made: Any = parse_body(body, whole=True, items=ITEMS).value
    assert made["items"][0]["id"] == "a" * SMALL


@pytest.mark.parametrize("number", [str(2**63), str(2**64), str(-(2**63) - 1), "1" * 40])
def test_numbers_beyond_64_bits_are_those_that_orjson_makes(number: str) -> None:
    for value in (number, f'{{"a": [{number}]}}'):
        body = orjson.dumps(PAGE).replace(b"0.123", value.encode())
        made: Any = parse_body(body, whole=True, items=ITEMS).value
        assert repr(made["items"][0]["at"]) == repr(orjson.loads(value))


@pytest.mark.parametrize("wrong", [b"1e999", b"NaN", b"01", b'"\xff"', b'"\\ud800"', b'"\t"', b""])
def test_a_page_that_is_no_json_is_refused(wrong: bytes) -> None:
    with pytest.raises(BodyError):
        parse_body(orjson.dumps(PAGE).replace(b"0.123", wrong), whole=True, items=ITEMS)


@pytest.mark.parametrize("wrong", [b'{"combined":1e999}', b'{"\xff":2}'])
def test_what_is_malformed_in_a_part_is_found_when_it_is_wanted(wrong: bytes) -> None:
    body = orjson.dumps(PAGE).replace(b'{"combined":2}', wrong)
    made: Any = parse_body(body, whole=True, items=ITEMS).value
    assert made["items"][0]["id"] == "a"
    with pytest.raises(UpstreamInvalid):
        made["items"][0]["cost"]


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from(["id", "name", "at", "cost", "words"]), ANY)))
def test_any_page_reads_as_orjson_reads_it(items: list[dict[str, Any]]) -> None:
    items = [*items, {"id": "x" * SMALL}]
    body = json.dumps({"items": items}).encode()  # infinity too, which is no JSON
    try:
        wanted = orjson.loads(body)
    except orjson.JSONDecodeError:
        with pytest.raises((BodyError, UpstreamInvalid)):
            _read(body)
    else:
        assert repr(_read(body)) == repr(wanted)


def _read(body: bytes) -> dict[str, Any]:
    made: Any = parse_body(body, whole=True, items=ITEMS).value
    return {"items": [plain(each) for each in made["items"]]}
