"""Execution by graphql-core's own executor."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from graphql import experimental_execute_incrementally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import DocumentNode, ExecutionResult, GraphQLSchema
    from graphql.execution import ExperimentalIncrementalExecutionResults

    Executed = ExecutionResult | ExperimentalIncrementalExecutionResults


async def interpret(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    context: object,
    variables: Mapping[str, Any],
    operation_name: str | None,
) -> Executed:
    """The result of one operation; in parts where the document says `@defer` or `@stream`."""
    result = experimental_execute_incrementally(
        schema,
        document,
        context_value=context,
        variable_values=dict(variables),
        operation_name=operation_name,
    )
    return await result if isinstance(result, Awaitable) else result
