"""`gateway.executor.variables`: graphql-core's coercion, by a shorter way where it is the same."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLScalarType, Undefined, build_schema, get_operation_ast, parse
from graphql.execution.values import get_variable_values

from gateway.executor.variables import Variables

SCHEMA = build_schema("""
scalar Odd
enum Order { UP DOWN }
input Range { low: Int! }
type Query { a(id: ID, n: Int!, o: Order, r: Range, ids: [ID!], odd: Odd): String }
""")
ODD: Any = SCHEMA.type_map["Odd"]
assert isinstance(ODD, GraphQLScalarType)
ODD.coerce_input_value = lambda value: Undefined if value == "undefined" else [value]

SCALARS = "query ($id: ID, $n: Int! = 3, $odd: Odd) { a(id: $id, n: $n, odd: $odd) }"
OTHERS = """query ($n: Int!, $o: Order = UP, $r: Range, $ids: [ID!]) {
  a(n: $n, o: $o, r: $r, ids: $ids)
}"""


@pytest.mark.parametrize(
    ("query", "given"),
    [
        (SCALARS, {"id": "a", "n": 1, "odd": {"b": 1}}),
        (SCALARS, {"id": 7, "n": 1.0, "odd": 0, "more": 1}),
        (SCALARS, {}),
        (SCALARS, {"id": None, "n": 2, "odd": 1}),
        (SCALARS, {"id": "a", "n": None, "odd": 1}),
        (SCALARS, {"id": "a", "n": "one", "odd": 1}),
        (SCALARS, {"id": ["a"], "n": 2**31, "odd": 1}),
        (SCALARS, {"id": "a", "n": 1, "odd": "undefined"}),
        (OTHERS, {"n": 1, "o": "DOWN", "r": {"low": 1}, "ids": "a"}),
        (OTHERS, {"n": 1, "o": "SIDEWAYS", "r": {"high": 1}, "ids": [None]}),
        ("query ($x: Nothing) { a(n: 1) }", {"x": 1}),
        ("{ a(n: 1) }", {"x": 1}),
    ],
)
def test_the_values_and_the_errors_are_graphql_cores(query: str, given: dict[str, Any]) -> None:
    operation = get_operation_ast(parse(query), None)
    assert operation is not None
    right = get_variable_values(SCHEMA, operation.variable_definitions or (), given, 50)
    found = Variables(SCHEMA, operation).coerced(given)
    if isinstance(right, list):
        assert isinstance(found, list)
        assert [str(error) for error in found] == [str(error) for error in right]
    else:
        assert not isinstance(found, list)
        assert found.coerced == right.coerced
        assert {name: source.value for name, source in found.sources.items()} == {
            name: source.value for name, source in right.sources.items()
        }
