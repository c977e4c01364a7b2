"""What surely fits: what front ends write does, and nothing that graphql-core finds fault with."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from graphql import (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    NamedTypeNode,
    NameNode,
    Node,
    NullValueNode,
    ObjectFieldNode,
    SelectionSetNode,
    StringValueNode,
    build_schema,
    parse,
    print_ast,
    validate,
)

from gateway.app import schema
from gateway.operation import reading
from gateway.operation.fit import surely_fits
from gateway.operation.limits import DocumentLimits
from gateway.operation.reading import OperationRefused, Reader
from tests.executor.operations import operation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DocumentNode

SCHEMA = build_schema("""
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @here on FIELD | QUERY | VARIABLE_DEFINITION | FRAGMENT_DEFINITION

type Query {
  hello: String  bye: String
  person(id: ID!): Person  node(id: ID!): Node  pet: Pet  robot: Robot
}
type Mutation { hello: String }
type Subscription { hello: String }

interface Node { id: ID!  name: String }
type Person implements Node {
  id: ID!
  name: String
  born: Int
  kind: Kind
  raw(value: Raw): Raw
  some(of: Int!): Int
  friends(first: Int! = 10, filter: Filter, kinds: [Kind!], at: [[Int]]): [Person!]!
  pet: Pet
}
type Dog implements Node { id: ID!  name: String  age: Int  owner: Person }
type Cat implements Node { id: ID!  name: String  age: Float }
type Robot { id: Int!  name: [String] }
union Pet = Dog | Cat

input Filter { name: String  born: Range  all: [Filter!]  most: Int = 3 }
input Named { name: String! }
input Range @oneOf { above: Int  below: Int }
enum Kind { CLOSE  FAR }
scalar Raw
extend type Query { people(filter: Filter, named: Named, range: Range, ids: [ID!]): [Person] }
""")

FITS = {
    "a field": "{ hello }",
    "a change": "mutation { hello }",
    "a name": "query Greeting { hello }",
    "several operations": "query A { hello } query B { hello } mutation C { hello }",
    "the name of a type": '{ __typename node(id: "1") { __typename } pet { __typename } }',
    "an alias": "{ a: hello b: hello }",
    "the same leaf again": "{ hello hello __typename __typename }",
    "literals": """{
        person(id: 1) { some(of: 3) friends(first: 5, kinds: [CLOSE, FAR]) { id } }
        people(filter: { name: "a", born: { above: 3 }, all: [{}] }, ids: ["1", 2]) { id }
    }""",
    "nulls": "{ people(filter: null, ids: null) { friends(at: [null, [null, 1]]) { id } } }",
    "one value for a list": '{ people(ids: "1", filter: { all: {} }) { friends(at: 1) { id } } }',
    "a leaf of a scalar's own": '{ person(id: "1") { raw(value: "x") } }',
    "a default in place of an argument": '{ person(id: "1") { friends { id } } }',
    "variables": """query ($id: ID!, $first: Int!, $name: String, $at: Int, $ids: [ID!]!) {
        person(id: $id) { friends(first: $first, filter: { name: $name }, at: [[$at]]) { id } }
        people(ids: $ids) { id }
    }""",
    "defaults of variables": """query ($name: String = "a", $filter: Filter = { most: 1 }) {
        people(filter: $filter, named: { name: "b" }) { friends(filter: { name: $name }) { id } }
    }""",
    "a variable for one of several": """query ($above: Int!) {
        people(range: { above: $above }) { id }
    }""",
    "conditions": """query ($yes: Boolean!) {
        hello @skip(if: $yes) @include(if: true)
        ... @include(if: $yes) { a: hello }
        ...F @skip(if: false)
    } fragment F on Query { b: hello }""",
    "a fragment in place": """{
        node(id: 1) { id ... on Person { born } ... on Dog { age } ... { name } ... on Node { id } }
        pet { ... on Dog { name } ... on Node { id } }
    }""",
    "fragments that repeat leaves": """{ person(id: 1) { id ...A ...B pet { ...C } } }
        fragment A on Person { id name friends { ...B } }
        fragment B on Node { id name }
        fragment C on Dog { id name owner { ...B } }""",
    "a fragment in several operations": """
        query A { ...F } query B { ...F } fragment F on Query { hello }""",
    "a fragment's variables": """query A($id: ID!) { ...F } query B($id: ID!) { ...F }
        fragment F on Query { person(id: $id) { id } }""",
}

MISTAKES = {
    "no name among several": "{ hello } query A { hello }",
    "a name twice": "query A { hello } query A { hello }",
    "a definition of the schema": "{ hello } type A { a: Int }",
    "a directive that is not there": "{ hello @nowhere }",
    "a directive elsewhere": "query @skip(if: true) { hello }",
    "a directive twice": "{ hello @skip(if: true) @skip(if: true) }",
    "a condition without its argument": "{ hello @skip }",
    "a condition with another": "{ hello @skip(if: true, of: 1) }",
    "a condition that is none": '{ hello @skip(if: "yes") }',
    "a condition that may be null": "query ($yes: Boolean) { hello @skip(if: $yes) }",
    "a condition nobody declared": "{ ...F @skip(if: $yes) } fragment F on Query { hello }",
    "an unknown field": "{ hallo }",
    "an unknown field of an object": '{ person(id: "1") { age } }',
    "a field of a member": "{ pet { name } }",
    "a field of one of its types": '{ node(id: "1") { born } }',
    "a selection of a leaf": "{ hello { a } }",
    "no selection of an object": '{ person(id: "1") }',
    "a selection of a type's name": "{ __typename { a } }",
    "an argument of a type's name": "{ __typename(a: 1) }",
    "an unknown argument": "{ hello(a: 1) }",
    "an unknown argument among known": '{ person(id: "1", of: 1) { id } }',
    "an argument twice": '{ person(id: "1", id: "1") { id } }',
    "a missing argument": "{ person { id } }",
    "a null for what has none": "{ person(id: null) { id } }",
    "a null in a list of none": "{ people(ids: [null]) { id } }",
    "a null for what has a default": "{ people { friends(first: null) { id } } }",
    "a text for a number": '{ person(id: "1") { some(of: "1") } }',
    "a number that is too large": '{ person(id: "1") { some(of: 2147483648) } }',
    "an unknown value": '{ person(id: "1") { friends(kinds: NEAR) { id } } }',
    "a list for what is none": '{ person(id: ["1"]) { id } }',
    "a list too deep": '{ person(id: "1") { friends(at: [[[1]]]) { id } } }',
    "a text for an object": '{ people(filter: "a") { id } }',
    "an object for a leaf": "{ person(id: { a: 1 }) { id } }",
    "an unknown field of an input": "{ people(filter: { nme: 1 }) { id } }",
    "a missing field of an input": "{ people(named: {}) { id } }",
    "a field of an input twice": '{ people(filter: { name: "a", name: "a" }) { id } }',
    "a wrong value in an input": "{ people(filter: { all: [{ name: 1 }] }) { id } }",
    "two of one": "{ people(range: { above: 1, below: 2 }) { id } }",
    "none of one": "{ people(range: {}) { id } }",
    "a null of one": "{ people(range: { above: null }) { id } }",
    "a variable of one that may be null": """query ($above: Int) {
        people(range: { above: $above }) { id }
    }""",
    "a variable nobody declared": "{ person(id: $id) { id } }",
    "a variable nobody uses": "query ($id: ID) { hello }",
    "a variable twice": "query ($id: ID!, $id: ID!) { person(id: $id) { id } }",
    "a variable of another type": "query ($id: Int!) { person(id: $id) { id } }",
    "a variable that may be null": "query ($id: ID) { person(id: $id) { id } }",
    "a variable of an object": "query ($id: Person) { hello people(ids: [$id]) { id } }",
    "a variable of an unknown type": "query ($id: IDD!) { person(id: $id) { id } }",
    "a variable for a list": "query ($id: ID!) { people(ids: $id) { id } }",
    "a list for one of it": "query ($ids: [ID!]) { people(ids: [$ids]) { id } }",
    "a wrong default": 'query ($first: Int = "1") { people(filter: { most: $first }) { id } }',
    "a wrong default within": """query ($filter: Filter = { most: "1" }) {
        people(filter: $filter) { id }
    }""",
    "a fragment that is not there": "{ ...F }",
    "a fragment nobody spreads": "{ hello } fragment F on Query { hello }",
    "a fragment twice": "{ ...F } fragment F on Query { hello } fragment F on Query { hello }",
    "a fragment in itself": "{ ...F } fragment F on Query { hello ...F }",
    "a circle": "{ ...F } fragment F on Query { ...G } fragment G on Query { hello ...F }",
    "a fragment of a leaf": "{ ... on String { hello } }",
    "a fragment of an unknown type": "{ ... on Unknown { hello } }",
    "a fragment that can never be": "{ ... on Person { id } }",
    "a member that can never be": "{ pet { ... on Person { id } } }",
    "a spread that can never be": "{ pet { ...F } } fragment F on Robot { id }",
    "an unknown field in a fragment": "{ ...F } fragment F on Query { hallo }",
    "an operation's variable in another's": """query A($id: ID!) { ...F } query B { ...F }
        fragment F on Query { person(id: $id) { id } }""",
    "two fields of one name": "{ a: hello a: bye }",
    "a field and the type's name": "{ a: hello a: __typename }",
    "a leaf and an object of one name": '{ a: hello a: person(id: "1") { id } }',
    "an object and a leaf of one name": '{ a: person(id: "1") { id } a: hello }',
    "one field with other arguments": """{ people { a: some(of: 1) a: some(of: 2) } }""",
    "one field without and with arguments": "{ people { raw raw(value: 1) } }",
    "one field with and without arguments": "{ people { raw(value: 1) raw } }",
    "one name of other types": "{ pet { ... on Dog { age } ... on Cat { age } } }",
    "one name of a text and a list": """{
        a: robot { name }  node(id: 1) { ...F }  pet { ...F ... on Dog { name: age } }
    } fragment F on Node { name }""",
    "objects of one name": '{ person(id: "1") { id } person(id: "2") { id } }',
    "a subscription of two": "subscription { a: hello b: hello }",
}

UNSURE = {
    "a subscription": "subscription { hello }",
    "introspection": "{ __schema { queryType { name } } }",
    "a directive of the schema's own": "{ hello @here }",
    "a directive of an operation": "query @here { hello }",
    "a directive of a variable": "query ($id: ID! @here) { person(id: $id) { id } }",
    "a directive of a fragment": "{ ...F } fragment F on Query @here { hello }",
    "parts": "{ ... @defer { hello } }",
    "an object again": '{ person(id: "1") { id } person(id: "1") { id } }',
    "a default in place of a null": 'query ($id: ID = "1") { person(id: $id) { id } }',
    "a default in place of a null, of the argument": """query ($first: Int) {
        people { friends(first: $first) { id } }
    }""",
    "an object of a scalar's own": '{ person(id: "1") { raw(value: { a: [1] }) } }',
    "an empty selection": "{ person(id: 1) {} }",
}


@pytest.mark.parametrize("source", FITS.values(), ids=FITS)
def test_what_front_ends_write_surely_fits(source: str) -> None:
    document = parse(source)
    assert validate(SCHEMA, document) == []
    assert surely_fits(SCHEMA, document)


@pytest.mark.parametrize("source", MISTAKES.values(), ids=MISTAKES)
def test_no_mistake_fits(source: str) -> None:
    document = parse(source)
    assert validate(SCHEMA, document) != []
    assert not surely_fits(SCHEMA, document)


def test_fragments_with_variables_are_left_to_graphql_core() -> None:
    for source in (
        "{ ...F } fragment F($a: ID) on Query { people(ids: [$a]) { id } }",
        "{ ...F(a: 1) } fragment F on Query { hello }",
    ):
        assert not surely_fits(SCHEMA, parse(source, experimental_fragment_arguments=True))


@pytest.mark.parametrize("source", UNSURE.values(), ids=UNSURE)
def test_what_is_rare_is_left_to_graphql_core(source: str) -> None:
    document = parse(source)
    assert validate(SCHEMA, document) == []
    assert not surely_fits(SCHEMA, document)


def test_a_kind_of_operation_that_the_schema_has_not_does_not_fit() -> None:
    document = parse("mutation { hello }")
    assert not surely_fits(build_schema("type Query { hello: String }"), document)


def test_a_condition_that_the_schema_declares_anew_is_left_to_graphql_core() -> None:
    other = build_schema("directive @skip(if: Int!) on FIELD type Query { hello: String }")
    for source in ("{ hello @skip(if: true) }", "{ hello @skip(if: 1) }"):
        assert not surely_fits(other, parse(source))


def nested(levels: int) -> str:
    return "{ " + "... { " * levels + "hello" + " }" * levels + " }"


def chain(levels: int) -> str:
    links = [f"fragment F{n} on Query {{ ...F{n + 1} }}" for n in range(levels)]
    return f"{{ ...F0 }} {' '.join(links)} fragment F{levels} on Query {{ hello }}"


@pytest.mark.parametrize("deep", [nested, chain])
def test_what_is_nested_too_deeply_is_left_to_graphql_core(deep: Any) -> None:
    assert surely_fits(SCHEMA, parse(deep(48)))
    assert not surely_fits(SCHEMA, parse(deep(50)))


def test_no_more_than_a_bounded_number_of_parts_is_looked_at() -> None:
    for many, fits in ((1_900, True), (2_100, False)):
        values = ", ".join(["1"] * many)
        assert surely_fits(SCHEMA, parse(f"{{ people(ids: [{values}]) {{ id }} }}")) is fits
        fields = " ".join(f"a{n}: hello" for n in range(many))
        assert surely_fits(SCHEMA, parse(f"{{ {fields} }}")) is fits

        # All operations of a document together: a fragment is looked at in each.
        spread = " ".join(f"query Q{n} {{ ...F }}" for n in range(many // 19))
        fragment = f"fragment F on Query {{ people(ids: [{', '.join(['1'] * 15)}]) {{ id }} }}"
        assert surely_fits(SCHEMA, parse(f"{spread} {fragment}")) is fits


def test_fragments_that_double_end_soon() -> None:
    doubling = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(45)]
    for last in ("hello", ""):
        source = f"{{ ...F0 }} {' '.join(doubling)} fragment F45 on Query {{ {last} }}"
        assert not surely_fits(SCHEMA, parse(source))


def test_a_document_that_surely_fits_is_not_validated(monkeypatch: pytest.MonkeyPatch) -> None:
    def validated(*_: Any, **__: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(reading, "validate", validated)
    reader = Reader(SCHEMA, DocumentLimits())
    document, size = reader.read("{ hello }")
    assert (print_ast(document), size.fields) == ("{\n  hello\n}", 1)
    with pytest.raises(AssertionError):
        reader.read("{ hallo }")


def test_a_limit_is_kept_whatever_fits() -> None:
    reader = Reader(SCHEMA, DocumentLimits(fields=2))
    with pytest.raises(OperationRefused, match="FIELD_LIMIT"):
        reader.read("{ a: hello b: hello c: hello }")


# --- Many documents --------------------------------------------------------------------------


def damaged(document: DocumentNode, random: Random) -> DocumentNode:
    """One node of it changed, so that it may fit or not."""
    nodes = list(_nodes(document))
    while True:
        node, key = random.choice(nodes)
        value = getattr(node, key)
        changed = _changed(value, node, key, random, [each for each, _ in nodes])
        if changed is not value:
            made: DocumentNode = _with(document, node, key, changed)
            return made


def _nodes(node: Node) -> Iterator[tuple[Node, str]]:
    for key in node.keys:
        value = getattr(node, key, None)
        if key != "loc" and (value is not None or key in {"arguments", "directives"}):
            yield node, key
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Node):
                yield from _nodes(each)


def _with(node: Any, target: Node, key: str, value: Any) -> Any:
    """A copy in which the target has another value under this key."""

    def copied(each: Any) -> Any:
        if isinstance(each, tuple):
            return tuple(map(copied, each))
        return _with(each, target, key, value) if isinstance(each, Node) else each

    given = {each: copied(getattr(node, each, None)) for each in node.keys if each != "loc"}
    if node is target:
        given[key] = value
    return node.__class__(**given)


def _changed(value: Any, node: Node, key: str, random: Random, nodes: list[Node]) -> Any:
    def another(kind: type[Node]) -> Any:
        return random.choice([each for each in nodes if isinstance(each, kind)] or [value])

    match value:
        case SelectionSetNode() if isinstance(node, FieldNode):
            return random.choice((None, another(SelectionSetNode)))
        case NameNode():
            return another(NameNode)
        case NamedTypeNode():
            return another(NamedTypeNode)
        case tuple() if value:
            at = random.randrange(len(value))
            more = another(value[at].__class__)
            return random.choice(
                (
                    (*value[:at], *value[at + 1 :]) or value,
                    (*value, value[at]),
                    (*value, more),
                    (*value[:at], more, *value[at + 1 :]),
                )
            )
        case None if key == "arguments" and isinstance(node, FieldNode | FragmentSpreadNode):
            more = another(ArgumentNode)
            return (more,) if more is not None and isinstance(node, FieldNode) else value
        case None if key == "directives":
            more = another(DirectiveNode)
            return (more,) if more is not None else value
        case Node() if isinstance(node, ArgumentNode | ObjectFieldNode) and key == "value":
            others = [
                each.value for each in nodes if isinstance(each, ArgumentNode | ObjectFieldNode)
            ]
            return random.choice([*others, NullValueNode(), StringValueNode(value="x")])
    return value


@pytest.mark.parametrize("group", range(3))
def test_of_documents_that_are_damaged_no_mistake_fits(group: int) -> None:
    executable = schema().executable
    documents = mistakes = 0
    for seed in range(group * 1000, group * 1000 + 90):
        random = Random(seed)
        document = operation(executable, random, mutation=seed % 4 == 0).document
        if not surely_fits(executable, document):
            continue
        documents += 1
        for _ in range(40):
            other = damaged(document, random)
            if surely_fits(executable, other):
                assert validate(executable, other) == [], print_ast(other)
            else:
                mistakes += 1
    assert documents >= 20
    assert mistakes >= 500  # most damage is one
