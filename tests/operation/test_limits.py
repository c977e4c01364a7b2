"""How large a document and its variables may be, with fragments written out."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query, parse

from gateway.errors import (
    AliasLimitExceeded,
    DefinitionLimitExceeded,
    DepthLimitExceeded,
    DirectiveLimitExceeded,
    FieldLimitExceeded,
    GraphQLValidationFailed,
    IntrospectionDisabled,
    IntrospectionLimitExceeded,
    RootFieldLimitExceeded,
    VariableLimitExceeded,
)
from gateway.operation.limits import DocumentLimits, check_limits, check_variables, measured

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
        ("{ a } fragment F on Q { a b c d e }", None),
        ("{ a } fragment F on Q { a b c d e f }", MANY),
        ("{ a } fragment F on Q { a ...G ...G } fragment G on Q { a b c }", MANY),
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
    assert check_limits(parse(source), DocumentLimits()).level == root_fields


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
    except VariableLimitExceeded:
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
    assert DocumentLimits() == DocumentLimits(
        characters=100_000,
        tokens=4_000,
        comments=1_000,
        definitions=100,
        depth=12,
        fields=500,
        aliases=30,
        root_fields=20,
        directives=50,
        directives_at_once=5,
        introspections=3,
        introspection_depth=20,
        introspection_fields=500,
        values=5_000,
    )


SPREAD = "fragment F on Q"


@pytest.mark.parametrize(
    ("most", "one_more", "kind", "message"),
    [
        ("{ a" * 12 + " }" * 12, "{ a" * 13 + " }" * 13, DepthLimitExceeded, deep(13, 12)),
        (
            f"{{ a {{ {fields(499)} }} }}",
            f"{{ a {{ {fields(500)} }} }}",
            FieldLimitExceeded,
            more("500 fields"),
        ),
        (
            "{ a {" + "...F " * 5 + f"}} }} {SPREAD} {{ {fields(99)} }}",
            "{ a {" + "...F " * 5 + f"}} }} {SPREAD} {{ {fields(100)} }}",
            FieldLimitExceeded,
            more("500 fields"),
        ),
        (
            f"{{ a {{ {fields(30, 'x: f')} }} }}",
            f"{{ a {{ {fields(31, 'x: f')} }} }}",
            AliasLimitExceeded,
            more("30 aliases"),
        ),
        (
            "{ a {" + "...F " * 3 + f"}} }} {SPREAD} {{ {fields(10, 'x: f')} }}",
            "{ a: b {" + "...F " * 3 + f"}} }} {SPREAD} {{ {fields(10, 'x: f')} }}",
            AliasLimitExceeded,
            more("30 aliases"),
        ),
        (
            f"{{ {fields(20)} }}",
            f"{{ {fields(21)} }}",
            RootFieldLimitExceeded,
            more("20 fields at its root"),
        ),
        (
            "{" + "...F " * 2 + f"}} {SPREAD} {{ {fields(10)} }}",
            "{ a" + " ...F" * 2 + f"}} {SPREAD} {{ {fields(10)} }}",
            RootFieldLimitExceeded,
            more("20 fields at its root"),
        ),
        (
            "{ a {" + " ...F" * 25 + f"}} }} {SPREAD} {{ a @x @y }}",
            "{ a @x {" + " ...F" * 25 + f"}} }} {SPREAD} {{ a @x @y }}",
            DirectiveLimitExceeded,
            more("50 directives"),
        ),
        (
            "{ a" + " @a" * 5 + " }",
            "{ a" + " @a" * 6 + " }",
            DirectiveLimitExceeded,
            "There are more than the 5 directives allowed at one place.",
        ),
        (
            "{" + "__schema { a } " * 3 + "}",
            "{" + "__schema { a } " * 4 + "}",
            IntrospectionLimitExceeded,
            more("3 introspections"),
        ),
        (
            "{" + "...F " * 3 + f"}} {SPREAD} {{ __type {{ a }} }}",
            "{" + "...F " * 4 + f"}} {SPREAD} {{ __type {{ a }} }}",
            IntrospectionLimitExceeded,
            more("3 introspections"),
        ),
        (
            "{ __type" + " { a" * 20 + " }" * 21,
            "{ __type" + " { a" * 21 + " }" * 22,
            IntrospectionLimitExceeded,
            "The introspection is 21 levels deep; 20 are allowed.",
        ),
        (
            f"{{ __schema {{ {fields(250)} }} a {{ __type {{ {fields(250)} }} }} }}",
            f"{{ __schema {{ {fields(250)} }} a {{ __type {{ {fields(251)} }} }} }}",
            IntrospectionLimitExceeded,
            more("500 introspected fields"),
        ),
        (
            "{ a }" * 100,
            "{ a }" * 101,
            DefinitionLimitExceeded,
            "The document has more than the 100 definitions allowed.",
        ),
    ],
)
def test_what_is_just_at_a_limit_that_ships_is_let_through(
    most: str, one_more: str, kind: type[GraphQLValidationFailed], message: str
) -> None:
    assert over(most, DocumentLimits()) is None
    with pytest.raises(kind) as refused:
        check_limits(parse(one_more), DocumentLimits())
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("source", "directives"),
    [
        ("{ a }", (0, 0)),
        ("query @a @b { a }", (2, 2)),
        ("query ($a: Int @a @b @c, $b: Int @d) { a @e }", (5, 3)),
        ("{ a @a { b @b @c } }", (3, 2)),
        ("{ ... @a { a @b } ... on Q @c @d { a } }", (4, 2)),
        (f"{{ ...F @a @b ...F @c }} {SPREAD} @d @e @f {{ a @g }}", (11, 3)),
        (f"{{ ...F ...G }} {SPREAD} {{ ...G @a }} fragment G on Q {{ a @b @c }}", (5, 2)),
        ("query A @a { a } query B { a @b @c b @d }", (3, 2)),
    ],
)
def test_directives_are_counted_wherever_they_stand(
    source: str, directives: tuple[int, int]
) -> None:
    size = measured(parse(source))
    assert (size.directives, size.directives_at_once) == directives


@pytest.mark.parametrize(
    "source",
    [
        "{ __schema { a } }",
        "{ a: __type { a } }",
        "{ ... { ... on Q { __schema { a } } } }",
        f"{{ ...F }} {SPREAD} {{ a {{ ...G }} }} fragment G on R {{ b: __schema {{ a }} }}",
        "query A { a } query B { __type { a } }",
        "{ __schema" + " { a" * 30 + " }" * 31,
    ],
)
def test_introspection_is_off_where_none_is_allowed(source: str) -> None:
    with pytest.raises(IntrospectionDisabled) as refused:
        check_limits(parse(source), DocumentLimits(introspections=0))
    assert refused.value.message == "Introspection is off here."


def test_the_name_of_a_type_is_no_introspection() -> None:
    assert over("{ __typename a { __typename } }", DocumentLimits(introspections=0)) is None


def test_the_standard_introspection_is_well_within_the_limits() -> None:
    query = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    size = check_limits(parse(query), DocumentLimits())
    assert (size.introspections, size.introspection_depth) == (1, 14)
    assert size.introspection_fields < 250
    assert (size.fields, size.depth) == (1, 1)
