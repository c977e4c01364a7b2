"""Reading a document for those who may not know the schema: what they are told, and what not."""

from __future__ import annotations

import re

import pytest
from graphql import parse, print_ast, validate

from gateway.app import schema
from gateway.errors import GraphQLValidationFailed
from gateway.operation.limits import DocumentLimits
from gateway.operation.reading import UNFIT, OperationRefused, Reader

EXECUTABLE = schema().executable
READER = Reader(EXECUTABLE, DocumentLimits(introspections=0), explains=False)

OWN_MISTAKES = {
    "{ ...Calls }": "Unknown fragment 'Calls'.",
    "query ($ids: ID) { __typename }": "Variable '$ids' is never used.",
    "query { call(callId: $callid) { callId } }": "Variable '$callid' is not defined.",
    "query A { __typename } query A { __typename }": ("There can be only one operation named 'A'."),
    "{ __typename } { __typename }": "This anonymous operation must be the only defined operation.",
    "{ __typename } fragment F on Query { __typename }": "Fragment 'F' is never used.",
    "{ ...F } fragment F on Query { ...F }": "Cannot spread fragment 'F' within itself.",
    "type A { a: Int }": "The 'A' definition is not executable.",
}

OF_THE_SCHEMA = {
    "an unknown field": "{ call_s { nodes { id } } }",
    "a field that wants a selection": "{ calls }",
    "a field that has none": "{ account { orgName { id } } }",
    "a field of one of its types": '{ call(callId: "a") { fromNumbr } }',
    "an unknown argument": "{ calls(firs: 1) { totalCount } }",
    "an argument that is missing": "{ call { callId } }",
    "an unknown type": "{ ... on Cal { callId } }",
    "an unknown type of a variable": "query ($a: CallFilte) { calls(filter: $a) { totalCount } }",
    "another type of a variable": "query ($a: Int) { calls(filter: $a) { totalCount } }",
    "a type that it can never be": '{ call(callId: "a") { ... on Agent { agentId } } }',
    "an unknown value": "{ calls(orderBy: START_TIMESTAMP_DES) { totalCount } }",
    "an unknown field of an input": "{ calls(filter: { callI: 1 }) { totalCount } }",
    "a missing field of an input": "mutation { updateCall(input: {}) { userErrors { code } } }",
    "a text for a number": '{ calls(first: "x") { totalCount } }',
    "an unknown directive": "{ __typename @skipp(if: true) }",
    "a directive without its argument": "{ __typename @skip }",
    "a directive elsewhere": "query @skip(if: true) { __typename }",
    "a directive twice": "{ __typename @skip(if: true) @skip(if: true) }",
    "an operation that there is not": "subscription { calls }",
    "fields that differ": '{ a: call(callId: "a") { callId } a: account { orgName } }',
    "no filter": "{ calls(filter: 7) { totalCount } }",
}


def told(source: str) -> list[str]:
    with pytest.raises(OperationRefused) as refused:
        READER.read(source)
    assert (refused.value.reason, refused.value.kind) == ("validation", GraphQLValidationFailed)
    return [error.message for error in refused.value.errors]


@pytest.mark.parametrize(("source", "message"), OWN_MISTAKES.items())
def test_what_is_wrong_in_any_schema_is_told(source: str, message: str) -> None:
    assert message in told(source)


@pytest.mark.parametrize("source", OF_THE_SCHEMA.values(), ids=OF_THE_SCHEMA)
def test_what_does_not_fit_the_schema_is_told_by_its_place_only(source: str) -> None:
    assert told(source) == [UNFIT]
    with pytest.raises(OperationRefused) as refused:
        READER.read(source)
    (error,) = refused.value.errors
    first = validate(EXECUTABLE, parse(source))[0]
    assert error.locations == first.locations
    assert error.nodes is None


def test_one_place_is_told_however_many_there_are() -> None:
    assert told("{ a b c account { orgName } d }") == [UNFIT]


def test_no_name_of_the_schema_is_told_that_was_not_written() -> None:
    names = {
        name
        for type_ in EXECUTABLE.type_map.values()
        for name in (type_.name, *getattr(type_, "fields", ()), *getattr(type_, "values", ()))
    }
    for source in (*OWN_MISTAKES, *OF_THE_SCHEMA.values()):
        words = set(re.findall(r"\w+", " ".join(told(source))))
        assert words & names <= {*re.findall(r"\w+", source), "definition"}  # a plain word too


def test_a_document_that_fits_is_read_as_ever() -> None:
    document, size = READER.read("{ account { orgName } }")
    assert print_ast(document) == "{\n  account {\n    orgName\n  }\n}"
    assert size.fields == 2
