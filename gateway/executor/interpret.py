"""Execution by graphql-core's own executor."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from graphql import MiddlewareManager, experimental_execute_incrementally

from gateway.schema.turns import in_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from graphql import DocumentNode, ExecutionResult, GraphQLResolveInfo, GraphQLSchema
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
    around = around_resolvers or (_paced if _tells_the_schema(document) else None)
    result = experimental_execute_incrementally(
        schema,
        document,
        context_value=context,
        variable_values=dict(variables),
        operation_name=operation_name,
        middleware=MiddlewareManager(around) if around else None,
    )
    return await result if isinstance(result, Awaitable) else result


def _tells_the_schema(document: DocumentNode) -> bool:
    return document.loc is not None and "__schema" in document.loc.source.body


def _paced(
    resolve: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], **given: Any
) -> Any:
    """All types of the schema take a fifth of a second to be told: others get their turn."""
    found = resolve(source, info, **given)
    return in_turns([*found]) if info.field_name == "types" and source is info.schema else found
