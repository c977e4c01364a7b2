"""What an operation may cost, what of it is masked and what is personal, told by the schema."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from graphql import GraphQLError, get_named_type, parse

from gateway.app import find_resources, schema
from gateway.executor.plan import Operation
from gateway.operation.cost import LARGEST, UNKNOWN_LENGTH, Cost, Length, Weight, one_of, values_of
from gateway.operation.survey import Survey, _Walk, survey
from tests.executor.operations import operation as generated
from tests.promises.everything import everything

SCHEMA = schema().executable
FEW = frozenset({"calls:read"})


def surveyed(
    source: str, variables: dict[str, Any] | None = None, scopes: frozenset[str] | None = None
) -> Survey:
    operation = Operation.of(SCHEMA, parse(source), None)
    assert operation is not None
    values = operation.variables.coerced(variables or {})
    assert not isinstance(values, list)
    return survey(operation, values, scopes)


def cost(source: str, **variables: Any) -> Cost:
    operation = Operation.of(SCHEMA, parse(source), None)
    assert operation is not None
    values = values_of(operation.definition, variables)
    return surveyed(source, variables).weight.of(values)


@pytest.mark.parametrize(
    ("source", "variables", "expected"),
    [
        ("{ __typename __schema { types { name fields { name } } } }", {}, (0, 0)),
        ("{ concurrency { currentConcurrency } account { orgName } }", {}, (2, 0)),
        ('{ call(callId: "x") { callId transcript } }', {}, (1, 0)),
        ('{ call(callId: "x") { agent { agentName voiceId } } }', {}, (2, 0)),
        ("{ calls { nodes { callId } } }", {}, (1, 50)),
        ("{ calls(first: 7) { totalCount pageInfo { hasNextPage } } }", {}, (1, 0)),
        ("{ calls(first: 7) { nodes { transcript transcriptObject { content } } } }", {}, (8, 7)),
        ("{ calls(first: 7) { edges { cursor node { transcript } } } }", {}, (8, 7)),
        ("{ calls(first: 7) { edges { node { agent { agentName } } } } }", {}, (8, 7)),
        ("{ calls(first: 7) { nodes { transcript agent { voiceId } } } }", {}, (15, 7)),
        ("query ($n: Int!) { calls(first: $n) { nodes { transcript } } }", {"n": 3}, (4, 3)),
        ("query ($n: Int = 4) { calls(first: $n) { nodes { transcript } } }", {}, (5, 4)),
        ("query ($n: Int) { calls(first: $n) { nodes { transcript } } }", {}, (51, 50)),
        ("{ calls(first: -3) { nodes { transcript } } }", {}, (1, 0)),
        ("{ agents(first: 9) { nodes { agentName } } }", {}, (1, 9)),
        ("{ agents(first: 9) { nodes { voiceId } } }", {}, (10, 9)),
        ('{ contact(contactId: "x") { conversations(first: 4) { nodes { type } } } }', {}, (2, 4)),
        (
            "{ contacts(first: 3) { nodes { conversations(first: 4) { nodes { type } } } } }",
            {},
            (4, 15),
        ),
        ('{ app(appId: "x") { usages { pageInfo { endCursor } } } }', {}, (2, 0)),
        ('{ nodes(ids: ["a", "b"]) { id } }', {}, (2, 2)),
        ('{ nodes(ids: ["a"]) { ... on Call { agent { agentName } } } }', {}, (2, 1)),
        ('{ nodes(ids: "a") { id } }', {}, (1, 1)),
        ("query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["a", "b", "c"]}, (3, 3)),
        ("query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": "a"}, (1, 1)),
        ("query ($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": 0}, (1, 1)),
        ("{ nodes(ids: 0) { id } }", {}, (1, 1)),
        ('{ node(id: "a") { ... on Call { agent { agentName } } ... on Agent { voiceId } } }', {},
         (2, 0)),
        ('mutation { deleteCall(input: { callId: "x" }) { deletedCallId } }', {}, (1, 0)),
        (
            "query ($no: Boolean!) { calls(first: 5) { nodes { transcript @skip(if: $no) id } } }",
            {"no": True},
            (1, 5),
        ),
        ("{ a: calls(first: 5) { ...F } b: calls(first: 6) { ...F } } "
         "fragment F on CallConnection { nodes { transcript } }", {}, (13, 11)),
    ],
)  # fmt: skip
def test_a_cost_is_the_most_requests_and_the_items_that_are_asked_for(
    source: str, variables: dict[str, Any], expected: tuple[int, int]
) -> None:
    assert cost(source, **variables) == expected


def test_no_cost_is_larger_than_what_is_counted() -> None:
    heavy = Weight(1)
    for _ in range(4):
        heavy = Weight(lists=((Length(1000), heavy),))
    assert heavy.of({}) == Cost(LARGEST, LARGEST)


@pytest.mark.parametrize("given", [None, "5", True, float("nan"), {"a": 1}, -1])
def test_what_is_no_size_counts_as_none(given: object) -> None:
    assert Length(3, "n").of({"n": given}) == 0


@pytest.mark.parametrize(
    ("given", "expected"), [(2, 2), (2.0, 2), ([1, 2, 3], 0), (1000, 1000), (1001, 0), (1e300, 0)]
)
def test_a_size_is_a_number(given: object, expected: int) -> None:
    assert Length(9, "n").of({"n": given}) == expected


@pytest.mark.parametrize(("given", "expected"), [([1, 2, 3], 3), ([], 0), ("a", 1), (7, 1)])
def test_the_size_of_a_list_is_its_length_and_one_alone_is_one(
    given: object, expected: int
) -> None:
    assert Length(9, "n", listed=True).of({"n": given}) == expected
    assert Length(9, "n").of({}) == 9


def test_of_several_types_the_heaviest_counts() -> None:
    light, heavy = Weight(1), Weight(lists=((Length(5), Weight(1)),))
    assert one_of([light, light]) == light
    assert one_of([Weight(), Weight()]).is_nothing
    assert one_of([light, heavy]).of({}, 2) == Cost(10, 10)


def test_a_list_of_unknown_length_counts_where_something_is_loaded_below_it() -> None:
    assert UNKNOWN_LENGTH > 1
    entries = '{ call(callId: "x") { transcriptObject { words { word } } } }'
    assert cost(entries) == (1, 0)


def test_what_a_caller_may_not_see_is_masked_and_costs_nothing() -> None:
    source = "{ calls(first: 5) { list: nodes { transcript agent { agentName } callId } } }"
    found = surveyed(source, scopes=FEW)
    assert found.masked == (("calls", "list", "transcript"), ("calls", "list", "agent"))
    assert found.personal == ()
    assert found.weight.of({}) == Cost(1, 5)


def test_the_twin_of_a_masked_field_costs_what_it_does() -> None:
    source = "{ calls(first: 5) { nodes { transcriptWithToolCalls { __typename } } } }"
    assert surveyed(source, scopes=FEW).weight.of({}) == Cost(6, 5)


def test_personal_fields_are_told_by_the_type_that_has_an_id() -> None:
    source = """{ calls { nodes { number: fromAgent: callId
      ... on PhoneCall { toNumber } callAnalysis { summary: callSummary callSuccessful } } } }"""
    source = source.replace("number: fromAgent: callId", "callId")
    assert surveyed(source).personal == (("Call", ("callAnalysis.callSummary", "toNumber")),)
    assert surveyed("{ account { orgName } }").personal == ()


def test_of_a_list_whose_objects_have_no_global_id_the_objects_are_told() -> None:
    for below in ("nodes { url }", "edges { node { url } }"):
        found = surveyed(f"{{ exportRequests {{ {below} }} }}")
        assert found.personal == (("ExportRequest", ("url",)),)


def test_what_a_field_of_an_object_lists_is_told_of_that_object() -> None:
    source = """{ contactByPhone(phoneNumber: "1") { conversations { nodes { summary } } } }"""
    told = ("Contact", ("conversations.nodes.summary",))
    assert surveyed(source).personal == (told,)


def test_whose_every_personal_field_is_the_audit_can_tell() -> None:
    """One that belongs to no object with an id would be read without a note."""
    known = {
        name
        for each in find_resources()
        if each.sources
        for name in (each.name, *(payload.__name__ for payload in each.payloads))
    }
    roots = {"query": SCHEMA.query_type, "mutation": SCHEMA.mutation_type}
    found = set()
    for kind, root in roots.items():
        assert root is not None
        for name, field in root.fields.items():
            below = everything(get_named_type(field.type).name)
            told = surveyed(f"{kind} {{ {name} {{ {below} }} }}")
            found |= {of for of, _ in told.personal}
    assert {"Call", "Agent"} <= found <= known


class Forgetful(_Walk):
    def _below(self, *asked: Any) -> Any:
        self._fields_below.clear()
        return super()._below(*asked)


@pytest.mark.parametrize("scopes", [None, FEW])
def test_what_was_collected_for_another_type_makes_no_difference(
    scopes: frozenset[str] | None,
) -> None:
    for seed in range(120):
        drawn = generated(SCHEMA, Random(seed), mutation=seed % 4 == 0)
        made = Operation.of(SCHEMA, drawn.document, drawn.name)
        values = None if made is None else made.variables.coerced(drawn.variables[0])
        if made is None or isinstance(values, list) or values is None:
            continue  # there is no such operation, or its variables do not fit
        try:
            wanted = Forgetful(made, values, scopes).survey()
        except GraphQLError:
            continue  # a condition is null
        assert survey(made, values, scopes) == wanted
