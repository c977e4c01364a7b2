"""A gateway with a tiny schema: enough for the page to have something to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, build_schema, parse, validate
from graphql.execution import (
    ExperimentalIncrementalExecutionResults,
    experimental_execute_incrementally,
)
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from gateway.auth.caller import Caller
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.graphiql.page import GraphiQL
from gateway.operation.request import IncrementalResult, OperationResult

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from gateway.operation.request import Answer, Json, OperationRequest

SCHEMA = build_schema("""
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT

type Query {
  "All calls, page by page."
  calls(first: Int, after: String): Calls!
  call(callId: String!): Call
}

type Calls { totalCount: Int, pageInfo: PageInfo!, nodes: [Call], edges: [Edge] }
type PageInfo { hasNextPage: Boolean!, endCursor: String }
type Edge { cursor: String!, node: Call }
type Call {
  callId: String!
  callStatus: String
  startTimestamp: String
  durationMs: Int
  callCost: Cost
  recordingUrl: String
}
type Cost { combinedCost: Float }
""")

CALL = {
    "callId": "call_1",
    "callStatus": "ended",
    "startTimestamp": "2026-01-02T03:04:05Z",
    "durationMs": 61000,
    "callCost": {"combinedCost": 12.5},
    "recordingUrl": "https://recordings.example/call_1.png",
}


class Root:
    """The root value; `call` gives way, so that what is deferred comes as a part of its own."""

    def calls(self, _: object, first: int = 1, after: str | None = None) -> dict[str, Any]:
        page_info = {"hasNextPage": False, "endCursor": after}
        return {"totalCount": first, "pageInfo": page_info, "nodes": [CALL] * first, "edges": []}

    async def call(self, _: object, callId: str) -> dict[str, Any]:  # noqa: N803 - GraphQL's name
        return CALL | {"callId": callId}


async def run(request: OperationRequest) -> Answer:
    """Parse, validate, execute, and nothing more."""
    try:
        document = parse(request.query)
    except GraphQLError as error:
        return OperationResult({"errors": [error.formatted]}, "parse")
    if invalid := validate(SCHEMA, document):
        return OperationResult({"errors": [error.formatted for error in invalid]}, "validation")
    made: Any = experimental_execute_incrementally(
        SCHEMA, document, Root(), variable_values=dict(request.variables)
    )
    result = await made if hasattr(made, "__await__") else made
    if isinstance(result, ExperimentalIncrementalExecutionResults):
        first: Any = result.initial_result.formatted
        return IncrementalResult(first, _formatted(result.subsequent_results))
    return OperationResult(result.formatted)


async def _formatted(rest: AsyncIterator[Any]) -> AsyncIterator[Json]:
    async for payload in rest:
        yield payload.formatted


def app() -> ASGIApp:
    """The endpoint, its page and the page's files."""
    graphiql = GraphiQL("Stand-in")
    endpoint = GraphQLEndpoint(run, lambda _: Caller("key", own_key=True), page=graphiql.page)
    return Starlette(
        routes=[
            Mount(graphiql.assets_path, graphiql.assets),
            Route("/graphql", endpoint, methods=None),
        ]
    )
