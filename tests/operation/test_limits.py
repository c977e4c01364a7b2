"""How large a document may be: depth and fields, with fragments written out."""

from __future__ import annotations

import pytest
from graphql import parse

from gateway.errors import GraphQLValidationFailed
from gateway.operation.limits import DocumentLimits, check_limits

SMALL = DocumentLimits(depth=3, fields=5)


def over(source: str, limits: DocumentLimits = SMALL) -> str | None:
    """What is over a limit, if anything is."""
    try:
        check_limits(parse(source), limits)
    except GraphQLValidationFailed as error:
        return error.message
    return None


def deep(levels: int, allowed: int = 3) -> str:
    return f"The operation is {levels} levels deep; {allowed} are allowed."


MANY = "The operation selects more than the 5 fields allowed, fragments written out."


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{ a { b { c } } }", None),
        ("{ a { b { c { d } } } }", deep(4)),
        ("{ z a { b { c { d { e } } } } }", deep(5)),
        ("{ ... { ... on Q { a { ... { b { c } } } } } }", None),
        ("{ a { ...F } } fragment F on Q { b { c } }", None),
        ("{ a { ...F } } fragment F on Q { b { c { d } } }", deep(4)),
        ("mutation { a { b { c { d } } } }", deep(4)),
        ("{ a } query B { a { b { c { d } } } }", deep(4)),
        ("{ a } fragment F on Q { a { b { c { d } } } }", None),
    ],
)
def test_depth_counts_the_levels_of_fields(source: str, message: str | None) -> None:
    assert over(source) == message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{ a b c d e }", None),
        ("{ a b c d e f }", MANY),
        ("{ a: x b: x c { d e f } }", MANY),
        ("{ a ... { b ... on Q { c d e } } }", None),
        ("{ a ... { b ... on Q { c d e f } } }", MANY),
        ("{ ...F ...F a } fragment F on Q { b c }", None),
        ("{ ...F ...F a } fragment F on Q { b c d }", MANY),
        ("{ a { ...F } b { ...F } } fragment F on Q { c d }", MANY),
        ("query A { a b c } query B { a b c }", None),
        ("query A { a b c } query B { a b c d e f }", MANY),
    ],
)
def test_fields_are_counted_with_fragments_written_out(source: str, message: str | None) -> None:
    assert over(source) == message


def doubling(levels: int) -> str:
    chain = "".join(f"fragment f{n} on Q {{ ...f{n + 1} ...f{n + 1} }} " for n in range(levels))
    return f"{{ ...f0 }} {chain} fragment f{levels} on Q {{ a }}"


def test_a_chain_of_fragments_that_doubles_is_measured_once_each() -> None:
    assert over(doubling(2)) is None
    # Written out these are 2^300 fields: counting each would not end.
    assert over(doubling(300)) == MANY


@pytest.mark.parametrize(
    "source",
    [
        "{ ...F }",
        "{ ...F } fragment F on Q { a ...F }",
        "{ ...F } fragment F on Q { a { ...G } } fragment G on Q { ...F }",
    ],
)
def test_unknown_fragments_and_cycles_are_left_to_validation(source: str) -> None:
    assert over(source) is None


def test_what_is_no_operation_is_not_measured() -> None:
    assert over("type A { a: Int b: Int c: Int d: Int e: Int f: Int }") is None


def test_the_limits_that_ship() -> None:
    limits = DocumentLimits()
    assert limits == DocumentLimits(100_000, 4_000, 1_000, 20, 3_000)
    assert over("{ a" * 20 + " }" * 20, limits) is None
    assert over("{ a" * 21 + " }" * 21, limits) == deep(21, 20)
