"""One GraphQL operation, start to end: `answer` is the list of steps."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from graphql import ExecutionResult

from gateway.operation.documents import OperationRefused
from gateway.operation.masking import masked, refusal
from gateway.operation.parts import in_parts
from gateway.operation.request import IncrementalResult, OperationResult
from gateway.operation.running import Running

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from graphql import GraphQLSchema
    from graphql.execution import ExperimentalIncrementalExecutionResults

    from gateway.context import RequestContext
    from gateway.operation.documents import Documents
    from gateway.operation.request import Answer, Json, OperationRequest

    Execute = Callable[..., Awaitable[ExecutionResult | ExperimentalIncrementalExecutionResults]]
    """`gateway.executor.interpret`, or another that gives the same results."""


class Pipeline:
    """Answers operations. One for the process; keeps nothing of them."""

    def __init__(
        self,
        schema: GraphQLSchema,
        documents: Documents,
        execute: Execute,
        open_context: Callable[[OperationRequest], RequestContext],
    ) -> None:
        self._schema = schema
        self._documents = documents
        self._execute = execute
        self._open_context = open_context

    async def answer(self, request: OperationRequest) -> Answer:
        """Document, operation, context, execution, masking."""
        running = Running(request)
        try:
            document = self._documents.prepare(request.query)
            operation = document.operation(request.operation_name, read_only=request.read_only)
            self._documents.admit(document, request.variables)
        except OperationRefused as refused:
            running.end("refused", [refused.kind.code])
            body = refusal(refused.kind, refused.errors, request.request_id)
            return OperationResult(body, refused.reason)
        context = self._open_context(request)
        running.executes(operation.operation.value, context)
        with running.ended_by_error():
            result = await self._execute(
                self._schema,
                document.incremental if request.incremental else document.whole,
                context=context,
                variables=request.variables,
                operation_name=request.operation_name,
            )
        explained = partial(_explained, request, context)
        if isinstance(result, ExecutionResult):
            errors = masked(result.errors or [], request.request_id)
            running.end("answered", (error["extensions"]["code"] for error in errors))
            return _whole(result.data, errors, explained())
        parts = in_parts(result, request.request_id, running, explained)
        return IncrementalResult(await anext(parts), parts)


def _whole(data: Json | None, errors: list[Json], explained: Json) -> OperationResult:
    if data is None and errors and not any("path" in error for error in errors):
        return OperationResult({"errors": errors}, "validation")  # its variables do not fit
    body: Json = {"data": data}
    if errors:
        body["errors"] = errors
    return OperationResult(body | explained)


def _explained(request: OperationRequest, context: RequestContext) -> Json:
    if not request.explain:
        return {}
    return {"extensions": {"gateway": context.trace.explain(request.request_id)}}
