"""A tiny schema and a pipeline of graphql-core alone, for what `gateway.http` must do around it."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import httpx
from graphql import GraphQLError, build_schema, get_operation_ast, parse, validate
from graphql.execution import (
    ExperimentalIncrementalExecutionResults,
    experimental_execute_incrementally,
)

from gateway.auth.caller import Caller
from gateway.errors import Unauthenticated
from gateway.http.endpoint import GraphQLEndpoint
from gateway.operation.request import IncrementalResult, OperationResult

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.datastructures import Headers

    from gateway.operation.request import Answer, Json, OperationRequest, Refusal

SCHEMA = build_schema("""
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD

type Query {
  hello(name: String = "world"): String!
  person: Person!
  missing: String
  broken: String!
}

type Person {
  id: ID!
  name: String!
  born: Int
  lost: String!
  friends: [Person!]!
}

type Mutation {
  greet(name: String!): String!
}
""")


class Greeting:
    """The root value; resolvers that are slow give way once, so that parts come one by one."""

    async def hello(self, _: object, name: str) -> str:
        return f"Hello {name}"

    async def greet(self, _: object, name: str) -> str:
        return f"Hello {name}"

    def missing(self, _: object) -> None:
        raise GraphQLError("Nobody is here.", extensions={"code": "NOT_FOUND"})

    def broken(self, _: object) -> None:
        raise GraphQLError("It broke.")

    def person(self, _: object) -> Person:
        return Person("1", "Ada", [Person("2", "Mary"), Person("3", "Grace")])


class Person:
    def __init__(self, key: str, name: str, friends: list[Person] | None = None) -> None:
        self.id = key
        self.name = name
        self.friends = friends or []

    async def born(self, _: object) -> int:
        await asyncio.sleep(0)
        return 1815

    async def lost(self, _: object) -> str:
        await asyncio.sleep(0)
        raise GraphQLError("It was lost.")


async def run(request: OperationRequest) -> Answer:
    """Parse, validate, execute: as the specification says, and nothing more."""
    try:
        document = parse(request.query or "")
    except GraphQLError as error:
        return _refused("parse", error)
    invalid = validate(SCHEMA, document)
    if invalid:
        return _refused("validation", *invalid)
    operation = get_operation_ast(document, request.operation_name)
    if operation is None:
        return _refused("validation", GraphQLError("Which operation?"))
    if request.read_only and operation.operation.value != "query":
        return _refused("method", GraphQLError("Only a query may be sent by GET."))
    made = experimental_execute_incrementally(
        SCHEMA,
        document,
        Greeting(),
        variable_values=dict(request.variables),
        operation_name=request.operation_name,
    )
    result = await made if inspect.isawaitable(made) else made
    if isinstance(result, ExperimentalIncrementalExecutionResults):
        first: Any = result.initial_result.formatted
        return IncrementalResult(first, _formatted(result.subsequent_results))
    body: Any = result.formatted
    if body["data"] is None and not any(error.path for error in result.errors or ()):
        return _refused("validation", *result.errors or ())
    return OperationResult(body)


async def _formatted(rest: AsyncIterator[Any]) -> AsyncIterator[Json]:
    async for payload in rest:
        yield payload.formatted


def _refused(refusal: Refusal, *errors: GraphQLError) -> OperationResult:
    return OperationResult({"errors": [error.formatted for error in errors]}, refusal)


def identify(headers: Headers) -> Caller:
    """Everybody is known, but for the bearer of one key."""
    if headers.get("authorization") == "Bearer stranger":
        raise Unauthenticated("The key is not known.")
    return Caller("key-a", own_key=True)


def endpoint(**options: Any) -> GraphQLEndpoint:
    options = {"new_id": lambda: "made-id"} | options
    return GraphQLEndpoint(options.pop("run", run), identify, **options)


def client(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway")
