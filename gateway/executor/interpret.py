"""Execution by graphql-core's own executor."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from graphql import MiddlewareManager, experimental_execute_incrementally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import DocumentNode, ExecutionResult, GraphQLSchema
    from graphql.execution import ExperimentalIncrementalExecutionResults

    Executed = ExecutionResult | ExperimentalIncrementalExecutionResults


class Prepared(Protocol):
    """A valid document, ready to be executed any number of times."""

    async def execute(
        self, context: object, variables: Mapping[str, Any], operation_name: str | None
    ) -> Executed:
        """The result of one operation; in parts where the document says `@defer` or `@stream`."""


@dataclass(frozen=True, slots=True)
class Interpreted:
    """A document that graphql-core executes."""

    schema: GraphQLSchema
    document: DocumentNode

    async def execute(
        self, context: object, variables: Mapping[str, Any], operation_name: str | None
    ) -> Executed:
        """The result, by graphql-core from the start."""
        return await interpret(
            self.schema,
            self.document,
            context=context,
            variables=variables,
            operation_name=operation_name,
        )


async def interpret(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    context: object,
    variables: Mapping[str, Any],
    operation_name: str | None,
    around_resolvers: Callable[..., object] | None = None,
) -> Executed:
    """The result of one operation; in parts where the document says `@defer` or `@stream`.

    `around_resolvers` is called in place of every resolver, which it is given.
    """
    result = experimental_execute_incrementally(
        schema,
        document,
        context_value=context,
        variable_values=dict(variables),
        operation_name=operation_name,
        middleware=MiddlewareManager(around_resolvers) if around_resolvers else None,
    )
    return await result if isinstance(result, Awaitable) else result
