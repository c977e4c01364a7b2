"""One GraphQL operation, start to end: `answer` is the list of steps."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphql import ExecutionResult

from gateway.operation.documents import OperationRefused
from gateway.operation.masking import masked, refusal
from gateway.operation.parts import first_part, later_parts
from gateway.operation.request import IncrementalResult, OperationResult

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from graphql import GraphQLSchema
    from graphql.execution import ExperimentalIncrementalExecutionResults

    from gateway.context import RequestContext
    from gateway.operation.documents import Documents
    from gateway.operation.request import Answer, Json, OperationRequest

    Execute = Callable[..., Awaitable[ExecutionResult | ExperimentalIncrementalExecutionResults]]
    """`gateway.executor.interpret`, or another that gives the same results."""

log = logging.getLogger(__name__)


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
        try:
            document = self._documents.prepare(request.query)
            operation = document.operation(request.operation_name, read_only=request.read_only)
        except OperationRefused as refused:
            body = refusal(refused.kind, refused.errors, request.request_id)
            return OperationResult(body, refused.reason)
        context = self._open_context(request)
        with _logged(request, operation.operation.value, context), _closed_on_error(context):
            result = await self._execute(
                self._schema,
                document.incremental if request.incremental else document.whole,
                context=context,
                variables=request.variables,
                operation_name=request.operation_name,
            )
        if isinstance(result, ExecutionResult):
            context.loaders.close()
            return _whole(result, request, context)
        return _in_parts(result, request, context)


def _whole(
    result: ExecutionResult, request: OperationRequest, context: RequestContext
) -> OperationResult:
    errors = masked(result.errors or [], request.request_id)
    if result.data is None and errors and not any("path" in error for error in errors):
        return OperationResult({"errors": errors}, "validation")  # its variables do not fit
    body: Json = {"data": result.data}
    if errors:
        body["errors"] = errors
    if request.explain:
        body["extensions"] = {"gateway": context.trace.explain(request.request_id)}
    return OperationResult(body)


def _in_parts(
    result: ExperimentalIncrementalExecutionResults,
    request: OperationRequest,
    context: RequestContext,
) -> IncrementalResult:
    first = first_part(result, request.request_id)
    if request.explain:
        first["extensions"] = {"gateway": context.trace.explain(request.request_id)}
    rest = later_parts(result, request.request_id, context.loaders.close)
    return IncrementalResult(first, rest)


@contextmanager
def _closed_on_error(context: RequestContext) -> Iterator[None]:
    """Cancelled, or failed in the executor itself: nothing is read on for nobody."""
    try:
        yield
    except BaseException:
        context.loaders.close()
        raise


@contextmanager
def _logged(request: OperationRequest, kind: str, context: RequestContext) -> Iterator[None]:
    """One line for each operation: who and how long, never what was asked or answered."""
    began = time.perf_counter()
    outcome = "cancelled"
    try:
        yield
        outcome = "answered"
    finally:
        log.info(
            "operation",
            extra={
                "request_id": request.request_id,
                "tenant": request.caller.tenant,
                "kind": kind,
                "outcome": outcome,
                "duration_ms": round((time.perf_counter() - began) * 1000, 1),
                "upstream_requests": len(context.trace.sent),
            },
        )
