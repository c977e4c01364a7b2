"""Where introspection is off, nobody learns a name of the schema that they did not write."""

from __future__ import annotations

import re
from typing import Any

import pytest
from graphql import get_introspection_query

from gateway.app import schema
from tests.operation.test_reading import OF_THE_SCHEMA
from tests.world import faults, world

ASKING = {
    "the standard query": get_introspection_query(),
    "a type": '{ __type(name: "Call") { fields { name } } }',
    "under another name": "{ name: __schema { types { name } } }",
    "in a fragment": "{ ...F } fragment F on Query { __schema { types { name } } }",
    "in an inline fragment": "{ ... { ... on Query { __schema { types { name } } } } }",
    "left out": "{ __typename __schema @skip(if: true) { types { name } } }",
    "beside an operation": "query A { __typename } query B { __schema { types { name } } }",
    "beside a field": "{ account { orgName } __schema { types { name } } }",
    "too deep": "{ __schema { types { " + "ofType { " * 30 + "name" + " }" * 33,
}


@pytest.mark.parametrize("query", ASKING.values(), ids=ASKING)
async def test_introspection_is_refused_before_anything_is_read(query: str) -> None:
    async with world() as it:
        named = {"operationName": "A"} if "query A" in query else {}
        sent = await it.http.post("/graphql", json={"query": query} | named)
        got = await it.http.get(
            "/graphql", params={"query": query} | named, headers={"accept": "application/json"}
        )
        for answer in (sent, got):
            assert faults(answer.json()) == [("", "INTROSPECTION_DISABLED")]
            assert "data" not in answer.json()
        assert it.sent == []


async def test_the_name_of_a_type_is_always_told() -> None:
    async with world() as it:
        assert await it.data("{ __typename account { __typename } }") == {
            "__typename": "Query",
            "account": {"__typename": "Account"},
        }


async def test_introspection_is_answered_where_it_is_on() -> None:
    async with world(introspection=True) as it:
        whole = await it.data(get_introspection_query())
        assert len(whole["__schema"]["types"]) == len(schema().executable.type_map)
        answer = await it.answer("{ acount { orgName } }")
        (error,) = answer["errors"]
        assert error["message"].endswith(" Did you mean 'account' or 'agent'?")
        assert it.sent == []


VALUES: list[tuple[str, Any]] = [
    ("query ($v: ID!) { call(callId: $v) { callId } }", {}),
    ("query ($v: ID!) { call(callId: $v) { callId } }", {"v": {"callI": 1}}),
    ("query ($v: CallOrder) { calls(orderBy: $v) { totalCount } }", {"v": "START_TIMESTAM_DESC"}),
    ("query ($v: CallOrder) { calls(orderBy: $v) { totalCount } }", {"v": 7}),
    ("query ($v: CallFilter) { calls(filter: $v) { totalCount } }", {"v": {"fromNumbe": 1}}),
    ("query ($v: CallFilter) { calls(filter: $v) { totalCount } }", {"v": {"fromNumber": 1}}),
    ("query ($v: CallFilter) { calls(filter: $v) { totalCount } }", {"v": {"callId": {"e": 1}}}),
    ("query ($v: CallFilter) { calls(filter: $v) { totalCount } }", {"v": [1]}),
    ("mutation ($v: UpdateCallInput!) { updateCall(input: $v) { call { callId } } }", {"v": {}}),
    ("mutation ($v: UpdateCallInput!) { updateCall(input: $v) { call { callId } } }", {"v": None}),
    ("query ($v: Boolean! = true) { account { orgName @skip(if: $v) } }", {"v": None}),
    ("query ($v: Int! = 1) { calls(first: $v) { totalCount } }", {"v": None}),
]


def names() -> set[str]:
    """Every name in the schema."""
    found = {directive.name for directive in schema().executable.directives}
    for name, type_ in schema().executable.type_map.items():
        members = {**getattr(type_, "fields", {}), **getattr(type_, "values", {})}
        arguments = {arg for member in members.values() for arg in getattr(member, "args", ())}
        found |= {name, *members, *arguments}
    return found


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


PLAIN = {"type", "value"}
"""Names in the schema that are words as well."""


@pytest.mark.parametrize("executor", ["compiled", "interpreted"])
async def test_no_error_has_a_name_that_was_not_written(executor: str) -> None:
    secrets = names() - PLAIN
    async with world(executor=executor) as it:
        for query, variables in [*((source, {}) for source in OF_THE_SCHEMA.values()), *VALUES]:
            answer = await it.post(query, variables)
            assert answer.json()["errors"], query
            assert "data" not in answer.json(), query
            written = words(f"{query} {variables}")
            told = {word for error in answer.json()["errors"] for word in words(error["message"])}
            assert told & secrets <= written, answer.text
        assert it.sent == []


async def test_an_argument_that_a_field_refuses_is_told_by_its_name_only() -> None:
    query = "query ($v: Boolean = true) { calls { nodes { callId @include(if: $v) } } }"
    async with world(calls=5) as it:
        answer = await it.answer(query, {"v": None})
        assert "Boolean" not in str(answer)
