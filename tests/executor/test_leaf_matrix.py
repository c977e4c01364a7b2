"""Every leaf type in every place, by every value that could come: written as graphql-core does."""

from __future__ import annotations

from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, Undefined, parse
from msgspec import Raw

from gateway.executor.compiled import Compiler
from gateway.schema.readings import READING, Plain
from gateway.upstream.record import plain
from tests.executor.small import SCALAR_NAMES, both, record, schema_of

LEAVES = ("String", "ID", "Int", "Float", "Boolean", "Open", "Closed", *SCALAR_NAMES)
PLACES = ("{}", "{}!", "[{}]", "[{}!]", "[{}]!", "[[{}]!]")


class Text(str):
    __slots__ = ()


class Number(int):
    pass


class Fruit(IntEnum):
    APPLE = 1


class Odd:
    def __str__(self) -> str:
        return "odd"


VALUES: tuple[Any, ...] = (
    None, "", "a", "x", "1", "-0", "1.5", "12abc", "true", "NaN", "A", "B", "X", "UNKNOWN",
    "é😀\u2028",
    "2026-01-31T09:30:00Z", "https://a.test/", "x" * 5000,
    0, 1, -1, 2, 12, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53 - 1, 2**53, 2**53 + 1,
    -(2**53), -(2**53) - 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**70, 10**400,
    0.0, -0.0, 0.5, 1.0, 1.5, -1.5, 2147483647.0, 2147483648.0, 1e16, 1e308, 5e-324,
    float("inf"), float("-inf"), float("nan"), 1_700_000_000_000, 1_700_000_000_000.5, 9e15,
    True, False, b"", b"bytes", {}, {"a": 1}, [], ["A"], ["A", None], [1, 2], [[]], [["A"], []],
    (), ("A", 1), {1}, frozenset(), range(2), Decimal(1), Decimal("1.5"), Decimal("NaN"),
    Fraction(1, 2),
    1j, Number(7), Number(2**40), Text("A"), Text("text"), Fruit.APPLE, Odd(), Undefined,
    ValueError("broken"), GraphQLError("worded"), object, len,
)  # fmt: skip
RAW = (b'"A"', b"1", b"1.5", b"true", b"null", b"[1]", b'["A"]', b"{}", b"[", b"NaN")


def _schema(type_: str) -> GraphQLSchema:
    schema = schema_of(
        f"""
        {"".join(f"scalar {name} " for name in SCALAR_NAMES)}
        enum Open {{ A B UNKNOWN }}
        enum Closed {{ X Y }}
        type Thing {{ value: {type_} beside: String }}
        type Query {{ thing: Thing }}
        """,
        {"Query.thing": lambda _source, info: info.context},
    )
    for name in ("URL", "TelephoneNumber"):
        if name in schema.type_map:
            schema.type_map[name].extensions[READING] = Plain(str)
    open_enum: Any = schema.type_map["Open"]
    known = {"a": "A", "b": "B", "A": "A", "B": "B"}
    open_enum.coerce_output_value = lambda value: (
        known.get(value, "UNKNOWN") if isinstance(value, str) else "UNKNOWN"
    )
    return schema


def _in_lists(value: object, levels: int) -> tuple[object, ...]:
    return ((value,), (value, [value], [None, value]), (value, [[value]]))[levels]


@pytest.mark.parametrize("leaf", LEAVES)
@pytest.mark.parametrize("place", PLACES)
async def test_every_value_is_written_as_graphql_core_writes_it(leaf: str, place: str) -> None:
    schema = _schema(place.format(leaf))
    source = "{ thing { before: beside value after: beside } }"
    compiled = Compiler(schema, plain, from_use=1).prepare(parse(source))
    for value in VALUES:
        for given in _in_lists(value, place.count("[")):
            thing = record(value=given, beside="text")
            await both(schema, source, thing, compiled=compiled)
    for raw in RAW:
        await both(schema, source, record(value=Raw(raw), beside="text"), compiled=compiled)
    await both(schema, source, record(beside="text"), compiled=compiled)
    assert len(compiled._plans) == 1


@pytest.mark.parametrize(
    ("leaf", "right"),
    [
        ("String", "a"), ("ID", "a"), ("Int", -(2**31)), ("Float", 0.5), ("Float", 12),
        ("Boolean", False), ("Open", "brand_new"), ("Closed", "X"), ("DateTime", 0),
        ("BigInt", 2**63 - 1), ("JSON", {"a": [None]}), ("URL", "a"), ("TelephoneNumber", "+1"),
    ],
)  # fmt: skip
async def test_right_values_are_written_by_the_compiled_form(leaf: str, right: object) -> None:
    for type_, value in ((f"{leaf}!", right), (leaf, right), (leaf, None), (f"[{leaf}]", [None])):
        answer = await both(_schema(type_), "{ thing { value } }", record(value=value))
        assert not answer.replayed
        assert answer.errors == []
