"""How large a document and its variables may be, with fragments written out."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse

from gateway.errors import BadUserInput, GraphQLValidationFailed
from gateway.operation.limits import DocumentLimits, check_limits, check_variables

SMALL = DocumentLimits(depth=3, fields=5, definitions=400)


def over(source: str, limits: DocumentLimits = SMALL) -> str | None:
    """What is over a limit, if anything is."""
    try:
        check_limits(parse(source), limits)
    except GraphQLValidationFailed as error:
        return error.message
    return None


def deep(levels: int, allowed: int = 3) -> str:
    return f"The operation is {levels} levels deep; {allowed} are allowed."


def more(what: str) -> str:
    return f"The operation selects more than the {what} allowed, fragments written out."


MANY = more("5 fields")


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


ALIASED = more("2 aliases")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{ x: a y: b c d e }", None),
        ("{ x: a y: b z: c }", ALIASED),
        ("{ x: a { y: b { c } } }", None),
        ("{ x: a { y: b { z: c } } }", ALIASED),
        ("{ a: a b: b c: c }", ALIASED),
        ("{ x: a ... { y: b } }", None),
        ("{ x: a ... { y: b ... { z: c } } }", ALIASED),
        ("{ ...F ...F } fragment F on Q { x: a b }", None),
        ("{ a { ...F } b { ...F } ...F } fragment F on Q { x: a }", ALIASED),
        ("query A { x: a y: b } query B { x: a y: b }", None),
        ("query A { a } query B { x: a y: b z: c }", ALIASED),
    ],
)
def test_aliases_are_counted_on_every_level(source: str, message: str | None) -> None:
    assert over(source, DocumentLimits(aliases=2)) == message


AT_ROOT = more("2 fields at its root")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{ a b }", None),
        ("{ a b c }", AT_ROOT),
        ("{ a { b c d e } f { g h i j } }", None),
        ("{ a ... { b { c d e } } }", None),
        ("{ a ... { b c } }", AT_ROOT),
        ("{ ...F ...F } fragment F on Q { a { b c d } }", None),
        ("{ ...F ...F ...F } fragment F on Q { a }", AT_ROOT),
        ("{ ...F a } fragment F on Q { ...G } fragment G on Q { b ... { c } }", AT_ROOT),
        ("mutation { a b c }", AT_ROOT),
        ("query A { a b } query B { a b }", None),
        ("query A { a b } query B { a b c }", AT_ROOT),
    ],
)
def test_fields_at_the_root_are_counted_apart(source: str, message: str | None) -> None:
    assert over(source, DocumentLimits(root_fields=2)) == message


INTROSPECTING = more("2 introspections")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{ __schema { types { name } } __type { name } __typename a { __typename } }", None),
        ("{ __schema { a } __type { b } __type { c } }", INTROSPECTING),
        ("{ __schema { a } __schema { b } __schema { c } }", INTROSPECTING),
        ("{ a: __type { a } b: __type { b } c: __type { c } }", INTROSPECTING),
        ("{ __schema: a __type: b c: __schema { d } e: __type { f } }", None),
        ("{ a { __schema { b } } __schema { c } ... { __type { d } } }", INTROSPECTING),
        ("{ ...F ...F } fragment F on Q { __schema { a } }", None),
        ("{ ...F ...F ...F } fragment F on Q { __schema { a } }", INTROSPECTING),
        ("query A { ...F ...F } query B { ...F } fragment F on Q { __type { a } }", None),
    ],
)
def test_introspections_are_counted_by_the_name_of_the_field(
    source: str, message: str | None
) -> None:
    assert over(source, DocumentLimits(introspections=2)) == message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("query A { a } query B { a }", None),
        ("{ ...F } fragment F on Q { a }", None),
        (
            "query A { a } query B { ...F } fragment F on Q { a }",
            "The document has more than the 2 definitions allowed.",
        ),
        (
            "type A { a: Int } type B { a: Int } type C { a: Int }",
            "The document has more than the 2 definitions allowed.",
        ),
    ],
)
def test_definitions_are_counted_of_every_kind(source: str, message: str | None) -> None:
    assert over(source, DocumentLimits(definitions=2)) == message


@pytest.mark.parametrize(
    ("source", "root_fields"),
    [
        ("{ a }", 1),
        ("{ a { b c } x: a ... { d } }", 3),
        ("{ ...F ...F a } fragment F on Q { b { c } d }", 5),
        ("query A { a } query B { a b c } query C { a b }", 3),
        ("query A { ...F } fragment F on Q { ...F }", 0),
        ("fragment F on Q { a b c }", 0),
    ],
)
def test_the_most_fields_at_the_root_are_told(source: str, root_fields: int) -> None:
    assert check_limits(parse(source), DocumentLimits()) == root_fields


def doubling(levels: int) -> str:
    chain = "".join(f"fragment f{n} on Q {{ ...f{n + 1} ...f{n + 1} }} " for n in range(levels))
    return f"{{ ...f0 }} {chain} fragment f{levels} on Q {{ a }}"


def test_a_chain_of_fragments_that_doubles_is_measured_once_each() -> None:
    assert over(doubling(2)) is None
    # Written out these are 2^100 fields: counting each would not end.
    assert over(doubling(100)) == MANY


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


def too_many(variables: dict[str, Any], root_fields: int, most: int) -> bool:
    try:
        check_variables(variables, root_fields, most)
    except BadUserInput:
        return True
    return False


def holds(variables: dict[str, Any], root_fields: int = 1) -> int:
    """How many values the variables are found to hold: the least limit they are not over."""
    return next(most for most in range(100) if not too_many(variables, root_fields, most))


@pytest.mark.parametrize(
    ("variables", "values"),
    [
        ({}, 0),
        ({"a": 1}, 1),
        ({"a": None, "b": False, "c": 0.5}, 3),
        ({"a": "a long string is one value", "b": ""}, 2),
        ({"a": [1, 2, 3]}, 4),
        ({"a": {"b": "x", "c": 2}}, 3),
        ({"a": [{"b": [1, 2]}, {"b": ["xyz"]}], "c": {"d": {"e": None}}}, 11),
        ({"a": []}, 1),
        ({"a": {}}, 1),
        ({"a": [[], {}, [[]]]}, 5),
    ],
)
def test_values_are_counted_in_lists_and_objects(variables: dict[str, Any], values: int) -> None:
    assert holds(variables) == values


@pytest.mark.parametrize(("root_fields", "values"), [(0, 3), (1, 3), (2, 6), (7, 21)])
def test_values_count_once_for_each_field_at_the_root(root_fields: int, values: int) -> None:
    assert holds({"a": [1, 2]}, root_fields) == values


def test_values_nested_deeper_than_the_stack_are_counted() -> None:
    deep: list[Any] = []
    for _ in range(2_999):
        deep = [deep]
    check_variables({"a": deep}, 1, 3_000)
    assert too_many({"a": deep}, 1, 2_999)


class Untouched(list[Any]):
    """A list that is not to be looked into."""

    def __iter__(self) -> Any:
        raise AssertionError("looked into")


def test_counting_stops_where_there_are_too_many() -> None:
    assert too_many({"a": [*range(100), Untouched([1])]}, 1, 100)
    assert too_many({"a": [*range(10), Untouched([1])]}, 10, 100)
    # A list that holds itself is never counted to its end.
    endless: list[Any] = [1]
    endless.append(endless)
    assert too_many({"a": endless}, 1, 5_000)


def test_a_list_that_can_be_counted_whole_is_looked_into() -> None:
    with pytest.raises(AssertionError, match="looked into"):
        too_many({"a": [*range(10), Untouched([1])]}, 1, 100)


def fields(number: int, name: str = "f") -> str:
    return " ".join(f"{name}{each}" for each in range(number))


def test_the_limits_that_ship() -> None:
    limits = DocumentLimits()
    assert limits == DocumentLimits(
        characters=100_000,
        tokens=4_000,
        comments=1_000,
        depth=20,
        fields=3_000,
        aliases=100,
        root_fields=100,
        introspections=3,
        definitions=100,
        values=5_000,
    )


@pytest.mark.parametrize(
    ("most", "one_more", "message"),
    [
        ("{ a" * 20 + " }" * 20, "{ a" * 21 + " }" * 21, deep(21, 20)),
        (f"{{ a {{ {fields(2_999)} }} }}", f"{{ a {{ {fields(3_000)} }} }}", more("3000 fields")),
        (
            "{ a {" + "...F " * 30 + f"}} }} fragment F on Q {{ {fields(99)} }}",
            "{ a {" + "...F " * 30 + f"}} }} fragment F on Q {{ {fields(100)} }}",
            more("3000 fields"),
        ),
        (
            f"{{ {fields(100, 'x: f')} }}",
            f"{{ a {{ {fields(101, 'x: f')} }} }}",
            more("100 aliases"),
        ),
        (
            "{" + "...F " * 10 + f"}} fragment F on Q {{ {fields(10, 'x: f')} }}",
            "{ a: b {" + "...F " * 10 + f"}} }} fragment F on Q {{ {fields(10, 'x: f')} }}",
            more("100 aliases"),
        ),
        (f"{{ {fields(100)} }}", f"{{ {fields(101)} }}", more("100 fields at its root")),
        (
            "{" + "...F " * 10 + f"}} fragment F on Q {{ {fields(10)} }}",
            "{ a" + " ...F" * 10 + f"}} fragment F on Q {{ {fields(10)} }}",
            more("100 fields at its root"),
        ),
        (
            "{" + "__schema { a } " * 3 + "}",
            "{" + "__schema { a } " * 4 + "}",
            more("3 introspections"),
        ),
        (
            "{" + "...F " * 3 + "} fragment F on Q { __type { a } }",
            "{" + "...F " * 4 + "} fragment F on Q { __type { a } }",
            more("3 introspections"),
        ),
        (
            "{ a }" * 100,
            "{ a }" * 101,
            "The document has more than the 100 definitions allowed.",
        ),
    ],
)
def test_what_is_just_at_a_limit_that_ships_is_let_through(
    most: str, one_more: str, message: str
) -> None:
    assert over(most, DocumentLimits()) is None
    assert over(one_more, DocumentLimits()) == message
