"""graphql-core's executor, told what the gateway tells it."""

from __future__ import annotations

import asyncio
from typing import Any

from graphql import (
    ExecutionResult,
    build_client_schema,
    build_schema,
    get_introspection_query,
    parse,
)
from graphql.execution import ExperimentalIncrementalExecutionResults

from gateway.app import schema
from gateway.executor.interpret import interpret

SCHEMA = build_schema("""
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
type Query { context: String text(of: String): String later: String }
""")


def _context(_: object, info: Any) -> str:
    return str(info.context)


async def _later(*_: object) -> str:
    return "later"


FIELDS = SCHEMA.query_type.fields if SCHEMA.query_type else {}
FIELDS["context"].resolve = _context
FIELDS["text"].resolve = lambda _source, _info, of=None: of
FIELDS["later"].resolve = _later


async def result(query: str, name: str | None = None, **variables: object) -> Any:
    return await interpret(
        SCHEMA, parse(query), context="the context", variables=variables, operation_name=name
    )


async def test_what_needs_no_waiting_is_there_with_the_context() -> None:
    assert await result("{ context }") == ExecutionResult({"context": "the context"}, None)


async def test_what_is_awaited_is_waited_for() -> None:
    assert await result("{ later }") == ExecutionResult({"later": "later"}, None)


async def test_variables_and_the_operations_name_are_handed_on() -> None:
    query = "query A($x: String) { text(of: $x) } query B($x: String) { b: text(of: $x) }"
    assert (await result(query, "B", x="y")).data == {"b": "y"}


async def test_a_deferred_fragment_makes_parts() -> None:
    parts = await result("{ context ... @defer { later } }")
    assert isinstance(parts, ExperimentalIncrementalExecutionResults)
    assert parts.initial_result.data == {"context": "the context"}
    assert len([part async for part in parts.subsequent_results]) == 1


async def test_others_get_their_turn_while_the_schema_is_told() -> None:
    executable = schema().executable
    document = parse(get_introspection_query(descriptions=True))
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    result: Any = await interpret(
        executable, document, context=None, variables={}, operation_name=None
    )
    counting.cancel()
    told = result.data["__schema"]["types"]
    assert [each["name"] for each in told] == list(executable.type_map)
    assert turns > 3
    assert result.errors is None
    assert build_client_schema(result.data).type_map.keys() == executable.type_map.keys()
