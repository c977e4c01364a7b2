"""`gateway.executor.arguments`: graphql-core's values and errors, by a shorter way."""

from __future__ import annotations

from enum import Enum
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    GraphQLDefaultInput,
    GraphQLError,
    GraphQLNonNull,
    build_schema,
    get_operation_ast,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    parse,
)
from graphql.execution import get_argument_values
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.get_variable_signature import GraphQLVariableSignature
from graphql.execution.values import (
    FragmentVariableValues,
    FragmentVariableValueSource,
    VariableValues,
    get_variable_values,
)

from gateway.executor.arguments import Arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphql import FieldNode, GraphQLField

SCHEMA = build_schema("""
scalar JSON
directive @oneOf on INPUT_OBJECT
enum Order { UP DOWN ODD }
input Range { low: Int! = 1 high: Int = 9 step: Float order: Order = DOWN any: JSON }
input Deep {
  must: String! range: Range ranges: [Range!] = [{low: 2}] deep: Deep table: [[Int!]]
  one: One orders: [Order] = [UP] sure: Range! = {low: 3} any: JSON = "none"
}
input One @oneOf { text: String number: Int range: Range list: [Int!] }
type Query {
  scalars(a: Int, b: Float = 1, c: String = "c", d: Boolean, e: ID!, f: Int! = 4, g: ID = 5): Int
  enums(a: Order, b: Order! = UP, c: [Order!], d: [Order] = DOWN): Int
  lists(a: [Int], b: [Int!]!, c: [[String]] = [["c"], null], d: [[Int!]!]! = [[1]]): Int
  inputs(a: Range, b: Range! = {high: null}, c: [Range!], d: Deep!, e: [Deep]): Int
  ones(a: One, b: One!, c: [One!], d: One = {number: 1}): Int
  anything(a: JSON, b: [JSON], c: JSON! = 5, d: JSON = null): Int
  none: Int
}
""")
FIELDS = SCHEMA.query_type.fields if SCHEMA.query_type else {}
SCALARS: dict[str, tuple[str, ...]] = {
    "Int": ("0", "-7", "2147483647"),
    "Float": ("0", "1.5", "-2e3"),
    "String": ('""', '"text"'),
    "Boolean": ("true", "false"),
    "ID": ('"a"', "12"),
}
VALUES: dict[str, tuple[Any, ...]] = {
    "Int": (0, -7),
    "Float": (0, 1.5),
    "String": ("", "text"),
    "Boolean": (True, False),
    "ID": ("a", 12),
    "JSON": ({"a": [1, None]}, [[]], "text", 3, True),
}
ANY = ("1", '"text"', "[1, {a: $free}]", "{a: [$free], b: true}", "SOMETHING", "[]", "{}")
WRONG = ('"wrong"', "0.5", "[null]", "[[[1]]]", "{nothing: 1}", "SIDEWAYS", "2147483648", "true")


class Order(Enum):
    """What stands behind the enum of this name, one value apart."""

    UP = "up"
    DOWN = "down"


class Made(dict[str, Any]):
    """What inputs become."""

    def __repr__(self) -> str:
        return f"Made({super().__repr__()})"


def _prepare() -> None:
    types: dict[str, Any] = dict(SCHEMA.type_map)
    for name in ("UP", "DOWN"):
        types["Order"].values[name].value = Order[name]
    types["Order"].values["ODD"].value = ["odd"]  # can be changed by whoever gets it
    types["Deep"].out_type = types["Range"].out_type = Made
    types["Range"].fields["high"].out_name = "high_"
    types["Deep"].fields["one"].out_name = "one_of"
    types["One"].fields["number"].out_name = "number_"
    for field in ("scalars", "lists", "inputs"):
        for name, argument in FIELDS[field].args.items():
            argument.out_name = f"{name}_" if name in "bc" else None


_prepare()


def _sure(type_: Any) -> Any:
    return type_ if is_non_null_type(type_) else GraphQLNonNull(type_)


def selected(source: str) -> tuple[GraphQLField, FieldNode, Callable[..., VariableValues]]:
    """The one field of an operation; what makes values of the operation's variables."""
    operation = get_operation_ast(parse(source))
    assert operation is not None
    node: Any = operation.selection_set.selections[0]

    def values(**given: Any) -> VariableValues:
        found = get_variable_values(SCHEMA, operation.variable_definitions or (), given)
        assert not isinstance(found, list), found
        return found

    return FIELDS[node.name.value], node, values


def compared(source: str, *assignments: dict[str, Any]) -> list[Any]:
    """What comes of the arguments for each assignment of variables, which is what graphql-core
    makes of them: the values, or the message of the error."""
    definition, node, values = selected(source)
    made = Arguments(definition, FieldDetails(node, None))
    return [_both(made, definition, node, values(**given), source) for given in assignments]


def _both(
    made: Arguments, definition: GraphQLField, node: FieldNode, values: VariableValues, source: str
) -> Any:
    expected = _outcome(lambda: get_argument_values(definition, node, values))
    found = _outcome(lambda: made.values(values))
    assert found == expected, f"{source} {values.coerced}"
    assert repr(found) == repr(expected), f"{source} {values.coerced}"
    return found


def _outcome(call: Callable[[], dict[str, Any]]) -> Any:
    try:
        return call()
    except GraphQLError as error:
        return f"{error.message} {error.locations}"
    except TypeError as error:  # a default that does not fit
        return repr(error)


class Writer:
    """One operation in the making: literals, with variables at every level."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.variables: dict[str, Any] = {}
        """Their types, none of them non-null: what is missing or null is to be found out late."""

    def operation(self) -> str:
        name = self._random.choice(list(FIELDS))
        given = [
            f"{argument}: {self.literal(definition.type, 0)}"
            for argument, definition in FIELDS[name].args.items()
            if self._random.random() < (0.9 if is_non_null_type(definition.type) else 0.6)
        ]
        shown = f"{name}({', '.join(given)})" if given else name
        declared = [f"${each}: {type_}" for each, type_ in self.variables.items()]
        return f"query ({', '.join(['$free: JSON', *declared])}) {{ {shown} }}"

    def literal(self, type_: Any, depth: int) -> str:
        random = self._random
        sure = is_non_null_type(type_)
        bare = type_.of_type if sure else type_
        chance = random.random()
        if chance < 0.25:
            name = f"v{len(self.variables)}"
            self.variables[name] = bare
            return f"${name}"
        if chance < 0.27:
            return random.choice(WRONG)
        if chance < 0.35 and not sure:
            return "null"
        if is_list_type(bare):
            if chance > 0.95:
                return self.literal(_sure(bare.of_type), depth)
            items = [self.literal(bare.of_type, depth + 1) for _ in range(random.randrange(4))]
            return f"[{', '.join(items)}]"
        if is_input_object_type(bare):
            return self._object(bare, depth)
        if is_enum_type(bare):
            return random.choice(("UP", "DOWN", "UP", "DOWN", "ODD"))
        return random.choice(SCALARS.get(bare.name, ANY))

    def _object(self, type_: Any, depth: int) -> str:
        random = self._random
        if type_.is_one_of and random.random() < 0.9:
            names = [random.choice(list(type_.fields))]
        else:
            names = [
                name
                for name, field in type_.fields.items()
                if random.random() < (0.9 if is_non_null_type(field.type) else 0.5 - depth / 8)
            ]
        random.shuffle(names)
        fields = [f"{name}: {self.literal(type_.fields[name].type, depth + 1)}" for name in names]
        return f"{{{', '.join(fields)}}}"

    def assignment(self) -> dict[str, Any]:
        """Values of the variables: given, null, or missing."""
        types = {**self.variables, "free": SCHEMA.type_map["JSON"]}
        return {
            name: None if self._random.random() < 0.15 else self.value(type_, 0)
            for name, type_ in types.items()
            if self._random.random() < 0.8
        }

    def value(self, type_: Any, depth: int) -> Any:
        random = self._random
        if is_non_null_type(type_):
            type_ = type_.of_type
        elif depth and random.random() < 0.15:
            return None
        if is_list_type(type_):
            return [self.value(type_.of_type, depth + 1) for _ in range(random.randrange(3))]
        if is_enum_type(type_):
            return random.choice(("UP", "DOWN", "ODD"))
        if not is_input_object_type(type_):
            return random.choice(VALUES[type_.name])
        fields: dict[str, Any] = type_.fields
        if type_.is_one_of:
            name = random.choice(list(fields))
            return {name: self.value(_sure(fields[name].type), depth + 1)}
        return {
            name: self.value(field.type, depth + 1)
            for name, field in fields.items()
            if name == "must" or random.random() < 0.5 - depth / 8
        }


@pytest.mark.parametrize("group", range(5))
def test_values_and_errors_are_graphql_cores(group: int, monkeypatch: pytest.MonkeyPatch) -> None:
    left = [0]

    def counted(*given: Any) -> dict[str, Any]:
        left[0] += 1
        return get_argument_values(*given)

    monkeypatch.setattr("gateway.executor.arguments.get_argument_values", counted)
    total = errors = 0
    for seed in range(group * 500, group * 500 + 500):
        writer = Writer(Random(seed))
        source = writer.operation()
        found = compared(source, *(writer.assignment() for _ in range(4)))
        total += len(found)
        errors += sum(isinstance(each, str) for each in found)
    # It would prove nothing if all was left to graphql-core, or if nothing ever was.
    assert total / 5 < errors < total / 1.5
    assert left[0] - errors < total / 4


@pytest.mark.parametrize(
    ("source", "given", "expected"),
    [
        ("{ none }", {}, {}),
        ("{ scalars(e: 1) }", {}, {"b_": 1.0, "c_": "c", "e": "1", "f": 4, "g": "5"}),
        (
            "query ($f: Int, $c: String) { scalars(e: 1, f: $f, c: $c, g: null) }",
            {"c": None},
            {"b_": 1.0, "c_": None, "e": "1", "f": 4, "g": None},
        ),
        (
            "query ($a: Order) { enums(a: $a, b: DOWN, c: [UP, $a]) }",
            {"a": "UP"},
            {"a": Order.UP, "b": Order.DOWN, "c": [Order.UP, Order.UP], "d": [Order.DOWN]},
        ),
        (
            "query ($a: [Int], $b: Int) { lists(a: $a, b: [1, $b], c: [], d: [[$b]]) }",
            {"a": [1, None], "b": 2},
            {"a": [1, None], "b_": [1, 2], "c_": [], "d": [[2]]},
        ),
        (
            "query ($a: Int) { ones(a: {number: $a}, b: {range: {low: $a}}, d: null) }",
            {"a": 5},
            {
                "a": {"number_": 5},
                "b": {"range": {"low": 5, "high_": 9, "order": Order.DOWN}},
                "d": None,
            },
        ),
        (
            "query ($free: JSON) { anything(a: {b: [$free]}, b: [$free, 1]) }",
            {"free": {"c": 1}},
            {"a": {"b": [{"c": 1}]}, "b": [{"c": 1}, 1], "c": 5, "d": None},
        ),
    ],
)
def test_arguments_come_to(source: str, given: dict[str, Any], expected: object) -> None:
    assert compared(source, given) == [expected]


@pytest.mark.parametrize(
    ("source", "given"),
    [
        ("{ scalars }", {}),
        ("query ($e: ID) { scalars(e: $e) }", {}),
        ("query ($e: ID) { scalars(e: $e) }", {"e": None}),
        ("query ($f: Int) { scalars(e: 1, f: $f) }", {"f": None}),
        ('{ scalars(e: 1, a: "a") }', {}),
        ("query ($b: Int) { lists(b: [$b]) }", {}),
        ("query ($b: Int) { lists(b: [$b]) }", {"b": None}),
        ("{ lists(b: [{c: 1}]) }", {}),
        ("{ inputs(d: {}) }", {}),
        ('{ inputs(d: {must: "a", nothing: 1}) }', {}),
        ("{ inputs(d: [1]) }", {}),
        ("query ($d: String) { inputs(d: {must: $d}) }", {}),
        ("query ($d: String) { inputs(d: {must: $d}) }", {"d": None}),
        ("query ($d: Range) { inputs(d: {must: 1, sure: $d}) }", {"d": None}),
        ("{ ones(b: {}) }", {}),
        ("{ ones(b: {text: null}) }", {}),
        ('{ ones(b: {text: "a", number: 1}) }', {}),
        ("query ($text: String) { ones(b: {text: $text}) }", {}),
        ("query ($text: String) { ones(b: {text: $text}) }", {"text": None}),
    ],
)
def test_what_does_not_fit_is_worded_by_graphql_core(source: str, given: dict[str, Any]) -> None:
    (found,) = compared(source, given)
    assert found.startswith("Argument '")


@pytest.mark.parametrize(
    "source",
    [
        "{ scalars(e: null) }",
        "{ lists(b: null) }",
        "{ lists(b: [null]) }",
        "{ inputs(d: {must: null}) }",
        '{ inputs(d: {must: "a", sure: null}) }',
    ],
)
def test_a_null_that_may_not_be_is_worded_by_graphql_core(source: str) -> None:
    """No valid operation has one."""
    (found,) = compared(source, {})
    assert found.startswith("Argument '")


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("{ lists(b: [1, 2]) }", ("b_",)),
        ("{ lists(b: 1) }", ("b_",)),
        ("{ lists(b: [1], d: [[2]]) }", ("d", 0)),
        ("{ enums(a: ODD) }", ("a",)),
        ("{ enums(c: [ODD]) }", ("c", 0)),
        ('{ inputs(a: {low: 1}, d: {must: "a"}) }', ("a",)),
        ('{ inputs(c: [{low: 1}], d: {must: "a", table: [[1]]}) }', ("d", "table", 0)),
        ('{ inputs(c: {low: 1}, d: {must: "a"}) }', ("c_", 0)),
        ("{ anything(a: {b: 1}) }", ("a",)),
        ("{ anything(b: [[1]]) }", ("b", 0)),
    ],
)
def test_what_can_be_changed_is_made_anew_each_time(
    source: str, where: tuple[str | int, ...]
) -> None:
    definition, node, values = selected(source)
    made = Arguments(definition, FieldDetails(node, None))
    first: Any = made.values(values())
    second: Any = made.values(values())
    assert first is not second
    for step in where:
        first, second = first[step], second[step]
        assert first == second
    if "ODD" in source:  # the enum's own value: graphql-core gives it away as well
        assert first is second is FIELDS["enums"].args["a"].type.values["ODD"].value
    else:
        assert first is not second


def test_defaults_are_those_that_graphql_core_gives_away() -> None:
    definition, node, values = selected("{ lists(b: []) }")
    found = Arguments(definition, FieldDetails(node, None)).values(values())
    assert found["d"] is get_argument_values(definition, node, values())["d"]


def test_fragment_variables_are_left_to_graphql_core() -> None:
    definition, node, values = selected("query ($e: ID) { scalars(e: $e) }")
    known = values(e="the operation's")
    signature = known.sources["e"].signature
    assert isinstance(signature, GraphQLVariableSignature)
    own = FragmentVariableValues(
        {"e": FragmentVariableValueSource(signature)}, {"e": "the fragment's"}
    )
    made = Arguments(definition, FieldDetails(node, None, own))
    assert made.values(known)["e"] == "the fragment's"
    assert Arguments(definition, FieldDetails(node, None)).values(known)["e"] == "the operation's"


@pytest.mark.parametrize("field", ["scalars", "inputs"])
def test_a_default_that_does_not_fit_is_graphql_cores_where_it_is_used(field: str) -> None:
    schema = build_schema("""
        input In { a: Int }
        type Query { scalars(a: Int, b: Int): Int inputs(a: In, b: Int): Int }""")
    assert schema.query_type is not None
    definition = schema.query_type.fields[field]
    bad: Any = definition.args["a"]
    if field == "inputs":
        bad = bad.type.fields["a"]
    bad.default = GraphQLDefaultInput(value="no number")
    for given in ("(b: 1)", "(a: {})") if field == "inputs" else ("(b: 1)", "(a: 2, b: 1)"):
        operation: Any = get_operation_ast(parse(f"{{ {field}{given} }}"))
        (node,) = operation.selection_set.selections
        _both(
            Arguments(definition, FieldDetails(node, None)),
            definition,
            node,
            VariableValues({}, {}),
            given,
        )
